// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStake } from "../../src/interfaces/IStake.sol";
import { Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R35, R42 to R45 on origin.
contract StakeOpenNextHeightTest is Network {
    function setUp() public {
        deployNetwork();
    }

    function test_refusesAnyoneButTheCore() public {
        vm.expectRevert(abi.encodeWithSelector(IStake.NotCore.selector, address(this)));
        stake.openNextHeight(1);
    }

    function test_refusesAnotherHeight() public {
        vm.prank(address(core));
        vm.expectRevert(abi.encodeWithSelector(IStake.HeightNotOpen.selector, 2, 1));
        stake.openNextHeight(2);
    }

    function test_unchangedSetOpensWithoutChanges() public {
        vm.expectEmit(address(stake));
        emit IStake.HeightOpened(2, totalWeight(), totalWeight());
        (bool opened, address[] memory changed,) = _open(1);
        vm.assertTrue(opened);
        vm.assertEq(changed.length, 0);
        vm.assertEq(stake.openHeight(), 2);
        vm.assertEq(stake.totalAt(2), totalWeight());
        vm.assertEq(stake.weightAt(2, validators[0]), weights[0]);
    }

    /// @dev R35.
    function test_slashedLeaveFirst() public {
        _slash(1);
        (bool opened, address[] memory changed, uint256[] memory newWeights) = _open(1);
        vm.assertTrue(opened);
        vm.assertEq(changed.length, 1);
        vm.assertEq(changed[0], validators[1]);
        vm.assertEq(newWeights[0], 0);
        vm.assertEq(stake.weightAt(1, validators[1]), weights[1]);
        vm.assertEq(stake.weightAt(2, validators[1]), 0);
        vm.assertEq(stake.totalAt(2), totalWeight() - weights[1]);
        // Still in the rear set of height 2, where its weight no longer counts.
        (, uint256[] memory forward, uint256[] memory rear) = stake.weigh(2, _one(validators[1]));
        vm.assertEq(forward[0] + rear[0], 0);
        vm.assertEq(stake.slashedAt(1), weights[1]);
        vm.assertEq(stake.slashedAt(2), 0);
        // It leaves once only.
        (, changed,) = _open(2);
        vm.assertEq(changed.length, 0);
        vm.assertEq(stake.totalAt(3), totalWeight() - weights[1]);
    }

    function test_changesAreAscending() public {
        uint256[] memory equal = new uint256[](10);
        for (uint256 i; i < 10; ++i) {
            equal[i] = 40 ether;
        }
        makeKeys(equal);
        useOrigin();
        deployOrigin();
        _slash(7);
        _slash(2);
        _slash(5);
        (, address[] memory changed,) = _open(1);
        vm.assertEq(changed[0], validators[2]);
        vm.assertEq(changed[1], validators[5]);
        vm.assertEq(changed[2], validators[7]);
    }

    /// @dev R40.
    function test_tooLittleWeightChangesNothing() public {
        // 148 - 40 = 108 is left, which a minimum of 110 forbids.
        minimumTotal = 110 ether;
        useOrigin();
        deployOrigin();
        _slash(_heaviest());
        (bool opened,,) = _open(1);
        vm.assertFalse(opened);
        vm.assertEq(stake.openHeight(), 1);
        vm.assertEq(stake.totalAt(2), 0);
        vm.assertEq(stake.weightAt(2, validators[_heaviest()]), weights[_heaviest()]);
    }

    function _heaviest() private view returns (uint256 heaviest) {
        for (uint256 i; i < weights.length; ++i) {
            if (weights[i] > weights[heaviest]) heaviest = i;
        }
    }

    function _open(uint64 height) private returns (bool, address[] memory, uint256[] memory) {
        vm.prank(address(core));
        return stake.openNextHeight(height);
    }

    function _slash(uint256 index) private {
        (Vote memory first, Vote memory second) = doubleVote(9);
        stake.slash(first, signVote(index, first), second, signVote(index, second));
    }

    function _one(address account) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }
}
