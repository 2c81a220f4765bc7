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

    /// @dev A long string and a long list whose length, or its own length, leads past the end.
    function test_refusesLongItemsPastTheEnd() public {
        bytes memory short = new bytes(55);
        bytes[5] memory wrong = [
            abi.encodePacked(hex"b838", short),
            abi.encodePacked(hex"f838", short),
            bytes(hex"b8"),
            hex"b938",
            abi.encodePacked(hex"f839b838", short)
        ];
        for (uint256 i; i < wrong.length; ++i) {
            vm.expectPartialRevert(RlpReader.MalformedRlp.selector);
            this.walk(wrong[i]);
        }
        vm.assertEq(this.walk(abi.encodePacked(hex"b838", short, hex"00")), 1);
    }

    function word(bytes memory data) external pure returns (bytes32) {
        return RlpReader.word(data, RlpReader.readWhole(data));
    }

    function integer(bytes memory data) external pure returns (uint256) {
        return RlpReader.integer(data, RlpReader.readWhole(data));
    }

    function test_aWordIsAStringOf32Bytes() public {
        vm.assertEq(this.word(abi.encodePacked(hex"a0", keccak256("word"))), keccak256("word"));
        bytes[3] memory wrong = [
            abi.encodePacked(hex"e0", keccak256("word")),
            abi.encodePacked(hex"9f", bytes31(keccak256("word"))),
            abi.encodePacked(hex"a1", keccak256("word"), hex"00")
        ];
        for (uint256 i; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(RlpReader.UnexpectedKind.selector, 0));
            this.word(wrong[i]);
        }
    }

    function test_anIntegerIsAStringOf32BytesAtMost() public {
        vm.assertEq(this.integer(abi.encodePacked(hex"a0", type(uint256).max)), type(uint256).max);
        vm.assertEq(this.integer(hex"80"), 0);
        bytes[4] memory wrong =
            [bytes(hex"c101"), hex"c0", abi.encodePacked(hex"a1", type(uint256).max, hex"ff"), hex"820001"];
        for (uint256 i; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(RlpReader.MalformedInteger.selector, 0));
            this.integer(wrong[i]);
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
