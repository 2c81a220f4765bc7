// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { IStake } from "../../src/interfaces/IStake.sol";
import { Members } from "../support/Members.sol";

/// @notice R35, R41, R42.
contract StakeLogoutTest is Members {
    function _expectRefusal(address depositor, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(depositor);
        stake.logout();
    }

    function test_refusesWhoOwnsNoValidator() public {
        _expectRefusal(address(0xF00), abi.encodeWithSelector(IStake.NotADepositor.selector, address(0xF00)));
        _expectRefusal(validators[0], abi.encodeWithSelector(IStake.NotADepositor.selector, validators[0]));
    }

    function test_refusesSlashedValidator() public {
        slashInitial(0);
        _expectRefusal(depositors[0], abi.encodeWithSelector(ISlashing.AlreadySlashed.selector, validators[0]));
    }

    function test_refusesSecondLogout() public {
        logOut(depositors[0]);
        _expectRefusal(depositors[0], abi.encodeWithSelector(IStake.AlreadyLeaving.selector, validators[0]));
        closeHeight();
        _expectRefusal(depositors[0], abi.encodeWithSelector(IStake.AlreadyLeaving.selector, validators[0]));
    }

    function test_refusesSecondCancelling() public {
        address validator = join(0, 50 ether);
        logOut(newDepositor(0));
        _expectRefusal(newDepositor(0), abi.encodeWithSelector(IStake.AlreadyLeaving.selector, validator));
    }

    /// @dev R41, R42.
    function test_memberLeavesTheForwardSetFirst() public {
        vm.expectEmit(address(stake));
        emit IStake.LogoutRequested(validators[0], depositors[0]);
        logOut(depositors[0]);
        vm.assertTrue(stake.isLeaving(validators[0]));
        (, address[] memory changed, uint256[] memory changedWeights) = closeHeight();
        vm.assertEq(changed.length, 1);
        vm.assertEq(changed[0], validators[0]);
        vm.assertEq(changedWeights[0], 0);
        vm.assertEq(stake.weightAt(1, validators[0]), weights[0]);
        vm.assertEq(stake.weightAt(2, validators[0]), 0);
        address[] memory one = new address[](1);
        one[0] = validators[0];
        (, uint256[] memory forward, uint256[] memory rear) = stake.weigh(2, one);
        vm.assertEq(forward[0], 0);
        vm.assertEq(rear[0], weights[0]);
        closeHeight();
        (, forward, rear) = stake.weigh(3, one);
        vm.assertEq(forward[0] + rear[0], 0);
    }

    /// @dev R54.
    function test_leaverIsStillSlashable() public {
        logOut(depositors[0]);
        closeHeight();
        slashInitial(0);
        vm.assertTrue(stake.isSlashed(validators[0]));
        // In the rear set of height 2 only.
        vm.assertEq(stake.slashedAt(1), weights[0]);
        vm.assertEq(stake.slashedAt(2), 0);
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 0);
    }

    function test_slashedLeaverLeavesOnce() public {
        logOut(depositors[0]);
        slashInitial(0);
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 1);
        vm.assertEq(stake.totalAt(2), totalWeight() - weights[0]);
        vm.assertEq(stake.queued().length, 0);
    }

    /// @dev R42.
    function test_depositAndLogoutInOneHeightCancel() public {
        address validator = join(0, 50 ether);
        vm.expectEmit(address(stake));
        emit IStake.DepositCancelled(validator, newDepositor(0));
        logOut(newDepositor(0));
        vm.assertEq(stake.cancelledAt(validator), block.number);
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 0);
        vm.assertEq(stake.totalAt(2), totalWeight());
    }

    /* QUEUE */

    /// @dev R35.
    function test_queueIsFirstInFirstOutAndBounded() public {
        maxKernelChanges = 2;
        deployOrigin();
        join(0, 50 ether);
        logOut(depositors[0]);
        join(1, 60 ether);
        join(2, 70 ether);
        closeHeight();
        vm.assertEq(stake.totalAt(2), totalWeight() + 50 ether - weights[0]);
        closeHeight();
        vm.assertEq(stake.totalAt(3), totalWeight() + 180 ether - weights[0]);
        vm.assertEq(stake.weightAt(2, vm.addr(newSecret(1))), 0);
        vm.assertEq(stake.weightAt(3, vm.addr(newSecret(1))), 60 ether);
    }

    /// @dev R35.
    function test_slashedRemovalsDoNotCountAgainstTheBound() public {
        maxKernelChanges = 1;
        deployOrigin();
        slashInitial(0);
        join(0, 50 ether);
        (, address[] memory changed,) = closeHeight();
        vm.assertEq(changed.length, 2);
    }

    /// @dev R35.
    function test_holesAreSteppedOverWithinBounds() public {
        maxKernelChanges = 1;
        deployOrigin();
        for (uint256 i; i < 6; ++i) {
            join(i, 50 ether);
            logOut(newDepositor(i));
        }
        join(6, 60 ether);
        closeHeight();
        // Four entries are looked at per change: the first four holes are gone, nothing entered.
        vm.assertEq(stake.queued().length, 3);
        vm.assertEq(stake.totalAt(2), totalWeight());
        closeHeight();
        vm.assertEq(stake.totalAt(3), totalWeight() + 60 ether);
    }

    /// @dev R42.
    function test_changesAreAscendingByAddress() public {
        for (uint256 i; i < 12; ++i) {
            join(i, (40 + i) * 1 ether);
        }
        (, address[] memory changed, uint256[] memory changedWeights) = closeHeight();
        vm.assertEq(changed.length, 12);
        for (uint256 i; i < 12; ++i) {
            vm.assertTrue(i == 0 || changed[i] > changed[i - 1]);
            vm.assertEq(changedWeights[i], stake.weightAt(2, changed[i]));
        }
    }

    function test_leavingBelowTheMinimumChangesNothing() public {
        minimumTotal = 120 ether;
        deployOrigin();
        logOut(depositors[0]);
        (bool opened,,) = closeHeight();
        vm.assertFalse(opened);
        vm.assertEq(stake.openHeight(), 1);
        vm.assertEq(stake.queued().length, 1);
        vm.assertEq(stake.weightAt(2, validators[0]), weights[0]);
    }
}
