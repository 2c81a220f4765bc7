// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Offences, Verdict } from "../../src/libraries/Offences.sol";
import { Signing } from "../../src/libraries/Signing.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Offence, Vote } from "../../src/types/Types.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R50 to R52, R55, by themselves and against the Python twin, which reads the same file.
contract OffencesTest is ForgeTest {
    using StructHash for Vote;

    bytes32 private constant DOMAIN = keccak256("domain");
    uint256 private constant SECRET = uint256(keccak256("secret"));

    string private json = vm.readFile("test/vectors/offences.json");

    function judge(Vote calldata first, bytes calldata one, Vote calldata second, bytes calldata two)
        external
        pure
        returns (Verdict memory)
    {
        return Offences.judge(DOMAIN, keccak256("core"), first, one, second, two);
    }

    /// @dev R50, R51, R52, R55.
    function test_sharedTable() public view {
        uint256 count;
        for (string memory row = ".rows[0]"; vm.keyExistsJson(json, row);) {
            Vote memory first = _listed(row, ".first");
            Vote memory second = _listed(row, ".second");
            bytes32 expected = keccak256(bytes(_text(row, ".offence")));
            vm.assertEq(keccak256(bytes(_judged(first, second))), expected, row);
            vm.assertEq(keccak256(bytes(_judged(second, first))), expected, row);
            row = string.concat(".rows[", vm.toString(++count), "]");
        }
        vm.assertGt(count, 40);
    }

    /// @dev 20,000 pairs in all.
    function test_randomPairsAreJudgedAsInPython() public view {
        bytes32[] memory digests = vm.parseJsonBytes32Array(json, ".verdictsByThousand");
        vm.assertEq(digests.length, 20);
        for (uint256 i; i < digests.length; ++i) {
            // A call of its own, so that memory starts empty.
            vm.assertEq(this.digestOfThousand(i), digests[i], vm.toString(i));
        }
    }

    function digestOfThousand(uint256 number) external pure returns (bytes32) {
        bytes memory verdicts = new bytes(1000);
        for (uint256 i; i < verdicts.length; ++i) {
            bytes32 draw = keccak256(abi.encode(number * verdicts.length + i));
            Vote memory first = _drawn(draw, 0);
            Vote memory second = _drawn(draw, 6);
            // `judge` refuses these pairs before it asks for the offence.
            if (first.coreId != second.coreId || first.hash() == second.hash()) continue;
            verdicts[i] = bytes1(uint8(Offences.offenceOf(first, second)));
        }
        return keccak256(verdicts);
    }

    /// @dev What `judge` makes of the pair, both signed by one key.
    function _judged(Vote memory first, Vote memory second) private view returns (string memory) {
        try this.judge(first, _sign(first), second, _sign(second)) returns (Verdict memory verdict) {
            vm.assertEq(verdict.validator, vm.addr(SECRET));
            if (verdict.offence == Offence.DoubleVote) return "DoubleVote";
            return verdict.offence == Offence.Surround ? "Surround" : "TransitionConflict";
        } catch (bytes memory reason) {
            bytes4 found = bytes4(reason);
            vm.assertTrue(
                found == ISlashing.NoOffence.selector || found == ISlashing.SameVote.selector
                    || found == ISlashing.DifferentCores.selector
            );
            return "None";
        }
    }

    function _sign(Vote memory vote) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SECRET, Signing.digest(DOMAIN, vote.hash()));
        return abi.encodePacked(r, s, v);
    }

    function _listed(string memory row, string memory which) private view returns (Vote memory) {
        string memory vote = string.concat(row, which);
        return Vote({
            coreId: keccak256(bytes(_text(vote, ".core"))),
            transition: keccak256(bytes(_text(vote, ".transition"))),
            source: keccak256(bytes(_text(vote, ".source"))),
            target: keccak256(bytes(_text(vote, ".target"))),
            sourceHeight: uint64(vm.parseJsonUint(json, string.concat(vote, ".sourceHeight"))),
            targetHeight: uint64(vm.parseJsonUint(json, string.concat(vote, ".targetHeight")))
        });
    }

    function _text(string memory path, string memory key) private view returns (string memory) {
        return vm.parseJsonString(json, string.concat(path, key));
    }

    /// @dev A vote from six bytes of a draw: few values, so that pairs often have something in common.
    function _drawn(bytes32 draw, uint256 from) private pure returns (Vote memory) {
        // One draw in two is about the greatest heights there are.
        uint64 base = uint8(draw[31]) % 2 == 1 ? type(uint64).max - 7 : 0;
        return Vote({
            coreId: _word("core ", uint8(draw[from]) % 8 / 7),
            transition: _word("t", uint8(draw[from + 1]) % 2),
            source: _word("c", uint8(draw[from + 2]) % 4),
            target: _word("c", uint8(draw[from + 3]) % 4),
            sourceHeight: base + uint8(draw[from + 4]) % 8,
            targetHeight: base + uint8(draw[from + 5]) % 8
        });
    }

    function _word(string memory label, uint8 number) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(label, bytes1(48 + number)));
    }

    /// @dev R50.
    function test_sameTargetHeightIsDoubleVote() public pure {
        _check(_vote(1, 5, "s", "t"), _vote(2, 5, "q", "t"), Offence.DoubleVote);
        _check(_vote(1, 5, "s", "t"), _vote(1, 5, "s", "u"), Offence.DoubleVote);
    }

    /// @dev R51.
    function test_wideSpanSurroundsNarrowSpan() public pure {
        _check(_vote(1, 9, "s", "t"), _vote(2, 8, "q", "t"), Offence.Surround);
        _check(_vote(0, 2 ** 64 - 1, "s", "t"), _vote(1, 2, "q", "t"), Offence.Surround);
    }

    /// @dev R51.
    function test_equalEndsDoNotSurround() public pure {
        _check(_vote(1, 9, "s", "t"), _vote(1, 8, "s", "t"), Offence.None);
        _check(_vote(1, 9, "s", "t"), _vote(9, 12, "q", "t"), Offence.None);
    }

    /// @dev R52.
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
