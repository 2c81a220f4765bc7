// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GatewayParameters } from "../interfaces/IGateway.sol";
import { Gateway } from "../origin/Gateway.sol";
import { Intent, Transfer } from "../types/Messages.sol";

/// @title GatewayFreeGateway
/// @notice A gateway whose messages do not say between which gateways they go.
/// @dev Warning: for attack scenarios only. See GatewayFreeCoGateway.
contract GatewayFreeGateway is Gateway {
    constructor(GatewayParameters memory parameters) Gateway(parameters) { }

    /// @dev The flaw: two of the six members are left out.
    function _intent(Transfer calldata transfer) internal view override returns (Intent memory intent) {
        intent = super._intent(transfer);
        (intent.gateway, intent.coGateway) = (address(0), address(0));
    }
}
