// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Kernel, Transition } from "../types/Types.sol";
import { Member } from "./IStake.sol";

/// @notice What a KernelGateway is constructed with.
/// @param coreId Identifier of the core on origin (R1).
/// @param auxiliaryBlockStore AuxiliaryBlockStore on this chain.
/// @param originObserver OriginObserver on this chain.
/// @param pollingPlace PollingPlace on this chain.
/// @param kernel Kernel 1 in full (R35b).
struct KernelGatewayParameters {
    bytes32 coreId;
    address auxiliaryBlockStore;
    address originObserver;
    address pollingPlace;
    Kernel kernel;
}

/// @title IKernelGateway
/// @notice The kernels known on auxiliary and the members they made: who votes, with which weight, under which kernel
/// (R57-R60).
interface IKernelGateway {
    /// @notice A kernel and its members were stored.
    /// @param height Kernel height.
    /// @param kernelHash hash(K).
    /// @param activationDynasty Dynasty from which on it is active (R58).
    /// @param kernel The kernel in full.
    event KernelStored(uint64 indexed height, bytes32 indexed kernelHash, uint64 activationDynasty, Kernel kernel);

    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice The first kernel does not have height 1.
    error NotFirstKernel(uint64 height);
    /// @notice Validators and weights differ in number.
    error LengthMismatch(uint256 validators, uint256 weights);
    /// @notice The validators are not strictly ascending.
    error ValidatorsNotAscending(address previous, address next);
    /// @notice The weight is zero for an entrant, or does not fit 96 bits.
    error InvalidWeight(address validator, uint256 weight);
    /// @notice Only the polling place may call this.
    error NotPollingPlace(address caller);
    /// @notice A kernel is proven and waits for its activation; `activeFrom` is the dynasty it waits for (R58).
    error KernelPending(uint64 height, uint64 activeFrom);
    /// @notice The kernel does not follow the active one.
    error NotNextKernel(uint64 height, uint64 activeHeight);
    /// @notice The kernel's parent is not the meta-block of the active kernel and the transition.
    error WrongParent(bytes32 given, bytes32 expected);
    /// @notice This chain has no such checkpoint, or another transition for it (R57).
    error NotOfThisChain(bytes32 checkpoint, bytes32 transitionHash, bytes32 known);
    /// @notice Origin has another open kernel under that state root, or none at all.
    error NotTheOpenKernel(bytes32 kernelHash, bytes32 proven);
    /// @notice An entrant has been a validator before (R41).
    error ValidatorKnown(address validator);
    /// @notice A leaver is no member, or left before.
    error NotAMember(address validator);

    /// @notice Stores the kernel that origin opened after the active one, with its members; it is active two
    /// dynasties later (R57-R60). Anyone may; only the proof decides.
    /// @param kernel Kernel in full.
    /// @param transition Transition committed under the active kernel; its checkpoint is a block of this chain.
    /// @param originHeight Checkpoint height of a finalised origin observation.
    /// @param accountProof Proof of the core's account under its state root, as of eth_getProof.
    /// @param storageProof Proof of the core's slot `openKernelHash`, as of eth_getProof.
    function proveKernel(
        Kernel calldata kernel,
        Transition calldata transition,
        uint64 originHeight,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external;

    /// @notice Takes the weight of a slashed validator away.
    /// @dev Only the polling place may call this, after it checked the evidence.
    function recordSlash(address validator) external;

    /// @notice Identifier of the core on origin.
    function coreId() external view returns (bytes32);

    /// @notice AuxiliaryBlockStore on this chain.
    function auxiliaryBlockStore() external view returns (address);

    /// @notice OriginObserver on this chain.
    function originObserver() external view returns (address);

    /// @notice PollingPlace on this chain.
    function pollingPlace() external view returns (address);

    /// @notice Height of the kernel active now: the one a vote about origin is weighed by (R15, R58).
    function activeHeight() external view returns (uint64);

    /// @notice Height of the kernel active when the contract's dynasty is `dynasty`.
    function heightAtDynasty(uint64 dynasty) external view returns (uint64);

    /// @notice Height of the last stored kernel, active or pending.
    function lastHeight() external view returns (uint64);

    /// @notice hash(K) by height, zero if not stored.
    function kernelHash(uint64 height) external view returns (bytes32);

    /// @notice Dynasty from which on the kernel is active.
    function activationDynasty(uint64 height) external view returns (uint64);

    /// @notice Checkpoint height up to which this chain is known to be committed on origin (R77).
    function committedHeight() external view returns (uint64);

    /// @notice Members there ever were.
    function memberCount() external view returns (uint256);

    /// @notice Membership of `validator`, all zero if there never was one.
    function member(address validator) external view returns (Member memory);

    /// @notice Weight of `validator` in F_height, as its kernel fixed it (R43).
    function weightAt(uint64 height, address validator) external view returns (uint256);

    /// @notice Total weight of F_height.
    function totalAt(uint64 height) external view returns (uint256);

    /// @notice Weight of all validators of kernel `height`: of F_height and F_(height-1) together, each member once.
    function jointTotalAt(uint64 height) external view returns (uint256);

    /// @notice Totals of the sets of kernel `height` (R42).
    /// @return forward Total of F_height.
    /// @return rear Total of F_(height-1).
    function totals(uint64 height) external view returns (uint256 forward, uint256 rear);
}
