// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @notice Where a message is, in an outbox or an inbox (R63). The numbers are stored and proven.
enum MessageStatus {
    Undeclared,
    Declared,
    Progressed,
    DeclaredRevocation,
    Revoked
}

/// @notice What a transfer is for (R62): a stake to be minted, or a redemption to be unstaked; the type hash tells.
/// @param amount Of the ERC-20, in its smallest unit.
/// @param beneficiary Who receives on the other side.
/// @param originChainId EIP-155 id of origin.
/// @param gateway Gateway, on origin.
/// @param auxiliaryChainId EIP-155 id of auxiliary.
/// @param coGateway CoGateway, on auxiliary.
struct Intent {
    uint256 amount;
    address beneficiary;
    uint256 originChainId;
    address gateway;
    uint256 auxiliaryChainId;
    address coGateway;
}

/// @notice One transfer in flight; its hash is the key in outbox and inbox (R62).
/// @param intentHash Hash of the stake or redeem intent.
/// @param nonce Of the sender in this direction; consecutive, the first is 0 (R66).
/// @param gasPrice Reward per unit of gas, out of the amount (R64).
/// @param gasLimit Most gas that is rewarded.
/// @param sender The initiator.
/// @param hashLock Hash of the secret that progresses it.
struct Message {
    bytes32 intentHash;
    uint256 nonce;
    uint256 gasPrice;
    uint256 gasLimit;
    address sender;
    bytes32 hashLock;
}

/// @notice What an initiator decides about a transfer; with the pair of gateways and the direction it is the message.
/// @param amount Of the ERC-20, in its smallest unit.
/// @param beneficiary Who receives on the other side.
/// @param gasPrice Reward per unit of gas, out of the amount (R64).
/// @param gasLimit Most gas that is rewarded.
/// @param sender The initiator, whose tokens move.
/// @param nonce Of the sender in this direction.
/// @param hashLock keccak256(abi.encode(secret)).
struct Transfer {
    uint256 amount;
    address beneficiary;
    uint256 gasPrice;
    uint256 gasLimit;
    address sender;
    uint256 nonce;
    bytes32 hashLock;
}

/// @notice Proof of one storage word of the gateway on the other chain, as of eth_getProof.
/// @param height Checkpoint height whose state root the proof is under.
/// @param accountProof Proof of the other gateway's account.
/// @param storageProof Proof of the message's entry in its outbox or inbox.
struct RemoteProof {
    uint64 height;
    bytes[] accountProof;
    bytes[] storageProof;
}
