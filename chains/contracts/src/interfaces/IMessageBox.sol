// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { MessageStatus, Transfer } from "../types/Messages.sol";

/// @title IMessageBox
/// @notice What both gateways share: outbox of the messages that begin here, inbox of those that end here, nonces and
/// bounties (R62, R63, R66, R67). Whoever calls hands over the transfer in full; its hash is all that is stored.
interface IMessageBox {
    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice An address that must have code has none.
    error NotAContract(address account);
    /// @notice A transfer of nothing.
    error ZeroAmount();
    /// @notice Nobody could own what arrives at this beneficiary.
    error InvalidBeneficiary(address beneficiary);
    /// @notice The maximal reward, gas limit times gas price, is not below the amount (R64).
    error RewardNotBelowAmount(uint256 gasPrice, uint256 gasLimit, uint256 amount);
    /// @notice Bounty or penalty must be sent exactly.
    error WrongPayment(uint256 sent, uint256 expected);
    /// @notice The nonce is not the sender's next one (R66).
    error WrongNonce(address sender, uint256 given, uint256 expected);
    /// @notice The sender's message before is still open (R66).
    error MessageOpen(bytes32 messageHash, MessageStatus status);
    /// @notice The caller is not the sender and has no signature of the sender over the message (R67).
    error NotSignedBySender(address sender, address recovered);
    /// @notice Only the sender may revoke (R65).
    error NotSender(address caller, address sender);
    /// @notice The message must have another status in the outbox here for this (R63).
    error OutboxStatus(bytes32 messageHash, MessageStatus found);
    /// @notice The message must have another status in the inbox here for this (R63).
    error InboxStatus(bytes32 messageHash, MessageStatus found);
    /// @notice No such step follows from that status on the other chain (R63).
    error RemoteStatus(bytes32 messageHash, MessageStatus claimed);
    /// @notice The other gateway stores another status under that root.
    error StatusNotProven(bytes32 messageHash, MessageStatus claimed, uint256 proven);
    /// @notice The secret does not open the lock (R62).
    error WrongSecret(bytes32 messageHash, bytes32 lock, bytes32 found);

    /// @notice Identifier of the core whose roots are believed; also the EIP-712 domain of signed messages (R2).
    function coreId() external view returns (bytes32);

    /// @notice Core on origin, OriginObserver on auxiliary: where state roots of the other chain come from (R61).
    function stateRoots() external view returns (address);

    /// @notice EIP-155 id of origin.
    function originChainId() external view returns (uint256);

    /// @notice EIP-155 id of auxiliary.
    function auxiliaryChainId() external view returns (uint256);

    /// @notice Gateway, on origin.
    function gateway() external view returns (address);

    /// @notice CoGateway, on auxiliary.
    function coGateway() external view returns (address);

    /// @notice Base coin locked with each message that begins here, in wei (R67).
    function bounty() external view returns (uint256);

    /// @notice Base coin burned by whoever revokes a message that begins here: 150 % of the bounty (R65).
    function penalty() external view returns (uint256);

    /// @notice Status of a message that begins here.
    function outbox(bytes32 messageHash) external view returns (MessageStatus);

    /// @notice Status of a message that ends here.
    function inbox(bytes32 messageHash) external view returns (MessageStatus);

    /// @notice Nonce of the sender's next message that begins here.
    function nextNonce(address sender) external view returns (uint256);

    /// @notice The sender's last message that began here, zero if there was none.
    function lastMessage(address sender) external view returns (bytes32);

    /// @notice Who locked the bounty of a message, zero if none is locked.
    function bountyOwner(bytes32 messageHash) external view returns (address);

    /// @notice Gas that the confirmation of a message that ends here has used; rewarded when it progresses (R64).
    function confirmationGas(bytes32 messageHash) external view returns (uint256);

    /// @notice Hash of a transfer from origin to auxiliary.
    function stakeHash(Transfer calldata transfer) external view returns (bytes32);

    /// @notice Hash of a transfer from auxiliary to origin.
    function redeemHash(Transfer calldata transfer) external view returns (bytes32);
}
