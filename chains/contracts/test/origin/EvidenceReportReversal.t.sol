// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { IEvidence } from "../../src/interfaces/IEvidence.sol";
import { HeaderDecoder } from "../../src/libraries/HeaderDecoder.sol";
import { HaltReason, Vote } from "../../src/types/Types.sol";
import { Skipped } from "../support/Skipped.sol";

/// @notice R40: a quorum signed an origin block that origin does not have.
contract EvidenceReportReversalTest is Skipped {
    /// @dev Origin as auxiliary saw it before the reorg.
    bytes[] private revertedHeaders;
    bytes32[] private revertedHashes;
    Vote private vote;
    bytes[] private signatures;

    function setUp() public {
        deployNetwork();
        makeChain(revertedHeaders, revertedHashes, 3, 17);
        mineOrigin(20);
        vote = originVoteOn(revertedHashes[12], revertedHashes[16], 3);
        signatures = signAll(vote);
    }

    function test_refusesOnceHalted() public {
        vm.prank(address(stake));
        core.halt(HaltReason.TooMuchSlashed);
        refuses(vote, 12, 1, abi.encodeWithSelector(ICore.CoreHalted.selector));
    }

    function test_refusesAVoteAboutAnotherChain() public {
        Vote memory wrong = vote;
        wrong.coreId = coreId;
        refuses(wrong, 12, 1, abi.encodeWithSelector(IEvidence.NotAboutOrigin.selector, coreId, 3, 4));
    }

    function test_refusesHeightsThatDoNotAscend() public {
        Vote memory wrong = vote;
        wrong.targetHeight = 3;
        refuses(wrong, 12, 1, abi.encodeWithSelector(IEvidence.NotAboutOrigin.selector, originId, 3, 3));
    }

    function test_refusesSetsOfOtherHeights() public {
        refuses(vote, 12, 2, abi.encodeWithSelector(IEvidence.HeightNotRecent.selector, 2, 1));
        commitAt(2);
        commitAt(3);
        refuses(vote, 12, 1, abi.encodeWithSelector(IEvidence.HeightNotRecent.selector, 1, 3));
    }

    function test_refusesAMalformedHeader() public {
        vm.expectRevert(abi.encodeWithSelector(HeaderDecoder.MalformedHeader.selector, 0));
        judge().reportReversal(vote, signatures, hex"", 1);
    }

    function test_refusesAHeaderThatWasNotSigned() public {
        refuses(vote, 8, 1, abi.encodeWithSelector(IEvidence.HeaderNotSigned.selector, revertedHashes[8]));
    }

    function test_refusesAHeaderAtAnotherHeight() public {
        Vote memory wrong = originVoteOn(revertedHashes[8], revertedHashes[16], 3);
        refuses(wrong, 8, 1, abi.encodeWithSelector(IEvidence.WrongNumber.selector, 8, 12));
        wrong = originVoteOn(revertedHashes[12], revertedHashes[15], 3);
        refuses(wrong, 15, 1, abi.encodeWithSelector(IEvidence.WrongNumber.selector, 15, 16));
    }

    function test_refusesWhereOriginDoesNotKnowItsOwnBlock() public {
        vm.roll(block.number + 300);
        answerWith(originHashes);
        refuses(vote, 12, 1, abi.encodeWithSelector(ICore.OriginBlockUnavailable.selector, 12));
    }

    /// @dev R40.
    function test_refusesABlockOfOriginItself() public {
        Vote memory honest = originVote(3, 4);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.NotReverted.selector, 12, originHashes[12]));
        judge().reportReversal(honest, signAll(honest), originHeaders[12], 1);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.NotReverted.selector, 16, originHashes[16]));
        judge().reportReversal(honest, signAll(honest), originHeaders[16], 1);
    }

    /// @dev R40.
    function test_refusesSignaturesBelowQuorum() public {
        uint256 counted = weights[0] + weights[1];
        vm.expectRevert(abi.encodeWithSelector(IEvidence.QuorumMissing.selector, 1, counted, counted));
        judge().reportReversal(vote, signFirst(2, vote), revertedHeaders[12], 1);
    }

    function test_whoIsSlashedDoesNotCount() public {
        (Vote memory first, Vote memory second) = doubleVote(50);
        stake.slash(first, signVote(0, first), second, signVote(0, second));
        uint256 counted = weights[1] + weights[2];
        vm.expectRevert(abi.encodeWithSelector(IEvidence.QuorumMissing.selector, 1, counted, counted));
        judge().reportReversal(vote, signFirst(3, vote), revertedHeaders[12], 1);
    }

    /// @dev R40.
    function test_aRevertedSourceHalts() public {
        vm.expectEmit(evidence);
        emit IEvidence.ReversalProven(12, revertedHashes[12], originHashes[12], address(this));
        vm.expectEmit(address(core));
        emit ICore.Halted(1, HaltReason.OriginReversed);
        judge().reportReversal(vote, signatures, revertedHeaders[12], 1);
        vm.assertTrue(core.isHalted());
        vm.assertEq(core.haltedAt(), block.number);
    }

    /// @dev R40.
    function test_aRevertedTargetHalts() public {
        Vote memory half = originVoteOn(originHashes[12], revertedHashes[16], 3);
        judge().reportReversal(half, signAll(half), revertedHeaders[16], 1);
        vm.assertTrue(core.isHalted());
    }

    function test_aPinnedBlockProvesItBeyondTheWindow() public {
        core.pinOrigin(12);
        vm.roll(block.number + 10_000);
        answerWith(originHashes);
        judge().reportReversal(vote, signatures, revertedHeaders[12], 1);
        vm.assertTrue(core.isHalted());
    }

    /// @dev R40.
    function test_theSetsOfTheHeightBeforeCount() public {
        commitAt(2);
        useOrigin();
        judge().reportReversal(vote, signatures, revertedHeaders[12], 1);
        vm.assertTrue(core.isHalted());
    }

    function refuses(Vote memory given, uint256 number, uint64 metaHeight, bytes memory reason) private {
        bytes[] memory signed = signAll(given);
        vm.expectRevert(reason);
        judge().reportReversal(given, signed, revertedHeaders[number], metaHeight);
    }
}
