// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { Intent, Transfer } from "../types/Messages.sol";

/// @title GatewayFreeCoGateway
/// @notice Messages do not say between which gateways they go: each co-gateway that believes the same gateway takes
/// them, one after the other.
/// @dev Warning: for attack scenarios only. What a redeployment or a second token opens; no large loss is known.
contract GatewayFreeCoGateway is CoGateway {
    constructor(CoGatewayParameters memory parameters) CoGateway(parameters) { }

    /// @dev The flaw: two of the six members are left out.
    function _intent(Transfer calldata transfer) internal view override returns (Intent memory intent) {
        intent = super._intent(transfer);
        (intent.gateway, intent.coGateway) = (address(0), address(0));
    }
}
