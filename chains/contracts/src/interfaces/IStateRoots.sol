// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title IStateRoots
/// @notice The one thing a gateway believes: state roots of the other chain that were committed or finalised there
/// (R29, R61). The core on origin and the observer on auxiliary provide them; no account can.
interface IStateRoots {
    /// @notice State root at a checkpoint height; reverts if none is committed or finalised.
    function stateRoot(uint64 height) external view returns (bytes32);
}
