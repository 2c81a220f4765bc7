// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { FixedSlots } from "../src/libraries/FixedSlots.sol";
import { ForgeTest } from "./support/Vm.sol";

/// @notice R35d: the compiled layout has every proven variable where proofs look for it.
contract LayoutTest is ForgeTest {
    /// @dev R35d.
    function test_openKernelHash() public view {
        _check("Core", "openKernelHash", FixedSlots.CORE_OPEN_KERNEL_HASH);
    }

    /// @dev R35d.
    function test_withdrawn() public view {
        _check("Stake", "withdrawn", FixedSlots.STAKE_WITHDRAWN);
    }

    /// @dev R35d.
    function test_finality() public view {
        _check("AuxiliaryBlockStore", "finality", FixedSlots.BLOCK_STORE_FINALITY);
    }

    /// @dev R35d.
    function test_checkpointHash() public view {
        _check("AuxiliaryBlockStore", "checkpointHash", FixedSlots.BLOCK_STORE_CHECKPOINT_HASH);
    }

    /// @dev R35d.
    function test_outboxAndInbox() public view {
        _check("Gateway", "outbox", FixedSlots.GATEWAY_OUTBOX);
        _check("Gateway", "inbox", FixedSlots.GATEWAY_INBOX);
        _check("CoGateway", "outbox", FixedSlots.GATEWAY_OUTBOX);
        _check("CoGateway", "inbox", FixedSlots.GATEWAY_INBOX);
    }

    /// @dev What an attacker knows who builds a gateway's storage trie in advance (devnet/scenarios/museum/search.py).
    function test_everyWordOfAStake() public view {
        _check("Gateway", "nextNonce", 2);
        _check("Gateway", "lastMessage", 3);
        _check("Gateway", "bountyOwner", 4);
        _check("Gateway", "locked", 6);
    }

    /// @dev R35d.
    function test_balances() public view {
        _check("UtilityToken", "_balances", FixedSlots.UTILITY_TOKEN_BALANCES);
    }

    function _check(string memory name, string memory label, uint256 slot) private view {
        string memory json = vm.readFile(string.concat("out/", name, ".sol/", name, ".json"));
        string memory variable = string.concat(".storageLayout.storage[", vm.toString(slot), "]");
        vm.assertTrue(
            keccak256(bytes(vm.parseJsonString(json, string.concat(variable, ".label")))) == keccak256(bytes(label))
        );
        vm.assertEq(vm.parseJsonUint(json, string.concat(variable, ".slot")), slot);
        vm.assertEq(vm.parseJsonUint(json, string.concat(variable, ".offset")), 0);
    }
}
