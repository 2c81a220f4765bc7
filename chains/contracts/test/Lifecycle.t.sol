// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Transition, Vote } from "../src/types/Types.sol";
import { Network } from "./support/Network.sol";

/// @notice From the first report to the first commit, the same votes on both chains.
contract LifecycleTest is Network {
    function setUp() public {
        deployNetwork();
    }

    /// @dev R35b.
    function test_bothSidesAgreeOnTheGenesis() public view {
        vm.assertEq(gateway.kernelHash(1), core.openKernelHash());
        vm.assertEq(store.lastFinalised().hash, core.auxiliaryRoot());
        vm.assertEq(observer.lastFinalised().hash, core.originRoot());
        vm.assertEq(gateway.totalAt(1), stake.totalAt(1));
        vm.assertEq(gateway.totalAt(0), stake.totalAt(0));
    }

    /// @dev R33.
    function test_votesCastOnAuxiliarySealOnOrigin() public {
        reportAuxiliary(8);
        castAll(auxiliaryVote(0, 1));
        Vote memory vote = auxiliaryVote(1, 2);
        castAll(vote);
        vm.assertTrue(store.isFinalised(auxiliaryCheckpoint(1)));
        Transition memory transition = store.transitionAt(auxiliaryCheckpoint(1));
        useOrigin();
        bytes32 id = propose(transition);
        vm.assertEq(id, vote.transition);
        core.verifyVotes(id, vote.target, signAll(vote));
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        vm.assertEq(core.openHeight(), 2);
        vm.assertEq(core.stateRoot(1), stateRootOf(2, 4));
    }
}
