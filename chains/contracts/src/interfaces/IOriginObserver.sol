// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ICheckpointStore } from "./ICheckpointStore.sol";

/// @notice What an OriginObserver is constructed with.
/// @param coreId Identifier of the core on origin (R1); the origin chain's own follows from it.
/// @param pollingPlace PollingPlace on this chain.
/// @param kernelGateway KernelGateway on this chain.
/// @param epochLength Blocks per epoch on origin.
/// @param rootHeader RLP header of the origin block the observations start from (R35b).
struct OriginObserverParameters {
    bytes32 coreId;
    address pollingPlace;
    address kernelGateway;
    uint64 epochLength;
    bytes rootHeader;
}

/// @notice A reported origin checkpoint.
/// @param height Checkpoint height.
/// @param reported True for every reported one.
/// @param justified True once justified.
/// @param finalised True once finalised.
/// @param stateRoot State root of the block.
struct OriginCheckpoint {
    uint64 height;
    bool reported;
    bool justified;
    bool finalised;
    bytes32 stateRoot;
}

/// @title IOriginObserver
/// @notice The origin chain as the auxiliary chain sees it: headers reported by anyone, believed by votes (R28-R31).
interface IOriginObserver is ICheckpointStore {
    /// @notice An origin checkpoint was reported, which says nothing about its truth.
    /// @param coreId The origin chain's own identifier.
    /// @param height Checkpoint height.
    /// @param blockHash Checkpoint hash.
    /// @param stateRoot State root in its header.
    event OriginCheckpointReported(
        bytes32 indexed coreId, uint64 indexed height, bytes32 indexed blockHash, bytes32 stateRoot
    );

    /// @notice No checkpoint is finalised at that height.
    error NotFinalised(uint64 height);

    /// @notice Reports an origin header at checkpoint height (R28). Anyone may; rivals may coexist; a second report
    /// changes nothing.
    /// @param header RLP header.
    function reportCheckpoint(bytes calldata header) external;

    /// @notice A reported checkpoint, all zero if unknown.
    function checkpoint(bytes32 blockHash) external view returns (OriginCheckpoint memory);

    /// @notice Finalised checkpoint by checkpoint height, zero if none.
    function finalisedHash(uint64 height) external view returns (bytes32);

    /// @notice State root of the finalised checkpoint at `height`; reverts if none is finalised there (R29).
    function stateRoot(uint64 height) external view returns (bytes32);

    /// @notice Observation in force at the end of auxiliary block `number` (R27).
    /// @return observedDynasty Finalisations recorded.
    /// @return observed Latest finalised checkpoint.
    function observationAt(uint256 number) external view returns (uint64 observedDynasty, bytes32 observed);
}
