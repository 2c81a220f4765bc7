// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Header, HeaderDecoder } from "../../src/libraries/HeaderDecoder.sol";
import { Headers } from "../support/Headers.sol";
import { ForgeTest } from "../support/Vm.sol";
import { Memory } from "@openzeppelin/contracts/utils/Memory.sol";
import { RLP } from "@openzeppelin/contracts/utils/RLP.sol";

/// @notice R26: empty blocks, post-merge zero fields and headers of later forks decode, everything else is refused.
contract HeaderDecoderTest is ForgeTest {
    using Memory for Memory.Slice;

    function decode(bytes memory rlp) external pure returns (Header memory) {
        return HeaderDecoder.decode(rlp);
    }

    /// @dev R26.
    function test_headersOfARealNode() public view {
        string memory json = vm.readFile("test/vectors/headers.json");
        for (uint256 i; i < 4; ++i) {
            string memory path = string.concat(".headers[", vm.toString(i), "]");
            Header memory header = HeaderDecoder.decode(vm.parseJsonBytes(json, string.concat(path, ".rlp")));
            vm.assertEq(header.hash, vm.parseJsonBytes32(json, string.concat(path, ".hash")));
            vm.assertEq(header.parentHash, vm.parseJsonBytes32(json, string.concat(path, ".parentHash")));
            vm.assertEq(header.stateRoot, vm.parseJsonBytes32(json, string.concat(path, ".stateRoot")));
            vm.assertEq(header.transactionsRoot, vm.parseJsonBytes32(json, string.concat(path, ".transactionsRoot")));
            vm.assertEq(header.number, vm.parseJsonUint(json, string.concat(path, ".number")));
            vm.assertEq(header.gasUsed, vm.parseJsonUint(json, string.concat(path, ".gasUsed")));
        }
    }

    function test_everyTruncationIsRefused() public {
        bytes memory rlp = Headers.encode(_draft(7, 21_000));
        for (uint256 length; length < rlp.length; length += 7) {
            bytes memory cut = new bytes(length);
            for (uint256 i; i < length; ++i) {
                cut[i] = rlp[i];
            }
            vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
            this.decode(cut);
        }
    }

    function test_trailingByteIsRefused() public {
        bytes memory rlp = bytes.concat(Headers.encode(_draft(7, 21_000)), hex"00");
        vm.expectRevert(abi.encodeWithSelector(HeaderDecoder.MalformedHeader.selector, 1));
        this.decode(rlp);
    }

    function test_leadingZeroInAnIntegerIsRefused() public {
        // Number 7 as 0x820007 instead of 0x07.
        bytes memory rlp = _withNumber(hex"820007");
        vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
        this.decode(rlp);
        rlp = _withNumber(hex"00");
        vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
        this.decode(rlp);
        rlp = _withNumber(hex"8107");
        vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
        this.decode(rlp);
        vm.assertEq(this.decode(_withNumber(hex"07")).number, 7);
        vm.assertEq(this.decode(_withNumber(hex"80")).number, 0);
    }

    function test_listInPlaceOfAnIntegerIsRefused() public {
        bytes memory rlp = _withNumber(hex"c0");
        vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
        this.decode(rlp);
    }

    function test_missingFieldsAreRefused() public {
        bytes[] memory items = _items(hex"07");
        bytes[] memory fewer = new bytes[](14);
        for (uint256 i; i < 14; ++i) {
            fewer[i] = items[i];
        }
        bytes memory rlp = RLP.encode(fewer);
        vm.expectPartialRevert(HeaderDecoder.MalformedHeader.selector);
        this.decode(rlp);
    }

    /// @dev R26.
    function test_fieldsOfLaterForksAreTolerated() public view {
        bytes[] memory items = _items(hex"07");
        bytes[] memory more = new bytes[](23);
        for (uint256 i; i < 21; ++i) {
            more[i] = items[i];
        }
        more[21] = RLP.encode(uint256(0));
        more[22] = RLP.encode(new bytes(70));
        vm.assertEq(this.decode(RLP.encode(more)).number, 7);
    }

    /// forge-config: default.fuzz.runs = 1000
    function testFuzz_readsWhatWasEncoded(Headers.Draft memory draft) public pure {
        draft.number = bounded(draft.number, 0, type(uint256).max - 1_700_000_000);
        bytes memory rlp = Headers.encode(draft);
        Header memory header = HeaderDecoder.decode(rlp);
        vm.assertEq(header.hash, keccak256(rlp));
        vm.assertEq(header.parentHash, draft.parentHash);
        vm.assertEq(header.stateRoot, draft.stateRoot);
        vm.assertEq(header.transactionsRoot, draft.transactionsRoot);
        vm.assertEq(header.number, draft.number);
        vm.assertEq(header.gasUsed, draft.gasUsed);
    }

    /// @dev Whatever byte is flipped, the decoder neither reads past the end nor agrees with another hash.
    /// forge-config: default.fuzz.runs = 2000
    function testFuzz_flippedByteNeverBreaksTheDecoder(uint256 position, uint8 value) public view {
        bytes memory rlp = Headers.encode(_draft(300, 21_000));
        bytes32 hash = keccak256(rlp);
        position = bounded(position, 0, rlp.length - 1);
        vm.assume(uint8(rlp[position]) != value);
        rlp[position] = bytes1(value);
        try this.decode(rlp) returns (Header memory header) {
            vm.assertNotEq(header.hash, hash);
            Memory.Slice[] memory items = RLP.decodeList(rlp);
            vm.assertEq(header.number, RLP.decodeUint256(items[8].toBytes()));
            vm.assertEq(header.gasUsed, RLP.decodeUint256(items[10].toBytes()));
        } catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == HeaderDecoder.MalformedHeader.selector);
        }
    }

    function _draft(uint256 number, uint256 gasUsed) private pure returns (Headers.Draft memory) {
        return Headers.Draft(keccak256("p"), keccak256("s"), keccak256("t"), number, gasUsed, 1);
    }

    function _withNumber(bytes memory item) private pure returns (bytes memory) {
        return RLP.encode(_items(item));
    }

    function _items(bytes memory number) private pure returns (bytes[] memory items) {
        Memory.Slice[] memory slices = RLP.decodeList(Headers.encode(_draft(7, 21_000)));
        items = new bytes[](slices.length);
        for (uint256 i; i < items.length; ++i) {
            items[i] = slices[i].toBytes();
        }
        items[8] = number;
    }
}
