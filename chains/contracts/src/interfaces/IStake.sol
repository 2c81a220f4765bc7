// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ISlashing } from "./ISlashing.sol";

/// @notice What a Stake is constructed with.
/// @param core Core this stake secures; its address is computed before it is deployed.
/// @param evidence Contract that may record gas-rule violations (R38).
/// @param minimumStake Least stake of a validator, in wei.
/// @param minimumTotalWeight Least forward total a core may open a height with (R40).
/// @param withdrawalDelay Origin blocks between the end of a membership and its withdrawal (R41).
/// @param maxKernelChanges Most deposits and logouts applied at one height (R35).
/// @param validators Initial set as InitialSet packs it, ascending by auxiliary address; the constructor is paid their
/// weights.
struct StakeParameters {
    address core;
    address evidence;
    uint256 minimumStake;
    uint256 minimumTotalWeight;
    uint64 withdrawalDelay;
    uint64 maxKernelChanges;
    bytes validators;
}

/// @notice Membership of one validator: it belongs to F_n for entered <= n < left (R42).
/// @param weight Stake in wei; never topped up.
/// @param index Position among all validators there ever were; bitmaps of signers use it.
/// @param entered First height of F it belongs to; 2^32 - 1 while its deposit waits.
/// @param left First height of F it no longer belongs to; 2^32 - 1 while it stays.
/// @param known True for every validator there ever was.
/// @param slashed True once slashed.
struct Member {
    uint96 weight;
    uint32 index;
    uint32 entered;
    uint32 left;
    bool known;
    bool slashed;
}

/// @title IStake
/// @notice The validators of one core: their stakes, weights per meta-block height, and slashing (R41-R56).
interface IStake is ISlashing {
    /// @notice A validator registered.
    /// @param validator Auxiliary address.
    /// @param depositor Origin account that owns the stake.
    /// @param weight Stake in wei.
    /// @param index Position among all validators there ever were.
    event ValidatorRegistered(address indexed validator, address indexed depositor, uint256 weight, uint256 index);
    /// @notice A validator is to leave; it stays a member until its logout is applied (R41).
    event LogoutRequested(address indexed validator, address indexed depositor);
    /// @notice A deposit was cancelled before it was applied: the validator never becomes a member (R42).
    event DepositCancelled(address indexed validator, address indexed depositor);
    /// @notice A stake went back to its depositor.
    /// @param validator Auxiliary address.
    /// @param depositor Who received it.
    /// @param amount What was paid.
    /// @param penalty What was burned for gas-rule violations (R38).
    event StakeWithdrawn(address indexed validator, address indexed depositor, uint256 amount, uint256 penalty);
    /// @notice Everybody in the sets of that meta-block owes a gas-rule penalty (R38).
    event ViolationRecorded(uint64 indexed height);
    /// @notice The sets of height `height` are fixed.
    /// @param height Meta-block height opened.
    /// @param forwardTotal Total weight of F_height.
    /// @param rearTotal Total weight of F_(height-1).
    event HeightOpened(uint64 indexed height, uint256 forwardTotal, uint256 rearTotal);

    /// @notice An address that must not be zero is.
    error ZeroAddress();
    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice The set has no validator.
    error NoValidators();
    /// @notice The initial validators are not strictly ascending by auxiliary address.
    error ValidatorsNotAscending(address previous, address next);
    /// @notice The stake is below the minimum.
    error StakeBelowMinimum(uint256 stake, uint256 minimum);
    /// @notice The stake does not fit the 96 bits of a weight.
    error StakeTooLarge(uint256 stake);
    /// @notice The depositor owns a validator already (R3).
    error DepositorKnown(address depositor, address validator);
    /// @notice The registration was not signed by the validator itself (R3).
    error InvalidRegistration(address validator, address depositor);
    /// @notice The coins sent are not the sum of the stakes.
    error WrongValue(uint256 received, uint256 expected);
    /// @notice The total weight is below the minimum.
    error TotalWeightBelowMinimum(uint256 total, uint256 minimum);
    /// @notice Only the core may call this.
    error NotCore(address caller);
    /// @notice Only the evidence contract may call this.
    error NotEvidence(address caller);
    /// @notice A violation at that height was recorded before (R38).
    error AlreadyPunished(uint64 height);
    /// @notice The core is halted: nobody enters any more (R40).
    error CoreHalted();
    /// @notice One deposit per auxiliary address for ever (R41).
    error ValidatorKnown(address validator);
    /// @notice The caller owns no validator.
    error NotADepositor(address caller);
    /// @notice The validator leaves already.
    error AlreadyLeaving(address validator);
    /// @notice The stake may not be withdrawn yet; `from` is zero if that is not known yet.
    error StakeLocked(address validator, uint256 from);
    /// @notice The core tried to close a height that is not the open one.
    error HeightNotOpen(uint64 height, uint64 openHeight);
    /// @notice The validator withdrew its stake.
    error AlreadyWithdrawn(address validator);

    /// @notice Stakes the coins sent for a new validator, which becomes a member when a commit applies the deposit
    /// (R35, R41). The caller owns the validator.
    /// @param validator Auxiliary address, never used here before.
    /// @param signature The validator's signature over its Registration (R3).
    function deposit(address validator, bytes calldata signature) external payable;

    /// @notice Makes the caller's validator leave when a commit applies it (R35, R41), or cancels its deposit if that
    /// was not applied yet (R42).
    function logout() external;

    /// @notice Pays the caller's stake back, less what it owes, once R41 or the halt (R40) allows it.
    function withdraw() external;

    /// @notice Makes every member of both sets of meta-block `height` owe a gas-rule penalty (R38).
    /// @dev Only the evidence contract may call this, after it checked the proof.
    function recordViolation(uint64 height) external;

    /// @notice Fixes the sets of the next height: slashed validators leave first, then deposits and logouts are
    /// applied in order of arrival (R35).
    /// @dev Only the core may call this. Writes nothing if the next forward total were below the minimum (R40).
    /// @param height The open height, which ends.
    /// @return opened False if the next forward total were below the minimum.
    /// @return validators Changes F_height -> F_(height+1), ascending by address (R42).
    /// @return weights Weight of each, zero for one that leaves.
    function openNextHeight(uint64 height)
        external
        returns (bool opened, address[] memory validators, uint256[] memory weights);

    /// @notice Core this stake secures.
    function core() external view returns (address);

    /// @notice Identifier of that core (R1).
    function coreId() external view returns (bytes32);

    /// @notice Contract that may record gas-rule violations (R38).
    function evidence() external view returns (address);

    /// @notice Most deposits and logouts applied at one height (R35).
    function maxKernelChanges() external view returns (uint64);

    /// @notice 1 once the validator withdrew its stake; at a fixed slot (R35d).
    function withdrawn(address validator) external view returns (uint256);

    /// @notice Origin blocks between the end of a membership and its withdrawal (R41).
    function withdrawalDelay() external view returns (uint64);

    /// @notice Least stake of a validator, in wei.
    function minimumStake() external view returns (uint256);

    /// @notice Least forward total a core may open a height with (R40).
    function minimumTotalWeight() external view returns (uint256);

    /// @notice Height whose sets are open for change: the core's open height.
    function openHeight() external view returns (uint64);

    /// @notice Validators there ever were.
    function validatorCount() external view returns (uint256);

    /// @notice Membership of `validator`, all zero if there never was one.
    function member(address validator) external view returns (Member memory);

    /// @notice Auxiliary address of the validator `depositor` owns, zero if none.
    function validatorOf(address depositor) external view returns (address);

    /// @notice Weight of `validator` in F_height, as it was fixed; slashing does not change it (R43).
    function weightAt(uint64 height, address validator) external view returns (uint256);

    /// @notice Weight of `validator` in F_height, zero if it is slashed (R43).
    function effectiveWeight(uint64 height, address validator) external view returns (uint256);

    /// @notice Total weight of F_height, as it was fixed (R43).
    function totalAt(uint64 height) external view returns (uint256);

    /// @notice Weight of F_height slashed so far.
    function slashedAt(uint64 height) external view returns (uint256);

    /// @notice Totals of the sets that seal meta-block `height` (R42).
    /// @return forward Total of F_height.
    /// @return rear Total of F_(height-1).
    function totals(uint64 height) external view returns (uint256 forward, uint256 rear);

    /// @notice Effective weights of many signers in both sets of `height`, in one call.
    /// @param height Meta-block height.
    /// @param validators Addresses; unknown ones weigh nothing.
    /// @return indices Index of each validator.
    /// @return forward Effective weight of each in F_height.
    /// @return rear Effective weight of each in F_(height-1).
    function weigh(uint64 height, address[] calldata validators)
        external
        view
        returns (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear);

    /// @notice Weights of many signers in both sets of `height` as they were fixed, and when they were slashed.
    /// @param height Meta-block height.
    /// @param validators Addresses; unknown ones weigh nothing.
    /// @return indices Index of each validator.
    /// @return forward Weight of each in F_height.
    /// @return rear Weight of each in F_(height-1).
    /// @return slashedWhile Height open when each was slashed, zero if it is not.
    function weighHistoric(uint64 height, address[] calldata validators)
        external
        view
        returns (
            uint256[] memory indices,
            uint256[] memory forward,
            uint256[] memory rear,
            uint64[] memory slashedWhile
        );

    /// @notice Height open when the validator was slashed, zero if it is not slashed.
    function slashedHeight(address validator) external view returns (uint64);

    /// @notice Deposits and logouts that wait for a commit, oldest first; cancelled ones included.
    function queued() external view returns (address[] memory);

    /// @notice True if a logout of the validator waits for a commit, or was applied.
    function isLeaving(address validator) external view returns (bool);

    /// @notice Origin block in which the validator's deposit was cancelled, zero if it was not.
    function cancelledAt(address validator) external view returns (uint64);

    /// @notice True if a gas-rule violation at that height is recorded.
    function isViolated(uint64 height) external view returns (bool);

    /// @notice What `validator` owes for gas-rule violations so far, in wei (R38).
    function penaltyOf(address validator) external view returns (uint256);

    /// @notice Validators slashed while `height` was open, from position `first` on, with the weights they had.
    /// @return indices Index of each validator.
    /// @return forward Weight each had in F_height.
    /// @return rear Weight each had in F_(height-1).
    function slashedDuring(uint64 height, uint256 first)
        external
        view
        returns (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear);
}
