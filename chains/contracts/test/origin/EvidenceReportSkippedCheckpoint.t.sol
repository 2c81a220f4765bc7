// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { IEvidence, SkippedCheckpoint } from "../../src/interfaces/IEvidence.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { Evidence } from "../../src/origin/Evidence.sol";
import { HaltReason, Transition, Vote } from "../../src/types/Types.sol";
import { Skipped } from "../support/Skipped.sol";
import { Tries } from "../support/Tries.sol";

/// @notice R37-R39b: each refusal breaks one thing of a valid report, in the order of the checks.
contract EvidenceReportSkippedCheckpointTest is Skipped {
    using StructHash for Transition;

    address private constant FISHERMAN = address(0xF1);

    function setUp() public {
        deployNetwork();
        useOrigin();
    }

    /* REFUSALS */

    function test_needsACore() public {
        vm.expectRevert(IEvidence.ZeroCore.selector);
        new Evidence(address(0));
    }

    function test_refusesWhatIsNotCommitted() public {
        SkippedCheckpoint memory report = skip();
        report.metaHeight = 2;
        refuses(report, abi.encodeWithSelector(IEvidence.MetaBlockNotCommitted.selector, 2));
        report.metaHeight = 0;
        refuses(report, abi.encodeWithSelector(IEvidence.MetaBlockNotCommitted.selector, 0));
    }

    function test_refusesTheSameTwice() public {
        SkippedCheckpoint memory report = skip();
        judge().reportSkippedCheckpoint(report);
        refuses(report, abi.encodeWithSelector(IEvidence.AlreadyProven.selector, 1));
    }

    /// @dev R38.
    function test_refusesAfterThePeriodFromTheNextCommit() public {
        SkippedCheckpoint memory report = skip();
        vm.roll(block.number + 10 * EVIDENCE_PERIOD);
        commitAt(NEXT);
        uint256 end = block.number + EVIDENCE_PERIOD;
        vm.roll(end);
        refuses(report, abi.encodeWithSelector(IEvidence.EvidencePeriodOver.selector, end, end));
        vm.roll(end - 1);
        judge().reportSkippedCheckpoint(report);
    }

    /// @dev R38.
    function test_refusesAfterThePeriodFromTheHalt() public {
        SkippedCheckpoint memory report = skip();
        vm.prank(address(stake));
        core.halt(HaltReason.TooMuchSlashed);
        uint256 end = block.number + EVIDENCE_PERIOD;
        vm.roll(end);
        refuses(report, abi.encodeWithSelector(IEvidence.EvidencePeriodOver.selector, end, end));
        vm.roll(end - 1);
        judge().reportSkippedCheckpoint(report);
    }

    function test_refusesAnotherCore() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.coreId = originId;
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        refuses(report, abi.encodeWithSelector(ICore.WrongCore.selector, originId, coreId));
    }

    function test_refusesAnotherKernel() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.kernelHash = keccak256("kernel");
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        refuses(report, abi.encodeWithSelector(IEvidence.NotUnderKernel.selector, keccak256("kernel"), 1));
    }

    function test_refusesWhatIsNotAboveTheCommitBefore() public {
        commitAt(COMMITTED);
        Transition memory skipped = transitionAt(COMMITTED);
        skipped.accumulatedGas = 100 * GAS_TARGET;
        commitAt(NEXT);
        SkippedCheckpoint memory report = reportOf(skipped, RECORDED);
        report.metaHeight = 2;
        refuses(report, abi.encodeWithSelector(ICore.HeightNotAbove.selector, COMMITTED, COMMITTED));
    }

    function test_refusesTheCommittedHeightAndAbove() public {
        for (uint64 height = COMMITTED; height <= COMMITTED + 1; ++height) {
            if (height == COMMITTED) commitAt(COMMITTED);
            Transition memory skipped = transitionAt(height);
            skipped.kernelHash = kernelOfFirst();
            refuses(
                reportOf(skipped, RECORDED),
                abi.encodeWithSelector(IEvidence.HeightNotBelow.selector, height, COMMITTED)
            );
        }
    }

    /// @dev R37.
    function test_oneGasBelowTheTargetIsNoViolation() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.accumulatedGas = GAS_TARGET - 1;
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        refuses(report, abi.encodeWithSelector(IEvidence.GasTargetNotReached.selector, GAS_TARGET - 1, GAS_TARGET));
    }

    /// @dev R37.
    function test_exactlyTheTargetIsAViolation() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.accumulatedGas = GAS_TARGET;
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        judge().reportSkippedCheckpoint(report);
        vm.assertTrue(stake.isViolated(1));
    }

    function test_refusesADynastyBelowTheCommitBefore() public {
        commitAt(2);
        Transition memory skipped = transitionAt(12);
        skipped.dynasty = 0;
        commitAt(NEXT);
        SkippedCheckpoint memory report = reportOf(skipped, RECORDED);
        report.metaHeight = 2;
        refuses(report, abi.encodeWithSelector(ICore.DynastyBelow.selector, 0, 1));
    }

    function test_refusesAnUnknownOriginCheckpoint() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.originCheckpoint = keccak256("elsewhere");
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        refuses(
            report,
            abi.encodeWithSelector(ICore.OriginCheckpointUnknown.selector, ORIGIN_ROOT_NUMBER, skipped.originCheckpoint)
        );
    }

    function test_refusesAZeroOriginCheckpoint() public {
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.originCheckpoint = 0;
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        report.originNumber = 10_000;
        refuses(report, abi.encodeWithSelector(ICore.OriginCheckpointUnknown.selector, 10_000, 0));
    }

    function test_takesAnOriginCheckpointInTheWindowOrPinned() public {
        mineOrigin(12);
        Transition memory skipped = transitionAt(SKIPPED);
        skipped.originCheckpoint = originCheckpoint(3);
        SkippedCheckpoint memory report = skip(skipped, RECORDED);
        report.originNumber = 12;
        core.pinOrigin(12);
        vm.roll(block.number + 10_000);
        judge().reportSkippedCheckpoint(report);
        vm.assertTrue(stake.isViolated(1));
    }

    function test_refusesARootBeforeTheAccused() public {
        SkippedCheckpoint memory report = skip();
        report.provenBy = 0;
        refuses(report, abi.encodeWithSelector(IEvidence.ProvenTooEarly.selector, 0, 1));
    }

    /// @dev R37.
    function test_refusesFinalityTheSignersCouldNotKnow() public {
        SkippedCheckpoint memory report = skip(transitionAt(SKIPPED), LATEST_RECORD + 1);
        refuses(report, abi.encodeWithSelector(IEvidence.RecordedTooLate.selector, LATEST_RECORD + 1, LATEST_RECORD));
    }

    function test_refusesAMissingAndASurplusStorageProof() public {
        SkippedCheckpoint memory report = skip();
        bytes[][] memory one = report.storageProofs;
        report.storageProofs = new bytes[][](0);
        refuses(report, abi.encodeWithSelector(IEvidence.WrongProofCount.selector, 0, 1));
        report.storageProofs = new bytes[][](2);
        (report.storageProofs[0], report.storageProofs[1]) = (one[0], one[0]);
        refuses(report, abi.encodeWithSelector(IEvidence.WrongProofCount.selector, 2, 1));
        report.storageProofs = one;
        report.provenBy = 2;
        refuses(report, abi.encodeWithSelector(IEvidence.WrongProofCount.selector, 1, 2));
    }

    function test_refusesARootThatIsNotCommitted() public {
        SkippedCheckpoint memory report = skip();
        report.provenBy = 2;
        report.storageProofs = new bytes[][](2);
        refuses(report, abi.encodeWithSelector(IEvidence.MetaBlockNotCommitted.selector, 2));
    }

    function test_refusesAnotherAccount() public {
        SkippedCheckpoint memory report = skip();
        (, report.accountProof) = Tries.stateTrie(address(0xBAD), keccak256("root"), keccak256("code"));
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        judge().reportSkippedCheckpoint(report);
    }

    function test_refusesAnAbsentAccount() public {
        SkippedCheckpoint memory report = reportOf(transitionAt(SKIPPED), RECORDED);
        (chosenStateRoots[2][COMMITTED * EPOCH], report.accountProof) =
            Tries.stateTrie(address(0xBAD), keccak256("root"), keccak256("code"));
        commitAt(COMMITTED);
        refuses(report, abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
    }

    function test_refusesAnotherRecordAndNone() public {
        SkippedCheckpoint memory report = skip();
        uint256 found = record(report.transition, RECORDED);
        report.blockNumber = RECORDED - 1;
        refuses(
            report,
            abi.encodeWithSelector(
                IEvidence.FinalityNotRecorded.selector, found, record(report.transition, RECORDED - 1)
            )
        );
        // The record of height 8 proves that there is none at height 9.
        report.transition.height = 9;
        refuses(
            report,
            abi.encodeWithSelector(IEvidence.FinalityNotRecorded.selector, 0, record(report.transition, RECORDED - 1))
        );
    }

    /// @dev R38.
    function test_refusesARecordOfAnotherBranch() public {
        SkippedCheckpoint memory report = skipProvenLater(keccak256("another branch"));
        refuses(
            report,
            abi.encodeWithSelector(
                IEvidence.SealedOnAnotherBranch.selector, keccak256("another branch"), core.committedTarget(1)
            )
        );
    }

    function test_refusesAZeroTarget() public {
        SkippedCheckpoint memory report = skip();
        report.target = 0;
        refuses(report, abi.encodeWithSelector(ICore.ZeroTarget.selector));
    }

    /// @dev R38.
    function test_refusesSignaturesBelowQuorum() public {
        SkippedCheckpoint memory report = skip();
        bytes[] memory all = report.signatures;
        report.signatures = new bytes[](4);
        // Twice the same, one about something else: two count.
        (report.signatures[0], report.signatures[1], report.signatures[2]) = (all[0], all[1], all[0]);
        report.signatures[3] = signVote(2, sealVote(report.transition, keccak256("another target")));
        uint256 counted = weights[0] + weights[1];
        refuses(report, abi.encodeWithSelector(IEvidence.QuorumMissing.selector, 1, counted, counted));
    }

    /// @dev R38.
    function test_whoWasSlashedBeforeTheCommitDoesNotCount() public {
        SkippedCheckpoint memory report = prepareWithSlash(true);
        uint256 counted = weights[1] + weights[2];
        refuses(report, abi.encodeWithSelector(IEvidence.QuorumMissing.selector, 1, counted, counted));
    }

    function test_whoWasSlashedAfterTheCommitCounts() public {
        SkippedCheckpoint memory report = prepareWithSlash(false);
        judge().reportSkippedCheckpoint(report);
        vm.assertTrue(stake.isViolated(1));
    }

    /* WHAT IT DOES */

    /// @dev R38.
    function test_punishesTheWholeSetOnce() public {
        SkippedCheckpoint memory report = skip();
        bytes32 id = core.committedProposal(1);
        uint256 coreBefore = address(core).balance;
        vm.expectEmit(evidence);
        emit IEvidence.SkippedCheckpointProven(1, report.transition.hash(), FISHERMAN, SKIPPED, COMMITTED);
        vm.expectEmit(address(core));
        emit ICore.BondForfeited(id, FISHERMAN, BOND / 2, BOND / 2);
        vm.prank(FISHERMAN);
        judge().reportSkippedCheckpoint(report);
        vm.assertEq(FISHERMAN.balance, BOND / 2);
        vm.assertEq(Coins.BURNED.balance, BOND / 2);
        vm.assertEq(address(core).balance, coreBefore - BOND);
        vm.assertEq(core.proposal(id).bond, 0);
        for (uint256 i; i < validators.length; ++i) {
            vm.assertEq(stake.penaltyOf(validators[i]), weights[i] / 10);
            // No weight changes: the penalty is taken when the stake is withdrawn.
            vm.assertEq(stake.effectiveWeight(1, validators[i]), weights[i]);
        }
        vm.roll(block.number + 10 * EVIDENCE_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(ICore.NoBond.selector, id));
        core.returnBond(id);
    }

    /// @dev R38.
    function test_provenUnderALaterRoot() public {
        SkippedCheckpoint memory report = skipProvenLater(keccak256(abi.encode("target", COMMITTED)));
        judge().reportSkippedCheckpoint(report);
        vm.assertTrue(stake.isViolated(1));
        vm.assertFalse(stake.isViolated(2));
    }

    /// @dev R38.
    function test_aSecondViolationOwesAFifth() public {
        SkippedCheckpoint memory first = skip();
        judge().reportSkippedCheckpoint(first);
        Transition memory skipped = transitionAt(18);
        SkippedCheckpoint memory second = reportOf(skipped, 77);
        (second.metaHeight, second.provenBy) = (2, 2);
        bytes32 root;
        (root, second.storageProofs[0]) = Tries.storageTrie(finalitySlot(skipped), record(skipped, 77));
        (chosenStateRoots[2][20 * EPOCH], second.accountProof) = stateTrie(root);
        commitAt(20);
        judge().reportSkippedCheckpoint(second);
        for (uint256 i; i < validators.length; ++i) {
            vm.assertEq(stake.penaltyOf(validators[i]), 2 * weights[i] / 10);
        }
    }

    /// @dev R39b.
    function test_whoCausesItAndReportsItLoses() public {
        uint256 before = address(this).balance;
        SkippedCheckpoint memory report = skip();
        judge().reportSkippedCheckpoint(report);
        vm.assertEq(address(this).balance, before - (BOND - BOND / 2));
    }

    function test_onlyEvidenceTakesTheBond() public {
        skip();
        vm.expectRevert(abi.encodeWithSelector(ICore.NotEvidence.selector, address(this)));
        core.forfeitBond(1, address(this));
    }

    /// @dev R39b.
    function test_theBondIsTakenOnce() public {
        judge().reportSkippedCheckpoint(skip());
        bytes32 id = core.committedProposal(1);
        vm.expectRevert(abi.encodeWithSelector(ICore.NoBond.selector, id));
        vm.prank(evidence);
        core.forfeitBond(1, FISHERMAN);
    }

    /// @dev Whoever signed, a report counts exactly when the signers reach two thirds by weight.
    function testFuzz_quorumByWeight(uint256 subset) public {
        SkippedCheckpoint memory report = skip();
        bytes[] memory all = report.signatures;
        uint256 weight;
        for (uint256 i; i < all.length; ++i) {
            if ((subset >> i) & 1 == 1) weight += weights[i];
            else all[i] = hex"";
        }
        if (3 * weight < 2 * totalWeight()) {
            vm.expectRevert(abi.encodeWithSelector(IEvidence.QuorumMissing.selector, 1, weight, weight));
        }
        judge().reportSkippedCheckpoint(report);
    }

    /* SUPPORT */

    function refuses(SkippedCheckpoint memory report, bytes memory reason) private {
        vm.expectRevert(reason);
        judge().reportSkippedCheckpoint(report);
    }

    function kernelOfFirst() private view returns (bytes32) {
        return gateway.kernelHash(1);
    }

    /// @dev Three of four sign; the first of them is slashed before or after the commit.
    function prepareWithSlash(bool beforeCommit) private returns (SkippedCheckpoint memory report) {
        Transition memory skipped = transitionAt(SKIPPED);
        report = reportOf(skipped, RECORDED);
        delete report.signatures[3];
        bytes32 root;
        (root, report.storageProofs[0]) = Tries.storageTrie(finalitySlot(skipped), record(skipped, RECORDED));
        (chosenStateRoots[2][COMMITTED * EPOCH], report.accountProof) = stateTrie(root);
        (bytes32 id, bytes32 target) = sealAt(COMMITTED);
        vm.roll(block.number + COMMIT_WINDOW);
        if (beforeCommit) slashFirst();
        core.verifyVotes(id, target, new bytes[](0));
        core.commit();
        if (!beforeCommit) slashFirst();
    }

    function slashFirst() private {
        (Vote memory first, Vote memory second) = doubleVote(50);
        stake.slash(first, signVote(0, first), second, signVote(0, second));
    }
}
