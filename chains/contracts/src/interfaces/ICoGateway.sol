// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";
import { IMessageBox } from "./IMessageBox.sol";

/// @notice What a CoGateway is constructed with.
/// @param coreId Core of this chain, on origin.
/// @param originObserver OriginObserver on this chain.
/// @param gateway Gateway, on origin.
/// @param utilityToken UtilityToken on this chain; deployed before or after.
/// @param bounty Base coin locked with each redemption, in wei.
struct CoGatewayParameters {
    bytes32 coreId;
    address originObserver;
    address gateway;
    address utilityToken;
    uint256 bounty;
}

/// @title ICoGateway
/// @notice The gateway on auxiliary: mints what is staked on origin and burns what is redeemed (R64, R65, R68).
/// @dev Warning: a sender should reveal its secret only when the message is confirmed on origin. A redemption that
/// progresses, or is revoked, before any committed root shows it Declared cannot be confirmed there any more.
interface ICoGateway is IMessageBox {
    /// @notice A stake on origin is known here.
    /// @param messageHash Message.
    /// @param sender Who stakes.
    /// @param originHeight Checkpoint height it was proven under.
    /// @param gasUsed Gas that counts for the reward.
    event StakeConfirmed(
        bytes32 indexed messageHash, address indexed sender, uint64 indexed originHeight, uint256 gasUsed
    );
    /// @notice What was staked is minted.
    /// @param messageHash Message.
    /// @param beneficiary Who received `minted`.
    /// @param facilitator Who received `reward`.
    /// @param minted Amount less the reward.
    /// @param reward What the facilitator earned.
    /// @param byProof True if no secret was needed.
    /// @param secret Secret of the message, zero by proof.
    event MintProgressed(
        bytes32 indexed messageHash,
        address indexed beneficiary,
        address indexed facilitator,
        uint256 minted,
        uint256 reward,
        bool byProof,
        bytes32 secret
    );
    /// @notice The stake will not be minted.
    /// @param messageHash Message.
    /// @param sender Who staked.
    /// @param originHeight Checkpoint height the revocation was proven under.
    event StakeRevocationConfirmed(bytes32 indexed messageHash, address indexed sender, uint64 indexed originHeight);
    /// @notice Utility tokens are locked here, to be released on origin.
    /// @param messageHash Message.
    /// @param sender Who redeems.
    /// @param facilitator Who locked the bounty.
    /// @param transfer Transfer in full.
    event RedeemDeclared(
        bytes32 indexed messageHash, address indexed sender, address indexed facilitator, Transfer transfer
    );
    /// @notice The redeemed tokens are burned and the bounty is paid.
    /// @param messageHash Message.
    /// @param sender Who redeems.
    /// @param facilitator Who received the bounty.
    /// @param amount Burned.
    /// @param byProof True if no secret was needed.
    /// @param secret Secret of the message, zero by proof.
    event RedeemProgressed(
        bytes32 indexed messageHash,
        address indexed sender,
        address indexed facilitator,
        uint256 amount,
        bool byProof,
        bytes32 secret
    );
    /// @notice The redeemer wants the tokens back.
    /// @param messageHash Message.
    /// @param sender Who redeems.
    /// @param burned Penalty, in wei of the base coin.
    event RedeemRevocationDeclared(bytes32 indexed messageHash, address indexed sender, uint256 burned);
    /// @notice The redeemer has the tokens back; the bounty is burned.
    /// @param messageHash Message.
    /// @param sender Who redeemed.
    /// @param amount Returned.
    event RedeemReverted(bytes32 indexed messageHash, address indexed sender, uint256 amount);

    /// @notice Takes note of a stake that origin shows Declared. Anyone may.
    function confirmStake(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice Mints a confirmed stake. Anyone who knows the secret may, and earns the reward.
    function progressMint(Transfer calldata transfer, bytes32 secret) external;

    /// @notice Mints a confirmed stake that origin shows Declared or Progressed (R68). Anyone may, for the reward.
    function progressMintWithProof(Transfer calldata transfer, MessageStatus outboxStatus, RemoteProof calldata proof)
        external;

    /// @notice Ends a confirmed stake that origin shows DeclaredRevocation. Anyone may.
    function confirmRevertStake(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice Locks utility tokens of the sender, who has approved them, and the bounty of the caller.
    /// @param transfer The transfer; its beneficiary is on origin.
    /// @param signature The sender's over the message in the core's domain; not read if the sender calls (R67).
    function redeem(Transfer calldata transfer, bytes calldata signature) external payable returns (bytes32);

    /// @notice Burns redeemed tokens. Anyone who knows the secret may, and earns the bounty.
    function progressRedeem(Transfer calldata transfer, bytes32 secret) external;

    /// @notice Burns redeemed tokens whose message origin shows Declared or Progressed (R68). Anyone may, for the
    /// bounty.
    function progressRedeemWithProof(Transfer calldata transfer, MessageStatus inboxStatus, RemoteProof calldata proof)
        external;

    /// @notice Begins to take a redemption back: only the sender, who burns the penalty (R65).
    function revertRedeem(Transfer calldata transfer) external payable;

    /// @notice Returns tokens whose message origin shows Revoked. Anyone may; the bounty is burned.
    function progressRevertRedeem(Transfer calldata transfer, RemoteProof calldata proof) external;

    /// @notice UtilityToken on this chain.
    function utilityToken() external view returns (address);
}
