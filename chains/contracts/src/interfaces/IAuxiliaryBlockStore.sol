// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Transition } from "../types/Types.sol";
import { ICheckpointStore } from "./ICheckpointStore.sol";

/// @notice What an AuxiliaryBlockStore is constructed with; KernelGateway and OriginObserver are deployed before it.
/// @param coreId Identifier of the core on origin (R1).
/// @param pollingPlace PollingPlace on this chain.
/// @param kernelGateway KernelGateway on this chain.
/// @param originObserver OriginObserver on this chain.
/// @param rewards Rewards on this chain, told of every link that finalises its source (R75).
/// @param epochLength Blocks per epoch on this chain.
/// @param rootHeader RLP header of block 0 of this chain (R35b).
struct AuxiliaryBlockStoreParameters {
    bytes32 coreId;
    address pollingPlace;
    address kernelGateway;
    address originObserver;
    address rewards;
    uint64 epochLength;
    bytes rootHeader;
}

/// @notice A reported checkpoint of this chain.
/// @param height Checkpoint height.
/// @param dynasty Finalisations recorded at the end of its block.
/// @param originDynasty Finalised origin observations at the end of its block.
/// @param kernelHeight Kernel active at the end of its block.
/// @param justified True once justified.
/// @param finalised True once finalised.
/// @param transitionHash hash(T).
/// @param accumulatedGas Gas used since the root.
/// @param accumulatedTransactionRoot Hash chain over the transaction roots since the root.
/// @param originCheckpoint Latest finalised origin observation at the end of its block.
struct Checkpoint {
    uint64 height;
    uint64 dynasty;
    uint64 originDynasty;
    uint32 kernelHeight;
    bool justified;
    bool finalised;
    bytes32 transitionHash;
    uint256 accumulatedGas;
    bytes32 accumulatedTransactionRoot;
    bytes32 originCheckpoint;
}

/// @notice The last reported block.
/// @param number Block number.
/// @param blockHash Block hash.
/// @param accumulatedGas Gas used since the root.
/// @param accumulatedTransactionRoot Hash chain over the transaction roots since the root.
struct Tip {
    uint64 number;
    bytes32 blockHash;
    uint256 accumulatedGas;
    bytes32 accumulatedTransactionRoot;
}

/// @title IAuxiliaryBlockStore
/// @notice The auxiliary chain as it sees itself: every block reported in order, checkpoints justified and
/// finalised by votes (R25-R27).
interface IAuxiliaryBlockStore is ICheckpointStore {
    /// @notice Blocks were reported.
    /// @param first Number of the first one.
    /// @param last Number of the last one, the new tip.
    /// @param tip Hash of the new tip.
    /// @param accumulatedGas Gas used since the root.
    /// @param accumulatedTransactionRoot Hash chain over the transaction roots since the root.
    event BlocksReported(
        uint64 indexed first,
        uint64 indexed last,
        bytes32 indexed tip,
        uint256 accumulatedGas,
        bytes32 accumulatedTransactionRoot
    );
    /// @notice A checkpoint was reported; its transition never changes again (R27).
    /// @param coreId Core this chain belongs to.
    /// @param height Checkpoint height.
    /// @param blockHash Checkpoint hash.
    /// @param transitionHash hash(T).
    /// @param transition The transition in full.
    event CheckpointReported(
        bytes32 indexed coreId,
        uint64 indexed height,
        bytes32 indexed blockHash,
        bytes32 transitionHash,
        Transition transition
    );
    /// @notice Hashes of blocks beyond the window became known.
    /// @param newest Number of the newest one.
    /// @param oldest Number of the oldest one.
    event BlocksBackfilled(uint64 indexed newest, uint64 indexed oldest);

    /// @notice The root header is not block 0 of this chain, or the window to it has passed.
    error RootUnavailable(uint256 number, bytes32 blockHash);
    /// @notice The block does not follow the tip.
    error NotChildOfTip(uint256 number, bytes32 parentHash, uint64 tipNumber, bytes32 tipHash);
    /// @notice The header is not the one this chain knows at that number; `known` is zero beyond the window.
    error NotOfThisChain(uint256 number, bytes32 given, bytes32 known);
    /// @notice The header is not the parent of the one before it in the list.
    error NotParent(uint256 number, bytes32 given, bytes32 parentHash);
    /// @notice No such checkpoint was reported.
    error UnknownCheckpoint(bytes32 checkpointHash);

    /// @notice Reports blocks of this chain in order (R25). Anyone may. Blocks up to the tip are skipped (R27).
    /// @param headers RLP headers, ascending by number.
    function reportBlocks(bytes[] calldata headers) external;

    /// @notice Makes blocks beyond the window reportable (R25). Anyone may.
    /// @param headers RLP headers, descending by number; the first is known to this chain or was backfilled before.
    function backfill(bytes[] calldata headers) external;

    /// @notice keccak256(abi.encode(hash(T), block number of the finalisation)) by checkpoint height (R27), zero if
    /// not finalised; at a fixed slot (R35d).
    function finality(uint256 height) external view returns (bytes32);

    /// @notice Hash of the reported checkpoint by checkpoint height; at a fixed slot (R35d).
    function checkpointHash(uint256 height) external view returns (bytes32);

    /// @notice OriginObserver on this chain.
    function originObserver() external view returns (address);

    /// @notice Rewards on this chain.
    function rewards() external view returns (address);

    /// @notice Last reported block.
    function tip() external view returns (Tip memory);

    /// @notice A reported checkpoint, all zero if unknown.
    function checkpoint(bytes32 blockHash) external view returns (Checkpoint memory);

    /// @notice Transition at a reported checkpoint; reverts if there is none.
    function transitionAt(bytes32 blockHash) external view returns (Transition memory);

    /// @notice hash(T) at a checkpoint, zero if it was not reported.
    function transitionHashOf(bytes32 blockHash) external view returns (bytes32);

    /// @notice Finalisations recorded at the end of block `number`.
    function dynastyAt(uint256 number) external view returns (uint64);

    /// @notice Hash stored by `backfill`, zero if none.
    function backfilledHash(uint256 number) external view returns (bytes32);
}
