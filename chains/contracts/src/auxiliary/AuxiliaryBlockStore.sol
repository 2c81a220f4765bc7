// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AuxiliaryBlockStoreParameters,
    Checkpoint,
    IAuxiliaryBlockStore,
    Tip
} from "../interfaces/IAuxiliaryBlockStore.sol";
import { ICheckpointStore } from "../interfaces/ICheckpointStore.sol";
import { IKernelGateway } from "../interfaces/IKernelGateway.sol";
import { IOriginObserver } from "../interfaces/IOriginObserver.sol";
import { IRewards } from "../interfaces/IRewards.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { CheckpointReference, Refusal, Transition, Vote } from "../types/Types.sol";
import { CheckpointStore } from "./CheckpointStore.sol";
import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title AuxiliaryBlockStore
/// @notice The auxiliary chain as it sees itself (R25-R27). Each branch knows only its own ancestors.
contract AuxiliaryBlockStore is CheckpointStore, IAuxiliaryBlockStore {
    using Checkpoints for Checkpoints.Trace208;
    using StructHash for Transition;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IAuxiliaryBlockStore
    address public immutable originObserver;
    /// @inheritdoc IAuxiliaryBlockStore
    address public immutable rewards;

    /* STORAGE */

    /// @inheritdoc IAuxiliaryBlockStore
    /// @dev Must stay the first variable: its slot is fixed (R35d).
    mapping(uint256 height => bytes32) public finality;
    /// @inheritdoc IAuxiliaryBlockStore
    /// @dev Must stay the second variable: its slot is fixed (R35d).
    mapping(uint256 height => bytes32) public checkpointHash;
    mapping(bytes32 blockHash => Checkpoint) private checkpoints;
    /// @inheritdoc IAuxiliaryBlockStore
    mapping(uint256 number => bytes32) public backfilledHash;
    Tip private lastReported;
    CheckpointReference private highestFinalised;
    CheckpointReference private highestJustified;
    /// @inheritdoc ICheckpointStore
    uint64 public dynasty;
    /// @dev By block number, so that a transition depends on its checkpoint alone (R27).
    Checkpoints.Trace208 private dynasties;

    /* CONSTRUCTOR */

    constructor(AuxiliaryBlockStoreParameters memory parameters)
        CheckpointStore(parameters.coreId, parameters.pollingPlace, parameters.kernelGateway, parameters.epochLength)
    {
        require(parameters.originObserver != address(0) && parameters.rewards != address(0), ZeroParameter());
        originObserver = parameters.originObserver;
        rewards = parameters.rewards;
        Header memory root = HeaderDecoder.decode(parameters.rootHeader);
        require(root.number == 0 && BlockHashes.hashOf(0) == root.hash, RootUnavailable(root.number, root.hash));
        lastReported.blockHash = root.hash;
        // The root's accumulators are zero whatever its header says (R35b).
        _storeCheckpoint(0, root.hash);
        checkpoints[root.hash].justified = true;
        checkpoints[root.hash].finalised = true;
        highestFinalised = CheckpointReference(root.hash, 0);
        highestJustified = highestFinalised;
    }

    /* REPORTS */

    /// @inheritdoc IAuxiliaryBlockStore
    function reportBlocks(bytes[] calldata headers) external {
        uint64 first = lastReported.number + 1;
        for (uint256 i; i < headers.length; ++i) {
            Header memory header = HeaderDecoder.decode(headers[i]);
            if (header.number <= lastReported.number) continue;
            _report(header);
        }
        Tip memory newTip = lastReported;
        if (newTip.number < first) return;
        emit BlocksReported(
            first, newTip.number, newTip.blockHash, newTip.accumulatedGas, newTip.accumulatedTransactionRoot
        );
    }

    function _report(Header memory header) private {
        Tip storage last = lastReported;
        require(
            header.number == uint256(last.number) + 1 && header.parentHash == last.blockHash,
            NotChildOfTip(header.number, header.parentHash, last.number, last.blockHash)
        );
        _requireOfThisChain(header);
        last.number = uint64(header.number);
        last.blockHash = header.hash;
        last.accumulatedGas += header.gasUsed;
        last.accumulatedTransactionRoot =
            keccak256(abi.encode(last.accumulatedTransactionRoot, header.transactionsRoot));
        if (header.number % epochLength == 0) _storeCheckpoint(uint64(header.number / epochLength), header.hash);
    }

    /// @dev A reported block is in the past, so what was in force at its end is final on this branch (R27).
    function _storeCheckpoint(uint64 height, bytes32 blockHash) private {
        uint256 number = uint256(height) * epochLength;
        Checkpoint storage stored = checkpoints[blockHash];
        checkpointHash[height] = blockHash;
        stored.height = height;
        stored.dynasty = dynastyAt(number);
        stored.kernelHeight = uint32(IKernelGateway(kernelGateway).heightAtDynasty(stored.dynasty));
        (stored.originDynasty, stored.originCheckpoint) = IOriginObserver(originObserver).observationAt(number);
        stored.accumulatedGas = lastReported.accumulatedGas;
        stored.accumulatedTransactionRoot = lastReported.accumulatedTransactionRoot;
        Transition memory transition = _transition(blockHash);
        stored.transitionHash = transition.hash();
        emit CheckpointReported(coreId, height, blockHash, stored.transitionHash, transition);
    }

    /// @inheritdoc IAuxiliaryBlockStore
    function backfill(bytes[] calldata headers) external {
        Header memory newer;
        for (uint256 i; i < headers.length; ++i) {
            Header memory header = HeaderDecoder.decode(headers[i]);
            if (i == 0) {
                _requireOfThisChain(header);
            } else {
                require(header.hash == newer.parentHash, NotParent(header.number, header.hash, newer.parentHash));
            }
            backfilledHash[header.number] = header.hash;
            if (i + 1 == headers.length) {
                emit BlocksBackfilled(uint64(header.number + i), uint64(header.number));
            }
            newer = header;
        }
    }

    /// @dev An unset hash never matches a header's.
    function _requireOfThisChain(Header memory header) private view {
        bytes32 known = BlockHashes.hashOf(header.number);
        if (known == 0) known = backfilledHash[header.number];
        require(header.hash == known, NotOfThisChain(header.number, header.hash, known));
    }

    /* VOTES */

    /// @inheritdoc ICheckpointStore
    function justify(Vote calldata vote, uint64 kernelHeight) external {
        _requirePollingPlace();
        Checkpoint storage target = checkpoints[vote.target];
        if (!target.justified) {
            target.justified = true;
            if (target.height > highestJustified.height) {
                highestJustified = CheckpointReference(vote.target, target.height);
            }
            emit CheckpointJustified(coreId, target.height, vote.target, vote.source, kernelHeight);
        }
        Checkpoint storage source = checkpoints[vote.source];
        if (target.height != source.height + 1 || source.finalised) return;
        _finalise(vote.source, source);
        // In the same transaction and once: overlapping links must not be paid many times over (R75).
        IRewards(rewards).settle(vote, kernelHeight);
    }

    function _finalise(bytes32 blockHash, Checkpoint storage finalised) private {
        finalised.finalised = true;
        uint64 height = finalised.height;
        uint64 newDynasty = ++dynasty;
        highestFinalised = CheckpointReference(blockHash, height);
        finality[height] = keccak256(abi.encode(finalised.transitionHash, block.number));
        dynasties.push(uint48(block.number), newDynasty);
        emit CheckpointFinalised(coreId, height, blockHash, newDynasty);
    }

    /// @inheritdoc ICheckpointStore
    /// @dev Every reported checkpoint is an ancestor of this block, so the target descends from the source (R25).
    function link(Vote calldata vote) external view returns (Refusal, uint64) {
        Checkpoint storage source = checkpoints[vote.source];
        Checkpoint storage target = checkpoints[vote.target];
        Refusal refusal = _refusal(vote, _end(source), _end(target), highestFinalised, source.transitionHash);
        return (refusal, source.kernelHeight);
    }

    function _end(Checkpoint storage stored) private view returns (End memory) {
        return End(stored.height, stored.transitionHash != 0, stored.justified);
    }

    /* VIEWS */

    /// @inheritdoc IAuxiliaryBlockStore
    function tip() external view returns (Tip memory) {
        return lastReported;
    }

    /// @inheritdoc IAuxiliaryBlockStore
    function checkpoint(bytes32 blockHash) external view returns (Checkpoint memory) {
        return checkpoints[blockHash];
    }

    /// @inheritdoc IAuxiliaryBlockStore
    function transitionAt(bytes32 blockHash) external view returns (Transition memory) {
        require(checkpoints[blockHash].transitionHash != 0, UnknownCheckpoint(blockHash));
        return _transition(blockHash);
    }

    function _transition(bytes32 blockHash) private view returns (Transition memory) {
        Checkpoint storage stored = checkpoints[blockHash];
        return Transition({
            coreId: coreId,
            kernelHash: IKernelGateway(kernelGateway).kernelHash(stored.kernelHeight),
            height: stored.height,
            dynasty: stored.dynasty,
            checkpoint: blockHash,
            accumulatedGas: stored.accumulatedGas,
            accumulatedTransactionRoot: stored.accumulatedTransactionRoot,
            originDynasty: stored.originDynasty,
            originCheckpoint: stored.originCheckpoint
        });
    }

    /// @inheritdoc IAuxiliaryBlockStore
    function transitionHashOf(bytes32 blockHash) external view returns (bytes32) {
        return checkpoints[blockHash].transitionHash;
    }

    /// @inheritdoc IAuxiliaryBlockStore
    function dynastyAt(uint256 number) public view returns (uint64) {
        return uint64(dynasties.upperLookupRecent(uint48(number)));
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
    function isReported(bytes32 blockHash) external view returns (bool) {
        return checkpoints[blockHash].transitionHash != 0;
    }

    /// @inheritdoc ICheckpointStore
    function isJustified(bytes32 blockHash) external view returns (bool) {
        return checkpoints[blockHash].justified;
    }

    /// @inheritdoc ICheckpointStore
    function isFinalised(bytes32 blockHash) external view returns (bool) {
        return checkpoints[blockHash].finalised;
    }
}
