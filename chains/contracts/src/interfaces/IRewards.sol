// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Vote } from "../types/Types.sol";

/// @notice What Rewards is constructed with; all but the stake are contracts on this chain.
/// @param coreId Identifier of the core on origin (R1).
/// @param auxiliaryBlockStore AuxiliaryBlockStore: the only one who may settle.
/// @param originObserver OriginObserver, for proofs of withdrawals.
/// @param kernelGateway KernelGateway.
/// @param pollingPlace PollingPlace.
/// @param stake Stake, on origin.
struct RewardsParameters {
    bytes32 coreId;
    address auxiliaryBlockStore;
    address originObserver;
    address kernelGateway;
    address pollingPlace;
    address stake;
}

/// @notice What one link that finalised its source earned (R75).
/// @param digest Digest of its votes, zero if no link to that target was settled.
/// @param kernelHeight Kernel whose sets voted.
/// @param income Coins received since the settlement before, in wei.
struct Settlement {
    bytes32 digest;
    uint64 kernelHeight;
    uint128 income;
}

/// @title IRewards
/// @notice Pays validators for finalising the auxiliary chain, out of the fees of its blocks (R75-R77). It earns by
/// being the producers' fee recipient, which needs no call; whatever else it is sent counts too.
interface IRewards {
    /// @notice A link that finalised its source earned what was received since the settlement before.
    event LinkSettled(uint64 indexed targetHeight, bytes32 indexed digest, uint64 indexed kernelHeight, uint256 income);
    /// @notice A validator's share of a link became its own.
    event ShareClaimed(address indexed validator, uint64 indexed targetHeight, uint256 share);
    /// @notice Coins went to a validator.
    /// @param validator Who received them.
    /// @param amount In wei.
    /// @param held What it has earned besides and receives after it withdrew its stake (R76).
    event RewardPaid(address indexed validator, uint256 amount, uint256 held);
    /// @notice The validator was proven to have withdrawn its stake: nothing is held back any more.
    event WithdrawalProven(address indexed validator, uint64 indexed originHeight);

    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice Only the block store may call this.
    error NotBlockStore(address caller);
    /// @notice No link to that target was settled.
    error NotSettled(uint64 targetHeight);
    /// @notice The target is above the checkpoint of the last commit proven here (R77).
    error NotCommitted(uint64 targetHeight, uint64 committed);
    /// @notice The validator did not vote for the link.
    error NotVoted(address validator, uint64 targetHeight);
    /// @notice The share was claimed before.
    error AlreadyClaimed(address validator, uint64 targetHeight);
    /// @notice The validator was slashed: its shares stay (R75).
    error SlashedValidator(address validator);
    /// @notice The withdrawal was proven before.
    error AlreadyProven(address validator);
    /// @notice Origin does not mark the validator as withdrawn.
    error NotWithdrawn(address validator, uint64 originHeight);

    /// @notice Settles a link that has just finalised its source (R75).
    /// @dev Only the block store may call this. It must never revert: finality does not depend on rewards.
    /// @param vote Vote of the link.
    /// @param kernelHeight Kernel whose sets voted.
    function settle(Vote calldata vote, uint64 kernelHeight) external;

    /// @notice Credits a validator's shares of settled links and pays what it may have now: at most 49 % until its
    /// withdrawal is proven (R76). Anyone may; the coins go to the validator.
    /// @param validator Auxiliary address.
    /// @param targetHeights Target heights of the links.
    function claim(address validator, uint64[] calldata targetHeights) external;

    /// @notice Proves that origin marks the validator as withdrawn, and pays all it has earned (R76). Anyone may.
    /// @param validator Auxiliary address.
    /// @param originHeight Checkpoint height of a finalised origin observation.
    /// @param accountProof Proof of the stake's account.
    /// @param storageProof Proof of its `withdrawn` entry.
    function proveWithdrawal(
        address validator,
        uint64 originHeight,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external;

    /// @notice Identifier of the core on origin.
    function coreId() external view returns (bytes32);

    /// @notice AuxiliaryBlockStore on this chain.
    function auxiliaryBlockStore() external view returns (address);

    /// @notice OriginObserver on this chain.
    function originObserver() external view returns (address);

    /// @notice KernelGateway on this chain.
    function kernelGateway() external view returns (address);

    /// @notice PollingPlace on this chain.
    function pollingPlace() external view returns (address);

    /// @notice Stake on origin.
    function stake() external view returns (address);

    /// @notice Settlement of the link to a target height, all zero if there is none.
    function settlement(uint64 targetHeight) external view returns (Settlement memory);

    /// @notice Coins received since the last settlement.
    function income() external view returns (uint256);

    /// @notice What `validator` would be credited for a link, whether or not it may claim yet: its weight's part of
    /// the weight of both sets, rounded down; zero if it did not vote for it.
    function shareOf(address validator, uint64 targetHeight) external view returns (uint256);

    /// @notice True if the share was claimed.
    function isClaimed(address validator, uint64 targetHeight) external view returns (bool);

    /// @notice Shares credited to `validator`.
    function earned(address validator) external view returns (uint256);

    /// @notice Coins paid to `validator`.
    function paid(address validator) external view returns (uint256);

    /// @notice True once the validator's withdrawal is proven.
    function isWithdrawn(address validator) external view returns (bool);
}
