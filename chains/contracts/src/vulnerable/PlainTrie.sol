// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RlpItem, RlpReader } from "../libraries/RlpReader.sol";

/// @title PlainTrie
/// @notice A Merkle-Patricia verifier as many bridges had it: short, and right as long as nobody overrides a step.
/// Each contract that does has one flaw; the strict verifier is TrieProof (R69).
/// @dev Warning: for attack scenarios only. Nodes that stand inside their parents are not followed.
abstract contract PlainTrie {
    uint256 internal constant BRANCH_ITEMS = 17;
    uint256 private constant BRANCH_VALUE = 16;
    uint256 private constant LEAF_FLAG = 2;

    /// @notice Node number `position` is not the one referenced.
    error UnknownNode(uint256 position, bytes32 wanted);

    /// @notice What the trie stores under `key`; empty where the proof leads to nothing.
    function _find(bytes32 root, bytes memory key, bytes[] memory proof) internal pure returns (bytes memory) {
        bytes32 wanted = root;
        uint256 depth;
        for (uint256 i; i < proof.length; ++i) {
            bytes memory node = proof[i];
            require(_isNode(node, wanted), UnknownNode(i, wanted));
            (RlpItem[] memory items, uint256 count) = _items(node);
            RlpItem memory child;
            if (count == BRANCH_ITEMS) {
                if (depth == 2 * key.length) return RlpReader.content(node, items[BRANCH_VALUE]);
                child = items[_nibble(key, depth++)];
                if (child.end == child.payload) return "";
            } else {
                bytes memory path = RlpReader.content(node, items[0]);
                uint256 flags = uint8(path[0]) >> 4;
                (bool matches, uint256 length) = _compare(key, depth, path, flags & 1 == 1 ? 1 : 2);
                if (!matches) return "";
                if (_isLeaf(flags, i + 1 == proof.length)) return RlpReader.content(node, items[count - 1]);
                depth += length;
                child = items[1];
            }
            wanted = RlpReader.word(node, child);
        }
        return "";
    }

    /// @dev Whether these bytes are the node that is referenced.
    function _isNode(bytes memory node, bytes32 wanted) internal pure virtual returns (bool) {
        return keccak256(node) == wanted;
    }

    /// @dev Items of a node.
    function _items(bytes memory node) internal pure virtual returns (RlpItem[] memory, uint256) {
        return RlpReader.items(node, RlpReader.readWhole(node), BRANCH_ITEMS);
    }

    /// @dev Whether a node of two items is a leaf, by the flags in its path.
    function _isLeaf(uint256 flags, bool) internal pure virtual returns (bool) {
        return flags & LEAF_FLAG != 0;
    }

    function _compare(bytes memory key, uint256 depth, bytes memory path, uint256 first)
        private
        pure
        returns (bool matches, uint256 length)
    {
        length = 2 * path.length - first;
        if (length > 2 * key.length - depth) return (false, length);
        for (uint256 i; i < length; ++i) {
            if (_nibble(path, first + i) != _nibble(key, depth + i)) return (false, length);
        }
        return (true, length);
    }

    function _nibble(bytes memory data, uint256 index) private pure returns (uint256) {
        uint256 pair = uint8(data[index / 2]);
        return index % 2 == 0 ? pair >> 4 : pair & 0x0f;
    }
}
