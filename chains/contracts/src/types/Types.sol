// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @notice A validator's statement that `target` follows from `source` (protocol.md 3).
/// @param coreId Chain the vote is about: the core's identifier, or the origin chain's own (R1).
/// @param transition hash(T) at the source for votes about auxiliary, zero for votes about origin (R11).
/// @param source Block hash of the source checkpoint.
/// @param target Block hash of the target checkpoint.
/// @param sourceHeight Checkpoint height of the source: block number divided by the epoch length.
/// @param targetHeight Checkpoint height of the target.
struct Vote {
    bytes32 coreId;
    bytes32 transition;
    bytes32 source;
    bytes32 target;
    uint64 sourceHeight;
    uint64 targetHeight;
}

/// @notice What the auxiliary chain did up to and including one checkpoint (protocol.md 5).
/// @param coreId Core the auxiliary chain belongs to.
/// @param kernelHash Kernel active at the end of the checkpoint's block.
/// @param height Checkpoint height.
/// @param dynasty Finalisations recorded by the chain up to and including the checkpoint's block.
/// @param checkpoint Block hash of the checkpoint.
/// @param accumulatedGas Gas used by all blocks since the root (R26).
/// @param accumulatedTransactionRoot Hash chain over the transaction roots since the root (R26).
/// @param originDynasty Finalised origin observations at the end of the checkpoint's block.
/// @param originCheckpoint Latest finalised origin observation at the end of the checkpoint's block.
struct Transition {
    bytes32 coreId;
    bytes32 kernelHash;
    uint64 height;
    uint64 dynasty;
    bytes32 checkpoint;
    uint256 accumulatedGas;
    bytes32 accumulatedTransactionRoot;
    uint64 originDynasty;
    bytes32 originCheckpoint;
}

/// @notice What a core opens for the next meta-block (protocol.md 5, R42).
/// @param height Meta-block height.
/// @param parent Hash of the meta-block committed before.
/// @param validators Auxiliary addresses whose membership changes, ascending, none twice.
/// @param weights Weight of each, zero for one that leaves.
/// @param gasTarget Accumulated gas at which a commit is due (Eq. 1).
struct Kernel {
    uint64 height;
    bytes32 parent;
    address[] validators;
    uint256[] weights;
    uint256 gasTarget;
}

/// @notice What a core commits.
struct MetaBlock {
    bytes32 kernelHash;
    bytes32 transitionHash;
}

/// @notice A validator's consent that `depositor` stakes for it (R3).
struct Registration {
    bytes32 coreId;
    address depositor;
    address validator;
}

/// @notice A checkpoint as its hash and checkpoint height.
struct CheckpointReference {
    bytes32 hash;
    uint64 height;
}

/// @notice Offences of R50 to R52.
enum Offence {
    None,
    DoubleVote,
    Surround,
    TransitionConflict
}

/// @notice Why a vote was refused, in the order of the checks of R13.
enum Refusal {
    None,
    UnknownCore,
    InvalidSignature,
    UnknownValidator,
    SlashedValidator,
    HeightsNotAscending,
    SourceNotReported,
    SourceHeightMismatch,
    SourceNotJustified,
    SourceBelowFinalised,
    TargetNotReported,
    TargetHeightMismatch,
    TargetNotAboveFinalised,
    TransitionMismatch,
    NotAMember
}

/// @notice Why a core halted (R40).
enum HaltReason {
    None,
    TooMuchSlashed,
    WeightBelowMinimum,
    OriginReversed
}
