// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GatewayParameters, IGateway } from "../interfaces/IGateway.sol";
import { Coins } from "../libraries/Coins.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Tokens } from "../libraries/Tokens.sol";
import { MessageBox, MessageBoxParameters } from "../shared/MessageBox.sol";
import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";
import { Exits } from "./Exits.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Gateway
/// @notice Outbox of stakes and inbox of redemptions while the core runs (R64, R65); what follows a halt is in Exits.
contract Gateway is IGateway, Exits {
    using Tokens for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IGateway
    address public immutable deactivator;

    /* STORAGE */

    /// @inheritdoc IGateway
    bool public isDeactivated;

    /* CONSTRUCTOR */

    constructor(GatewayParameters memory parameters)
        MessageBox(MessageBoxParameters({
                coreId: CoreIdentifier.compose(block.chainid, parameters.core),
                stateRoots: parameters.core,
                gateway: address(this),
                auxiliaryChainId: parameters.auxiliaryChainId,
                coGateway: parameters.coGateway,
                bounty: parameters.bounty
            }))
        Exits(parameters.token, parameters.utilityToken)
    {
        deactivator = parameters.deactivator;
    }

    /* STAKE AND MINT */

    /// @inheritdoc IGateway
    function stake(Transfer calldata transfer, bytes calldata signature)
        external
        payable
        nonReentrant
        returns (bytes32 messageHash)
    {
        _requireRunning();
        require(!isDeactivated, Deactivated());
        messageHash = stakeHash(transfer);
        _declareMessage(messageHash, transfer, signature);
        locked += transfer.amount;
        emit StakeDeclared(messageHash, transfer.sender, msg.sender, transfer);
        _pull(transfer.sender, transfer.amount);
    }

    /// @dev Takes the staked tokens, and exactly those (R71).
    function _pull(address sender, uint256 amount) internal virtual {
        IERC20(token).pull(sender, amount);
    }

    /// @inheritdoc IGateway
    function progressStake(Transfer calldata transfer, bytes32 secret) external nonReentrant {
        _requireRunning();
        bytes32 messageHash = stakeHash(transfer);
        _progressOutbox(messageHash, transfer.hashLock, secret);
        emit StakeProgressed(messageHash, transfer.sender, msg.sender, transfer.amount, false, secret);
        _payBounty(messageHash);
    }

    /// @inheritdoc IGateway
    function progressStakeWithProof(Transfer calldata transfer, MessageStatus inboxStatus, RemoteProof calldata proof)
        external
        nonReentrant
    {
        _requireRunning();
        bytes32 messageHash = stakeHash(transfer);
        _progressOutboxWithProof(messageHash, inboxStatus, proof);
        emit StakeProgressed(messageHash, transfer.sender, msg.sender, transfer.amount, true, 0);
        _payBounty(messageHash);
    }

    /// @inheritdoc IGateway
    function revertStake(Transfer calldata transfer) external payable nonReentrant {
        _requireRunning();
        bytes32 messageHash = stakeHash(transfer);
        _declareRevocation(messageHash, transfer.sender);
        emit StakeRevocationDeclared(messageHash, transfer.sender, msg.value);
        Coins.burn(msg.value);
    }

    /// @inheritdoc IGateway
    function progressRevertStake(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        _requireRunning();
        bytes32 messageHash = stakeHash(transfer);
        _progressOutboxRevocation(messageHash, proof);
        _unlock(transfer.amount);
        emit StakeReverted(messageHash, transfer.sender, transfer.amount);
        _burnBounty(messageHash);
        IERC20(token).pay(transfer.sender, transfer.amount);
    }

    /* REDEEM AND UNSTAKE */

    /// @inheritdoc IGateway
    function confirmRedeem(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        uint256 gasBefore = gasleft();
        _requireRunning();
        bytes32 messageHash = redeemHash(transfer);
        _confirmMessage(messageHash, proof, gasBefore);
        emit RedeemConfirmed(messageHash, transfer.sender, proof.height, confirmationGas[messageHash]);
    }

    /// @inheritdoc IGateway
    function progressUnstake(Transfer calldata transfer, bytes32 secret) external nonReentrant {
        uint256 gasBefore = gasleft();
        _requireRunning();
        bytes32 messageHash = redeemHash(transfer);
        _progressInbox(messageHash, transfer.hashLock, secret);
        _unstake(messageHash, transfer, gasBefore, false, secret);
    }

    /// @inheritdoc IGateway
    function progressUnstakeWithProof(
        Transfer calldata transfer,
        MessageStatus outboxStatus,
        RemoteProof calldata proof
    ) external nonReentrant {
        uint256 gasBefore = gasleft();
        _requireRunning();
        bytes32 messageHash = redeemHash(transfer);
        _progressInboxWithProof(messageHash, outboxStatus, proof);
        _unstake(messageHash, transfer, gasBefore, true, 0);
    }

    function _unstake(bytes32 messageHash, Transfer calldata transfer, uint256 gasBefore, bool byProof, bytes32 secret)
        private
    {
        _unlock(transfer.amount);
        uint256 reward = _reward(messageHash, transfer, gasBefore);
        uint256 released = transfer.amount - reward;
        emit UnstakeProgressed(messageHash, transfer.beneficiary, msg.sender, released, reward, byProof, secret);
        IERC20(token).pay(transfer.beneficiary, released);
        IERC20(token).pay(msg.sender, reward);
    }

    /// @inheritdoc IGateway
    function confirmRevertRedeem(Transfer calldata transfer, RemoteProof calldata proof) external nonReentrant {
        _requireRunning();
        bytes32 messageHash = redeemHash(transfer);
        _confirmRevocation(messageHash, proof);
        emit RedeemRevocationConfirmed(messageHash, transfer.sender, proof.height);
    }

    /* DEACTIVATION */

    /// @inheritdoc IGateway
    function deactivate() external {
        require(msg.sender == deactivator, NotDeactivator(msg.sender, deactivator));
        require(!isDeactivated, Deactivated());
        isDeactivated = true;
        emit GatewayDeactivated();
    }
}
