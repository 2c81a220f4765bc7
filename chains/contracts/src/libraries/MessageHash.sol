// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Intent, Message } from "../types/Messages.sol";

/// @title MessageHash
/// @notice EIP-712 hashStruct of gateway messages and intents, without domain (R62).
library MessageHash {
    bytes32 internal constant MESSAGE_TYPEHASH = keccak256(
        "Message(bytes32 intentHash,uint256 nonce,uint256 gasPrice,uint256 gasLimit,address sender,bytes32 hashLock)"
    );
    bytes32 internal constant STAKE_INTENT_TYPEHASH = keccak256(
        "StakeIntent(uint256 amount,address beneficiary,uint256 originChainId,address gateway,uint256 auxiliaryChainId,address coGateway)"
    );
    bytes32 internal constant REDEEM_INTENT_TYPEHASH = keccak256(
        "RedeemIntent(uint256 amount,address beneficiary,uint256 originChainId,address gateway,uint256 auxiliaryChainId,address coGateway)"
    );

    /// @notice Hash of an intent to lock on origin and mint on auxiliary.
    function stakeHash(Intent memory intent) internal pure returns (bytes32) {
        return keccak256(abi.encode(STAKE_INTENT_TYPEHASH, intent));
    }

    /// @notice Hash of an intent to burn on auxiliary and release on origin.
    function redeemHash(Intent memory intent) internal pure returns (bytes32) {
        return keccak256(abi.encode(REDEEM_INTENT_TYPEHASH, intent));
    }

    /// @notice Hash of a message.
    function hash(Message memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(MESSAGE_TYPEHASH, message));
    }

    /// @notice The lock that `secret` opens.
    function lockOf(bytes32 secret) internal pure returns (bytes32) {
        return keccak256(abi.encode(secret));
    }
}
