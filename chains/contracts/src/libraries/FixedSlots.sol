// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title FixedSlots
/// @notice Storage slots that proofs on the other chain rely on (R35d). A test compares them with the compiled layout.
library FixedSlots {
    /// @notice `Core.openKernelHash`.
    uint256 internal constant CORE_OPEN_KERNEL_HASH = 0;
    /// @notice `Stake.withdrawn`, a mapping by auxiliary address.
    uint256 internal constant STAKE_WITHDRAWN = 0;
    /// @notice `AuxiliaryBlockStore.finality`, a mapping by checkpoint height.
    uint256 internal constant BLOCK_STORE_FINALITY = 0;
    /// @notice `AuxiliaryBlockStore.checkpointHash`, a mapping by checkpoint height.
    uint256 internal constant BLOCK_STORE_CHECKPOINT_HASH = 1;
    /// @notice `outbox` of Gateway and of CoGateway, a mapping by message hash.
    uint256 internal constant GATEWAY_OUTBOX = 0;
    /// @notice `inbox` of Gateway and of CoGateway, a mapping by message hash.
    uint256 internal constant GATEWAY_INBOX = 1;
    /// @notice Balances of UtilityToken, a mapping by holder.
    uint256 internal constant UTILITY_TOKEN_BALANCES = 0;

    /// @notice Slot of a mapping's entry.
    function entry(uint256 key, uint256 slot) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(key, slot)));
    }
}
