// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ForgeTest } from "./Vm.sol";

/// @title Ledger
/// @notice Keeps what the last call cost as a transaction of its own. `scripts/gas-snapshot` compares it with what was
/// kept before, and a test of the Python side with the gas limits of actors.
/// @dev A test contract must be compiled with `isolate`, or warm storage makes everything cheap.
abstract contract Ledger is ForgeTest {
    function keep(string memory call) internal {
        vm.snapshotGasLastCall("calls", call);
    }

    /// @param items Name of what the limit counts, as in the table of the Python side.
    function keep(string memory call, string memory items, uint256 count) internal {
        keep(string.concat(call, " ", items, "=", vm.toString(count)));
    }
}
