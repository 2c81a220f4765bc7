// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Tries } from "./Tries.sol";
import { RLP } from "@openzeppelin/contracts/utils/RLP.sol";

/// @notice One entry of a trie.
struct Entry {
    bytes32 key;
    bytes value;
}

/// @title TrieBuilder
/// @notice Tries of any number of entries, and proofs of them in the layout of eth_getProof.
library TrieBuilder {
    uint256 private constant NIBBLES = 64;
    bytes32 private constant EMPTY_ROOT = keccak256(hex"80");

    function root(Entry[] memory entries) internal pure returns (bytes32) {
        return entries.length == 0 ? EMPTY_ROOT : keccak256(_encode(entries, 0));
    }

    /// @dev Proof of what stands under `key`, or that nothing does.
    function prove(Entry[] memory entries, bytes32 key) internal pure returns (bytes[] memory proof) {
        bytes[] memory nodes = new bytes[](NIBBLES);
        uint256 count;
        uint256 depth;
        while (entries.length > 0) {
            bytes memory node = _encode(entries, depth);
            if (count == 0 || node.length >= 32) nodes[count++] = node;
            if (entries.length == 1) break;
            uint256 shared = _shared(entries, depth);
            if (shared == 0) {
                entries = _select(entries, depth, Tries.nibble(key, depth));
                ++depth;
            } else {
                if (_common(entries[0].key, key, depth) < depth + shared) break;
                depth += shared;
            }
        }
        proof = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            proof[i] = nodes[i];
        }
    }

    function word(uint256 slot, uint256 value) internal pure returns (Entry memory) {
        return Entry(keccak256(abi.encode(slot)), RLP.encode(value));
    }

    function account(address owner, bytes32 storageRoot, bytes32 codeHash) internal pure returns (Entry memory) {
        bytes[] memory fields = new bytes[](4);
        fields[0] = RLP.encode(uint256(1));
        fields[1] = RLP.encode(uint256(0));
        fields[2] = RLP.encode(abi.encodePacked(storageRoot));
        fields[3] = RLP.encode(abi.encodePacked(codeHash));
        return Entry(keccak256(abi.encodePacked(owner)), RLP.encode(fields));
    }

    function _encode(Entry[] memory entries, uint256 depth) private pure returns (bytes memory) {
        bytes[] memory items = new bytes[](2);
        if (entries.length == 1) {
            items[0] = RLP.encode(_path(entries[0].key, depth, NIBBLES, 2));
            items[1] = RLP.encode(entries[0].value);
            return RLP.encode(items);
        }
        uint256 shared = _shared(entries, depth);
        if (shared > 0) {
            items[0] = RLP.encode(_path(entries[0].key, depth, depth + shared, 0));
            items[1] = _reference(_encode(entries, depth + shared));
            return RLP.encode(items);
        }
        items = new bytes[](17);
        for (uint256 i; i < 16; ++i) {
            Entry[] memory below = _select(entries, depth, i);
            items[i] = below.length == 0 ? bytes(hex"80") : _reference(_encode(below, depth + 1));
        }
        items[16] = hex"80";
        return RLP.encode(items);
    }

    function _reference(bytes memory node) private pure returns (bytes memory) {
        return node.length < 32 ? node : RLP.encode(abi.encodePacked(keccak256(node)));
    }

    function _select(Entry[] memory entries, uint256 depth, uint256 wanted) private pure returns (Entry[] memory) {
        Entry[] memory found = new Entry[](entries.length);
        uint256 count;
        for (uint256 i; i < entries.length; ++i) {
            if (Tries.nibble(entries[i].key, depth) == wanted) found[count++] = entries[i];
        }
        Entry[] memory result = new Entry[](count);
        for (uint256 i; i < count; ++i) {
            result[i] = found[i];
        }
        return result;
    }

    /// @dev Nibbles that all entries share from `depth` on.
    function _shared(Entry[] memory entries, uint256 depth) private pure returns (uint256) {
        uint256 until = NIBBLES;
        for (uint256 i = 1; i < entries.length; ++i) {
            uint256 common = _common(entries[0].key, entries[i].key, depth);
            if (common < until) until = common;
        }
        return until - depth;
    }

    function _common(bytes32 left, bytes32 right, uint256 depth) private pure returns (uint256) {
        while (depth < NIBBLES && Tries.nibble(left, depth) == Tries.nibble(right, depth)) ++depth;
        return depth;
    }

    /// @dev Hex prefix of the nibbles from `first` to `last`.
    function _path(bytes32 key, uint256 first, uint256 last, uint256 flag) private pure returns (bytes memory path) {
        uint256 length = last - first;
        path = new bytes(length / 2 + 1);
        path[0] = bytes1(uint8(length % 2 == 0 ? flag << 4 : ((flag + 1) << 4) | Tries.nibble(key, first)));
        first += length % 2;
        for (uint256 i = 1; i < path.length; ++i) {
            path[i] = bytes1(uint8((Tries.nibble(key, first) << 4) | Tries.nibble(key, first + 1)));
            first += 2;
        }
    }
}
