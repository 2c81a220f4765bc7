// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IKernelGateway } from "../interfaces/IKernelGateway.sol";
import { IOriginObserver } from "../interfaces/IOriginObserver.sol";
import { IPollingPlace } from "../interfaces/IPollingPlace.sol";
import { IRewards, RewardsParameters, Settlement } from "../interfaces/IRewards.sol";
import { Member } from "../interfaces/IStake.sol";
import { Coins } from "../libraries/Coins.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { Membership } from "../libraries/Membership.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { TrieProof } from "../libraries/TrieProof.sol";
import { Vote } from "../types/Types.sol";

/// @title Rewards
/// @notice Pays validators for finalising the auxiliary chain (R75-R77).
contract Rewards is IRewards {
    using Membership for Member;
    using StructHash for Vote;

    /* CONSTANTS AND IMMUTABLES */

    /// @notice Percent of what is earned that is paid before the stake is withdrawn (R76).
    uint256 public constant PAID_AT_ONCE = 49;
    uint256 private constant PERCENT = 100;

    /// @inheritdoc IRewards
    bytes32 public immutable coreId;
    /// @inheritdoc IRewards
    address public immutable auxiliaryBlockStore;
    /// @inheritdoc IRewards
    address public immutable originObserver;
    /// @inheritdoc IRewards
    address public immutable kernelGateway;
    /// @inheritdoc IRewards
    address public immutable pollingPlace;
    /// @inheritdoc IRewards
    address public immutable stake;
    bytes32 private immutable domain;

    /* STORAGE */

    mapping(uint64 targetHeight => Settlement) private settlements;
    /// @dev All incomes so far, and all payments: what the balance says besides is the next income.
    uint128 private settledTotal;
    uint128 private paidTotal;
    /// @inheritdoc IRewards
    mapping(address validator => mapping(uint64 targetHeight => bool)) public isClaimed;
    /// @inheritdoc IRewards
    mapping(address validator => uint256) public earned;
    /// @inheritdoc IRewards
    mapping(address validator => uint256) public paid;
    /// @inheritdoc IRewards
    mapping(address validator => bool) public isWithdrawn;

    /* CONSTRUCTOR */

    constructor(RewardsParameters memory parameters) {
        require(
            parameters.coreId != 0 && parameters.auxiliaryBlockStore != address(0)
                && parameters.originObserver != address(0) && parameters.kernelGateway != address(0)
                && parameters.pollingPlace != address(0) && parameters.stake != address(0),
            ZeroParameter()
        );
        coreId = parameters.coreId;
        auxiliaryBlockStore = parameters.auxiliaryBlockStore;
        originObserver = parameters.originObserver;
        kernelGateway = parameters.kernelGateway;
        pollingPlace = parameters.pollingPlace;
        stake = parameters.stake;
        domain = Signing.domainOf(parameters.coreId);
    }

    /// @dev Coins sent by a transaction count as a producer's fee does.
    receive() external payable { }

    /* INCOME */

    /// @inheritdoc IRewards
    function settle(Vote calldata vote, uint64 kernelHeight) external {
        require(msg.sender == auxiliaryBlockStore, NotBlockStore(msg.sender));
        uint128 received = uint128(income());
        settledTotal += received;
        bytes32 digest = Signing.digest(domain, vote.hash());
        settlements[vote.targetHeight] = Settlement(digest, kernelHeight, received);
        emit LinkSettled(vote.targetHeight, digest, kernelHeight, received);
    }

    /// @inheritdoc IRewards
    function income() public view returns (uint256) {
        return address(this).balance + paidTotal - settledTotal;
    }

    /* CLAIMS */

    /// @inheritdoc IRewards
    function claim(address validator, uint64[] calldata targetHeights) external {
        require(!_member(validator).slashed, SlashedValidator(validator));
        uint64 committed = IKernelGateway(kernelGateway).committedHeight();
        for (uint256 i; i < targetHeights.length; ++i) {
            _credit(validator, targetHeights[i], committed);
        }
        _pay(validator);
    }

    /// @dev Late votes earn as well: whoever was counted for the link did (R18, R75).
    function _credit(address validator, uint64 targetHeight, uint64 committed) private {
        require(settlements[targetHeight].digest != 0, NotSettled(targetHeight));
        require(targetHeight <= committed, NotCommitted(targetHeight, committed));
        require(_hasVoted(validator, targetHeight), NotVoted(validator, targetHeight));
        require(!isClaimed[validator][targetHeight], AlreadyClaimed(validator, targetHeight));
        isClaimed[validator][targetHeight] = true;
        uint256 share = _share(validator, targetHeight);
        earned[validator] += share;
        emit ShareClaimed(validator, targetHeight, share);
    }

    /// @inheritdoc IRewards
    function proveWithdrawal(
        address validator,
        uint64 originHeight,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external {
        require(!_member(validator).slashed, SlashedValidator(validator));
        require(!isWithdrawn[validator], AlreadyProven(validator));
        bytes32 stateRoot = IOriginObserver(originObserver).stateRoot(originHeight);
        bytes32 storageRoot = TrieProof.account(stateRoot, stake, accountProof).storageRoot;
        uint256 slot = FixedSlots.entry(uint160(validator), FixedSlots.STAKE_WITHDRAWN);
        require(TrieProof.storageWord(storageRoot, slot, storageProof) == 1, NotWithdrawn(validator, originHeight));
        isWithdrawn[validator] = true;
        emit WithdrawalProven(validator, originHeight);
        _pay(validator);
    }

    /// @dev The held part is what a validator loses beside its stake if it is slashed before it withdrew.
    function _pay(address validator) private {
        uint256 due = earned[validator];
        if (!isWithdrawn[validator]) due = due * PAID_AT_ONCE / PERCENT;
        uint256 amount = due - paid[validator];
        if (amount == 0) return;
        paid[validator] = due;
        paidTotal += uint128(amount);
        emit RewardPaid(validator, amount, earned[validator] - due);
        Coins.send(validator, amount);
    }

    function _hasVoted(address validator, uint64 targetHeight) private view returns (bool) {
        (bytes32 digest,) = IPollingPlace(pollingPlace).countedVote(coreId, validator, targetHeight);
        return digest != 0 && digest == settlements[targetHeight].digest;
    }

    /// @dev A member weighs the same in both sets it is in, and counts once in the weight of the two together.
    function _share(address validator, uint64 targetHeight) private view returns (uint256) {
        Settlement storage settled = settlements[targetHeight];
        (uint256 forward, uint256 rear) = _member(validator).weights(settled.kernelHeight);
        uint256 total = IKernelGateway(kernelGateway).jointTotalAt(settled.kernelHeight);
        return uint256(settled.income) * (forward > rear ? forward : rear) / total;
    }

    function _member(address validator) private view returns (Member memory) {
        return IKernelGateway(kernelGateway).member(validator);
    }

    /* VIEWS */

    /// @inheritdoc IRewards
    function settlement(uint64 targetHeight) external view returns (Settlement memory) {
        return settlements[targetHeight];
    }

    /// @inheritdoc IRewards
    function shareOf(address validator, uint64 targetHeight) external view returns (uint256) {
        return _hasVoted(validator, targetHeight) ? _share(validator, targetHeight) : 0;
    }
}
