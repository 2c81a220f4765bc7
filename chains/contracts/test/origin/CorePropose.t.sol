// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore, Proposal } from "../../src/interfaces/ICore.sol";
import { HeaderDecoder } from "../../src/libraries/HeaderDecoder.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { HaltReason, Transition } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R32.
contract CoreProposeTest is Network {
    using StructHash for Transition;

    Transition private transition;
    bytes private header;

    function setUp() public {
        deployNetwork();
        useOrigin();
        transition = transitionAt(2);
        header = auxiliaryHeaders[8];
    }

    function _expectRefusal(bytes memory reason) private {
        _expectRefusal(reason, ORIGIN_ROOT_NUMBER);
    }

    function _expectRefusal(bytes memory reason, uint256 originNumber) private {
        Transition memory given = transition;
        bytes memory givenHeader = header;
        vm.expectRevert(reason);
        core.propose{ value: BOND }(given, givenHeader, originNumber);
    }

    function test_refusesOnceHalted() public {
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        _expectRefusal(abi.encodeWithSelector(ICore.CoreHalted.selector));
    }

    /// @dev R32.
    function test_refusesAnotherCore() public {
        transition.coreId = originId;
        _expectRefusal(abi.encodeWithSelector(ICore.WrongCore.selector, originId, coreId));
    }

    /// @dev R32.
    function test_refusesAnotherKernel() public {
        transition.kernelHash = keccak256("kernel");
        _expectRefusal(abi.encodeWithSelector(ICore.WrongKernel.selector, keccak256("kernel"), core.openKernelHash()));
    }

    /// @dev R32, R36.
    function test_refusesHeightNotAboveTheLastCommit() public {
        transition.height = 0;
        _expectRefusal(abi.encodeWithSelector(ICore.HeightNotAbove.selector, 0, 0));
        commitAt(2);
        transition = transitionAt(2);
        _expectRefusal(abi.encodeWithSelector(ICore.HeightNotAbove.selector, 2, 2));
    }

    /// @dev R32.
    function test_refusesGasNotAboveTheLastCommit() public {
        transition.accumulatedGas = 0;
        _expectRefusal(abi.encodeWithSelector(ICore.GasNotAbove.selector, 0, 0));
        commitAt(2);
        transition = transitionAt(3);
        transition.accumulatedGas = 8 * GAS_PER_BLOCK;
        _expectRefusal(abi.encodeWithSelector(ICore.GasNotAbove.selector, 8 * GAS_PER_BLOCK, 8 * GAS_PER_BLOCK));
    }

    /// @dev R32.
    function test_refusesDynastyBelowTheLastCommit() public {
        commitAt(5);
        transition = transitionAt(6);
        transition.dynasty = 3;
        _expectRefusal(abi.encodeWithSelector(ICore.DynastyBelow.selector, 3, 4));
    }

    function test_acceptsTheDynastyOfTheLastCommit() public {
        commitAt(5);
        transition = transitionAt(6);
        transition.dynasty = 4;
        propose(transition);
    }

    function test_refusesAnotherBond() public {
        Transition memory given = transition;
        vm.expectRevert(abi.encodeWithSelector(ICore.WrongBond.selector, BOND - 1, BOND));
        core.propose{ value: BOND - 1 }(given, header, ORIGIN_ROOT_NUMBER);
        vm.expectRevert(abi.encodeWithSelector(ICore.WrongBond.selector, BOND + 1, BOND));
        core.propose{ value: BOND + 1 }(given, header, ORIGIN_ROOT_NUMBER);
    }

    function test_refusesTheSameProposalTwice() public {
        propose(transition);
        _expectRefusal(abi.encodeWithSelector(ICore.AlreadyProposed.selector, transition.hash()));
    }

    function test_refusesMalformedHeader() public {
        header = hex"c0";
        _expectRefusal(abi.encodeWithSelector(HeaderDecoder.MalformedHeader.selector, 0));
    }

    /// @dev R32.
    function test_refusesHeaderOfAnotherBlock() public {
        header = auxiliaryHeaders[7];
        _expectRefusal(abi.encodeWithSelector(ICore.WrongHeader.selector, auxiliaryHashes[7], auxiliaryHashes[8]));
    }

    /// @dev R32.
    function test_refusesHeightThatIsNotTheHeaders() public {
        transition.height = 3;
        _expectRefusal(abi.encodeWithSelector(ICore.WrongHeaderNumber.selector, 8, 3));
    }

    /// @dev R32.
    function test_refusesUnknownOriginCheckpoint() public {
        transition.originCheckpoint = keccak256("unknown");
        _expectRefusal(
            abi.encodeWithSelector(ICore.OriginCheckpointUnknown.selector, ORIGIN_ROOT_NUMBER, keccak256("unknown"))
        );
    }

    /// @dev R32.
    function test_refusesZeroOriginCheckpoint() public {
        // Neither an unset pin nor an unknown block hash is a match.
        transition.originCheckpoint = 0;
        _expectRefusal(abi.encodeWithSelector(ICore.OriginCheckpointUnknown.selector, 123_456, 0), 123_456);
    }

    function test_refusesOriginCheckpointOfAnotherNumber() public {
        mineOrigin(12);
        transition.originCheckpoint = originHashes[12];
        _expectRefusal(abi.encodeWithSelector(ICore.OriginCheckpointUnknown.selector, 11, originHashes[12]), 11);
    }

    /// @dev R39b.
    function test_locksTheBondAndAnnouncesEverything() public {
        bytes32 id = transition.hash();
        Transition memory given = transition;
        address proposer = address(0x9);
        vm.deal(proposer, BOND);
        vm.expectEmit(address(core));
        emit ICore.Proposed(id, 1, proposer, given, stateRootOf(2, 8));
        vm.prank(proposer);
        core.propose{ value: BOND }(given, header, ORIGIN_ROOT_NUMBER);
        vm.assertEq(address(core).balance, BOND);
        vm.assertEq(proposer.balance, 0);
        Proposal memory stored = core.proposal(id);
        vm.assertEq(stored.proposer, proposer);
        vm.assertEq(stored.kernelHeight, 1);
        vm.assertEq(stored.height, 2);
        vm.assertEq(stored.stateRoot, stateRootOf(2, 8));
        vm.assertEq(stored.bond, BOND);
        vm.assertEq(core.proposals(1).length, 1);
        vm.assertEq(core.proposals(1)[0], id);
    }

    /// @dev R32.
    function test_rivalsCoexist() public {
        propose(transition);
        transition.dynasty += 1;
        propose(transition);
        vm.assertEq(core.proposals(1).length, 2);
    }

    function test_acceptsRecentOriginBlock() public {
        mineOrigin(12);
        transition.originCheckpoint = originHashes[12];
        core.propose{ value: BOND }(transition, header, 12);
    }

    /// @dev R32.
    function test_acceptsPinnedOriginBlockOfAnyAge() public {
        mineOrigin(12);
        vm.expectEmit(address(core));
        emit ICore.OriginPinned(12, originHashes[12]);
        core.pinOrigin(12);
        core.pinOrigin(12);
        vm.roll(1_000_000);
        transition.originCheckpoint = originHashes[12];
        core.propose{ value: BOND }(transition, header, 12);
        vm.assertEq(core.pinnedOrigin(12), originHashes[12]);
    }

    /// @dev R32.
    function test_acceptsLastCommittedOriginCheckpointOfAnyAge() public {
        vm.roll(1_000_000);
        core.propose{ value: BOND }(transition, header, 0);
    }

    function test_pinRefusesBlocksBeyondTheWindow() public {
        vm.roll(1_000_000);
        vm.expectRevert(abi.encodeWithSelector(ICore.OriginBlockUnavailable.selector, 12));
        core.pinOrigin(12);
        vm.expectRevert(abi.encodeWithSelector(ICore.OriginBlockUnavailable.selector, 1_000_000));
        core.pinOrigin(1_000_000);
    }
}
