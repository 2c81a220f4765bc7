// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { SkippedCheckpoint } from "../../src/interfaces/IEvidence.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Evidence } from "../../src/origin/Evidence.sol";
import { Transition, Vote } from "../../src/types/Types.sol";
import { Network } from "./Network.sol";
import { Tries } from "./Tries.sol";

/// @title Skipped
/// @notice A network in which checkpoint 8 reached the gas target, was finalised, and checkpoint 10 was committed.
/// The proofs are proofs of real tries, whose roots stand in the committed headers.
abstract contract Skipped is Network {
    using StructHash for Transition;

    uint64 internal constant SKIPPED = 8;
    uint64 internal constant COMMITTED = 10;
    uint64 internal constant NEXT = 14;
    /// @dev Auxiliary block that recorded the finality: the last that the signers of 10 -> 11 are answerable for.
    uint256 internal constant LATEST_RECORD = (COMMITTED + 1) * EPOCH;
    uint256 internal constant RECORDED = (SKIPPED + 1) * EPOCH + 2;

    /// @dev The report of a skipped checkpoint, proven under the accused meta-block's own root.
    function skip() internal returns (SkippedCheckpoint memory) {
        return skip(transitionAt(SKIPPED), RECORDED);
    }

    function skip(Transition memory skipped, uint256 blockNumber) internal returns (SkippedCheckpoint memory report) {
        report = reportOf(skipped, blockNumber);
        bytes32 root;
        (root, report.storageProofs[0]) = Tries.storageTrie(finalitySlot(skipped), record(skipped, blockNumber));
        (chosenStateRoots[2][COMMITTED * EPOCH], report.accountProof) = stateTrie(root);
        commitAt(COMMITTED);
    }

    /// @dev The same, proven under the next meta-block's root, where `checkpoint` stands at height 11.
    function skipProvenLater(bytes32 checkpoint) internal returns (SkippedCheckpoint memory report) {
        Transition memory skipped = transitionAt(SKIPPED);
        commitAt(COMMITTED);
        report = reportOf(skipped, LATEST_RECORD);
        report.provenBy = 2;
        report.storageProofs = new bytes[][](2);
        uint256 key = FixedSlots.entry(COMMITTED + 1, FixedSlots.BLOCK_STORE_CHECKPOINT_HASH);
        (bytes32 root, bytes[][2] memory proofs) =
            Tries.storageTrie([finalitySlot(skipped), key], [record(skipped, LATEST_RECORD), uint256(checkpoint)]);
        (report.storageProofs[0], report.storageProofs[1]) = (proofs[0], proofs[1]);
        (chosenStateRoots[2][NEXT * EPOCH], report.accountProof) = stateTrie(root);
        commitAt(NEXT);
    }

    function reportOf(Transition memory skipped, uint256 blockNumber)
        internal
        view
        returns (SkippedCheckpoint memory report)
    {
        report.metaHeight = 1;
        report.transition = skipped;
        report.originNumber = ORIGIN_ROOT_NUMBER;
        report.target = keccak256("finalising target");
        report.signatures = signAll(sealVote(skipped, report.target));
        report.blockNumber = blockNumber;
        report.provenBy = 1;
        report.storageProofs = new bytes[][](1);
    }

    function finalitySlot(Transition memory skipped) internal pure returns (uint256) {
        return FixedSlots.entry(skipped.height, FixedSlots.BLOCK_STORE_FINALITY);
    }

    /// @dev What AuxiliaryBlockStore writes when it finalises a checkpoint (R27).
    function record(Transition memory skipped, uint256 blockNumber) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(skipped.hash(), blockNumber)));
    }

    function stateTrie(bytes32 storageRoot) internal view returns (bytes32, bytes[] memory) {
        return Tries.stateTrie(core.auxiliaryBlockStore(), storageRoot, keccak256("code"));
    }

    function judge() internal view returns (Evidence) {
        return Evidence(evidence);
    }

    function originVoteOn(bytes32 source, bytes32 target, uint64 sourceHeight) internal view returns (Vote memory) {
        return Vote(originId, 0, source, target, sourceHeight, sourceHeight + 1);
    }
}
