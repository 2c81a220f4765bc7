// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { MessageStatus } from "../types/Messages.sol";
import { PlainCoGateway } from "./PlainCoGateway.sol";

/// @title ExclusionCoGateway
/// @notice Refuses what a proof contradicts, and a proof that leads to nothing contradicts nothing: that a message is
/// absent proves whatever is said about it.
/// @dev Warning: for attack scenarios only. A class of findings in audits of bridges ("empty means valid"); no loss is
/// known.
contract ExclusionCoGateway is PlainCoGateway {
    constructor(CoGatewayParameters memory parameters) PlainCoGateway(parameters) { }

    /// @dev The flaw.
    function _requireStored(bytes32 messageHash, MessageStatus status, bytes memory stored) internal pure override {
        if (stored.length > 0) super._requireStored(messageHash, status, stored);
    }
}
