// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title CoreIdentifier
/// @notice 32 bytes that name an observed chain: 12 bytes origin chain id, 20 bytes core address (R1).
library CoreIdentifier {
    uint256 private constant ADDRESS_BITS = 160;

    /// @notice The chain id does not fit 12 bytes.
    error ChainIdTooLarge(uint256 chainId);

    /// @notice Identifier of `core` on the origin chain `chainId`; with no core the origin chain's own.
    function compose(uint256 chainId, address core) internal pure returns (bytes32) {
        require(chainId <= type(uint96).max, ChainIdTooLarge(chainId));
        return bytes32((chainId << ADDRESS_BITS) | uint160(core));
    }

    /// @notice Identifier of the origin chain the core lives on.
    function originOf(bytes32 coreId) internal pure returns (bytes32) {
        return bytes32((uint256(coreId) >> ADDRESS_BITS) << ADDRESS_BITS);
    }

    /// @notice Origin chain id.
    function chainIdOf(bytes32 coreId) internal pure returns (uint256) {
        return uint256(coreId) >> ADDRESS_BITS;
    }

    /// @notice Core address, zero for an origin chain's own identifier.
    function coreOf(bytes32 coreId) internal pure returns (address) {
        return address(uint160(uint256(coreId)));
    }
}
