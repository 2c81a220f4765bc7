// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IEvidence, SkippedCheckpoint } from "../../src/interfaces/IEvidence.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { Evidence } from "../../src/origin/Evidence.sol";
import { Transition, Vote } from "../../src/types/Types.sol";
import { LiteralEvidence } from "../../src/vulnerable/LiteralEvidence.sol";
import { Skipped } from "../support/Skipped.sol";
import { Tries } from "../support/Tries.sol";

/// @notice R37: four equal validators A, B, C, D. C is offline, D's vote 10 -> 11 is delayed; A, B and D vote 10 -> 12
/// and 12 -> 13, so 12 is finalised and committed. Then D's old vote surfaces. Nobody broke a rule.
abstract contract LateVote is Skipped {
    uint64 private constant SOURCE = 10;
    uint64 private constant SEALED = 12;

    function setUp() public {
        uint256[] memory equal = new uint256[](4);
        (equal[0], equal[1], equal[2], equal[3]) = (40 ether, 40 ether, 40 ether, 40 ether);
        deployNetwork(equal);
    }

    /// @dev Plays the story on auxiliary and commits checkpoint 12; returns what a fisherman can say.
    function play() internal returns (SkippedCheckpoint memory report) {
        reportAuxiliary((SEALED + 1) * EPOCH);
        castByThree(auxiliaryVote(0, SOURCE));
        Vote memory late = auxiliaryVote(SOURCE, SOURCE + 1);
        cast(0, late);
        cast(1, late);
        castByThree(auxiliaryVote(SOURCE, SEALED));
        Vote memory sealing = auxiliaryVote(SEALED, SEALED + 1);
        castByThree(sealing);
        vm.assertTrue(store.isFinalised(auxiliaryCheckpoint(SEALED)));
        vm.assertFalse(store.isFinalised(auxiliaryCheckpoint(SOURCE)));
        vm.assertEq(store.finality(SOURCE), 0);
        report = accusation(late);
        commitSealed(sealing);
    }

    /// @dev The first, the second and the fourth validator vote: C is offline.
    function castByThree(Vote memory vote) private {
        cast(0, vote);
        cast(1, vote);
        cast(3, vote);
    }

    function signedBy(Vote memory vote) private view returns (bytes[] memory signatures) {
        signatures = new bytes[](3);
        (signatures[0], signatures[1], signatures[2]) = (signVote(0, vote), signVote(1, vote), signVote(3, vote));
    }

    function accusation(Vote memory late) private view returns (SkippedCheckpoint memory report) {
        report.metaHeight = 1;
        report.transition = store.transitionAt(late.source);
        report.originNumber = ORIGIN_ROOT_NUMBER;
        report.target = late.target;
        report.signatures = signedBy(late);
        report.blockNumber = SEALED * EPOCH;
        report.provenBy = 1;
    }

    function commitSealed(Vote memory sealing) private {
        useOrigin();
        bytes32 id = propose(store.transitionAt(sealing.source));
        core.verifyVotes(id, sealing.target, signedBy(sealing));
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
    }
}

/// @notice The paper's rule punishes all four.
contract LiteralEvidenceTest is LateVote {
    function newEvidence() internal override returns (Evidence) {
        return new LiteralEvidence(address(core));
    }

    /// @dev R37.
    function test_punishesHonestValidators() public {
        SkippedCheckpoint memory report = play();
        judge().reportSkippedCheckpoint(report);
        for (uint256 i; i < validators.length; ++i) {
            vm.assertEq(stake.penaltyOf(validators[i]), weights[i] / 10);
        }
    }
}

/// @notice Ours punishes nobody: auxiliary never recorded the skipped checkpoint as finalised.
contract EvidenceLateVoteTest is LateVote {
    /// @dev R37.
    function test_punishesNobody() public {
        // Auxiliary's real record at the committed checkpoint: nothing about height 10, here with another entry.
        (bytes32 root, bytes[] memory proof) = Tries.storageTrie(1, 1);
        bytes[] memory accountProof;
        (chosenStateRoots[2][48], accountProof) = stateTrie(root);
        SkippedCheckpoint memory report = play();
        report.accountProof = accountProof;
        report.storageProofs = new bytes[][](1);
        report.storageProofs[0] = proof;
        bytes32 claimed = bytes32(record(report.transition, report.blockNumber));
        vm.expectRevert(abi.encodeWithSelector(IEvidence.FinalityNotRecorded.selector, 0, claimed));
        judge().reportSkippedCheckpoint(report);
        for (uint256 i; i < validators.length; ++i) {
            vm.assertEq(stake.penaltyOf(validators[i]), 0);
        }
    }

    function test_neverWithoutProof() public {
        SkippedCheckpoint memory report = play();
        report.storageProofs = new bytes[][](1);
        vm.expectPartialRevert(TrieProof.MissingNode.selector);
        judge().reportSkippedCheckpoint(report);
    }
}
