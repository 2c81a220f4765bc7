// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { CheckpointReference, Refusal, Vote } from "../types/Types.sol";

/// @title ICheckpointStore
/// @notice What the PollingPlace needs of the two stores of checkpoints, and what actors read of them.
interface ICheckpointStore {
    /// @notice A checkpoint became justified (R16).
    /// @param coreId Chain the checkpoint belongs to.
    /// @param height Checkpoint height.
    /// @param blockHash Checkpoint hash.
    /// @param source Justified source of the link.
    /// @param kernelHeight Kernel whose sets voted.
    event CheckpointJustified(
        bytes32 indexed coreId, uint64 indexed height, bytes32 indexed blockHash, bytes32 source, uint64 kernelHeight
    );
    /// @notice A checkpoint became finalised (R17).
    /// @param coreId Chain the checkpoint belongs to.
    /// @param height Checkpoint height.
    /// @param blockHash Checkpoint hash.
    /// @param dynasty Finalisations recorded so far, this one included.
    event CheckpointFinalised(bytes32 indexed coreId, uint64 indexed height, bytes32 indexed blockHash, uint64 dynasty);

    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice Block `number` is not at a checkpoint height.
    error NotCheckpoint(uint256 number, uint64 epochLength);
    /// @notice Only the polling place may call this.
    error NotPollingPlace(address caller);

    /// @notice Justifies the target and finalises the source where R16 and R17 say so; changes nothing twice (R18).
    /// @dev Only the polling place may call this, for a vote that `link` accepted and whose tally has a quorum.
    /// @param vote The vote.
    /// @param kernelHeight Kernel whose sets voted.
    function justify(Vote calldata vote, uint64 kernelHeight) external;

    /// @notice Checks a vote against R10 and R11.
    /// @param vote The vote.
    /// @return refusal Why it is refused, None if it is not.
    /// @return kernelHeight Kernel whose sets weigh it (R15).
    function link(Vote calldata vote) external view returns (Refusal refusal, uint64 kernelHeight);

    /// @notice Identifier of the observed chain.
    function coreId() external view returns (bytes32);

    /// @notice PollingPlace on this chain: the only one who may justify.
    function pollingPlace() external view returns (address);

    /// @notice KernelGateway on this chain.
    function kernelGateway() external view returns (address);

    /// @notice Blocks per epoch of the observed chain.
    function epochLength() external view returns (uint64);

    /// @notice Finalisations recorded so far.
    function dynasty() external view returns (uint64);

    /// @notice Highest finalised checkpoint.
    function lastFinalised() external view returns (CheckpointReference memory);

    /// @notice Highest justified checkpoint.
    function lastJustified() external view returns (CheckpointReference memory);

    /// @notice True if the checkpoint was reported.
    function isReported(bytes32 checkpointHash) external view returns (bool);

    /// @notice True if the checkpoint is justified.
    function isJustified(bytes32 checkpointHash) external view returns (bool);

    /// @notice True if the checkpoint is finalised.
    function isFinalised(bytes32 checkpointHash) external view returns (bool);
}
