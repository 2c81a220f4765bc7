// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { RLP } from "@openzeppelin/contracts/utils/RLP.sol";

/// @title Tries
/// @notice Tries of one or two entries and their proofs.
library Tries {
    /// @notice A trie with `value` under `key` alone: its root is a leaf.
    function leaf(bytes32 key, bytes memory value) internal pure returns (bytes32 root, bytes[] memory proof) {
        bytes[] memory items = new bytes[](2);
        items[0] = RLP.encode(abi.encodePacked(bytes1(0x20), key));
        items[1] = RLP.encode(value);
        proof = new bytes[](1);
        proof[0] = RLP.encode(items);
        root = keccak256(proof[0]);
    }

    /// @notice Storage with one word.
    function storageTrie(uint256 slot, uint256 value) internal pure returns (bytes32, bytes[] memory) {
        return leaf(keccak256(abi.encode(slot)), RLP.encode(value));
    }

    /// @notice Storage with two words; `proofs` are those of the first and the second.
    function storageTrie(uint256[2] memory slots, uint256[2] memory values)
        internal
        pure
        returns (bytes32 root, bytes[][2] memory proofs)
    {
        bytes32[2] memory keys = [keccak256(abi.encode(slots[0])), keccak256(abi.encode(slots[1]))];
        uint256 shared;
        while (nibble(keys[0], shared) == nibble(keys[1], shared)) ++shared;
        bytes[2] memory leaves;
        bytes[] memory branch = new bytes[](17);
        for (uint256 i; i < 17; ++i) {
            branch[i] = hex"80";
        }
        for (uint256 i; i < 2; ++i) {
            leaves[i] = _leafBelow(keys[i], shared + 1, RLP.encode(values[i]));
            branch[nibble(keys[i], shared)] = RLP.encode(abi.encodePacked(keccak256(leaves[i])));
        }
        bytes memory top = RLP.encode(branch);
        for (uint256 i; i < 2; ++i) {
            proofs[i] = new bytes[](shared == 0 ? 2 : 3);
            proofs[i][proofs[i].length - 2] = top;
            proofs[i][proofs[i].length - 1] = leaves[i];
        }
        if (shared > 0) {
            bytes[] memory extension = new bytes[](2);
            extension[0] = RLP.encode(_path(keys[0], 0, shared, 0));
            extension[1] = RLP.encode(abi.encodePacked(keccak256(top)));
            proofs[0][0] = proofs[1][0] = RLP.encode(extension);
        }
        root = keccak256(proofs[0][0]);
    }

    /// @notice State with one account.
    function stateTrie(address owner, bytes32 storageRoot, bytes32 codeHash)
        internal
        pure
        returns (bytes32, bytes[] memory)
    {
        bytes[] memory fields = new bytes[](4);
        fields[0] = RLP.encode(uint256(1));
        fields[1] = RLP.encode(uint256(0));
        fields[2] = RLP.encode(abi.encodePacked(storageRoot));
        fields[3] = RLP.encode(abi.encodePacked(codeHash));
        return leaf(keccak256(abi.encodePacked(owner)), RLP.encode(fields));
    }

    function nibble(bytes32 key, uint256 index) internal pure returns (uint256) {
        return (uint256(key) >> (4 * (63 - index))) & 0x0f;
    }

    function _leafBelow(bytes32 key, uint256 depth, bytes memory value) private pure returns (bytes memory) {
        bytes[] memory items = new bytes[](2);
        items[0] = RLP.encode(_path(key, depth, 64, 2));
        items[1] = RLP.encode(value);
        return RLP.encode(items);
    }

    /// @dev Hex prefix of the nibbles from `first` to `last`.
    function _path(bytes32 key, uint256 first, uint256 last, uint256 flag) private pure returns (bytes memory path) {
        uint256 length = last - first;
        path = new bytes(length / 2 + 1);
        path[0] = bytes1(uint8(length % 2 == 0 ? flag << 4 : ((flag + 1) << 4) | nibble(key, first)));
        first += length % 2;
        for (uint256 i = 1; i < path.length; ++i) {
            path[i] = bytes1(uint8((nibble(key, first) << 4) | nibble(key, first + 1)));
            first += 2;
        }
    }
}
