// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Transfer } from "../types/Messages.sol";

/// @notice Proof of an account's code under the last committed root (R73).
/// @param accountProof Proof of the account, or of its absence.
/// @param code The account's code; empty if it has none or is absent.
struct CodeProof {
    bytes[] accountProof;
    bytes code;
}

/// @notice Proof of one storage word under the last committed root; of its absence as well (R74).
/// @param accountProof Proof of the account, or of its absence.
/// @param storageProof Proof of the word; empty if the account is absent.
struct LastProof {
    bytes[] accountProof;
    bytes[] storageProof;
}

/// @title IExits
/// @notice How everything ends when a core halted: by the last committed root alone, once, without a time limit and
/// without anybody's help (R73, R74).
/// @dev Warning: utility tokens held by contracts are not recoverable after a halt: another may own the contract's
/// address on origin.
interface IExits {
    /// @notice A holder took its tokens on origin.
    /// @param holder Who held utility tokens.
    /// @param amount Its whole balance under the last committed root.
    event HolderExited(address indexed holder, uint256 amount);
    /// @notice A stake ended on the halted core.
    /// @param messageHash Message.
    /// @param sender Who staked.
    /// @param returned True if the amount went back to the sender, false if it was minted on auxiliary.
    /// @param amount Staked.
    event StakeSettled(bytes32 indexed messageHash, address indexed sender, bool returned, uint256 amount);
    /// @notice A redemption ended on the halted core: the beneficiary has the full amount.
    /// @param messageHash Message.
    /// @param beneficiary Who received.
    /// @param amount Redeemed.
    event RedeemSettled(bytes32 indexed messageHash, address indexed beneficiary, uint256 amount);
    /// @notice Somebody claimed what neither chain had paid.
    /// @param messageHash Message.
    /// @param claimant Who received.
    /// @param amount In full.
    event TransferClaimed(bytes32 indexed messageHash, address indexed claimant, uint256 amount);
    /// @notice A bounty is free for whoever locked it.
    /// @param messageHash Message.
    /// @param owner Who locked it.
    /// @param amount In wei of the base coin.
    event BountyReturned(bytes32 indexed messageHash, address indexed owner, uint256 amount);
    /// @notice Returned bounties were paid out.
    /// @param owner Who received.
    /// @param amount In wei of the base coin.
    event BountyWithdrawn(address indexed owner, uint256 amount);

    /// @notice This is for halted cores only.
    error CoreRunning();
    /// @notice This is for running cores only.
    error CoreHalted();
    /// @notice The holder has exited before.
    error AlreadyExited(address holder);
    /// @notice The holder had no tokens under the last committed root.
    error NothingToExit(address holder);
    /// @notice The account runs code of its own, so that another may own its address here.
    error HasOwnCode(address account);
    /// @notice Nothing follows from these two statuses, or another function is the right one (R74).
    error NothingToSettle(bytes32 messageHash, uint256 outboxStatus, uint256 inboxStatus);
    /// @notice The caller is not who may claim this.
    error NotClaimant(address caller, address claimant);
    /// @notice Claimed before.
    error AlreadyClaimed(bytes32 messageHash);
    /// @notice No bounty to withdraw.
    error NothingToWithdraw(address owner);
    /// @notice More would leave than is locked here; only a forged root asks for that (R81).
    error ExceedsLocked(uint256 amount, uint256 locked);

    /// @notice Pays the caller the utility tokens it held under the last committed root, once (R73).
    /// @param balanceProof Proof of its balance in the utility token.
    /// @param holder Proof that its account there runs no code of its own.
    function exit(LastProof calldata balanceProof, CodeProof calldata holder) external;

    /// @notice Ends a stake that is Declared or DeclaredRevocation here: minted if the root says so, else returned in
    /// full. Anyone may (R74).
    /// @param inboxProof Proof of the message's status in the co-gateway's inbox, or of its absence.
    function settleStake(Transfer calldata transfer, LastProof calldata inboxProof) external;

    /// @notice Pays a stake that progressed here but was never minted: to the beneficiary, who calls, or to the sender
    /// if the beneficiary's account on auxiliary runs code of its own (R74).
    /// @param inboxProof Proof of the message's status in the co-gateway's inbox, or of its absence.
    /// @param beneficiary Proof of the beneficiary's account.
    function claimStake(Transfer calldata transfer, LastProof calldata inboxProof, CodeProof calldata beneficiary)
        external;

    /// @notice Pays the beneficiary of a redemption that the root shows Declared, Progressed or DeclaredRevocation, and
    /// that is neither Progressed nor Revoked here. Anyone may (R74).
    /// @param outboxProof Proof of the message's status in the co-gateway's outbox.
    function settleRedeem(Transfer calldata transfer, LastProof calldata outboxProof) external;

    /// @notice Pays a redemption that is Revoked here and whose tokens the root does not show returned: to the
    /// redeemer, who calls, or to the beneficiary if the redeemer's account runs code of its own (R74).
    /// @param outboxProof Proof of the message's status in the co-gateway's outbox.
    /// @param redeemer Proof of the redeemer's account.
    function claimRedeem(Transfer calldata transfer, LastProof calldata outboxProof, CodeProof calldata redeemer)
        external;

    /// @notice Sends `owner` the bounties that came back to it. Anyone may.
    function withdrawBounties(address owner) external;

    /// @notice ERC-20 that is locked here.
    function token() external view returns (address);

    /// @notice UtilityToken, on auxiliary.
    function utilityToken() external view returns (address);

    /// @notice Tokens locked here: what is minted on auxiliary and what is in flight (R70).
    function locked() external view returns (uint256);

    /// @notice True once the holder has exited.
    function isExited(address holder) external view returns (bool);

    /// @notice True once the message was claimed on the halted core.
    function isClaimed(bytes32 messageHash) external view returns (bool);

    /// @notice Bounties that came back to `owner` and wait, in wei.
    function returnedBounties(address owner) external view returns (uint256);
}
