// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStake, Member } from "../../src/interfaces/IStake.sol";
import { HaltReason } from "../../src/types/Types.sol";
import { Members } from "../support/Members.sol";

/// @notice R3, R41.
contract StakeDepositTest is Members {
    function _expectRefusal(address depositor, uint256 secret, uint256 stakeWei, bytes memory reason) private {
        bytes memory signature = signRegistration(secret, depositor);
        vm.deal(depositor, stakeWei);
        vm.expectRevert(reason);
        vm.prank(depositor);
        stake.deposit{ value: stakeWei }(vm.addr(secret), signature);
    }

    /// @dev R40.
    function test_refusesOnceHalted() public {
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        _expectRefusal(newDepositor(0), newSecret(0), 50 ether, abi.encodeWithSelector(IStake.CoreHalted.selector));
    }

    /// @dev R3, R41.
    function test_refusesKnownValidator() public {
        _expectRefusal(
            newDepositor(0), secrets[0], 50 ether, abi.encodeWithSelector(IStake.ValidatorKnown.selector, validators[0])
        );
    }

    /// @dev R3.
    function test_refusesDepositorWithAnotherValidator() public {
        _expectRefusal(
            depositors[0],
            newSecret(0),
            50 ether,
            abi.encodeWithSelector(IStake.DepositorKnown.selector, depositors[0], validators[0])
        );
    }

    /// @dev R41.
    function test_refusesStakeBelowMinimum() public {
        _expectRefusal(
            newDepositor(0),
            newSecret(0),
            MINIMUM_STAKE - 1,
            abi.encodeWithSelector(IStake.StakeBelowMinimum.selector, MINIMUM_STAKE - 1, MINIMUM_STAKE)
        );
    }

    function test_refusesStakeOfMoreThan96Bits() public {
        _expectRefusal(
            newDepositor(0), newSecret(0), 2 ** 96, abi.encodeWithSelector(IStake.StakeTooLarge.selector, 2 ** 96)
        );
    }

    /// @dev R3.
    function test_refusesRegistrationForAnotherDepositor() public {
        bytes memory signature = signRegistration(newSecret(0), newDepositor(1));
        vm.deal(newDepositor(0), 50 ether);
        vm.expectRevert(
            abi.encodeWithSelector(IStake.InvalidRegistration.selector, vm.addr(newSecret(0)), newDepositor(0))
        );
        vm.prank(newDepositor(0));
        stake.deposit{ value: 50 ether }(vm.addr(newSecret(0)), signature);
    }

    /// @dev R41.
    function test_waitsForTheCommitAndWeighsNothingUntilThen() public {
        address validator = vm.addr(newSecret(0));
        vm.expectEmit(address(stake));
        emit IStake.ValidatorRegistered(validator, newDepositor(0), 50 ether, 4);
        join(0, 50 ether);
        Member memory member = stake.member(validator);
        vm.assertTrue(member.known);
        vm.assertEq(member.index, 4);
        vm.assertEq(stake.validatorCount(), 5);
        vm.assertEq(stake.queued().length, 1);
        vm.assertEq(stake.queued()[0], validator);
        for (uint64 height; height < 5; ++height) {
            vm.assertEq(stake.weightAt(height, validator), 0);
        }
        vm.assertEq(stake.totalAt(1), totalWeight());
        vm.assertEq(address(stake).balance, totalWeight() + 50 ether);
        closeHeight();
        vm.assertEq(stake.weightAt(1, validator), 0);
        vm.assertEq(stake.weightAt(2, validator), 50 ether);
        vm.assertEq(stake.totalAt(2), totalWeight() + 50 ether);
        vm.assertEq(stake.queued().length, 0);
    }

    function test_waitingValidatorIsSlashableAndNeverEnters() public {
        address validator = join(0, 50 ether);
        slashNew(0);
        vm.assertTrue(stake.isSlashed(validator));
        vm.assertEq(stake.slashedAt(1), 0);
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 0);
        vm.assertEq(stake.totalAt(2), totalWeight());
    }
}
