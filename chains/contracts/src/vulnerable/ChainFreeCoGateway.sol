// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { Intent, Transfer } from "../types/Messages.sol";

/// @title ChainFreeCoGateway
/// @notice Messages do not say between which chains they go: a co-gateway at the same address of another chain takes
/// them too.
/// @dev Warning: for attack scenarios only. The mechanism of the replays on a forked chain in 2022, when the
/// Omni bridge there still took messages that named the chain it was forked from.
contract ChainFreeCoGateway is CoGateway {
    constructor(CoGatewayParameters memory parameters) CoGateway(parameters) { }

    /// @dev The flaw: two of the six members are left out.
    function _intent(Transfer calldata transfer) internal view override returns (Intent memory intent) {
        intent = super._intent(transfer);
        (intent.originChainId, intent.auxiliaryChainId) = (0, 0);
    }
}
