// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICheckpointStore } from "../interfaces/ICheckpointStore.sol";
import { IKernelGateway, KernelGatewayParameters } from "../interfaces/IKernelGateway.sol";
import { Member } from "../interfaces/IStake.sol";
import { Membership } from "../libraries/Membership.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { Kernel } from "../types/Types.sol";
import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title KernelGateway
/// @notice The kernels known on auxiliary and the members they made (R57-R60).
contract KernelGateway is IKernelGateway {
    using Checkpoints for Checkpoints.Trace208;
    using Membership for Member;
    using StructHash for Kernel;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IKernelGateway
    bytes32 public immutable coreId;
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
    mapping(uint64 height => bytes32) public kernelHash;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => uint64) public activationDynasty;
    /// @inheritdoc IKernelGateway
    mapping(uint64 height => uint256) public totalAt;
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
        _store(kernel, 0, 0);
        totalAt[0] = totalAt[1];
    }

    /* KERNELS */

    /// @dev Stores a kernel and its entrants, members of F_entered and after (R42, R58).
    function _store(Kernel memory kernel, uint64 activeFrom, uint64 entered) private {
        require(
            kernel.validators.length == kernel.weights.length,
            LengthMismatch(kernel.validators.length, kernel.weights.length)
        );
        uint256 total;
        address previous;
        for (uint256 i; i < kernel.validators.length; ++i) {
            address validator = kernel.validators[i];
            uint256 weight = kernel.weights[i];
            require(validator > previous, ValidatorsNotAscending(previous, validator));
            require(weight > 0 && weight <= type(uint96).max, InvalidWeight(validator, weight));
            previous = validator;
            members[validator] = Membership.enter(weight, memberCount++, entered);
            total += weight;
        }
        lastHeight = kernel.height;
        kernelHash[kernel.height] = kernel.hash();
        activationDynasty[kernel.height] = activeFrom;
        totalAt[kernel.height] = total;
        heights.push(uint48(activeFrom), kernel.height);
        emit KernelStored(kernel.height, kernelHash[kernel.height], activeFrom, kernel);
    }

    /* SLASHES */

    /// @inheritdoc IKernelGateway
    function recordSlash(address validator) external {
        require(msg.sender == pollingPlace, NotPollingPlace(msg.sender));
        members[validator].slashed = true;
    }

    /* VIEWS */

    /// @inheritdoc IKernelGateway
    function activeHeight() external view returns (uint64) {
        return heightAtDynasty(ICheckpointStore(auxiliaryBlockStore).dynasty());
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
