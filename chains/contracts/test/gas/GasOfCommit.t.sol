// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Transition } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice What a meta-block costs on origin: a straight line in validators, and nothing for what auxiliary executed
/// (R33, R36). `make bench` measures the same on geth.
/// forge-config: default.isolate = true
contract GasOfCommitTest is Network {
    uint256 private constant FEW_GAS = 10 ** 7;
    uint256 private constant MUCH_GAS = 10 ** 10;

    /// @dev Gas of propose, verifyVotes and commit, each a transaction; the state afterwards is that before.
    function _cost(uint256 count, uint256 accumulatedGas) private returns (uint256 spent) {
        uint256 before = vm.snapshotState();
        uint256[] memory initial = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            initial[i] = 40 ether;
        }
        deployNetwork(initial);
        useOrigin();
        Transition memory transition = transitionAt(2);
        transition.accumulatedGas = accumulatedGas;
        bytes32 target = keccak256("target");
        bytes[] memory signatures = signAll(sealVote(transition, target));
        bytes32 id = propose(transition);
        spent = vm.lastCallGas().gasTotalUsed;
        core.verifyVotes(id, target, signatures);
        spent += vm.lastCallGas().gasTotalUsed;
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        spent += vm.lastCallGas().gasTotalUsed;
        vm.assertEq(core.committedMetaHeight(), 1);
        vm.revertToState(before);
    }

    function _assertWithin(uint256 one, uint256 other, uint256 percent) private pure {
        vm.assertLt(one > other ? one - other : other - one, other * percent / 100);
    }

    function test_aFurtherValidatorCostsTheSameHoweverManyThereAre() public {
        uint256 smaller = _cost(4, FEW_GAS);
        uint256 first;
        for (uint256 count = 8; count <= 32; count *= 2) {
            uint256 larger = _cost(count, FEW_GAS);
            uint256 each = (larger - smaller) / (count / 2);
            if (first == 0) first = each;
            _assertWithin(each, first, 5);
            smaller = larger;
        }
        // One signature is recovered for each of them: 3,000 gas and its calldata.
        vm.assertGt(first, 4000);
    }

    function test_gasThatAuxiliaryExecutedCostsNothingOnOrigin() public {
        _assertWithin(_cost(4, MUCH_GAS), _cost(4, FEW_GAS), 1);
    }
}
