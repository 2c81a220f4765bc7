// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICheckpointStore } from "../interfaces/ICheckpointStore.sol";
import { IKernelGateway } from "../interfaces/IKernelGateway.sol";
import { IOriginObserver, OriginCheckpoint, OriginObserverParameters } from "../interfaces/IOriginObserver.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { CheckpointReference, Refusal, Vote } from "../types/Types.sol";
import { CheckpointStore } from "./CheckpointStore.sol";
import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title OriginObserver
/// @notice Origin headers as auxiliary believes them: anyone reports, only votes justify and finalise (R28-R31).
contract OriginObserver is CheckpointStore, IOriginObserver {
    using Checkpoints for Checkpoints.Trace208;

    /* CONSTANTS AND IMMUTABLES */

    /// @dev An observation is kept as dynasty and checkpoint height in one word.
    uint256 private constant HEIGHT_BITS = 64;

    /* STORAGE */

    mapping(bytes32 blockHash => OriginCheckpoint) private checkpoints;
    /// @inheritdoc IOriginObserver
    mapping(uint64 height => bytes32) public finalisedHash;
    CheckpointReference private highestFinalised;
    CheckpointReference private highestJustified;
    /// @inheritdoc ICheckpointStore
    uint64 public dynasty;
    /// @dev By auxiliary block number, so that a transition depends on its checkpoint alone (R27).
    Checkpoints.Trace208 private observations;

    /* CONSTRUCTOR */

    constructor(OriginObserverParameters memory parameters)
        CheckpointStore(
            CoreIdentifier.originOf(parameters.coreId),
            parameters.pollingPlace,
            parameters.kernelGateway,
            parameters.epochLength
        )
    {
        Header memory root = HeaderDecoder.decode(parameters.rootHeader);
        uint64 height = _checkpointHeight(root.number, parameters.epochLength);
        checkpoints[root.hash] = OriginCheckpoint(height, true, true, true, root.stateRoot);
        finalisedHash[height] = root.hash;
        highestFinalised = CheckpointReference(root.hash, height);
        highestJustified = highestFinalised;
        observations.push(0, height);
    }

    /* REPORTS */

    /// @inheritdoc IOriginObserver
    function reportCheckpoint(bytes calldata header) public virtual {
        Header memory decoded = HeaderDecoder.decode(header);
        uint64 height = _checkpointHeight(decoded.number, epochLength);
        if (checkpoints[decoded.hash].reported) return;
        checkpoints[decoded.hash] = OriginCheckpoint(height, true, false, false, decoded.stateRoot);
        emit OriginCheckpointReported(coreId, height, decoded.hash, decoded.stateRoot);
    }

    function _checkpointHeight(uint256 number, uint64 length) private pure returns (uint64) {
        require(number % length == 0 && number <= type(uint64).max, NotCheckpoint(number, length));
        return uint64(number / length);
    }

    /* VOTES */

    /// @inheritdoc ICheckpointStore
    function justify(Vote calldata vote, uint64 kernelHeight) external {
        _requirePollingPlace();
        OriginCheckpoint storage target = checkpoints[vote.target];
        if (!target.justified) {
            target.justified = true;
            if (target.height > highestJustified.height) {
                highestJustified = CheckpointReference(vote.target, target.height);
            }
            emit CheckpointJustified(coreId, target.height, vote.target, vote.source, kernelHeight);
        }
        OriginCheckpoint storage source = checkpoints[vote.source];
        if (target.height == source.height + 1 && !source.finalised) _finalise(vote.source, source);
    }

    function _finalise(bytes32 blockHash, OriginCheckpoint storage finalised) private {
        finalised.finalised = true;
        uint64 height = finalised.height;
        uint64 newDynasty = ++dynasty;
        finalisedHash[height] = blockHash;
        highestFinalised = CheckpointReference(blockHash, height);
        observations.push(uint48(block.number), uint208((uint256(newDynasty) << HEIGHT_BITS) | height));
        emit CheckpointFinalised(coreId, height, blockHash, newDynasty);
    }

    /// @inheritdoc ICheckpointStore
    /// @dev Ancestry cannot be checked from checkpoint headers: validators check it on their own node (R10). Nothing
    /// about origin may depend on which auxiliary branch it is seen from, hence no transition (R11).
    function link(Vote calldata vote) public view virtual returns (Refusal, uint64) {
        Refusal refusal = _refusal(vote, _end(vote.source), _end(vote.target), highestFinalised, 0);
        return (refusal, IKernelGateway(kernelGateway).activeHeight());
    }

    function _end(bytes32 blockHash) private view returns (End memory) {
        OriginCheckpoint storage stored = checkpoints[blockHash];
        return End(stored.height, stored.reported, stored.justified);
    }

    /* VIEWS */

    /// @inheritdoc IOriginObserver
    function checkpoint(bytes32 blockHash) external view returns (OriginCheckpoint memory) {
        return checkpoints[blockHash];
    }

    /// @inheritdoc ICheckpointStore
    function lastFinalised() external view returns (CheckpointReference memory) {
        return highestFinalised;
    }

    /// @inheritdoc ICheckpointStore
    function lastJustified() external view returns (CheckpointReference memory) {
        return highestJustified;
    }

    /// @inheritdoc ICheckpointStore
    function isReported(bytes32 checkpointHash) external view returns (bool) {
        return checkpoints[checkpointHash].reported;
    }

    /// @inheritdoc ICheckpointStore
    function isJustified(bytes32 checkpointHash) external view returns (bool) {
        return checkpoints[checkpointHash].justified;
    }

    /// @inheritdoc ICheckpointStore
    function isFinalised(bytes32 checkpointHash) external view returns (bool) {
        return checkpoints[checkpointHash].finalised;
    }

    /// @inheritdoc IOriginObserver
    function stateRoot(uint64 height) external view returns (bytes32) {
        bytes32 finalised = finalisedHash[height];
        require(finalised != 0, NotFinalised(height));
        return checkpoints[finalised].stateRoot;
    }

    /// @inheritdoc IOriginObserver
    function observationAt(uint256 number) external view returns (uint64 observedDynasty, bytes32 observed) {
        uint256 packed = observations.upperLookupRecent(uint48(number));
        observedDynasty = uint64(packed >> HEIGHT_BITS);
        observed = finalisedHash[uint64(packed)];
    }
}
