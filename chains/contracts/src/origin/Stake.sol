// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../interfaces/ICore.sol";
import { ISlashing } from "../interfaces/ISlashing.sol";
import { IStake, Member, StakeParameters } from "../interfaces/IStake.sol";
import { Coins } from "../libraries/Coins.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { HeightSet } from "../libraries/HeightSet.sol";
import { InitialSet, InitialValidator } from "../libraries/InitialSet.sol";
import { Membership } from "../libraries/Membership.sol";
import { Offences, Verdict } from "../libraries/Offences.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { HaltReason, Registration, Vote } from "../types/Types.sol";
import { ValidatorSets } from "./ValidatorSets.sol";

/// @title Stake
/// @notice The stakes of one core's validators: deposits, withdrawals, and what is lost by offences (R50-R56) and by the
/// gas rule (R38). Who weighs what at which height is in ValidatorSets.
contract Stake is ValidatorSets {
    using HeightSet for HeightSet.Heights;
    using StructHash for Registration;

    /* CONSTANTS AND IMMUTABLES */

    /// @notice One part in this many of a slashed stake goes to the reporter (R54).
    uint256 public constant REPORTER_SHARE = 25;
    /// @notice One part in this many of a stake is owed per gas-rule violation (R38).
    uint256 public constant PENALTY_SHARE = 10;

    /// @inheritdoc IStake
    bytes32 public immutable coreId;
    /// @inheritdoc IStake
    uint256 public immutable minimumStake;
    /// @inheritdoc IStake
    uint64 public immutable withdrawalDelay;
    /// @inheritdoc IStake
    address public immutable evidence;
    bytes32 private immutable domain;

    /* STORAGE */

    /// @inheritdoc IStake
    mapping(address depositor => address validator) public validatorOf;
    /// @inheritdoc IStake
    mapping(address validator => bool) public isLeaving;
    HeightSet.Heights private violations;

    /* CONSTRUCTOR */

    constructor(StakeParameters memory parameters) payable ValidatorSets(parameters) {
        require(parameters.evidence != address(0), ZeroAddress());
        coreId = CoreIdentifier.compose(block.chainid, parameters.core);
        evidence = parameters.evidence;
        minimumStake = parameters.minimumStake;
        withdrawalDelay = parameters.withdrawalDelay;
        domain = Signing.domainOf(coreId);
        uint256 total = _registerInitialSet(parameters.validators);
        require(msg.value == total, WrongValue(msg.value, total));
        _openFirstHeight(total);
    }

    function _registerInitialSet(bytes memory rows) private returns (uint256 total) {
        uint256 count = InitialSet.count(rows);
        require(count > 0, NoValidators());
        address previous;
        for (uint256 i; i < count; ++i) {
            InitialValidator memory entry = InitialSet.row(rows, i);
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
        validatorOf[depositor] = validator;
        uint256 index = _enter(validator, weight, entered);
        emit ValidatorRegistered(validator, depositor, weight, index);
    }

    /* DEPOSITS AND WITHDRAWALS */

    /// @inheritdoc IStake
    function deposit(address validator, bytes calldata signature) external payable {
        require(!ICore(core).isHalted(), CoreHalted());
        _register(msg.sender, validator, msg.value, signature, Membership.WAITS);
        _enqueue(validator);
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
            _enqueue(validator);
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
        violations.add(height);
        emit ViolationRecorded(height);
    }

    /// @inheritdoc IStake
    function penaltyOf(address validator) public view returns (uint256) {
        Member memory debtor = members[validator];
        if (debtor.entered == Membership.WAITS) return 0;
        // It was in a set of every meta-block from its first to the one it left in (R42).
        uint256 last = debtor.left < openHeight ? debtor.left : openHeight;
        uint256 owed = violations.countBetween(debtor.entered, last) * debtor.weight / PENALTY_SHARE;
        return owed < debtor.weight ? owed : debtor.weight;
    }

    /// @inheritdoc IStake
    function isViolated(uint64 height) public view returns (bool) {
        return violations.contains(height);
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
        Member memory guilty = members[validator];
        require(guilty.known, UnknownValidator(validator));
        require(!guilty.slashed, AlreadySlashed(validator));
        require(withdrawn[validator] == 0, AlreadyWithdrawn(validator));
        uint256 reward = guilty.weight / REPORTER_SHARE;
        bool tooMuch = _loseWeight(validator);
        emit ValidatorSlashed(
            validator, msg.sender, verdict.offence, verdict.firstDigest, verdict.secondDigest, guilty.weight, reward
        );
        if (tooMuch) ICore(core).halt(HaltReason.TooMuchSlashed);
        Coins.burn(guilty.weight - reward);
        Coins.send(msg.sender, reward);
    }
}
