// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { RlpItem, RlpReader } from "../libraries/RlpReader.sol";
import { PlainCoGateway } from "./PlainCoGateway.sol";

/// @title TrailingBytesCoGateway
/// @notice Hashes a node as far as its length says, and reads it to the end of the bytes: what is appended to a node
/// is believed and not hashed.
/// @dev Warning: for attack scenarios only. The mechanism of the BNB bridge's loss in 2022: part of a proof's node, the
/// second child there, was read and did not enter the hash.
contract TrailingBytesCoGateway is PlainCoGateway {
    constructor(CoGatewayParameters memory parameters) PlainCoGateway(parameters) { }

    /// @dev Half of the flaw: only the first item of the bytes is hashed.
    function _isNode(bytes memory node, bytes32 wanted) internal pure override returns (bool) {
        uint256 end = RlpReader.read(node, 0, node.length).end;
        bytes memory hashed = new bytes(end);
        for (uint256 i; i < end; ++i) {
            hashed[i] = node[i];
        }
        return keccak256(hashed) == wanted;
    }

    /// @dev The other half: items are read as long as there are bytes.
    function _items(bytes memory node) internal pure override returns (RlpItem[] memory, uint256) {
        RlpItem memory list = RlpReader.read(node, 0, node.length);
        list.end = node.length;
        return RlpReader.items(node, list, BRANCH_ITEMS);
    }
}
