// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RlpItem, RlpReader } from "../../src/libraries/RlpReader.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R69: canonical RLP and nothing else.
contract RlpReaderTest is ForgeTest {
    /// @dev Reads everything there is.
    function walk(bytes memory data) external pure returns (uint256) {
        return _items(data, RlpReader.readWhole(data));
    }

    function _items(bytes memory data, RlpItem memory item) private pure returns (uint256 count) {
        count = 1;
        if (!item.list) return count;
        for (uint256 offset = item.payload; offset < item.end;) {
            RlpItem memory inner = RlpReader.read(data, offset, item.end);
            count += _items(data, inner);
            offset = inner.end;
        }
    }

    function test_readsNestedLists() public view {
        vm.assertEq(this.walk(hex"c7c0c1c0c3c0c1c0"), 8);
        vm.assertEq(this.walk(hex"83646f67"), 1);
    }

    function test_refusesWhatIsNotCanonical() public {
        bytes[6] memory wrong = [bytes(hex""), hex"8100", hex"b800", hex"b90000", hex"c0c0", hex"c28001ff"];
        for (uint256 i; i < wrong.length; ++i) {
            vm.expectPartialRevert(RlpReader.MalformedRlp.selector);
            this.walk(wrong[i]);
        }
    }

    /// @dev Encodings of public projects, which are not part of this one: `make test-vectors` puts them here.
    function test_decidesAsPublicVectorsAreLabelled() public view {
        if (!vm.exists("out/public_rlp.json")) return;
        string memory json = vm.readFile("out/public_rlp.json");
        bytes[] memory valid = vm.parseJsonBytesArray(json, ".valid");
        for (uint256 i; i < valid.length; ++i) {
            vm.assertGt(this.walk(valid[i]), 0);
        }
        bytes[] memory invalid = vm.parseJsonBytesArray(json, ".invalid");
        for (uint256 i; i < invalid.length; ++i) {
            vm.assertFalse(_isRead(invalid[i]));
        }
    }

    function _isRead(bytes memory data) private view returns (bool) {
        try this.walk(data) returns (uint256) {
            return true;
        } catch {
            return false;
        }
    }
}
