// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { IStake } from "../../src/interfaces/IStake.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { HaltReason, Kernel, MetaBlock, Transition, Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R34 to R36, R45, R39b.
contract CoreCommitTest is Network {
    using StructHash for Kernel;
    using StructHash for MetaBlock;

    function setUp() public {
        deployNetwork();
        useOrigin();
    }

    function _slash(uint256 index) private {
        (Vote memory first, Vote memory second) = doubleVote(9);
        stake.slash(first, signVote(index, first), second, signVote(index, second));
    }

    /// @dev R40.
    function test_refusesOnceHalted() public {
        sealAt(2);
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        vm.expectRevert(abi.encodeWithSelector(ICore.CoreHalted.selector));
        core.commit();
    }

    function test_refusesWithoutCandidate() public {
        vm.expectRevert(abi.encodeWithSelector(ICore.NothingSealed.selector));
        core.commit();
    }

    /// @dev R34.
    function test_refusesUntilTheWindowIsOver() public {
        sealAt(2);
        uint256 due = block.number + COMMIT_WINDOW;
        vm.roll(due - 1);
        vm.expectRevert(abi.encodeWithSelector(ICore.CommitWindowOpen.selector, due - 1, due));
        core.commit();
        vm.roll(due);
        core.commit();
        vm.assertEq(core.committedMetaHeight(), 1);
    }

    /// @dev R35.
    function test_commitsRootAndOpensTheNextKernel() public {
        bytes32 kernelHash = core.openKernelHash();
        (bytes32 id, bytes32 target) = sealAt(2);
        bytes32 metaBlock = MetaBlock(kernelHash, id).hash();
        Kernel memory next = Kernel(2, metaBlock, new address[](0), new uint256[](0), 8 * GAS_PER_BLOCK + GAS_TARGET);
        vm.roll(block.number + COMMIT_WINDOW);
        vm.expectEmit(address(core));
        emit ICore.MetaBlockCommitted(1, metaBlock, auxiliaryHashes[8], kernelHash, id, 2, target, stateRootOf(2, 8));
        vm.expectEmit(address(core));
        emit ICore.KernelOpened(2, next.hash(), next);
        core.commit();
        vm.assertEq(core.openHeight(), 2);
        vm.assertEq(core.openKernelHash(), next.hash());
        vm.assertEq(core.openGasTarget(), next.gasTarget);
        vm.assertEq(core.metaBlockHash(1), metaBlock);
        vm.assertEq(core.committedAt(1), block.number);
        vm.assertEq(core.committedMetaHeight(), 1);
        vm.assertEq(core.committedHeight(), 2);
        vm.assertEq(core.stateRoot(2), stateRootOf(2, 8));
        vm.assertEq(core.candidate().proposalId, bytes32(0));
        vm.assertEq(stake.openHeight(), 2);
    }

    /// @dev R29.
    function test_stateRootOfOtherHeightsIsNoRoot() public {
        commitAt(2);
        vm.expectRevert(abi.encodeWithSelector(ICore.NotCommitted.selector, 1));
        core.stateRoot(1);
        vm.expectRevert(abi.encodeWithSelector(ICore.NotCommitted.selector, 3));
        core.stateRoot(3);
    }

    /// @dev R36.
    function test_nothingIsCommittedTwice() public {
        commitAt(2);
        vm.expectRevert(abi.encodeWithSelector(ICore.NothingSealed.selector));
        core.commit();
    }

    /// @dev R35, R36.
    function test_manyMetaBlocksFormAChain() public {
        for (uint64 height = 1; height <= 5; ++height) {
            bytes32 kernelHash = core.openKernelHash();
            bytes32 id = commitAt(height * 3);
            vm.assertEq(core.metaBlockHash(height), MetaBlock(kernelHash, id).hash());
        }
        vm.assertEq(core.openHeight(), 6);
        vm.assertEq(core.committedHeight(), 15);
    }

    /// @dev R34, R45.
    function test_signerSlashedSinceUnseals() public {
        Transition memory transition = transitionAt(2);
        bytes32 id = propose(transition);
        bytes32 target = keccak256("target");
        Vote memory vote = sealVote(transition, target);
        core.verifyVotes(id, target, signFirst(3, vote));
        _slash(0);
        vm.roll(block.number + COMMIT_WINDOW);
        vm.expectEmit(address(core));
        emit ICore.Unsealed(id, target);
        core.commit();
        vm.assertEq(core.committedMetaHeight(), 0);
        vm.assertEq(core.candidate().proposalId, bytes32(0));
        // Below quorum nothing brings it back ...
        core.verifyVotes(id, target, new bytes[](0));
        vm.assertEq(core.candidate().proposalId, bytes32(0));
        // ... a further vote does, and the window starts again.
        bytes[] memory last = new bytes[](1);
        last[0] = signVote(3, vote);
        core.verifyVotes(id, target, last);
        vm.assertEq(core.candidate().sealedAt, block.number);
    }

    /// @dev R45.
    function test_slashThatLeavesAQuorumDoesNotMatter() public {
        sealAt(2);
        _slash(3);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        vm.assertEq(core.committedMetaHeight(), 1);
        vm.assertEq(stake.totalAt(2), totalWeight() - weights[3]);
    }

    /// @dev R34.
    function test_supersededComesBackWithoutNewSignatures() public {
        (bytes32 high, bytes32 highTarget) = sealAt(20);
        Transition memory low = transitionAt(8);
        bytes32 lowId = propose(low);
        bytes32 target = keccak256("low target");
        core.verifyVotes(lowId, target, signFirst(3, sealVote(low, target)));
        _slash(0);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        core.verifyVotes(high, highTarget, new bytes[](0));
        vm.assertEq(core.candidate().proposalId, high);
    }

    /// @dev R40.
    function test_weightBelowMinimumCommitsAndHalts() public {
        minimumTotal = 120 ether;
        deployOrigin();
        sealAt(2);
        _slash(0);
        vm.roll(block.number + COMMIT_WINDOW);
        bytes32 kernelHash = core.openKernelHash();
        vm.expectEmit(address(core));
        emit ICore.Halted(1, HaltReason.WeightBelowMinimum);
        core.commit();
        vm.assertTrue(core.isHalted());
        vm.assertEq(core.haltedAt(), block.number);
        vm.assertEq(core.committedMetaHeight(), 1);
        vm.assertEq(core.stateRoot(2), stateRootOf(2, 8));
        vm.assertEq(core.openKernelHash(), kernelHash);
        vm.assertEq(core.openHeight(), 1);
    }

    /// @dev R43, R45.
    function test_slashedInOneHeightStillWeighsInTheRearSetButIsNotCounted() public {
        sealAt(2);
        _slash(0);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        Transition memory transition = transitionAt(4);
        bytes32 id = propose(transition);
        bytes32 target = keccak256("target");
        core.verifyVotes(id, target, signAll(sealVote(transition, target)));
        (uint256 forward, uint256 rear) = core.tally(id, target);
        vm.assertEq(forward, totalWeight() - weights[0]);
        vm.assertEq(rear, totalWeight() - weights[0]);
        vm.assertEq(core.candidate().proposalId, id);
    }

    /// @dev R84: a third of the weight that is silent stops commits and exits, and no timer ends that.
    function test_nothingExpiresWhileAThirdIsSilent() public {
        vm.prank(depositors[0]);
        stake.logout();
        Transition memory transition = transitionAt(2);
        bytes32 id = propose(transition);
        bytes32 target = keccak256("target");
        bytes[] memory signatures = signAll(sealVote(transition, target));
        (bytes[] memory some, bytes[] memory silent) = (new bytes[](2), new bytes[](2));
        (some[0], some[1], silent[0], silent[1]) = (signatures[0], signatures[1], signatures[2], signatures[3]);
        core.verifyVotes(id, target, some);
        vm.roll(block.number + 100_000_000);
        vm.expectRevert(abi.encodeWithSelector(ICore.NothingSealed.selector));
        core.commit();
        vm.prank(depositors[0]);
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeLocked.selector, validators[0], 0));
        stake.withdraw();
        vm.assertEq(stake.weightAt(stake.openHeight(), validators[0]), weights[0]);
        core.verifyVotes(id, target, silent);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        vm.assertEq(core.openHeight(), 2);
        vm.assertEq(stake.weightAt(2, validators[0]), 0);
    }
}
