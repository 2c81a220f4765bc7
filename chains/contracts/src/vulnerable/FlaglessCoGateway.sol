// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { PlainCoGateway } from "./PlainCoGateway.sol";

/// @title FlaglessCoGateway
/// @notice Tells leaves from extensions by where the proof ends and not by the flag in the node's path: a proof that is
/// cut off at an extension has the hash of the node below it for a value.
/// @dev Warning: for attack scenarios only. The weakness of the verifier of the historic Mosaic gateways and of those
/// descended from the same code: the flag is not looked at. No loss is known.
contract FlaglessCoGateway is PlainCoGateway {
    constructor(CoGatewayParameters memory parameters) PlainCoGateway(parameters) { }

    /// @dev The flaw.
    function _isLeaf(uint256, bool isLast) internal pure override returns (bool) {
        return isLast;
    }
}
