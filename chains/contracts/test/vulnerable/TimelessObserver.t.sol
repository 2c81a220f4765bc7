// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginObserver } from "../../src/auxiliary/OriginObserver.sol";
import { OriginObserverParameters } from "../../src/interfaces/IOriginObserver.sol";
import { Refusal, Vote } from "../../src/types/Types.sol";
import { TimelessObserver } from "../../src/vulnerable/TimelessObserver.sol";
import { Network } from "../support/Network.sol";

/// @notice Kernels that become active when a test says so.
contract Kernels {
    uint64 public activeHeight;

    function activate(uint64 height) external {
        activeHeight = height;
    }
}

/// @notice What R15 is good for: here the set of the report votes for ever, with the real one the active set alone.
contract TimelessObserverTest is Network {
    Kernels private kernels;
    TimelessObserver private timeless;
    OriginObserver private real;

    function setUp() public {
        deployNetwork();
        makeChain(originHeaders, originHashes, 1, 40);
        kernels = new Kernels();
        OriginObserverParameters memory parameters =
            OriginObserverParameters(coreId, address(polls), address(kernels), EPOCH, originHeaders[8]);
        timeless = new TimelessObserver(parameters);
        real = new OriginObserver(parameters);
    }

    function test_weighsByTheSetOfTheReport() public {
        kernels.activate(1);
        _reportBoth(12);
        kernels.activate(2);
        _reportBoth(16);
        _reportBoth(12);
        kernels.activate(3);
        _assertWeighed(originVote(2, 3), 1);
        _assertWeighed(originVote(2, 4), 2);
    }

    function test_refusesWhatTheRealOneRefuses() public view {
        (Refusal refusal,) = timeless.link(originVote(2, 3));
        vm.assertTrue(refusal == Refusal.TargetNotReported);
    }

    function _reportBoth(uint256 number) private {
        real.reportCheckpoint(originHeaders[number]);
        timeless.reportCheckpoint(originHeaders[number]);
    }

    function _assertWeighed(Vote memory vote, uint64 reportedUnder) private view {
        (Refusal refusal, uint64 kernelHeight) = timeless.link(vote);
        vm.assertTrue(refusal == Refusal.None);
        vm.assertEq(kernelHeight, reportedUnder);
        (refusal, kernelHeight) = real.link(vote);
        vm.assertTrue(refusal == Refusal.None);
        vm.assertEq(kernelHeight, 3);
    }
}
