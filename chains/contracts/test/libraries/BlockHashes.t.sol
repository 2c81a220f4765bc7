// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { BlockHashes } from "../../src/libraries/BlockHashes.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R25, R32: BLOCKHASH, then EIP-2935, then nothing.
contract BlockHashesTest is ForgeTest {
    /// @dev Runtime code of the system contract (EIP-2935).
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

    function setUp() public {
        vm.roll(10_000);
    }

    function test_recentBlockByOpcode() public {
        vm.setBlockhash(9999, keccak256("new"));
        vm.setBlockhash(9744, keccak256("old"));
        vm.assertEq(BlockHashes.hashOf(9999), keccak256("new"));
        vm.assertEq(BlockHashes.hashOf(9744), keccak256("old"));
    }

    function test_olderBlockByHistoryContract() public {
        _history(9743, keccak256("older"));
        vm.assertEq(BlockHashes.hashOf(9743), keccak256("older"));
        _history(1809, keccak256("oldest"));
        vm.assertEq(BlockHashes.hashOf(1809), keccak256("oldest"));
    }

    function test_nothingBeyondTheWindow() public {
        _history(1808, keccak256("too old"));
        vm.assertEq(BlockHashes.hashOf(1808), bytes32(0));
    }

    function test_nothingOfThePresentAndTheFuture() public view {
        vm.assertEq(BlockHashes.hashOf(10_000), bytes32(0));
        vm.assertEq(BlockHashes.hashOf(type(uint256).max), bytes32(0));
    }

    function test_missingHistoryContractKnowsNothing() public view {
        vm.assertEq(BlockHashes.hashOf(9000), bytes32(0));
    }

    function _history(uint256 number, bytes32 hash) private {
        vm.etch(BlockHashes.HISTORY, HISTORY_CODE);
        vm.store(BlockHashes.HISTORY, bytes32(number % 8191), hash);
    }
}
