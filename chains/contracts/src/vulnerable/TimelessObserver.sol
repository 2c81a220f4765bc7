// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginObserver } from "../auxiliary/OriginObserver.sol";
import { IKernelGateway } from "../interfaces/IKernelGateway.sol";
import { OriginObserverParameters } from "../interfaces/IOriginObserver.sol";
import { Refusal, Vote } from "../types/Types.sol";

/// @title TimelessObserver
/// @notice Broken on purpose: it weighs votes about origin by the validators that there were when their target was
/// reported, and not by those that there are when they are counted (R15).
/// @dev Warning: whoever reported a forged header while it had a stake can finalise it when it has none any more. For
/// the attack scenario that shows this only.
contract TimelessObserver is OriginObserver {
    mapping(bytes32 blockHash => uint64) private reportedUnder;

    constructor(OriginObserverParameters memory parameters) OriginObserver(parameters) { }

    /// @dev The first report counts, as it does for the checkpoint itself.
    function reportCheckpoint(bytes calldata header) public override {
        super.reportCheckpoint(header);
        bytes32 reported = keccak256(header);
        if (reportedUnder[reported] == 0) reportedUnder[reported] = IKernelGateway(kernelGateway).activeHeight();
    }

    /// @dev The kernel of the report in the place of the active one.
    function link(Vote calldata vote) public view override returns (Refusal refusal, uint64 kernelHeight) {
        (refusal,) = super.link(vote);
        kernelHeight = reportedUnder[vote.target];
    }
}
