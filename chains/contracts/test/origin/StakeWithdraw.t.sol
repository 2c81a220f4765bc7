// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { IStake } from "../../src/interfaces/IStake.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { HaltReason, Vote } from "../../src/types/Types.sol";
import { Members } from "../support/Members.sol";

/// @notice R38, R40, R41.
contract StakeWithdrawTest is Members {
    function _withdraw(address depositor) private {
        vm.prank(depositor);
        stake.withdraw();
    }

    function _expectLocked(address depositor, uint256 from) private {
        address validator = stake.validatorOf(depositor);
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeLocked.selector, validator, from));
        vm.prank(depositor);
        stake.withdraw();
    }

    function test_refusesWhoOwnsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IStake.NotADepositor.selector, address(this)));
        stake.withdraw();
    }

    function test_refusesSlashedValidator() public {
        slashInitial(0);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.AlreadySlashed.selector, validators[0]));
        vm.prank(depositors[0]);
        stake.withdraw();
    }

    function test_refusesMember() public {
        _expectLocked(depositors[0], 0);
        logOut(depositors[0]);
        _expectLocked(depositors[0], 0);
    }

    /// @dev R41.
    function test_refusesUntilAuxiliaryLeftTheKernelAndTheDelayIsOver() public {
        logOut(depositors[0]);
        commitAt(2);
        vm.assertEq(stake.member(validators[0]).left, 2);
        vm.roll(block.number + 10 * WITHDRAWAL_DELAY);
        _expectLocked(depositors[0], 0);
        // Its last kernel is 2: meta-block 2 is still sealed with its votes, meta-block 3 no more.
        commitAt(4);
        vm.roll(block.number + 10 * WITHDRAWAL_DELAY);
        _expectLocked(depositors[0], 0);
        commitAt(6);
        uint256 from = block.number + WITHDRAWAL_DELAY;
        vm.roll(from - 1);
        _expectLocked(depositors[0], from);
        vm.roll(from);
        vm.expectEmit(address(stake));
        emit IStake.StakeWithdrawn(validators[0], depositors[0], weights[0], 0);
        _withdraw(depositors[0]);
        vm.assertEq(depositors[0].balance, weights[0]);
        vm.assertEq(stake.withdrawn(validators[0]), 1);
        vm.assertEq(vm.load(address(stake), keccak256(abi.encode(validators[0], uint256(0)))), bytes32(uint256(1)));
    }

    function test_refusesTheSecondTime() public {
        test_refusesUntilAuxiliaryLeftTheKernelAndTheDelayIsOver();
        vm.expectRevert(abi.encodeWithSelector(IStake.AlreadyWithdrawn.selector, validators[0]));
        vm.prank(depositors[0]);
        stake.withdraw();
    }

    function test_withdrawnStakeIsOutOfReach() public {
        test_refusesUntilAuxiliaryLeftTheKernelAndTheDelayIsOver();
        (Vote memory first, Vote memory second) = doubleVote(9);
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(IStake.AlreadyWithdrawn.selector, validators[0]));
        stake.slash(first, one, second, two);
    }

    /// @dev R54.
    function test_slashableUntilTheLastBlock() public {
        logOut(depositors[0]);
        commitAt(2);
        commitAt(4);
        commitAt(6);
        vm.roll(block.number + WITHDRAWAL_DELAY);
        slashInitial(0);
        vm.assertTrue(stake.isSlashed(validators[0]));
    }

    /// @dev R35.
    function test_cancelledDepositLeavesAfterTheDelay() public {
        address validator = join(0, 50 ether);
        logOut(newDepositor(0));
        uint256 from = block.number + WITHDRAWAL_DELAY;
        vm.roll(from - 1);
        _expectLocked(newDepositor(0), from);
        vm.roll(from);
        _withdraw(newDepositor(0));
        vm.assertEq(newDepositor(0).balance, 50 ether);
        vm.assertEq(stake.withdrawn(validator), 1);
        // Its entry is still in the queue and changes nothing.
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 0);
    }

    /// @dev R40.
    function test_everybodyUnslashedLeavesAHaltedCore() public {
        join(0, 50 ether);
        slashInitial(3);
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        uint256 from = block.number + WITHDRAWAL_DELAY;
        _expectLocked(depositors[0], from);
        vm.roll(from);
        for (uint256 i; i < 3; ++i) {
            _withdraw(depositors[i]);
            vm.assertEq(depositors[i].balance, weights[i]);
        }
        _withdraw(newDepositor(0));
        vm.assertEq(address(stake).balance, 0);
    }

    /// @dev R40.
    function test_haltDoesNotDelayWhoWasFreeBefore() public {
        logOut(depositors[0]);
        commitAt(2);
        commitAt(4);
        commitAt(6);
        vm.roll(block.number + WITHDRAWAL_DELAY);
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        _withdraw(depositors[0]);
    }

    /* PENALTIES */

    function test_onlyEvidenceRecordsViolations() public {
        vm.expectRevert(abi.encodeWithSelector(IStake.NotEvidence.selector, address(this)));
        stake.recordViolation(1);
    }

    function test_violationIsRecordedOnce() public {
        vm.expectEmit(address(stake));
        emit IStake.ViolationRecorded(1);
        vm.prank(evidence);
        stake.recordViolation(1);
        vm.assertTrue(stake.isViolated(1));
        vm.expectRevert(abi.encodeWithSelector(IStake.AlreadyPunished.selector, 1));
        vm.prank(evidence);
        stake.recordViolation(1);
    }

    /// @dev R38.
    function test_penaltiesAreTakenAndBurned() public {
        _violate(1);
        _violate(2);
        logOut(depositors[0]);
        commitAt(2);
        // Left at 2, so 3 is not its violation; 2 is: it was in the rear set.
        _violate(3);
        commitAt(4);
        commitAt(6);
        vm.assertEq(stake.penaltyOf(validators[0]), weights[0] / 5);
        vm.assertEq(stake.penaltyOf(validators[1]), 3 * weights[1] / 10);
        vm.roll(block.number + WITHDRAWAL_DELAY);
        _withdraw(depositors[0]);
        vm.assertEq(depositors[0].balance, weights[0] - weights[0] / 5);
        vm.assertEq(Coins.BURNED.balance, weights[0] / 5);
    }

    function test_entrantOwesNothingForHeightsBeforeIt() public {
        address validator = join(0, 50 ether);
        _violate(1);
        vm.assertEq(stake.penaltyOf(validator), 0);
        closeHeight();
        vm.assertEq(stake.penaltyOf(validator), 0);
        _violate(2);
        vm.assertEq(stake.penaltyOf(validator), 5 ether);
    }

    function test_nobodyOwesMoreThanItsStake() public {
        for (uint64 height = 1; height <= 12; ++height) {
            _violate(height);
            closeHeight();
        }
        vm.assertEq(stake.penaltyOf(validators[0]), weights[0]);
    }

    /// @dev R38.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_debtIsCountedHeightByHeight(uint16 last, uint256 seed, uint16 joinAt) public {
        last = uint16(bounded(last, 1, 600));
        joinAt = uint16(bounded(joinAt, 1, last));
        uint256 expected;
        for (uint64 height = 1; height <= last; ++height) {
            if (height == joinAt) join(0, 100 ether);
            bool violated = uint256(keccak256(abi.encode(seed, height))) % 100 == 0;
            if (violated) _violate(height);
            if (violated && height > joinAt) ++expected;
            closeHeight();
        }
        uint256 owed = expected > 10 ? 100 ether : expected * 10 ether;
        vm.assertEq(stake.penaltyOf(vm.addr(newSecret(0))), owed);
    }

    function _violate(uint64 height) private {
        vm.prank(evidence);
        stake.recordViolation(height);
    }
}
