// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { IStateRoots } from "../interfaces/IStateRoots.sol";
import { IUtilityToken } from "../interfaces/IUtilityToken.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { StateProof } from "../libraries/StateProof.sol";
import { TrieProof } from "../libraries/TrieProof.sol";
import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";

/// @title MaskedProofCoGateway
/// @notice Mints once per *proof*: what was used up is a hash over the encoded path, which the caller brings. The path
/// has more than one encoding, since flags and padding of its first byte are read and not checked.
/// @dev Warning: for attack scenarios only. The mechanism of the flaw found in Polygon's Plasma bridge in 2021, where
/// each burn could have been taken home 224 times.
contract MaskedProofCoGateway is CoGateway {
    uint256 private constant MASK_LENGTH = 33;

    /// @notice Which proofs were used.
    mapping(bytes32 exitId => bool) public isUsed;

    /// @notice This proof was used before.
    error AlreadyUsed(bytes32 exitId);
    /// @notice The encoded path leads elsewhere.
    error WrongPath(bytes32 expected, bytes32 found);

    constructor(CoGatewayParameters memory parameters) CoGateway(parameters) { }

    /// @notice Mints what a stake on origin promises, once.
    /// @param mask Hex prefix encoding of the proven path.
    function mintByProof(Transfer calldata transfer, bytes calldata mask, RemoteProof calldata proof) external {
        bytes32 messageHash = stakeHash(transfer);
        // The flaw: identity is taken from the encoding and not from the message.
        bytes32 exitId = keccak256(abi.encode(messageHash, mask));
        require(!isUsed[exitId], AlreadyUsed(exitId));
        isUsed[exitId] = true;
        uint256 slot = FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_OUTBOX);
        bytes32 path = keccak256(abi.encode(slot));
        require(_decode(mask) == path, WrongPath(path, _decode(mask)));
        bytes32 stateRoot = IStateRoots(stateRoots).stateRoot(proof.height);
        bytes32 storageRoot = StateProof.storageRoot(stateRoot, gateway, proof.accountProof);
        uint256 status = TrieProof.storageWord(storageRoot, slot, proof.storageProof);
        require(status == uint256(MessageStatus.Declared), StatusNotProven(messageHash, MessageStatus.Declared, status));
        IUtilityToken(utilityToken).mint(transfer.beneficiary, transfer.amount);
    }

    /// @dev Flags 1 and 3 mean an odd length. All others are taken for an even one, and then four bits of padding
    /// follow that may be anything: 14 * 16 encodings of one path.
    function _decode(bytes calldata mask) private pure returns (bytes32) {
        uint256 flags = uint8(mask[0]) >> 4;
        bool isOdd = flags == 1 || flags == 3;
        return isOdd || mask.length != MASK_LENGTH ? bytes32(0) : bytes32(mask[1:]);
    }
}
