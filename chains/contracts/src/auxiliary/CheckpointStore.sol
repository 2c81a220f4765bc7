// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICheckpointStore } from "../interfaces/ICheckpointStore.sol";
import { CheckpointReference, Refusal, Vote } from "../types/Types.sol";

/// @title CheckpointStore
/// @notice What the stores of auxiliary's and of origin's checkpoints have in common: who may justify, and which links
/// a vote may support (R10, R11).
abstract contract CheckpointStore is ICheckpointStore {
    /* TYPES */

    /// @dev What is known of one end of a link.
    struct End {
        uint64 height;
        bool reported;
        bool justified;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICheckpointStore
    bytes32 public immutable coreId;
    /// @inheritdoc ICheckpointStore
    uint64 public immutable epochLength;
    /// @inheritdoc ICheckpointStore
    address public immutable pollingPlace;
    /// @inheritdoc ICheckpointStore
    address public immutable kernelGateway;

    /* CONSTRUCTOR */

    constructor(bytes32 newCoreId, address newPollingPlace, address newKernelGateway, uint64 newEpochLength) {
        require(
            newCoreId != 0 && newPollingPlace != address(0) && newKernelGateway != address(0) && newEpochLength > 0,
            ZeroParameter()
        );
        coreId = newCoreId;
        pollingPlace = newPollingPlace;
        kernelGateway = newKernelGateway;
        epochLength = newEpochLength;
    }

    /* VOTES */

    function _requirePollingPlace() internal view {
        require(msg.sender == pollingPlace, NotPollingPlace(msg.sender));
    }

    /// @dev Heights are those of the reported blocks, never what the vote claims.
    /// @param transition What the vote must name: T at the source, zero about origin.
    function _refusal(
        Vote calldata vote,
        End memory source,
        End memory target,
        CheckpointReference memory finalised,
        bytes32 transition
    ) internal pure returns (Refusal) {
        if (vote.sourceHeight >= vote.targetHeight) {
            return Refusal.HeightsNotAscending;
        }
        if (!source.reported) return Refusal.SourceNotReported;
        if (source.height != vote.sourceHeight) return Refusal.SourceHeightMismatch;
        if (!source.justified) return Refusal.SourceNotJustified;
        if (source.height < finalised.height) return Refusal.SourceBelowFinalised;
        if (source.height == finalised.height && vote.source != finalised.hash) return Refusal.SourceBelowFinalised;
        if (!target.reported) return Refusal.TargetNotReported;
        if (target.height != vote.targetHeight) return Refusal.TargetHeightMismatch;
        if (target.height <= finalised.height) return Refusal.TargetNotAboveFinalised;
        if (vote.transition != transition) return Refusal.TransitionMismatch;
        return Refusal.None;
    }
}
