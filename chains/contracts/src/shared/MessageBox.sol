// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMessageBox } from "../interfaces/IMessageBox.sol";
import { IStateRoots } from "../interfaces/IStateRoots.sol";
import { Coins } from "../libraries/Coins.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { MessageHash } from "../libraries/MessageHash.sol";
import { Signing } from "../libraries/Signing.sol";
import { StateProof } from "../libraries/StateProof.sol";
import { TrieProof } from "../libraries/TrieProof.sol";
import { Intent, Message, MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice What a MessageBox is constructed with.
/// @param coreId Core of the auxiliary chain.
/// @param stateRoots Core or OriginObserver.
/// @param gateway Gateway, on origin.
/// @param auxiliaryChainId EIP-155 id of auxiliary.
/// @param coGateway CoGateway, on auxiliary.
/// @param bounty Base coin locked with each message that begins here, in wei.
struct MessageBoxParameters {
    bytes32 coreId;
    address stateRoots;
    address gateway;
    uint256 auxiliaryChainId;
    address coGateway;
    uint256 bounty;
}

/// @title MessageBox
/// @notice The status machine of R63, one operation of its table per function, and the proofs that drive it.
abstract contract MessageBox is IMessageBox, ReentrancyGuardTransient {
    using MessageHash for Intent;
    using MessageHash for Message;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IMessageBox
    bytes32 public immutable coreId;
    /// @inheritdoc IMessageBox
    address public immutable stateRoots;
    /// @inheritdoc IMessageBox
    uint256 public immutable originChainId;
    /// @inheritdoc IMessageBox
    uint256 public immutable auxiliaryChainId;
    /// @inheritdoc IMessageBox
    address public immutable gateway;
    /// @inheritdoc IMessageBox
    address public immutable coGateway;
    /// @inheritdoc IMessageBox
    uint256 public immutable bounty;
    /// @dev The gateway on the other chain.
    address private immutable remote;
    bytes32 private immutable domain;

    /* STORAGE */

    /// @inheritdoc IMessageBox
    mapping(bytes32 messageHash => MessageStatus) public outbox;
    /// @inheritdoc IMessageBox
    mapping(bytes32 messageHash => MessageStatus) public inbox;
    /// @inheritdoc IMessageBox
    mapping(address sender => uint256) public nextNonce;
    /// @inheritdoc IMessageBox
    mapping(address sender => bytes32 messageHash) public lastMessage;
    /// @inheritdoc IMessageBox
    mapping(bytes32 messageHash => address) public bountyOwner;
    /// @inheritdoc IMessageBox
    mapping(bytes32 messageHash => uint256) public confirmationGas;

    /* CONSTRUCTOR */

    constructor(MessageBoxParameters memory parameters) {
        require(
            CoreIdentifier.coreOf(parameters.coreId) != address(0) && parameters.stateRoots != address(0)
                && parameters.gateway != address(0) && parameters.auxiliaryChainId != 0
                && parameters.coGateway != address(0),
            ZeroParameter()
        );
        coreId = parameters.coreId;
        stateRoots = parameters.stateRoots;
        originChainId = CoreIdentifier.chainIdOf(parameters.coreId);
        auxiliaryChainId = parameters.auxiliaryChainId;
        gateway = parameters.gateway;
        coGateway = parameters.coGateway;
        bounty = parameters.bounty;
        remote = parameters.gateway == address(this) ? parameters.coGateway : parameters.gateway;
        domain = Signing.domainOf(parameters.coreId);
    }

    /* SOURCE */

    /// @dev declareMessage. Whoever calls locks the bounty, and brings the sender's signature if it is another.
    function _declareMessage(bytes32 messageHash, Transfer calldata transfer, bytes calldata signature) internal {
        _requireSound(transfer);
        _requirePayment(bounty);
        uint256 nonce = nextNonce[transfer.sender];
        require(transfer.nonce == nonce, WrongNonce(transfer.sender, transfer.nonce, nonce));
        bytes32 before = lastMessage[transfer.sender];
        MessageStatus status = outbox[before];
        require(
            before == 0 || status == MessageStatus.Progressed || status == MessageStatus.Revoked,
            MessageOpen(before, status)
        );
        _requireConsent(messageHash, transfer.sender, signature);
        // Nonces make every hash new: the outbox is Undeclared.
        outbox[messageHash] = MessageStatus.Declared;
        nextNonce[transfer.sender] = nonce + 1;
        lastMessage[transfer.sender] = messageHash;
        bountyOwner[messageHash] = msg.sender;
    }

    function _requireSound(Transfer calldata transfer) private view {
        require(transfer.amount > 0, ZeroAmount());
        address beneficiary = transfer.beneficiary;
        require(
            beneficiary != address(0) && beneficiary != gateway && beneficiary != coGateway,
            InvalidBeneficiary(beneficiary)
        );
        _requireRewardBelowAmount(transfer);
    }

    /// @dev The product may not fit 256 bits; the quotient does.
    function _requireRewardBelowAmount(Transfer calldata transfer) internal view virtual {
        require(
            transfer.gasLimit == 0 || transfer.gasPrice <= (transfer.amount - 1) / transfer.gasLimit,
            RewardNotBelowAmount(transfer.gasPrice, transfer.gasLimit, transfer.amount)
        );
    }

    function _requirePayment(uint256 expected) private view {
        require(msg.value == expected, WrongPayment(msg.value, expected));
    }

    function _requireConsent(bytes32 messageHash, address sender, bytes calldata signature) internal view virtual {
        if (msg.sender == sender) return;
        address recovered = Signing.recover(Signing.digest(domain, messageHash), signature);
        require(recovered == sender && sender != address(0), NotSignedBySender(sender, recovered));
    }

    /// @dev progressOutbox.
    function _progressOutbox(bytes32 messageHash, bytes32 hashLock, bytes32 secret) internal {
        MessageStatus status = outbox[messageHash];
        require(status == MessageStatus.Declared, OutboxStatus(messageHash, status));
        _requireSecret(messageHash, hashLock, secret);
        outbox[messageHash] = MessageStatus.Progressed;
    }

    /// @dev progressOutboxWithProof. After a revocation was declared only a progressed inbox counts.
    function _progressOutboxWithProof(bytes32 messageHash, MessageStatus inboxStatus, RemoteProof calldata proof)
        internal
    {
        MessageStatus status = outbox[messageHash];
        bool revoking = status == MessageStatus.DeclaredRevocation;
        require(revoking || status == MessageStatus.Declared, OutboxStatus(messageHash, status));
        require(
            inboxStatus == MessageStatus.Progressed || (!revoking && inboxStatus == MessageStatus.Declared),
            RemoteStatus(messageHash, inboxStatus)
        );
        _requireRemoteInbox(messageHash, inboxStatus, proof);
        outbox[messageHash] = MessageStatus.Progressed;
    }

    /// @dev declareRevocation: from now on the secret is of no use here (C97).
    function _declareRevocation(bytes32 messageHash, address sender) internal {
        MessageStatus status = outbox[messageHash];
        require(status == MessageStatus.Declared, OutboxStatus(messageHash, status));
        require(msg.sender == sender, NotSender(msg.sender, sender));
        _requirePayment(penalty());
        outbox[messageHash] = MessageStatus.DeclaredRevocation;
    }

    /// @dev progressOutboxRevocation.
    function _progressOutboxRevocation(bytes32 messageHash, RemoteProof calldata proof) internal {
        MessageStatus status = outbox[messageHash];
        require(status == MessageStatus.DeclaredRevocation, OutboxStatus(messageHash, status));
        _requireRemoteInbox(messageHash, MessageStatus.Revoked, proof);
        outbox[messageHash] = MessageStatus.Revoked;
    }

    /// @dev The bounty is for whoever progresses the source (R67); the caller may run code.
    function _payBounty(bytes32 messageHash) internal {
        delete bountyOwner[messageHash];
        Coins.send(msg.sender, bounty);
    }

    function _burnBounty(bytes32 messageHash) internal {
        delete bountyOwner[messageHash];
        Coins.burn(bounty);
    }

    /* TARGET */

    /// @dev confirmMessage. `gasBefore` is what was left when the call began.
    function _confirmMessage(bytes32 messageHash, RemoteProof calldata proof, uint256 gasBefore) internal {
        MessageStatus status = inbox[messageHash];
        require(status == MessageStatus.Undeclared, InboxStatus(messageHash, status));
        _requireRemoteOutbox(messageHash, MessageStatus.Declared, proof);
        inbox[messageHash] = MessageStatus.Declared;
        confirmationGas[messageHash] = gasBefore - gasleft();
    }

    /// @dev progressInbox.
    function _progressInbox(bytes32 messageHash, bytes32 hashLock, bytes32 secret) internal {
        MessageStatus status = inbox[messageHash];
        require(status == MessageStatus.Declared, InboxStatus(messageHash, status));
        _requireSecret(messageHash, hashLock, secret);
        inbox[messageHash] = MessageStatus.Progressed;
    }

    /// @dev progressInboxWithProof. An old root may show Declared after a revocation was declared: what the inbox does
    /// first decides, since the outbox is not Revoked before the inbox is (J21).
    function _progressInboxWithProof(bytes32 messageHash, MessageStatus outboxStatus, RemoteProof calldata proof)
        internal
    {
        MessageStatus status = inbox[messageHash];
        require(status == MessageStatus.Declared, InboxStatus(messageHash, status));
        require(
            outboxStatus == MessageStatus.Declared || outboxStatus == MessageStatus.Progressed,
            RemoteStatus(messageHash, outboxStatus)
        );
        _requireRemoteOutbox(messageHash, outboxStatus, proof);
        inbox[messageHash] = MessageStatus.Progressed;
    }

    /// @dev confirmRevocation.
    function _confirmRevocation(bytes32 messageHash, RemoteProof calldata proof) internal {
        MessageStatus status = inbox[messageHash];
        require(status == MessageStatus.Declared, InboxStatus(messageHash, status));
        _requireRemoteOutbox(messageHash, MessageStatus.DeclaredRevocation, proof);
        inbox[messageHash] = MessageStatus.Revoked;
    }

    /// @dev Reward of whoever progresses the target: for the gas of the confirmation and of this call so far (R64).
    function _reward(bytes32 messageHash, Transfer calldata transfer, uint256 gasBefore)
        internal
        view
        returns (uint256)
    {
        uint256 used = confirmationGas[messageHash] + gasBefore - gasleft();
        return (used < transfer.gasLimit ? used : transfer.gasLimit) * transfer.gasPrice;
    }

    /* PROOFS */

    function _requireSecret(bytes32 messageHash, bytes32 hashLock, bytes32 secret) private pure {
        bytes32 found = MessageHash.lockOf(secret);
        require(found == hashLock, WrongSecret(messageHash, hashLock, found));
    }

    function _requireRemoteOutbox(bytes32 messageHash, MessageStatus status, RemoteProof calldata proof) private view {
        _requireRemote(messageHash, FixedSlots.GATEWAY_OUTBOX, status, proof);
    }

    function _requireRemoteInbox(bytes32 messageHash, MessageStatus status, RemoteProof calldata proof) private view {
        _requireRemote(messageHash, FixedSlots.GATEWAY_INBOX, status, proof);
    }

    /// @dev The status asked for is never zero, so that a proof of absence shows nothing here (R69).
    function _requireRemote(bytes32 messageHash, uint256 box, MessageStatus status, RemoteProof calldata proof)
        internal
        view
        virtual
    {
        bytes32 stateRoot = IStateRoots(stateRoots).stateRoot(proof.height);
        bytes32 storageRoot = StateProof.storageRoot(stateRoot, remote, proof.accountProof);
        uint256 slot = FixedSlots.entry(uint256(messageHash), box);
        uint256 proven = TrieProof.storageWord(storageRoot, slot, proof.storageProof);
        require(proven == uint256(status), StatusNotProven(messageHash, status, proven));
    }

    /* VIEWS */

    /// @inheritdoc IMessageBox
    function penalty() public view returns (uint256) {
        return bounty + (bounty + 1) / 2;
    }

    /// @inheritdoc IMessageBox
    function stakeHash(Transfer calldata transfer) public view returns (bytes32) {
        return _messageHash(transfer, _intent(transfer).stakeHash());
    }

    /// @inheritdoc IMessageBox
    function redeemHash(Transfer calldata transfer) public view returns (bytes32) {
        return _messageHash(transfer, _intent(transfer).redeemHash());
    }

    function _intent(Transfer calldata transfer) internal view virtual returns (Intent memory) {
        return Intent({
            amount: transfer.amount,
            beneficiary: transfer.beneficiary,
            originChainId: originChainId,
            gateway: gateway,
            auxiliaryChainId: auxiliaryChainId,
            coGateway: coGateway
        });
    }

    function _messageHash(Transfer calldata transfer, bytes32 intentHash) private pure returns (bytes32) {
        return Message({
            intentHash: intentHash,
            nonce: transfer.nonce,
            gasPrice: transfer.gasPrice,
            gasLimit: transfer.gasLimit,
            sender: transfer.sender,
            hashLock: transfer.hashLock
        }).hash();
    }
}
