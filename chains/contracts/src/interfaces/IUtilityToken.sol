// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title IUtilityToken
/// @notice The token on auxiliary that stands for one locked on origin, unit for unit (R70).
interface IUtilityToken is IERC20Metadata {
    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice Only the co-gateway changes the supply.
    error NotCoGateway(address caller);

    /// @notice Mints; only the co-gateway may.
    function mint(address receiver, uint256 amount) external;

    /// @notice Burns tokens of the co-gateway; only it may.
    function burn(uint256 amount) external;

    /// @notice CoGateway on this chain.
    function coGateway() external view returns (address);
}
