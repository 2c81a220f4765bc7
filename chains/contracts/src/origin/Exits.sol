// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../interfaces/ICore.sol";
import { CodeProof, IExits, LastProof } from "../interfaces/IExits.sol";
import { Coins } from "../libraries/Coins.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { StateProof } from "../libraries/StateProof.sol";
import { Tokens } from "../libraries/Tokens.sol";
import { MessageBox } from "../shared/MessageBox.sol";
import { MessageStatus, Transfer } from "../types/Messages.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Exits
/// @notice What is locked on origin and how it leaves after a halt (R73, R74). The table of R74 covers every pair of
/// statuses, and each unit is paid in one row only.
abstract contract Exits is IExits, MessageBox {
    using Tokens for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IExits
    address public immutable token;
    /// @inheritdoc IExits
    address public immutable utilityToken;

    /* STORAGE */

    /// @inheritdoc IExits
    uint256 public locked;
    /// @inheritdoc IExits
    mapping(address holder => bool) public isExited;
    /// @inheritdoc IExits
    mapping(bytes32 messageHash => bool) public isClaimed;
    /// @inheritdoc IExits
    mapping(address owner => uint256) public returnedBounties;

    /* CONSTRUCTOR */

    constructor(address newToken, address newUtilityToken) {
        require(newUtilityToken != address(0), ZeroParameter());
        require(newToken.code.length > 0, NotAContract(newToken));
        token = newToken;
        utilityToken = newUtilityToken;
    }

    /* LOCKED TOKENS */

    /// @dev Takes tokens out of the account; the caller pays them last of all.
    function _unlock(uint256 amount) internal {
        require(amount <= locked, ExceedsLocked(amount, locked));
        locked -= amount;
    }

    function _release(address receiver, uint256 amount) private {
        _unlock(amount);
        IERC20(token).pay(receiver, amount);
    }

    function _requireRunning() internal view {
        require(!ICore(stateRoots).isHalted(), CoreHalted());
    }

    /* HOLDERS */

    /// @inheritdoc IExits
    function exit(LastProof calldata balanceProof, CodeProof calldata holder) external nonReentrant {
        bytes32 root = _lastRoot();
        require(!isExited[msg.sender], AlreadyExited(msg.sender));
        require(msg.sender != coGateway && !_hasOwnCode(root, msg.sender, holder), HasOwnCode(msg.sender));
        uint256 slot = FixedSlots.entry(uint160(msg.sender), FixedSlots.UTILITY_TOKEN_BALANCES);
        uint256 amount = _word(root, utilityToken, slot, balanceProof);
        require(amount > 0, NothingToExit(msg.sender));
        isExited[msg.sender] = true;
        emit HolderExited(msg.sender, amount);
        _release(msg.sender, amount);
    }

    /* STAKES */

    /// @inheritdoc IExits
    function settleStake(Transfer calldata transfer, LastProof calldata inboxProof) external nonReentrant {
        bytes32 messageHash = stakeHash(transfer);
        uint256 there = _remoteStatus(_lastRoot(), messageHash, FixedSlots.GATEWAY_INBOX, inboxProof);
        MessageStatus here = outbox[messageHash];
        require(
            here == MessageStatus.Declared || here == MessageStatus.DeclaredRevocation,
            NothingToSettle(messageHash, uint256(here), there)
        );
        bool returned = there != uint256(MessageStatus.Progressed);
        outbox[messageHash] = returned ? MessageStatus.Revoked : MessageStatus.Progressed;
        emit StakeSettled(messageHash, transfer.sender, returned, transfer.amount);
        _returnBounty(messageHash);
        if (returned) _release(transfer.sender, transfer.amount);
    }

    /// @inheritdoc IExits
    function claimStake(Transfer calldata transfer, LastProof calldata inboxProof, CodeProof calldata beneficiary)
        external
        nonReentrant
    {
        bytes32 messageHash = stakeHash(transfer);
        bytes32 root = _lastRoot();
        uint256 there = _remoteStatus(root, messageHash, FixedSlots.GATEWAY_INBOX, inboxProof);
        MessageStatus here = outbox[messageHash];
        require(
            here == MessageStatus.Progressed && there != uint256(MessageStatus.Progressed),
            NothingToSettle(messageHash, uint256(here), there)
        );
        bool foreign = _hasOwnCode(root, transfer.beneficiary, beneficiary);
        _claim(messageHash, foreign ? transfer.sender : transfer.beneficiary, transfer.amount);
    }

    /// @dev The bounty cannot be sent: an owner that refuses it would keep the sender from its stake.
    function _returnBounty(bytes32 messageHash) private {
        address owner = bountyOwner[messageHash];
        delete bountyOwner[messageHash];
        returnedBounties[owner] += bounty;
        emit BountyReturned(messageHash, owner, bounty);
    }

    /// @inheritdoc IExits
    function withdrawBounties(address owner) external nonReentrant {
        uint256 amount = returnedBounties[owner];
        require(amount > 0, NothingToWithdraw(owner));
        returnedBounties[owner] = 0;
        emit BountyWithdrawn(owner, amount);
        Coins.send(owner, amount);
    }

    /* REDEMPTIONS */

    /// @inheritdoc IExits
    function settleRedeem(Transfer calldata transfer, LastProof calldata outboxProof) external nonReentrant {
        bytes32 messageHash = redeemHash(transfer);
        uint256 there = _remoteStatus(_lastRoot(), messageHash, FixedSlots.GATEWAY_OUTBOX, outboxProof);
        MessageStatus here = inbox[messageHash];
        bool open = here == MessageStatus.Undeclared || here == MessageStatus.Declared;
        bool held = there == uint256(MessageStatus.Declared) || there == uint256(MessageStatus.Progressed)
            || there == uint256(MessageStatus.DeclaredRevocation);
        require(open && held, NothingToSettle(messageHash, there, uint256(here)));
        inbox[messageHash] = MessageStatus.Progressed;
        emit RedeemSettled(messageHash, transfer.beneficiary, transfer.amount);
        _release(transfer.beneficiary, transfer.amount);
    }

    /// @inheritdoc IExits
    function claimRedeem(Transfer calldata transfer, LastProof calldata outboxProof, CodeProof calldata redeemer)
        external
        nonReentrant
    {
        bytes32 messageHash = redeemHash(transfer);
        bytes32 root = _lastRoot();
        uint256 there = _remoteStatus(root, messageHash, FixedSlots.GATEWAY_OUTBOX, outboxProof);
        MessageStatus here = inbox[messageHash];
        require(
            here == MessageStatus.Revoked && there == uint256(MessageStatus.DeclaredRevocation),
            NothingToSettle(messageHash, there, uint256(here))
        );
        bool foreign = _hasOwnCode(root, transfer.sender, redeemer);
        _claim(messageHash, foreign ? transfer.beneficiary : transfer.sender, transfer.amount);
    }

    function _claim(bytes32 messageHash, address claimant, uint256 amount) private {
        require(msg.sender == claimant, NotClaimant(msg.sender, claimant));
        require(!isClaimed[messageHash], AlreadyClaimed(messageHash));
        isClaimed[messageHash] = true;
        emit TransferClaimed(messageHash, claimant, amount);
        _release(claimant, amount);
    }

    /* LAST ROOT */

    /// @dev Nothing is committed after a halt, so every caller at any time reads the same root.
    function _lastRoot() private view returns (bytes32) {
        ICore core = ICore(stateRoots);
        require(core.isHalted(), CoreRunning());
        return core.stateRoot(core.committedHeight());
    }

    function _remoteStatus(bytes32 root, bytes32 messageHash, uint256 box, LastProof calldata proof)
        private
        view
        returns (uint256)
    {
        return _word(root, coGateway, FixedSlots.entry(uint256(messageHash), box), proof);
    }

    function _word(bytes32 root, address account, uint256 slot, LastProof calldata proof)
        private
        pure
        returns (uint256)
    {
        return StateProof.wordOrAbsent(root, account, slot, proof.accountProof, proof.storageProof);
    }

    function _hasOwnCode(bytes32 root, address account, CodeProof calldata proof) private pure returns (bool) {
        return StateProof.hasOwnCode(root, account, proof.accountProof, proof.code);
    }
}
