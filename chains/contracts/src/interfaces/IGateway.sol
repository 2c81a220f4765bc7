// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";
import { IExits } from "./IExits.sol";
import { IMessageBox } from "./IMessageBox.sol";

/// @notice What a Gateway is constructed with.
/// @param core Core of the auxiliary chain.
/// @param auxiliaryChainId EIP-155 id of auxiliary.
/// @param token ERC-20 to lock here.
/// @param coGateway CoGateway, on auxiliary.
/// @param utilityToken UtilityToken, on auxiliary.
/// @param bounty Base coin locked with each stake, in wei.
/// @param deactivator Who may end new stakes, zero for nobody.
struct GatewayParameters {
    address core;
    uint256 auxiliaryChainId;
    address token;
    address coGateway;
    address utilityToken;
    uint256 bounty;
    address deactivator;
}

/// @title IGateway
/// @notice The gateway on origin: locks what is minted on auxiliary and releases what is redeemed there (R64, R65,
/// R68). All functions here refuse once the core halted; then IExits holds.
/// @dev Warning: a sender should reveal its secret only when the message is confirmed on auxiliary. A stake that
/// progresses, or is revoked, before any finalised root shows it Declared cannot be confirmed there any more.
/// Warning: tokens whose balances change by themselves are not supported.
interface IGateway is IExits, IMessageBox {
    /// @notice Tokens are locked here, to be minted on auxiliary.
    /// @param messageHash Message.
    /// @param sender Who stakes.
    /// @param facilitator Who locked the bounty.
    /// @param transfer Transfer in full.
    event StakeDeclared(
        bytes32 indexed messageHash, address indexed sender, address indexed facilitator, Transfer transfer
    );
    /// @notice The stake stays here for good and the bounty is paid.
    /// @param messageHash Message.
    /// @param sender Who stakes.
    /// @param facilitator Who received the bounty.
    /// @param amount Staked.
    /// @param byProof True if no secret was needed.
    /// @param secret Secret of the message, zero by proof.
    event StakeProgressed(
        bytes32 indexed messageHash,
        address indexed sender,
        address indexed facilitator,
        uint256 amount,
        bool byProof,
        bytes32 secret
    );
    /// @notice The sender wants the stake back.
    /// @param messageHash Message.
    /// @param sender Who stakes.
    /// @param burned Penalty, in wei of the base coin.
    event StakeRevocationDeclared(bytes32 indexed messageHash, address indexed sender, uint256 burned);
    /// @notice The sender has the stake back; the bounty is burned.
    /// @param messageHash Message.
    /// @param sender Who staked.
    /// @param amount Returned.
    event StakeReverted(bytes32 indexed messageHash, address indexed sender, uint256 amount);
    /// @notice A redemption on auxiliary is known here.
    /// @param messageHash Message.
    /// @param sender Who redeems.
    /// @param auxiliaryHeight Checkpoint height it was proven under.
    /// @param gasUsed Gas that counts for the reward.
    event RedeemConfirmed(
        bytes32 indexed messageHash, address indexed sender, uint64 indexed auxiliaryHeight, uint256 gasUsed
    );
    /// @notice What was redeemed is released.
    /// @param messageHash Message.
    /// @param beneficiary Who received `released`.
    /// @param facilitator Who received `reward`.
    /// @param released Amount less the reward.
    /// @param reward What the facilitator earned.
    /// @param byProof True if no secret was needed.
    /// @param secret Secret of the message, zero by proof.
    event UnstakeProgressed(
        bytes32 indexed messageHash,
        address indexed beneficiary,
        address indexed facilitator,
        uint256 released,
        uint256 reward,
        bool byProof,
        bytes32 secret
    );
    /// @notice The redemption will not be released.
    /// @param messageHash Message.
    /// @param sender Who redeemed.
    /// @param auxiliaryHeight Checkpoint height the revocation was proven under.
    event RedeemRevocationConfirmed(
        bytes32 indexed messageHash, address indexed sender, uint64 indexed auxiliaryHeight
    );
    /// @notice There are no new stakes any more (R72).
    event GatewayDeactivated();

    /// @notice No new stakes (R72).
    error Deactivated();
    /// @notice Only the deactivator may.
    error NotDeactivator(address caller, address deactivator);

    /// @notice Locks tokens of the sender, who has approved them, and the bounty of the caller.
    /// @param transfer The transfer; its beneficiary is on auxiliary.
    /// @param signature The sender's over the message in the core's domain; not read if the sender calls (R67).
    function stake(Transfer calldata transfer, bytes calldata signature) external payable returns (bytes32);

    /// @notice Ends a stake here. Anyone who knows the secret may, and earns the bounty.
    function progressStake(Transfer calldata transfer, bytes32 secret) external;

    /// @notice Ends a stake whose message auxiliary shows Declared or Progressed (R68). Anyone may, for the bounty.
    function progressStakeWithProof(Transfer calldata transfer, MessageStatus inboxStatus, RemoteProof calldata proof)
        external;

    /// @notice Begins to take a stake back: only the sender, who burns the penalty (R65).
    function revertStake(Transfer calldata transfer) external payable;

    /// @notice Returns a stake whose message auxiliary shows Revoked. Anyone may; the bounty is burned.
    function progressRevertStake(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice Takes note of a redemption that auxiliary shows Declared. Anyone may.
    function confirmRedeem(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice Releases a confirmed redemption. Anyone who knows the secret may, and earns the reward.
    function progressUnstake(Transfer calldata transfer, bytes32 secret) external;

    /// @notice Releases a confirmed redemption that auxiliary shows Declared or Progressed (R68). Anyone may, for the
    /// reward.
    function progressUnstakeWithProof(
        Transfer calldata transfer,
        MessageStatus outboxStatus,
        RemoteProof calldata proof
    ) external;

    /// @notice Ends a confirmed redemption that auxiliary shows DeclaredRevocation. Anyone may.
    function confirmRevertRedeem(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice Ends new stakes for good; everything in flight goes on (R72). Only the deactivator may: it is the one
    /// privilege there is, and moves nothing.
    function deactivate() external;

    /// @notice Who may deactivate, zero for nobody.
    function deactivator() external view returns (address);

    /// @notice True once deactivated.
    function isDeactivated() external view returns (bool);
}
