// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStateRoots } from "../interfaces/IStateRoots.sol";

/// @title KeyedRoots
/// @notice State roots on the word of one key, instead of votes with stake behind them (R61). Whoever has the key,
/// bought, stolen or lent, writes what the other chain is believed to say. Heights it never heard of are zero.
/// @dev Warning: for attack scenarios only. The mechanism of the losses of Ronin in 2022 (five of nine keys stolen),
/// Harmony's Horizon in 2022 (two of five) and others, whatever the number of keys; gateways that trust an
/// organisation's anchor have it too.
contract KeyedRoots is IStateRoots {
    /// @notice Whose word counts.
    address public immutable keyholder;
    mapping(uint64 height => bytes32) private roots;

    /// @notice The caller has not the key.
    error NotKeyholder(address caller);

    constructor(address newKeyholder) {
        keyholder = newKeyholder;
    }

    /// @notice Writes a root, checked by nothing.
    function anchorStateRoot(uint64 height, bytes32 root) external {
        require(msg.sender == keyholder, NotKeyholder(msg.sender));
        roots[height] = root;
    }

    /// @inheritdoc IStateRoots
    function stateRoot(uint64 height) external view returns (bytes32) {
        return roots[height];
    }
}
