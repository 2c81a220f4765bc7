// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { IStateRoots } from "../interfaces/IStateRoots.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { RlpItem, RlpReader } from "../libraries/RlpReader.sol";
import { MessageStatus, RemoteProof } from "../types/Messages.sol";
import { PlainTrie } from "./PlainTrie.sol";

/// @title PlainCoGateway
/// @notice The co-gateway with PlainTrie in place of the strict verifier: what the contracts with a broken verifier
/// have in common.
/// @dev Warning: for attack scenarios only.
abstract contract PlainCoGateway is CoGateway, PlainTrie {
    uint256 private constant ACCOUNT_FIELDS = 4;
    uint256 private constant STORAGE_ROOT = 2;

    constructor(CoGatewayParameters memory parameters) CoGateway(parameters) { }

    /// @dev The status is the last byte of what is stored, as enumerations are packed.
    function _requireRemote(bytes32 messageHash, uint256 box, MessageStatus status, RemoteProof calldata proof)
        internal
        view
        override
    {
        bytes32 stateRoot = IStateRoots(stateRoots).stateRoot(proof.height);
        bytes memory account =
            _find(stateRoot, abi.encodePacked(keccak256(abi.encodePacked(gateway))), proof.accountProof);
        (RlpItem[] memory fields,) = RlpReader.items(account, RlpReader.readWhole(account), ACCOUNT_FIELDS);
        bytes32 storageRoot = RlpReader.word(account, fields[STORAGE_ROOT]);
        uint256 slot = FixedSlots.entry(uint256(messageHash), box);
        bytes memory stored = _find(storageRoot, abi.encodePacked(keccak256(abi.encode(slot))), proof.storageProof);
        _requireStored(messageHash, status, stored);
    }

    /// @dev Whether what was found is the status asked for.
    function _requireStored(bytes32 messageHash, MessageStatus status, bytes memory stored) internal pure virtual {
        uint256 proven = stored.length == 0 ? 0 : uint8(stored[stored.length - 1]);
        require(proven == uint256(status), StatusNotProven(messageHash, status, proven));
    }
}
