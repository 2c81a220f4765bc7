// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { HaltReason, Transition, Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R33, R34.
contract CoreVerifyVotesTest is Network {
    using StructHash for Transition;

    bytes32 private constant TARGET = keccak256("target");
    Transition private transition;
    bytes32 private id;
    Vote private vote;

    function setUp() public {
        deployNetwork();
        useOrigin();
        transition = transitionAt(2);
        id = propose(transition);
        vote = sealVote(transition, TARGET);
    }

    function _one(uint256 index) private view returns (bytes[] memory signatures) {
        signatures = new bytes[](1);
        signatures[0] = signVote(index, vote);
    }

    function _slash(uint256 index) private {
        (Vote memory first, Vote memory second) = doubleVote(9);
        stake.slash(first, signVote(index, first), second, signVote(index, second));
    }

    function test_refusesOnceHalted() public {
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        vm.expectRevert(abi.encodeWithSelector(ICore.CoreHalted.selector));
        core.verifyVotes(id, TARGET, new bytes[](0));
    }

    function test_refusesUnknownProposal() public {
        vm.expectRevert(abi.encodeWithSelector(ICore.UnknownProposal.selector, keccak256("unknown")));
        core.verifyVotes(keccak256("unknown"), TARGET, new bytes[](0));
    }

    function test_refusesProposalOfAClosedHeight() public {
        commitAt(1);
        vm.expectRevert(abi.encodeWithSelector(ICore.ProposalClosed.selector, id, 1, 2));
        core.verifyVotes(id, TARGET, new bytes[](0));
    }

    function test_refusesZeroTarget() public {
        vm.expectRevert(abi.encodeWithSelector(ICore.ZeroTarget.selector));
        core.verifyVotes(id, 0, new bytes[](0));
    }

    /// @dev R33, R34.
    function test_countsByWeightAndSealsAtQuorum() public {
        // Two thirds of 148 are 98.67: 40 + 38 do not reach them, the third validator does.
        address[] memory two = new address[](2);
        (two[0], two[1]) = (validators[0], validators[1]);
        uint256 counted = weights[0] + weights[1];
        bytes[] memory signatures = signFirst(2, vote);
        vm.expectEmit(address(core));
        emit ICore.VotesVerified(id, TARGET, voteDigest(vote), two, counted, counted);
        core.verifyVotes(id, TARGET, signatures);
        vm.assertEq(core.candidate().proposalId, bytes32(0));
        vm.assertTrue(core.hasSigned(id, TARGET, validators[0]));
        vm.assertFalse(core.hasSigned(id, TARGET, validators[2]));
        signatures = _one(2);
        vm.expectEmit(address(core));
        emit ICore.Sealed(id, TARGET, uint64(block.number) + COMMIT_WINDOW);
        core.verifyVotes(id, TARGET, signatures);
        vm.assertEq(core.candidate().proposalId, id);
        vm.assertEq(core.candidate().target, TARGET);
        vm.assertEq(core.candidate().sealedAt, block.number);
    }

    /// @dev R33.
    function test_countsEachSignerOnce() public {
        bytes[] memory twice = new bytes[](2);
        twice[0] = twice[1] = signVote(0, vote);
        core.verifyVotes(id, TARGET, twice);
        core.verifyVotes(id, TARGET, _one(0));
        (uint256 forward, uint256 rear) = core.tally(id, TARGET);
        vm.assertEq(forward, weights[0]);
        vm.assertEq(rear, weights[0]);
    }

    /// @dev R33.
    function test_skipsWhoeverCannotBeCounted() public {
        _slash(1);
        bytes[] memory mixed = new bytes[](5);
        mixed[0] = signDigest(0xBAD, voteDigest(vote));
        mixed[1] = signVote(1, vote);
        mixed[2] = "";
        mixed[3] = signVote(0, auxiliaryVoteOfAnotherTarget());
        mixed[4] = signVote(2, vote);
        core.verifyVotes(id, TARGET, mixed);
        (uint256 forward,) = core.tally(id, TARGET);
        vm.assertEq(forward, weights[2]);
    }

    function auxiliaryVoteOfAnotherTarget() private view returns (Vote memory) {
        return sealVote(transition, keccak256("another target"));
    }

    /// @dev R12, R33.
    function test_neverSumsVotesOfDifferentTargets() public {
        bytes32 other = keccak256("another target");
        core.verifyVotes(id, TARGET, signFirst(2, vote));
        bytes[] memory signatures = new bytes[](2);
        signatures[0] = signVote(2, sealVote(transition, other));
        signatures[1] = signVote(3, sealVote(transition, other));
        core.verifyVotes(id, other, signatures);
        vm.assertEq(core.candidate().proposalId, bytes32(0));
    }

    function test_nothingSealsOnNoVotes() public {
        core.verifyVotes(id, TARGET, new bytes[](0));
        vm.assertEq(core.candidate().proposalId, bytes32(0));
    }

    /// @dev R36.
    function test_lateVotesAreCountedAndSealNothingAgain() public {
        core.verifyVotes(id, TARGET, signFirst(3, vote));
        uint64 sealedAt = core.candidate().sealedAt;
        vm.roll(block.number + 2);
        core.verifyVotes(id, TARGET, _one(3));
        (uint256 forward,) = core.tally(id, TARGET);
        vm.assertEq(forward, totalWeight());
        vm.assertEq(core.candidate().sealedAt, sealedAt);
    }

    /// @dev R45.
    function test_subtractsSignersSlashedSince() public {
        core.verifyVotes(id, TARGET, signFirst(2, vote));
        _slash(0);
        core.verifyVotes(id, TARGET, _one(2));
        (uint256 forward, uint256 rear) = core.tally(id, TARGET);
        vm.assertEq(forward, weights[1] + weights[2]);
        vm.assertEq(rear, weights[1] + weights[2]);
        vm.assertFalse(core.hasSigned(id, TARGET, validators[0]));
        vm.assertEq(core.candidate().proposalId, bytes32(0));
    }

    /// @dev R34.
    function test_lowerProposalAtTheGasTargetSupersedes() public {
        (bytes32 high,) = sealAt(20);
        vm.roll(block.number + 3);
        Transition memory low = transitionAt(8);
        bytes32 lowId = propose(low);
        bytes[] memory signatures = signAll(sealVote(low, TARGET));
        vm.expectEmit(address(core));
        emit ICore.Superseded(high, lowId);
        vm.expectEmit(address(core));
        emit ICore.Sealed(lowId, TARGET, uint64(block.number) + COMMIT_WINDOW);
        core.verifyVotes(lowId, TARGET, signatures);
        vm.assertEq(core.candidate().proposalId, lowId);
        (uint256 kept,) = core.tally(high, keccak256(abi.encode("target", uint64(20))));
        vm.assertEq(kept, totalWeight());
    }

    /// @dev R34.
    function test_lowerProposalBelowTheGasTargetDoesNot() public {
        (bytes32 high,) = sealAt(20);
        sealAt(7);
        vm.assertEq(core.candidate().proposalId, high);
    }

    function test_higherProposalDoesNot() public {
        (bytes32 low,) = sealAt(8);
        sealAt(20);
        vm.assertEq(core.candidate().proposalId, low);
    }

    /// @dev R34, R39.
    function test_supersedesUntilTheCommitItself() public {
        sealAt(20);
        vm.roll(block.number + 10 * COMMIT_WINDOW);
        (bytes32 low,) = sealAt(8);
        vm.assertEq(core.candidate().proposalId, low);
        vm.expectRevert(
            abi.encodeWithSelector(ICore.CommitWindowOpen.selector, block.number, block.number + COMMIT_WINDOW)
        );
        core.commit();
    }

    /// @dev Twelve signers more cost twelve signers more, whatever gas the transition spans (R33).
    function test_costDoesNotDependOnTheGasOfTheTransition() public {
        Transition memory idle = transitionAt(3);
        Transition memory busy = transitionAt(4);
        busy.accumulatedGas = 2 ** 200;
        bytes32 idleId = propose(idle);
        bytes32 busyId = propose(busy);
        bytes[] memory idleSignatures = signFirst(2, sealVote(idle, TARGET));
        bytes[] memory busySignatures = signFirst(2, sealVote(busy, TARGET));
        core.verifyVotes(idleId, keccak256("warm"), idleSignatures);
        uint256 before = gasleft();
        core.verifyVotes(idleId, TARGET, idleSignatures);
        uint256 idleGas = before - gasleft();
        before = gasleft();
        core.verifyVotes(busyId, TARGET, busySignatures);
        uint256 busyGas = before - gasleft();
        // The second proposal's storage is colder by a few slots.
        vm.assertLt(busyGas, idleGas + 15_000);
    }
}
