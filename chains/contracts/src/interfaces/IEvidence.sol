// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Transition, Vote } from "../types/Types.sol";

/// @notice Proof that validators passed over a checkpoint which reached the gas target (R37, R38).
/// @param metaHeight Committed meta-block n that should have ended at the skipped checkpoint.
/// @param transition T' at the skipped checkpoint.
/// @param originNumber Origin block number of its origin checkpoint.
/// @param target Target of the votes that finalised the skipped checkpoint.
/// @param signatures Signatures over (core id, hash(T'), T'.checkpoint, target, T'.height, T'.height + 1).
/// @param blockNumber Auxiliary block in which the skipped checkpoint was recorded as finalised.
/// @param provenBy Committed meta-block m >= n whose state root the proofs are under.
/// @param accountProof Proof of the AuxiliaryBlockStore's account.
/// @param storageProofs Proof of `finality[T'.height]` and, if m > n, of `checkpointHash` one epoch after what n
/// committed.
struct SkippedCheckpoint {
    uint64 metaHeight;
    Transition transition;
    uint256 originNumber;
    bytes32 target;
    bytes[] signatures;
    uint256 blockNumber;
    uint64 provenBy;
    bytes[] accountProof;
    bytes[][] storageProofs;
}

/// @title IEvidence
/// @notice Where anyone proves on origin what a whole set of validators did: passing over a checkpoint that was due
/// (R37, R38), and finalising an origin that was reverted (R40). It keeps nothing and holds no coins.
interface IEvidence {
    /// @notice A meta-block was proven to have passed over a checkpoint; all its validators owe the penalty (R38).
    /// @param metaHeight Meta-block n.
    /// @param transitionHash hash(T') at the skipped checkpoint.
    /// @param fisherman Who proved it.
    /// @param height Checkpoint height of the skipped checkpoint.
    /// @param committedHeight Checkpoint height that was committed instead.
    event SkippedCheckpointProven(
        uint64 indexed metaHeight,
        bytes32 indexed transitionHash,
        address indexed fisherman,
        uint64 height,
        uint64 committedHeight
    );
    /// @notice Auxiliary was proven to believe in an origin block that is no longer one (R40).
    /// @param number Origin block number.
    /// @param signed Hash that a quorum signed.
    /// @param actual Hash of origin's own block.
    /// @param fisherman Who proved it.
    event ReversalProven(uint256 indexed number, bytes32 signed, bytes32 actual, address indexed fisherman);

    /// @notice The core's address must not be zero.
    error ZeroCore();
    /// @notice Meta-block `metaHeight` is not committed.
    error MetaBlockNotCommitted(uint64 metaHeight);
    /// @notice That meta-block's violation was proven before.
    error AlreadyProven(uint64 metaHeight);
    /// @notice The time to report has passed.
    error EvidencePeriodOver(uint256 blockNumber, uint256 end);
    /// @notice The transition is not under the kernel of that meta-block.
    error NotUnderKernel(bytes32 kernelHash, uint64 metaHeight);
    /// @notice The checkpoint is not below the committed one.
    error HeightNotBelow(uint64 height, uint64 committed);
    /// @notice The checkpoint does not reach the gas target: passing over it is no violation.
    error GasTargetNotReached(uint256 gas, uint256 target);
    /// @notice The proofs are under an earlier meta-block than the accused one.
    error ProvenTooEarly(uint64 provenBy, uint64 metaHeight);
    /// @notice The finality was recorded after the signers of the committed checkpoint had to know it (R37).
    error RecordedTooLate(uint256 blockNumber, uint256 latest);
    /// @notice There are fewer or more storage proofs than needed.
    error WrongProofCount(uint256 given, uint256 expected);
    /// @notice Auxiliary recorded something else, or nothing, about the finality at that height.
    error FinalityNotRecorded(bytes32 found, bytes32 expected);
    /// @notice The chain that recorded the finality is not the one whose votes sealed the meta-block (R38).
    error SealedOnAnotherBranch(bytes32 checkpoint, bytes32 target);
    /// @notice The signatures do not reach the quorum in both sets of that height.
    error QuorumMissing(uint64 metaHeight, uint256 forward, uint256 rear);
    /// @notice The vote is not about this origin chain, or its heights do not ascend.
    error NotAboutOrigin(bytes32 coreId, uint64 sourceHeight, uint64 targetHeight);
    /// @notice Only the open height and the one before it count for a reversal.
    error HeightNotRecent(uint64 metaHeight, uint64 openHeight);
    /// @notice The header is neither the vote's source nor its target.
    error HeaderNotSigned(bytes32 headerHash);
    /// @notice The header's number is not the one that was signed.
    error WrongNumber(uint256 number, uint256 signed);
    /// @notice Origin's own block is the signed one: nothing was reverted.
    error NotReverted(uint256 number, bytes32 blockHash);

    /// @notice Proves a violation of the gas rule from auxiliary's own record. The validators of the meta-block then
    /// owe a penalty, and the committing proposal's bond is lost, half of it to the caller (R38, R39b). Anyone may.
    /// @dev Warning: a report can be front-run, as any evidence (R56). Signers that were slashed before the commit do
    /// not count; everything else the outcome depends on is fixed, so nobody can make a good report fail.
    function reportSkippedCheckpoint(SkippedCheckpoint calldata report) external;

    /// @notice Halts the core for ever if a quorum signed an origin block that is not origin's own (R40). Anyone may.
    /// @param vote Vote about origin.
    /// @param signatures Signatures over it.
    /// @param header RLP header of the vote's source or target, of which origin's own hash at its number differs.
    /// @param metaHeight Height whose sets weigh the signatures: the open one or the one before.
    function reportReversal(Vote calldata vote, bytes[] calldata signatures, bytes calldata header, uint64 metaHeight)
        external;

    /// @notice Core it reports to.
    function core() external view returns (address);

    /// @notice Identifier of that core (R1).
    function coreId() external view returns (bytes32);
}
