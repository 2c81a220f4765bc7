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
    uint256 private constant WEIGHT_BITS = 96;

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
    uint256 public validatorCount;
    /// @inheritdoc IStake
    uint64 public openHeight;

    /* CONSTRUCTOR */

    constructor(StakeParameters memory parameters) payable {
        require(parameters.core != address(0) && parameters.evidence != address(0), ZeroAddress());
        require(parameters.validators.length > 0, NoValidators());
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
        require(depositor != address(0), ZeroAddress());
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
        uint256[] memory changes = _slashedRemovals(height);
        uint256 total = totalAt[height] - slashedAt[height];
        if (total < minimumTotalWeight) return (false, validators, weights);
        for (uint256 i; i < changes.length; ++i) {
            members[address(uint160(changes[i] >> WEIGHT_BITS))].left = uint32(height + 1);
        }
        openHeight = height + 1;
        totalAt[height + 1] = total;
        emit HeightOpened(height + 1, total, totalAt[height]);
        (validators, weights) = _sorted(changes);
        opened = true;
    }

    /// @dev Members of F_height slashed while it was open: nobody slashed earlier is still in it.
    function _slashedRemovals(uint64 height) private view returns (uint256[] memory changes) {
        address[] storage slashed = slashedWhileOpen[height];
        uint256 count;
        changes = new uint256[](slashed.length);
        for (uint256 i; i < slashed.length; ++i) {
            if (members[slashed[i]].weightAt(height) == 0) continue;
            changes[count++] = uint256(uint160(slashed[i])) << WEIGHT_BITS;
        }
        changes = _shortened(changes, count);
    }

    /// @dev Changes are packed as address and weight in one word, so that sorting the words sorts by address.
    function _sorted(uint256[] memory changes)
        private
        pure
        returns (address[] memory validators, uint256[] memory weights)
    {
        Arrays.sort(changes);
        validators = new address[](changes.length);
        weights = new uint256[](changes.length);
        for (uint256 i; i < changes.length; ++i) {
            validators[i] = address(uint160(changes[i] >> WEIGHT_BITS));
            weights[i] = uint96(changes[i]);
        }
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
            forward[i] = voter.effectiveWeightAt(height);
            rear[i] = height == 0 ? 0 : voter.effectiveWeightAt(height - 1);
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
            forward[i] = guilty.weightAt(height);
            rear[i] = guilty.weightAt(height - 1);
        }
    }
}
