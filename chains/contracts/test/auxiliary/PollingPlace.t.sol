// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { PollingPlace } from "../../src/auxiliary/PollingPlace.sol";
import { ICheckpointStore } from "../../src/interfaces/ICheckpointStore.sol";
import { IPollingPlace, PollingPlaceParameters } from "../../src/interfaces/IPollingPlace.sol";
import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Offence, Refusal, Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R10 to R20, in the order of the checks of R13.
contract PollingPlaceCastVoteTest is Network {
    Vote private vote;

    function setUp() public {
        deployNetwork();
        reportAuxiliary(20);
        makeChain(originHeaders, originHashes, 1, 30);
        for (uint256 number = 12; number <= 28; number += EPOCH) {
            observer.reportCheckpoint(originHeaders[number]);
        }
        vote = auxiliaryVote(0, 1);
    }

    function _expectRefusal(uint256 index, Refusal refusal) private {
        bytes memory signature = signVote(index, vote);
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.VoteNotAccepted.selector, voteDigest(vote), refusal));
        polls.castVote(vote, signature);
    }

    function test_constructorRefusesZeroParameters() public {
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.ZeroParameter.selector));
        new PollingPlace(PollingPlaceParameters(0, address(store), address(observer), address(gateway)));
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.ZeroParameter.selector));
        new PollingPlace(PollingPlaceParameters(coreId, address(0), address(observer), address(gateway)));
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.ZeroParameter.selector));
        new PollingPlace(PollingPlaceParameters(coreId, address(store), address(0), address(gateway)));
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.ZeroParameter.selector));
        new PollingPlace(PollingPlaceParameters(coreId, address(store), address(observer), address(0)));
    }

    function test_refusesUnknownCore() public {
        vote.coreId = keccak256("another");
        _expectRefusal(0, Refusal.UnknownCore);
    }

    /// @dev R4.
    function test_refusesMalformedSignature() public {
        vm.expectRevert(
            abi.encodeWithSelector(IPollingPlace.VoteNotAccepted.selector, voteDigest(vote), Refusal.InvalidSignature)
        );
        polls.castVote(vote, hex"00");
    }

    /// @dev R13.
    function test_refusesUnknownValidator() public {
        bytes memory signature = signDigest(0xBAD, voteDigest(vote));
        vm.expectRevert(
            abi.encodeWithSelector(IPollingPlace.VoteNotAccepted.selector, voteDigest(vote), Refusal.UnknownValidator)
        );
        polls.castVote(vote, signature);
    }

    /// @dev R13.
    function test_refusesSlashedValidator() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        polls.slash(first, signVote(0, first), second, signVote(0, second));
        _expectRefusal(0, Refusal.SlashedValidator);
    }

    /// @dev R10.
    function test_refusesHeightsThatDoNotAscend() public {
        vote = auxiliaryVote(0, 1);
        vote.sourceHeight = 1;
        _expectRefusal(0, Refusal.HeightsNotAscending);
    }

    /// @dev R10.
    function test_refusesUnreportedSource() public {
        vote.source = keccak256("unreported");
        _expectRefusal(0, Refusal.SourceNotReported);
    }

    /// @dev R10.
    function test_refusesSignedSourceHeightThatIsNotTheBlocks() public {
        vote = auxiliaryVote(0, 2);
        vote.sourceHeight = 1;
        _expectRefusal(0, Refusal.SourceHeightMismatch);
    }

    /// @dev R10.
    function test_refusesSourceThatIsNotJustified() public {
        vote = auxiliaryVote(1, 2);
        _expectRefusal(0, Refusal.SourceNotJustified);
    }

    /// @dev R10.
    function test_refusesSourceBelowTheLastFinalised() public {
        castAll(auxiliaryVote(0, 1));
        castAll(auxiliaryVote(1, 2));
        vote = auxiliaryVote(0, 3);
        _expectRefusal(0, Refusal.SourceBelowFinalised);
    }

    /// @dev R10.
    function test_refusesUnreportedTarget() public {
        vote.target = keccak256("unreported");
        _expectRefusal(0, Refusal.TargetNotReported);
    }

    /// @dev R10.
    function test_refusesTargetOffCheckpoint() public {
        vote.target = auxiliaryHashes[5];
        _expectRefusal(0, Refusal.TargetNotReported);
    }

    /// @dev R10.
    function test_refusesSignedTargetHeightThatIsNotTheBlocks() public {
        vote.targetHeight = 2;
        _expectRefusal(0, Refusal.TargetHeightMismatch);
    }

    /// @dev R11.
    function test_refusesAnotherTransition() public {
        vote.transition = keccak256("another");
        _expectRefusal(0, Refusal.TransitionMismatch);
    }

    /// @dev R11.
    function test_refusesTransitionInVoteAboutOrigin() public {
        vote = originVote(2, 3);
        vote.transition = keccak256("any");
        _expectRefusal(0, Refusal.TransitionMismatch);
    }

    /// @dev R10.
    function test_refusesOriginSourceBelowTheLastFinalised() public {
        castAll(originVote(2, 3));
        castAll(originVote(3, 4));
        vote = originVote(2, 5);
        _expectRefusal(0, Refusal.SourceBelowFinalised);
    }

    /// @dev R10.
    function test_refusesOriginSourceBesideTheLastFinalised() public {
        // A rival of checkpoint 3 is justified, then the true one is finalised.
        bytes32 rival = _reportRival(12);
        vote = Vote(originId, 0, originCheckpoint(2), rival, 2, 3);
        vm.prank(address(polls));
        observer.justify(vote, 1);
        castAll(originVote(2, 3));
        castAll(originVote(3, 4));
        vote = Vote(originId, 0, rival, originCheckpoint(5), 3, 5);
        _expectRefusal(0, Refusal.SourceBelowFinalised);
    }

    bytes[] private rivalHeaders;
    bytes32[] private rivalHashes;

    function _reportRival(uint256 number) private returns (bytes32) {
        makeChain(rivalHeaders, rivalHashes, 77, number + 1);
        observer.reportCheckpoint(rivalHeaders[number]);
        return rivalHashes[number];
    }

    /// @dev R13.
    function test_refusedVoteTakesNoSlot() public {
        vote.transition = keccak256("another");
        _expectRefusal(0, Refusal.TransitionMismatch);
        vm.assertFalse(polls.hasVoted(coreId, validators[0], 1));
        cast(0, auxiliaryVote(0, 1));
        vm.assertTrue(polls.hasVoted(coreId, validators[0], 1));
    }

    /// @dev R20.
    function test_acceptedVoteIsPublic() public {
        bytes memory signature = signVote(0, vote);
        vm.expectEmit(address(polls));
        emit IPollingPlace.VoteCast(coreId, validators[0], voteDigest(vote), vote, signature, 1, weights[0], weights[0]);
        vm.prank(address(0x5E17DE2));
        polls.castVote(vote, signature);
        (uint256 forward, uint256 rear) = polls.tally(voteDigest(vote), 1);
        vm.assertEq(forward, weights[0]);
        vm.assertEq(rear, weights[0]);
        (bytes32 digest, uint64 kernelHeight) = polls.countedVote(coreId, validators[0], 1);
        vm.assertEq(digest, voteDigest(vote));
        vm.assertEq(digest, polls.voteDigest(vote));
        vm.assertEq(kernelHeight, 1);
    }

    /// @dev R13.
    function test_sameVoteAgainIsNoEventAndNoRevert() public {
        cast(0, vote);
        vm.recordLogs();
        cast(0, vote);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        (uint256 forward,) = polls.tally(voteDigest(vote), 1);
        vm.assertEq(forward, weights[0]);
    }

    /// @dev R13.
    function test_conflictIsMadePublicAndNotCounted() public {
        cast(0, vote);
        // Nothing of it is known here: a branch knows only its own blocks.
        Vote memory other = Vote(coreId, keccak256("t"), keccak256("s"), keccak256("unknown"), 0, 1);
        bytes memory signature = signVote(0, other);
        vm.expectEmit(address(polls));
        emit IPollingPlace.ConflictingVote(coreId, validators[0], voteDigest(vote), voteDigest(other), other, signature);
        polls.castVote(other, signature);
        (uint256 forward,) = polls.tally(voteDigest(other), 1);
        vm.assertEq(forward, 0);
        // What was made public is evidence.
        polls.slash(vote, signVote(0, vote), other, signature);
        vm.assertTrue(polls.isSlashed(validators[0]));
    }

    /// @dev R14.
    function test_votesAboutOriginAndAuxiliaryAreCountedApart() public {
        castAll(originVote(2, 3));
        castAll(originVote(3, 4));
        castAll(originVote(4, 5));
        cast(0, auxiliaryVote(0, 1));
        vm.assertTrue(polls.hasVoted(coreId, validators[0], 1));
        vm.assertTrue(polls.hasVoted(originId, validators[0], 5));
        vm.assertFalse(polls.hasVoted(coreId, validators[0], 5));
    }

    /// @dev R15, R16.
    function test_justifiesAtQuorumByWeight() public {
        cast(0, vote);
        cast(1, vote);
        vm.assertFalse(store.isJustified(vote.target));
        vm.expectEmit(address(store));
        emit ICheckpointStore.CheckpointJustified(coreId, 1, vote.target, vote.source, 1);
        cast(2, vote);
        vm.assertTrue(store.isJustified(vote.target));
    }

    /// @dev R18.
    function test_lateVoteIsRecordedAndRepeatsNothing() public {
        cast(0, vote);
        cast(1, vote);
        cast(2, vote);
        vm.recordLogs();
        cast(3, vote);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        (uint256 forward,) = polls.tally(voteDigest(vote), 1);
        vm.assertEq(forward, totalWeight());
    }

    /// @dev R17.
    function test_adjacentLinkFinalisesItsSource() public {
        castAll(vote);
        castAll(auxiliaryVote(1, 2));
        vm.assertTrue(store.isFinalised(auxiliaryCheckpoint(1)));
        vm.assertEq(store.dynasty(), 1);
    }

    /// @dev R17.
    function test_rootIsNotFinalisedAgain() public {
        castAll(vote);
        vm.assertEq(store.dynasty(), 0);
    }

    /// @dev R17.
    function test_longLinkJustifiesOnly() public {
        castAll(vote);
        castAll(auxiliaryVote(1, 3));
        vm.assertTrue(store.isJustified(auxiliaryCheckpoint(3)));
        vm.assertFalse(store.isFinalised(auxiliaryCheckpoint(1)));
        vm.assertEq(store.dynasty(), 0);
    }

    /// @dev R12.
    function test_votesOfDifferentSourcesNeverCombine() public {
        castAll(vote);
        cast(0, auxiliaryVote(1, 2));
        cast(1, auxiliaryVote(1, 2));
        cast(2, auxiliaryVote(0, 2));
        cast(3, auxiliaryVote(0, 2));
        vm.assertFalse(store.isJustified(auxiliaryCheckpoint(2)));
    }

    /// @dev R45.
    function test_slashedWeightDoesNotCount() public {
        cast(0, vote);
        (Vote memory first, Vote memory second) = doubleVote(9);
        polls.slash(first, signVote(1, first), second, signVote(1, second));
        cast(2, vote);
        vm.assertFalse(store.isJustified(vote.target));
        // The total stays until the next kernel: 40 + 36 + 34 of 148 are a quorum.
        cast(3, vote);
        vm.assertTrue(store.isJustified(vote.target));
    }

    /// @dev R20.
    function test_batchRefusesOneVoteAndCountsTheOthers() public {
        Vote[] memory votes = new Vote[](4);
        bytes[] memory signatures = new bytes[](4);
        (votes[0], votes[1], votes[2], votes[3]) = (vote, vote, originVote(2, 3), vote);
        votes[1].transition = keccak256("poison");
        signatures[0] = signVote(0, votes[0]);
        signatures[1] = signVote(1, votes[1]);
        signatures[2] = "";
        signatures[3] = signVote(3, votes[3]);
        vm.expectEmit(address(polls));
        emit IPollingPlace.VoteRefused(voteDigest(votes[1]), Refusal.TransitionMismatch);
        vm.expectEmit(address(polls));
        emit IPollingPlace.VoteRefused(voteDigest(votes[2]), Refusal.InvalidSignature);
        polls.castVotes(votes, signatures);
        (uint256 forward,) = polls.tally(voteDigest(vote), 1);
        vm.assertEq(forward, weights[0] + weights[3]);
    }

    function test_batchRefusesDifferentLengths() public {
        vm.expectRevert(abi.encodeWithSelector(IPollingPlace.LengthMismatch.selector, 1, 0));
        polls.castVotes(new Vote[](1), new bytes[](0));
    }

    /// @dev R20.
    function testFuzz_noVoteStopsABatch(Vote memory poison, bytes memory signature, uint8 shape) public {
        if (shape & 1 == 0) poison.coreId = shape & 2 == 0 ? coreId : originId;
        if (shape & 4 == 0) poison.source = auxiliaryCheckpoint(0);
        if (shape & 8 == 0) poison.target = auxiliaryCheckpoint(1);
        if (shape & 16 == 0) signature = signVote(1, poison);
        Vote[] memory votes = new Vote[](2);
        bytes[] memory signatures = new bytes[](2);
        (votes[0], votes[1]) = (poison, vote);
        (signatures[0], signatures[1]) = (signature, signVote(0, vote));
        polls.castVotes(votes, signatures);
        vm.assertTrue(polls.hasVoted(coreId, validators[0], 1));
    }

    /// @dev R19.
    function testFuzz_outcomeDoesNotDependOnTheSender(address sender) public {
        vm.assume(sender != address(vm));
        bytes memory signature = signVote(0, vote);
        vm.prank(sender);
        polls.castVote(vote, signature);
        vm.assertTrue(polls.hasVoted(coreId, validators[0], 1));
    }

    /* SLASH */

    /// @dev R55.
    function test_slashRefusesUnknownValidator() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        bytes memory one = signDigest(0xBAD, voteDigest(first));
        bytes memory two = signDigest(0xBAD, voteDigest(second));
        vm.expectRevert(abi.encodeWithSelector(ISlashing.UnknownValidator.selector, vm.addr(0xBAD)));
        polls.slash(first, one, second, two);
    }

    /// @dev R54.
    function test_slashRefusesTheSameValidatorAgain() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        polls.slash(first, signVote(0, first), second, signVote(0, second));
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.AlreadySlashed.selector, validators[0]));
        polls.slash(second, two, first, one);
    }

    /// @dev R54.
    function test_slashTakesTheWeightAndPaysNothing() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectEmit(address(polls));
        emit ISlashing.ValidatorSlashed(
            validators[0], address(this), Offence.DoubleVote, voteDigest(first), voteDigest(second), 0, 0
        );
        polls.slash(first, one, second, two);
        vm.assertTrue(gateway.member(validators[0]).slashed);
        vm.assertEq(gateway.totalAt(1), totalWeight());
    }

    /// @dev R53.
    function test_sameEvidenceSlashesOnBothChains() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        polls.slash(first, signVote(0, first), second, signVote(0, second));
        stake.slash(first, signVote(0, first), second, signVote(0, second));
        vm.assertTrue(stake.isSlashed(validators[0]) && polls.isSlashed(validators[0]));
    }
}
