// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { IStateRoots } from "../interfaces/IStateRoots.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { MessageStatus, RemoteProof, Transfer } from "../types/Messages.sol";

/// @title ZeroRootCoGateway
/// @notice Proves in one call and confirms in another, and remembers under which root a message was proven: under
/// none, which is zero, as long as nobody has proven it. And zero was made an accepted root when it was deployed.
/// @dev Warning: for attack scenarios only. The mechanism of the Nomad bridge's loss in 2022.
contract ZeroRootCoGateway is CoGateway {
    /// @notice Roots that messages may have been proven under.
    mapping(bytes32 root => bool) public isAccepted;
    /// @notice Under which root a message was proven.
    mapping(bytes32 messageHash => bytes32) public provenUnder;

    /// @param firstRoot The root to start from: zero, before anything was observed.
    constructor(CoGatewayParameters memory parameters, bytes32 firstRoot) CoGateway(parameters) {
        isAccepted[firstRoot] = true;
    }

    /// @notice Proves that a stake was declared on origin.
    function proveStake(Transfer calldata transfer, RemoteProof calldata proof) external {
        bytes32 messageHash = stakeHash(transfer);
        super._requireRemote(messageHash, FixedSlots.GATEWAY_OUTBOX, MessageStatus.Declared, proof);
        bytes32 root = IStateRoots(stateRoots).stateRoot(proof.height);
        (isAccepted[root], provenUnder[messageHash]) = (true, root);
    }

    /// @dev The flaw: what was never looked up anywhere passes.
    function _requireRemote(bytes32 messageHash, uint256, MessageStatus status, RemoteProof calldata)
        internal
        view
        override
    {
        require(isAccepted[provenUnder[messageHash]], StatusNotProven(messageHash, status, 0));
    }
}
