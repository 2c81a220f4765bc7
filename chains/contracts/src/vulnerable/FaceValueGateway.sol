// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GatewayParameters } from "../interfaces/IGateway.sol";
import { Gateway } from "../origin/Gateway.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title FaceValueGateway
/// @notice Credits what it asked for and not what arrived.
/// @dev Warning: for attack scenarios only. The mechanism of the loss of a Balancer pool in 2020 to a token that takes
/// a fee out of each transfer.
contract FaceValueGateway is Gateway {
    using SafeERC20 for IERC20;

    constructor(GatewayParameters memory parameters) Gateway(parameters) { }

    /// @dev The flaw.
    function _pull(address sender, uint256 amount) internal override {
        IERC20(token).safeTransferFrom(sender, address(this), amount);
    }
}
