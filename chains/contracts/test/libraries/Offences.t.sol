// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Offences } from "../../src/libraries/Offences.sol";
import { Offence, Vote } from "../../src/types/Types.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R50 to R52.
contract OffencesTest is ForgeTest {
    function test_sameTargetHeightIsDoubleVote() public pure {
        _check(_vote(1, 5, "s", "t"), _vote(2, 5, "q", "t"), Offence.DoubleVote);
        _check(_vote(1, 5, "s", "t"), _vote(1, 5, "s", "u"), Offence.DoubleVote);
    }

    function test_wideSpanSurroundsNarrowSpan() public pure {
        _check(_vote(1, 9, "s", "t"), _vote(2, 8, "q", "t"), Offence.Surround);
        _check(_vote(0, 2 ** 64 - 1, "s", "t"), _vote(1, 2, "q", "t"), Offence.Surround);
    }

    function test_equalEndsDoNotSurround() public pure {
        _check(_vote(1, 9, "s", "t"), _vote(1, 8, "s", "t"), Offence.None);
        _check(_vote(1, 9, "s", "t"), _vote(9, 12, "q", "t"), Offence.None);
    }

    function test_sameSourceWithOtherTransitionConflicts() public pure {
        _check(_vote(1, 9, "s", "t"), _vote(1, 8, "s", "u"), Offence.TransitionConflict);
    }

    function test_honestSequenceIsNoOffence() public pure {
        _check(_vote(1, 2, "s", "t"), _vote(2, 3, "q", "u"), Offence.None);
        _check(_vote(1, 2, "s", "t"), _vote(1, 3, "s", "t"), Offence.None);
    }

    function testFuzz_orderDoesNotMatter(Vote memory first, Vote memory second) public pure {
        vm.assertTrue(Offences.offenceOf(first, second) == Offences.offenceOf(second, first));
    }

    /// forge-config: default.fuzz.runs = 2000
    function testFuzz_agreesWithTheRules(Vote memory first, Vote memory second, uint256 shape) public pure {
        // Small heights and few hashes, so that every rule is met often.
        first.sourceHeight %= 4;
        second.sourceHeight %= 4;
        first.targetHeight %= 6;
        second.targetHeight %= 6;
        if (shape & 1 == 0) second.source = first.source;
        if (shape & 2 == 0) second.transition = first.transition;
        bool double = first.targetHeight == second.targetHeight;
        bool surround = (first.sourceHeight < second.sourceHeight && second.targetHeight < first.targetHeight)
            || (second.sourceHeight < first.sourceHeight && first.targetHeight < second.targetHeight);
        bool conflict = first.source == second.source && first.transition != second.transition;
        bool guilty = Offences.offenceOf(first, second) != Offence.None;
        vm.assertEq(guilty, double || surround || conflict);
    }

    function testFuzz_noVoteOffendsWithItselfByHeightsAlone(uint64 source, uint64 target, uint64 step) public pure {
        vm.assume(source < target && step > 0 && target < type(uint64).max - step);
        // Votes whose source and target both move forward never surround each other.
        Vote memory later = _vote(source + step, target + step, "q", "u");
        _check(_vote(source, target, "s", "t"), later, Offence.None);
    }

    function _check(Vote memory first, Vote memory second, Offence expected) private pure {
        vm.assertEq(uint256(Offences.offenceOf(first, second)), uint256(expected));
        vm.assertEq(uint256(Offences.offenceOf(second, first)), uint256(expected));
    }

    function _vote(uint64 source, uint64 target, string memory sourceHash, string memory transition)
        private
        pure
        returns (Vote memory)
    {
        return Vote(
            bytes32(uint256(1)),
            keccak256(bytes(transition)),
            keccak256(bytes(sourceHash)),
            keccak256(abi.encode(target)),
            source,
            target
        );
    }
}
