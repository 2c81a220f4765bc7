// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Quorum } from "../../src/libraries/Quorum.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R15 and R40: integers, never floor(2n/3).
contract QuorumTest is ForgeTest {
    /// @dev R15.
    function test_leastQuorumByTotal() public pure {
        uint8[2][9] memory cases = [[1, 1], [2, 2], [3, 2], [4, 3], [5, 4], [7, 5], [8, 6], [10, 7], [60, 40]];
        for (uint256 i; i < cases.length; ++i) {
            vm.assertTrue(Quorum.isQuorum(cases[i][1], cases[i][0]));
            vm.assertFalse(Quorum.isQuorum(cases[i][1] - 1, cases[i][0]));
        }
    }

    /// @dev R15.
    function test_emptySetHasNoQuorum() public pure {
        vm.assertFalse(Quorum.isQuorum(0, 0));
        vm.assertFalse(Quorum.isDoubleQuorum(1, 1, 0, 0));
        vm.assertFalse(Quorum.isDoubleQuorum(0, 0, 1, 1));
    }

    /// @dev R15.
    function test_bothSetsMustAgree() public pure {
        vm.assertTrue(Quorum.isDoubleQuorum(2, 3, 2, 3));
        vm.assertFalse(Quorum.isDoubleQuorum(2, 3, 1, 3));
        vm.assertFalse(Quorum.isDoubleQuorum(1, 3, 2, 3));
    }

    /// @dev R40.
    function test_exactlyOneThirdHalts() public pure {
        vm.assertTrue(Quorum.isThird(1, 3));
        vm.assertFalse(Quorum.isThird(1, 4));
    }

    /// @dev R21.
    function testFuzz_twoQuorumsShareAThird(uint128 first, uint128 second, uint128 total) public pure {
        first = uint128(bounded(first, 0, total));
        second = uint128(bounded(second, 0, total));
        vm.assume(Quorum.isQuorum(first, total) && Quorum.isQuorum(second, total));
        vm.assertTrue(Quorum.isThird(uint256(first) + second - total, total));
    }
}
