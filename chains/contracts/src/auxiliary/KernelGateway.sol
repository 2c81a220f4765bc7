// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAuxiliaryBlockStore } from "../interfaces/IAuxiliaryBlockStore.sol";
import { IKernelGateway, KernelGatewayParameters } from "../interfaces/IKernelGateway.sol";
import { IOriginObserver } from "../interfaces/IOriginObserver.sol";
import { Member } from "../interfaces/IStake.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { Membership } from "../libraries/Membership.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { Account, TrieProof } from "../libraries/TrieProof.sol";
import { Kernel, MetaBlock, Transition } from "../types/Types.sol";
import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title KernelGateway
/// @notice The kernels known on auxiliary and the members they made (R57-R60).
contract KernelGateway is IKernelGateway {
    using Checkpoints for Checkpoints.Trace208;
    using Membership for Member;
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Transition;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IKernelGateway
    bytes32 public immutable coreId;
    /// @dev Dynasties between the proof of a kernel and its activation (R58).
    uint64 private constant ACTIVATION_DELAY = 2;

    /// @inheritdoc IKernelGateway
    address public immutable auxiliaryBlockStore;
    /// @inheritdoc IKernelGateway
    address public immutable originObserver;
    /// @inheritdoc IKernelGateway
    address public immutable pollingPlace;

    /* STORAGE */

    mapping(address validator => Member) private members;
    /// @inheritdoc IKernelGateway
    uint256 public memberCount;
    /// @inheritdoc IKernelGateway
    uint64 public lastHeight;
    /// @inheritdoc IKernelGateway
    uint64 public committedHeight;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => bytes32) public kernelHash;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => uint64) public activationDynasty;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => uint256) public totalAt;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => uint256) public jointTotalAt;
    /// @dev Kernel height by the dynasty it is active from: an activation needs no write of its own (R58).
    Checkpoints.Trace208 private heights;

    /* CONSTRUCTOR */

    constructor(KernelGatewayParameters memory parameters) {
        require(
            parameters.coreId != 0 && parameters.auxiliaryBlockStore != address(0)
                && parameters.originObserver != address(0) && parameters.pollingPlace != address(0),
            ZeroParameter()
        );
        Kernel memory kernel = parameters.kernel;
        require(kernel.height == 1, NotFirstKernel(kernel.height));
        require(kernel.parent != 0 && kernel.validators.length > 0, ZeroParameter());
        coreId = parameters.coreId;
        auxiliaryBlockStore = parameters.auxiliaryBlockStore;
        originObserver = parameters.originObserver;
        pollingPlace = parameters.pollingPlace;
        // F_0 = F_1: kernel 1 lists the initial set, which is in both (R42).
        for (uint256 i; i < kernel.weights.length; ++i) {
            require(kernel.weights[i] > 0, InvalidWeight(kernel.validators[i], 0));
        }
        _store(kernel, 0, 0);
        totalAt[0] = totalAt[1];
    }

    /* KERNELS */

    /// @inheritdoc IKernelGateway
    function proveKernel(
        Kernel calldata kernel,
        Transition calldata transition,
        uint64 originHeight,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external {
        uint64 active = activeHeight();
        require(lastHeight == active, KernelPending(lastHeight, activationDynasty[lastHeight]));
        require(kernel.height == active + 1, NotNextKernel(kernel.height, active));
        _requireParent(kernel.parent, active, transition);
        _requireOpen(kernel.hash(), originHeight, accountProof, storageProof);
        committedHeight = transition.height;
        uint64 activeFrom = IAuxiliaryBlockStore(auxiliaryBlockStore).dynasty() + ACTIVATION_DELAY;
        _store(kernel, activeFrom, kernel.height);
    }

    /// @dev A branch without the committed checkpoint must not take the kernel that follows it (R57).
    function _requireParent(bytes32 parent, uint64 active, Transition calldata transition) private view {
        bytes32 transitionHash = transition.hash();
        bytes32 expected = MetaBlock(kernelHash[active], transitionHash).hash();
        require(parent == expected, WrongParent(parent, expected));
        bytes32 known = IAuxiliaryBlockStore(auxiliaryBlockStore).transitionHashOf(transition.checkpoint);
        require(known == transitionHash, NotOfThisChain(transition.checkpoint, transitionHash, known));
    }

    function _requireOpen(
        bytes32 hash,
        uint64 originHeight,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) private view {
        bytes32 stateRoot = IOriginObserver(originObserver).stateRoot(originHeight);
        Account memory core = TrieProof.account(stateRoot, CoreIdentifier.coreOf(coreId), accountProof);
        require(core.exists, NotTheOpenKernel(hash, 0));
        bytes32 proven =
            bytes32(TrieProof.storageWord(core.storageRoot, FixedSlots.CORE_OPEN_KERNEL_HASH, storageProof));
        require(hash == proven, NotTheOpenKernel(hash, proven));
    }

    /// @dev Stores a kernel and its members (R42, R58); entrants are in F_entered and after.
    function _store(Kernel memory kernel, uint64 activeFrom, uint64 entered) private {
        require(
            kernel.validators.length == kernel.weights.length,
            LengthMismatch(kernel.validators.length, kernel.weights.length)
        );
        uint256 total = kernel.height > 1 ? totalAt[kernel.height - 1] : 0;
        uint256 left;
        address previous;
        for (uint256 i; i < kernel.validators.length; ++i) {
            address validator = kernel.validators[i];
            require(validator > previous, ValidatorsNotAscending(previous, validator));
            previous = validator;
            if (kernel.weights[i] > 0) total += _enter(validator, kernel.weights[i], entered);
            else left += _leave(validator, kernel.height);
        }
        // Who leaves still votes in the rear set.
        jointTotalAt[kernel.height] = total;
        total -= left;
        lastHeight = kernel.height;
        kernelHash[kernel.height] = kernel.hash();
        activationDynasty[kernel.height] = activeFrom;
        totalAt[kernel.height] = total;
        heights.push(uint48(activeFrom), kernel.height);
        emit KernelStored(kernel.height, kernelHash[kernel.height], activeFrom, kernel);
    }

    function _enter(address validator, uint256 weight, uint64 entered) private returns (uint256) {
        require(weight <= type(uint96).max, InvalidWeight(validator, weight));
        require(!members[validator].known, ValidatorKnown(validator));
        members[validator] = Membership.enter(weight, memberCount++, entered);
        return weight;
    }

    function _leave(address validator, uint64 height) private returns (uint256) {
        Member storage leaver = members[validator];
        require(leaver.known && leaver.left == Membership.STAYS, NotAMember(validator));
        leaver.left = uint32(height);
        return leaver.weight;
    }

    /* SLASHES */

    /// @inheritdoc IKernelGateway
    function recordSlash(address validator) external {
        require(msg.sender == pollingPlace, NotPollingPlace(msg.sender));
        members[validator].slashed = true;
    }

    /* VIEWS */

    /// @inheritdoc IKernelGateway
    function activeHeight() public view returns (uint64) {
        return heightAtDynasty(IAuxiliaryBlockStore(auxiliaryBlockStore).dynasty());
    }

    /// @inheritdoc IKernelGateway
    function heightAtDynasty(uint64 dynasty) public view returns (uint64) {
        return uint64(heights.upperLookupRecent(uint48(dynasty)));
    }

    /// @inheritdoc IKernelGateway
    function member(address validator) external view returns (Member memory) {
        return members[validator];
    }

    /// @inheritdoc IKernelGateway
    function weightAt(uint64 height, address validator) external view returns (uint256) {
        return members[validator].weightAt(height);
    }

    /// @inheritdoc IKernelGateway
    function totals(uint64 height) external view returns (uint256 forward, uint256 rear) {
        forward = totalAt[height];
        rear = height == 0 ? 0 : totalAt[height - 1];
    }
}
