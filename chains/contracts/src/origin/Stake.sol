// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../interfaces/ICore.sol";
import { ISlashing } from "../interfaces/ISlashing.sol";
import { IStake, InitialValidator, Member, StakeParameters } from "../interfaces/IStake.sol";
import { Coins } from "../libraries/Coins.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Membership } from "../libraries/Membership.sol";
import { Offences, Verdict } from "../libraries/Offences.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { HaltReason, Registration, Vote } from "../types/Types.sol";
import { Arrays } from "@openzeppelin/contracts/utils/Arrays.sol";

/// @title Stake
/// @notice The validators of one core, their stakes and weights, and what they lose (R41-R56).
contract Stake is IStake {
    using Membership for Member;
    using StructHash for Registration;

    /* CONSTANTS AND IMMUTABLES */

    /// @notice One part in this many of a slashed stake goes to the reporter (R54).
    uint256 public constant REPORTER_SHARE = 25;
    /// @notice One part in this many of a stake is owed per gas-rule violation (R38).
    uint256 public constant PENALTY_SHARE = 10;
    /// @dev Entries of the queue looked at per change that a height may take (R35).
    uint256 private constant LOOKED_AT_PER_CHANGE = 4;
    uint256 private constant WEIGHT_BITS = 96;
    uint256 private constant WORD_BITS = 256;

    /// @inheritdoc IStake
    address public immutable core;
    /// @inheritdoc IStake
    bytes32 public immutable coreId;
    /// @inheritdoc IStake
    uint256 public immutable minimumStake;
    /// @inheritdoc IStake
    uint256 public immutable minimumTotalWeight;
    /// @inheritdoc IStake
    uint64 public immutable withdrawalDelay;
    /// @inheritdoc IStake
    uint64 public immutable maxKernelChanges;
    /// @inheritdoc IStake
    address public immutable evidence;
    bytes32 private immutable domain;

    /* STORAGE */

    /// @inheritdoc IStake
    /// @dev Must stay the first variable: its slot is fixed (R35d).
    mapping(address validator => uint256) public withdrawn;
    mapping(address validator => Member) private members;
    /// @inheritdoc IStake
    mapping(address depositor => address validator) public validatorOf;
    /// @inheritdoc IStake
    mapping(uint64 height => uint256) public totalAt;
    /// @inheritdoc IStake
    mapping(uint64 height => uint256) public slashedAt;
    mapping(uint64 height => address[]) private slashedWhileOpen;
    /// @inheritdoc IStake
    mapping(address validator => uint64) public slashedHeight;
    /// @inheritdoc IStake
    mapping(address validator => bool) public isLeaving;
    /// @inheritdoc IStake
    mapping(address validator => uint64) public cancelledAt;
    /// @dev Deposits and logouts in one order of arrival; what they are follows from the membership.
    mapping(uint256 position => address validator) private queue;
    uint256 private queueHead;
    uint256 private queueTail;
    /// @dev One bit per height with a gas-rule violation, so that a debt is counted word by word.
    mapping(uint256 word => uint256) private violations;
    /// @inheritdoc IStake
    uint256 public validatorCount;
    /// @inheritdoc IStake
    uint64 public openHeight;
    /// @dev Set when the open height was committed and no further one could be opened.
    bool private lastHeightCommitted;

    /* CONSTRUCTOR */

    constructor(StakeParameters memory parameters) payable {
        require(parameters.core != address(0) && parameters.evidence != address(0), ZeroAddress());
        require(parameters.validators.length > 0, NoValidators());
        require(parameters.maxKernelChanges > 0, ZeroParameter());
        core = parameters.core;
        coreId = CoreIdentifier.compose(block.chainid, parameters.core);
        evidence = parameters.evidence;
        minimumStake = parameters.minimumStake;
        minimumTotalWeight = parameters.minimumTotalWeight;
        withdrawalDelay = parameters.withdrawalDelay;
        maxKernelChanges = parameters.maxKernelChanges;
        domain = Signing.domainOf(coreId);
        openHeight = 1;
        uint256 total = _registerInitialSet(parameters.validators);
        require(msg.value == total, WrongValue(msg.value, total));
        require(total >= minimumTotalWeight, TotalWeightBelowMinimum(total, minimumTotalWeight));
        // F_0 = F_1: the initial set seals its own first meta-block alone (R42).
        totalAt[0] = total;
        totalAt[1] = total;
        emit HeightOpened(1, total, total);
    }

    function _registerInitialSet(InitialValidator[] memory validators) private returns (uint256 total) {
        address previous;
        for (uint256 i; i < validators.length; ++i) {
            InitialValidator memory entry = validators[i];
            require(entry.validator > previous, ValidatorsNotAscending(previous, entry.validator));
            previous = entry.validator;
            _register(entry.depositor, entry.validator, entry.weight, entry.signature, 0);
            total += entry.weight;
        }
    }

    function _register(address depositor, address validator, uint256 weight, bytes memory signature, uint32 entered)
        private
    {
        require(depositor != address(0) && validator != address(0), ZeroAddress());
        require(!members[validator].known, ValidatorKnown(validator));
        require(validatorOf[depositor] == address(0), DepositorKnown(depositor, validatorOf[depositor]));
        require(weight >= minimumStake && weight > 0, StakeBelowMinimum(weight, minimumStake));
        require(weight <= type(uint96).max, StakeTooLarge(weight));
        bytes32 digest = Signing.digest(domain, Registration(coreId, depositor, validator).hash());
        require(Signing.recover(digest, signature) == validator, InvalidRegistration(validator, depositor));
        uint256 index = validatorCount++;
        validatorOf[depositor] = validator;
        members[validator] = Membership.enter(weight, index, entered);
        emit ValidatorRegistered(validator, depositor, weight, index);
    }

    /* DEPOSITS AND WITHDRAWALS */

    /// @inheritdoc IStake
    function deposit(address validator, bytes calldata signature) external payable {
        require(!ICore(core).isHalted(), CoreHalted());
        _register(msg.sender, validator, msg.value, signature, Membership.WAITS);
        queue[queueTail++] = validator;
    }

    /// @inheritdoc IStake
    function logout() external {
        address validator = _ownValidator();
        require(!isLeaving[validator] && cancelledAt[validator] == 0, AlreadyLeaving(validator));
        if (members[validator].entered == Membership.WAITS) {
            // Its entry stays in the queue and is stepped over.
            cancelledAt[validator] = uint64(block.number);
            emit DepositCancelled(validator, msg.sender);
        } else {
            isLeaving[validator] = true;
            queue[queueTail++] = validator;
            emit LogoutRequested(validator, msg.sender);
        }
    }

    /// @inheritdoc IStake
    function withdraw() external {
        address validator = _ownValidator();
        uint256 from = _withdrawableFrom(validator);
        require(from != 0 && block.number >= from, StakeLocked(validator, from));
        withdrawn[validator] = 1;
        uint256 penalty = penaltyOf(validator);
        uint256 amount = members[validator].weight - penalty;
        emit StakeWithdrawn(validator, msg.sender, amount, penalty);
        if (penalty > 0) Coins.burn(penalty);
        Coins.send(msg.sender, amount);
    }

    function _ownValidator() private view returns (address validator) {
        validator = validatorOf[msg.sender];
        require(validator != address(0), NotADepositor(msg.sender));
        require(!members[validator].slashed, AlreadySlashed(validator));
        require(withdrawn[validator] == 0, AlreadyWithdrawn(validator));
    }

    /// @dev The earliest of three beginnings, each plus the delay: the commit after the last height the leaver votes
    /// in, which proves that auxiliary left its kernel (R41); the cancelling of a deposit (R35); the halt (R40).
    function _withdrawableFrom(address validator) private view returns (uint256 from) {
        uint32 left = members[validator].left;
        if (left != Membership.STAYS) from = ICore(core).committedAt(uint64(left) + 1);
        if (from == 0) from = cancelledAt[validator];
        uint256 haltedAt = ICore(core).haltedAt();
        if (from == 0 || (haltedAt != 0 && haltedAt < from)) from = haltedAt;
        if (from != 0) from += withdrawalDelay;
    }

    /* GAS RULE */

    /// @inheritdoc IStake
    function recordViolation(uint64 height) external {
        require(msg.sender == evidence, NotEvidence(msg.sender));
        require(!isViolated(height), AlreadyPunished(height));
        violations[height / WORD_BITS] |= _bit(height);
        emit ViolationRecorded(height);
    }

    /// @inheritdoc IStake
    function penaltyOf(address validator) public view returns (uint256) {
        Member memory debtor = members[validator];
        if (debtor.entered == Membership.WAITS) return 0;
        // It was in a set of every meta-block from its first to the one it left in (R42).
        uint256 last = debtor.left < openHeight ? debtor.left : openHeight;
        uint256 owed = _violationsBetween(debtor.entered, last) * debtor.weight / PENALTY_SHARE;
        return owed < debtor.weight ? owed : debtor.weight;
    }

    function _violationsBetween(uint256 first, uint256 last) private view returns (uint256 count) {
        for (uint256 position = first / WORD_BITS; position <= last / WORD_BITS; ++position) {
            uint256 word = violations[position];
            if (position == first / WORD_BITS) word &= ~(_bit(first) - 1);
            if (position == last / WORD_BITS) word &= _bit(last) | (_bit(last) - 1);
            for (; word != 0; word &= word - 1) {
                ++count;
            }
        }
    }

    function _bit(uint256 height) private pure returns (uint256 bit) {
        bit = 1;
        bit <<= height % WORD_BITS;
    }

    /// @inheritdoc IStake
    function isViolated(uint64 height) public view returns (bool) {
        return violations[height / WORD_BITS] & _bit(height) != 0;
    }

    /* SLASHING */

    /// @inheritdoc ISlashing
    function slash(
        Vote calldata first,
        bytes calldata firstSignature,
        Vote calldata second,
        bytes calldata secondSignature
    ) external {
        Verdict memory verdict = Offences.judge(domain, coreId, first, firstSignature, second, secondSignature);
        address validator = verdict.validator;
        Member storage guilty = members[validator];
        require(guilty.known, UnknownValidator(validator));
        require(!guilty.slashed, AlreadySlashed(validator));
        require(withdrawn[validator] == 0, AlreadyWithdrawn(validator));
        guilty.slashed = true;
        uint256 amount = guilty.weight;
        uint256 reward = amount / REPORTER_SHARE;
        emit ValidatorSlashed(
            validator, msg.sender, verdict.offence, verdict.firstDigest, verdict.secondDigest, amount, reward
        );
        _loseWeight(validator, guilty);
        Coins.burn(amount - reward);
        Coins.send(msg.sender, reward);
    }

    /// @dev Totals stay what they were (R43); what is slashed is counted beside them and may halt the core (R40).
    function _loseWeight(address validator, Member memory guilty) private {
        uint64 height = openHeight;
        slashedHeight[validator] = lastHeightCommitted ? height + 1 : height;
        slashedWhileOpen[height].push(validator);
        slashedAt[height] += guilty.weightAt(height);
        slashedAt[height - 1] += guilty.weightAt(height - 1);
        if (
            Quorum.isThird(slashedAt[height], totalAt[height])
                || Quorum.isThird(slashedAt[height - 1], totalAt[height - 1])
        ) {
            ICore(core).halt(HaltReason.TooMuchSlashed);
        }
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
            if (members[slashed[i]].weightAt(height) > 0) changes[count++] = _packed(slashed[i], 0);
        }
        head = queueHead;
        uint256 most = count + maxKernelChanges;
        uint256 end = head + LOOKED_AT_PER_CHANGE * maxKernelChanges;
        if (end > queueTail) end = queueTail;
        for (; head < end && count < most; ++head) {
            address validator = queue[head];
            Member memory mover = members[validator];
            if (mover.slashed || cancelledAt[validator] != 0) continue;
            changes[count++] = _packed(validator, mover.entered == Membership.WAITS ? mover.weight : 0);
        }
        changes = _shortened(changes, count);
        Arrays.sort(changes);
    }

    function _totalAfter(uint256 total, uint256[] memory changes) private view returns (uint256) {
        for (uint256 i; i < changes.length; ++i) {
            (address validator, uint256 weight) = _unpacked(changes[i]);
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
            (validators[i], weights[i]) = _unpacked(changes[i]);
            if (weights[i] > 0) members[validators[i]].entered = height;
            else members[validators[i]].left = height;
        }
    }

    /// @dev A change is address and weight in one word, so that sorting the words sorts by address.
    function _packed(address validator, uint256 weight) private pure returns (uint256) {
        return uint256(uint160(validator)) << WEIGHT_BITS | weight;
    }

    function _unpacked(uint256 change) private pure returns (address, uint256) {
        return (address(uint160(change >> WEIGHT_BITS)), uint96(change));
    }

    function _shortened(uint256[] memory words, uint256 length) private pure returns (uint256[] memory result) {
        result = new uint256[](length);
        for (uint256 i; i < length; ++i) {
            result[i] = words[i];
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
