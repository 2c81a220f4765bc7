// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { HaltReason } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R39b, and who may halt.
contract CoreReturnBondTest is Network {
    function setUp() public {
        deployNetwork();
        useOrigin();
    }

    function test_refusesUnknownProposal() public {
        vm.expectRevert(abi.encodeWithSelector(ICore.UnknownProposal.selector, keccak256("unknown")));
        core.returnBond(keccak256("unknown"));
    }

    /// @dev R39b.
    function test_refusesWhileTheHeightIsOpen() public {
        bytes32 id = propose(transitionAt(2));
        vm.expectRevert(abi.encodeWithSelector(ICore.BondLocked.selector, id, 0));
        core.returnBond(id);
    }

    /// @dev R39b.
    function test_otherProposalsAreFreeAtTheCommit() public {
        bytes32 other = propose(transitionAt(3));
        commitAt(2);
        uint256 before = address(this).balance;
        vm.expectEmit(address(core));
        emit ICore.BondReturned(other, address(this), BOND);
        vm.prank(address(0xABCD));
        core.returnBond(other);
        vm.assertEq(address(this).balance, before + BOND);
        vm.expectRevert(abi.encodeWithSelector(ICore.NoBond.selector, other));
        core.returnBond(other);
    }

    /// @dev R39b.
    function test_committedProposalAnswersUntilThePeriodEnds() public {
        bytes32 id = commitAt(2);
        vm.roll(block.number + 10 * EVIDENCE_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(ICore.BondLocked.selector, id, 0));
        core.returnBond(id);
        commitAt(4);
        uint256 from = block.number + EVIDENCE_PERIOD;
        vm.roll(from - 1);
        vm.expectRevert(abi.encodeWithSelector(ICore.BondLocked.selector, id, from));
        core.returnBond(id);
        vm.roll(from);
        core.returnBond(id);
        vm.assertEq(address(core).balance, BOND);
    }

    /// @dev R39b.
    function test_haltBeginsThePeriodToo() public {
        bytes32 id = commitAt(2);
        bytes32 open = propose(transitionAt(4));
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        core.returnBond(open);
        vm.expectRevert(abi.encodeWithSelector(ICore.BondLocked.selector, id, block.number + EVIDENCE_PERIOD));
        core.returnBond(id);
        vm.roll(block.number + EVIDENCE_PERIOD);
        core.returnBond(id);
    }

    /// @dev R40.
    function test_onlyStakeAndEvidenceHalt() public {
        vm.expectRevert(abi.encodeWithSelector(ICore.MayNotHalt.selector, address(this)));
        core.halt(HaltReason.OriginReversed);
    }

    function test_firstHaltStays() public {
        vm.expectEmit(address(core));
        emit ICore.Halted(1, HaltReason.OriginReversed);
        vm.prank(evidence);
        core.halt(HaltReason.OriginReversed);
        uint64 haltedAt = core.haltedAt();
        vm.roll(block.number + 5);
        vm.prank(address(stake));
        core.halt(HaltReason.TooMuchSlashed);
        vm.assertEq(core.haltedAt(), haltedAt);
    }
}
