// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../interfaces/ISlashing.sol";
import { IStake, Member, StakeParameters } from "../interfaces/IStake.sol";
import { Membership } from "../libraries/Membership.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { SetChanges } from "../libraries/SetChanges.sol";

/// @title ValidatorSets
/// @notice Who is a validator at which meta-block height, and with what weight: sets change from height to height, by
/// slashes and by a queue of deposits and logouts (R35, R42-R45). The coins are in Stake.
abstract contract ValidatorSets is IStake {
    using Membership for Member;
    using SetChanges for uint256[];

    /* CONSTANTS AND IMMUTABLES */

    /// @dev Entries of the queue looked at per change that a height may take (R35).
    uint256 private constant LOOKED_AT_PER_CHANGE = 4;

    /// @inheritdoc IStake
    address public immutable core;
    /// @inheritdoc IStake
    uint256 public immutable minimumTotalWeight;
    /// @inheritdoc IStake
    uint64 public immutable maxKernelChanges;

    /* STORAGE */

    /// @inheritdoc IStake
    /// @dev Must stay the first variable: its slot is fixed (R35d).
    mapping(address validator => uint256) public withdrawn;
    mapping(address validator => Member) internal members;
    /// @inheritdoc IStake
    mapping(uint64 height => uint256) public totalAt;
    /// @inheritdoc IStake
    mapping(uint64 height => uint256) public slashedAt;
    mapping(uint64 height => address[]) private slashedWhileOpen;
    /// @inheritdoc IStake
    mapping(address validator => uint64) public slashedHeight;
    /// @inheritdoc IStake
    mapping(address validator => uint64) public cancelledAt;
    /// @dev Deposits and logouts in one order of arrival; what they are follows from the membership.
    mapping(uint256 position => address validator) private queue;
    uint256 private queueHead;
    uint256 private queueTail;
    /// @inheritdoc IStake
    uint256 public validatorCount;
    /// @inheritdoc IStake
    uint64 public openHeight;
    /// @dev Set when the open height was committed and no further one could be opened.
    bool private lastHeightCommitted;

    /* CONSTRUCTOR */

    constructor(StakeParameters memory parameters) {
        require(parameters.core != address(0), ZeroAddress());
        // With a minimum of zero a commit could open a set of nobody, which never seals anything.
        require(parameters.maxKernelChanges > 0 && parameters.minimumTotalWeight > 0, ZeroParameter());
        core = parameters.core;
        minimumTotalWeight = parameters.minimumTotalWeight;
        maxKernelChanges = parameters.maxKernelChanges;
    }

    /// @dev F_0 = F_1: the initial set seals its own first meta-block alone (R42).
    function _openFirstHeight(uint256 total) internal {
        require(total >= minimumTotalWeight, TotalWeightBelowMinimum(total, minimumTotalWeight));
        openHeight = 1;
        totalAt[0] = total;
        totalAt[1] = total;
        emit HeightOpened(1, total, total);
    }

    /* MEMBERS */

    /// @dev A member of F_entered and all sets after it, until it leaves.
    function _enter(address validator, uint256 weight, uint32 entered) internal returns (uint256 index) {
        index = validatorCount++;
        members[validator] = Membership.enter(weight, index, entered);
    }

    /// @dev A deposit or a logout waits for a commit.
    function _enqueue(address validator) internal {
        queue[queueTail++] = validator;
    }

    /// @dev Totals stay what they were (R43); what is slashed is counted beside them.
    /// @return tooMuch True if a third of either set of the open height is slashed (R40).
    function _loseWeight(address validator) internal returns (bool tooMuch) {
        uint64 height = openHeight;
        Member memory guilty = members[validator];
        members[validator].slashed = true;
        slashedHeight[validator] = lastHeightCommitted ? height + 1 : height;
        slashedWhileOpen[height].push(validator);
        slashedAt[height] += guilty.weightAt(height);
        slashedAt[height - 1] += guilty.weightAt(height - 1);
        tooMuch = Quorum.isThird(slashedAt[height], totalAt[height])
            || Quorum.isThird(slashedAt[height - 1], totalAt[height - 1]);
    }

    /* HEIGHTS */

    /// @inheritdoc IStake
    function openNextHeight(uint64 height)
        external
        returns (bool opened, address[] memory validators, uint256[] memory weights)
    {
        require(msg.sender == core, NotCore(msg.sender));
        require(height == openHeight, HeightNotOpen(height, openHeight));
        (uint256[] memory changes, uint256 head) = _changes(height);
        uint256 total = _totalAfter(totalAt[height], changes);
        if (total < minimumTotalWeight) {
            lastHeightCommitted = true;
            return (false, validators, weights);
        }
        queueHead = head;
        openHeight = height + 1;
        totalAt[height + 1] = total;
        (validators, weights) = _applied(changes, uint32(height + 1));
        emit HeightOpened(height + 1, total, totalAt[height]);
        opened = true;
    }

    /// @dev Changes F_height -> F_(height+1): those slashed while the height was open, without limit, then the queue
    /// in order of arrival, bounded in changes and in entries looked at (R35). Nothing is written: the caller decides.
    function _changes(uint64 height) private view returns (uint256[] memory changes, uint256 head) {
        address[] storage slashed = slashedWhileOpen[height];
        changes = new uint256[](slashed.length + maxKernelChanges);
        uint256 count;
        for (uint256 i; i < slashed.length; ++i) {
            if (members[slashed[i]].weightAt(height) > 0) changes[count++] = SetChanges.pack(slashed[i], 0);
        }
        head = queueHead;
        uint256 most = count + maxKernelChanges;
        uint256 end = head + LOOKED_AT_PER_CHANGE * maxKernelChanges;
        if (end > queueTail) end = queueTail;
        for (; head < end && count < most; ++head) {
            address validator = queue[head];
            Member memory mover = members[validator];
            if (mover.slashed || cancelledAt[validator] != 0) continue;
            changes[count++] = SetChanges.pack(validator, mover.entered == Membership.WAITS ? mover.weight : 0);
        }
        changes = changes.sorted(count);
    }

    function _totalAfter(uint256 total, uint256[] memory changes) private view returns (uint256) {
        for (uint256 i; i < changes.length; ++i) {
            (address validator, uint96 weight) = SetChanges.unpack(changes[i]);
            if (weight > 0) total += weight;
            else total -= members[validator].weight;
        }
        return total;
    }

    function _applied(uint256[] memory changes, uint32 height)
        private
        returns (address[] memory validators, uint256[] memory weights)
    {
        validators = new address[](changes.length);
        weights = new uint256[](changes.length);
        for (uint256 i; i < changes.length; ++i) {
            (validators[i], weights[i]) = SetChanges.unpack(changes[i]);
            if (weights[i] > 0) members[validators[i]].entered = height;
            else members[validators[i]].left = height;
        }
    }

    /* VIEWS */

    /// @inheritdoc IStake
    function member(address validator) external view returns (Member memory) {
        return members[validator];
    }

    /// @inheritdoc ISlashing
    function isSlashed(address validator) external view returns (bool) {
        return members[validator].slashed;
    }

    /// @inheritdoc IStake
    function weightAt(uint64 height, address validator) external view returns (uint256) {
        return members[validator].weightAt(height);
    }

    /// @inheritdoc IStake
    function effectiveWeight(uint64 height, address validator) external view returns (uint256) {
        return members[validator].effectiveWeightAt(height);
    }

    /// @inheritdoc IStake
    function totals(uint64 height) external view returns (uint256 forward, uint256 rear) {
        forward = totalAt[height];
        rear = height == 0 ? 0 : totalAt[height - 1];
    }

    /// @inheritdoc IStake
    function weigh(uint64 height, address[] calldata validators)
        external
        view
        returns (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear)
    {
        indices = new uint256[](validators.length);
        forward = new uint256[](validators.length);
        rear = new uint256[](validators.length);
        for (uint256 i; i < validators.length; ++i) {
            Member memory voter = members[validators[i]];
            indices[i] = voter.index;
            if (!voter.slashed) (forward[i], rear[i]) = voter.weights(height);
        }
    }

    /// @inheritdoc IStake
    function weighHistoric(uint64 height, address[] calldata validators)
        external
        view
        returns (
            uint256[] memory indices,
            uint256[] memory forward,
            uint256[] memory rear,
            uint64[] memory slashedWhile
        )
    {
        indices = new uint256[](validators.length);
        forward = new uint256[](validators.length);
        rear = new uint256[](validators.length);
        slashedWhile = new uint64[](validators.length);
        for (uint256 i; i < validators.length; ++i) {
            Member memory voter = members[validators[i]];
            indices[i] = voter.index;
            (forward[i], rear[i]) = voter.weights(height);
            slashedWhile[i] = slashedHeight[validators[i]];
        }
    }

    /// @inheritdoc IStake
    function queued() external view returns (address[] memory waiting) {
        waiting = new address[](queueTail - queueHead);
        for (uint256 i; i < waiting.length; ++i) {
            waiting[i] = queue[queueHead + i];
        }
    }

    /// @inheritdoc IStake
    function slashedDuring(uint64 height, uint256 first)
        external
        view
        returns (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear)
    {
        address[] storage slashed = slashedWhileOpen[height];
        uint256 count = first < slashed.length ? slashed.length - first : 0;
        indices = new uint256[](count);
        forward = new uint256[](count);
        rear = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            Member memory guilty = members[slashed[first + i]];
            indices[i] = guilty.index;
            (forward[i], rear[i]) = guilty.weights(height);
        }
    }
}
