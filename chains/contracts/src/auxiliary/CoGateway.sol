// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGatewayParameters, ICoGateway } from "../interfaces/ICoGateway.sol";
import { IUtilityToken } from "../interfaces/IUtilityToken.sol";
import { Coins } from "../libraries/Coins.sol";
import { Tokens } from "../libraries/Tokens.sol";
import { MessageBox, MessageBoxParameters } from "../shared/MessageBox.sol";
import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";

/// @title CoGateway
/// @notice Inbox of stakes and outbox of redemptions; the only one who changes the utility token's supply (R64, R70).
contract CoGateway is ICoGateway, MessageBox {
    using Tokens for IUtilityToken;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICoGateway
    address public immutable utilityToken;

    /* CONSTRUCTOR */

    constructor(CoGatewayParameters memory parameters)
        MessageBox(MessageBoxParameters({
                coreId: parameters.coreId,
                stateRoots: parameters.originObserver,
                gateway: parameters.gateway,
                auxiliaryChainId: block.chainid,
                coGateway: address(this),
                bounty: parameters.bounty
            }))
    {
        require(parameters.utilityToken != address(0), ZeroParameter());
        utilityToken = parameters.utilityToken;
    }

    /* STAKE AND MINT */

    /// @inheritdoc ICoGateway
    function confirmStake(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        uint256 gasBefore = gasleft();
        bytes32 messageHash = stakeHash(transfer);
        _confirmMessage(messageHash, proof, gasBefore);
        emit StakeConfirmed(messageHash, transfer.sender, proof.height, confirmationGas[messageHash]);
    }

    /// @inheritdoc ICoGateway
    function progressMint(Transfer calldata transfer, bytes32 secret) external nonReentrant {
        uint256 gasBefore = gasleft();
        bytes32 messageHash = stakeHash(transfer);
        _progressInbox(messageHash, transfer.hashLock, secret);
        _mint(messageHash, transfer, gasBefore, false, secret);
    }

    /// @inheritdoc ICoGateway
    function progressMintWithProof(Transfer calldata transfer, MessageStatus outboxStatus, RemoteProof calldata proof)
        external
        nonReentrant
    {
        uint256 gasBefore = gasleft();
        bytes32 messageHash = stakeHash(transfer);
        _progressInboxWithProof(messageHash, outboxStatus, proof);
        _mint(messageHash, transfer, gasBefore, true, 0);
    }

    function _mint(bytes32 messageHash, Transfer calldata transfer, uint256 gasBefore, bool byProof, bytes32 secret)
        internal
        virtual
    {
        uint256 reward = _reward(messageHash, transfer, gasBefore);
        uint256 minted = transfer.amount - reward;
        emit MintProgressed(messageHash, transfer.beneficiary, msg.sender, minted, reward, byProof, secret);
        IUtilityToken(utilityToken).mint(transfer.beneficiary, minted);
        if (reward > 0) IUtilityToken(utilityToken).mint(msg.sender, reward);
    }

    /// @inheritdoc ICoGateway
    function confirmRevertStake(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        bytes32 messageHash = stakeHash(transfer);
        _confirmRevocation(messageHash, proof);
        emit StakeRevocationConfirmed(messageHash, transfer.sender, proof.height);
    }

    /* REDEEM AND UNSTAKE */

    /// @inheritdoc ICoGateway
    function redeem(Transfer calldata transfer, bytes calldata signature)
        external
        payable
        nonReentrant
        returns (bytes32 messageHash)
    {
        messageHash = redeemHash(transfer);
        _declareMessage(messageHash, transfer, signature);
        emit RedeemDeclared(messageHash, transfer.sender, msg.sender, transfer);
        IUtilityToken(utilityToken).pull(transfer.sender, transfer.amount);
    }

    /// @inheritdoc ICoGateway
    function progressRedeem(Transfer calldata transfer, bytes32 secret) external nonReentrant {
        bytes32 messageHash = redeemHash(transfer);
        _progressOutbox(messageHash, transfer.hashLock, secret);
        _burn(messageHash, transfer, false, secret);
    }

    /// @inheritdoc ICoGateway
    function progressRedeemWithProof(Transfer calldata transfer, MessageStatus inboxStatus, RemoteProof calldata proof)
        external
        nonReentrant
    {
        bytes32 messageHash = redeemHash(transfer);
        _progressOutboxWithProof(messageHash, inboxStatus, proof);
        _burn(messageHash, transfer, true, 0);
    }

    function _burn(bytes32 messageHash, Transfer calldata transfer, bool byProof, bytes32 secret) private {
        emit RedeemProgressed(messageHash, transfer.sender, msg.sender, transfer.amount, byProof, secret);
        IUtilityToken(utilityToken).burn(transfer.amount);
        _payBounty(messageHash);
    }

    /// @inheritdoc ICoGateway
    function revertRedeem(Transfer calldata transfer) external payable nonReentrant {
        bytes32 messageHash = redeemHash(transfer);
        _declareRevocation(messageHash, transfer.sender);
        emit RedeemRevocationDeclared(messageHash, transfer.sender, msg.value);
        Coins.burn(msg.value);
    }

    /// @inheritdoc ICoGateway
    function progressRevertRedeem(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        bytes32 messageHash = redeemHash(transfer);
        _progressOutboxRevocation(messageHash, proof);
        emit RedeemReverted(messageHash, transfer.sender, transfer.amount);
        _burnBounty(messageHash);
        IUtilityToken(utilityToken).pay(transfer.sender, transfer.amount);
    }
}
