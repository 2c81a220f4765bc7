// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R69 at its boundaries, in nodes put together by hand: keys of one byte, and a branch above one leaf.
contract TrieBoundsTest is ForgeTest {
    bytes1 private constant EMPTY = 0x80;
    /// @dev Nibbles 0 and 1: the way into the leaf; and one that leaves it at the branch.
    bytes private constant INSIDE = hex"01";
    bytes private constant BESIDE = hex"11";

    function find(bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bytes memory) {
        return TrieProof.find(root, key, proof);
    }

    /// @dev What the nodes say about the key, the first one being the root.
    function found(bytes memory key, bytes[] memory proof) private view returns (bytes memory) {
        return this.find(keccak256(proof[0]), key, proof);
    }

    function refuses(bytes memory key, bytes[] memory proof, uint256 position, uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedNode.selector, position, offset));
        this.find(keccak256(proof[0]), key, proof);
    }

    function alone(bytes memory node) private pure returns (bytes[] memory proof) {
        proof = new bytes[](1);
        proof[0] = node;
    }

    /// @dev A leaf at nibble 1 that takes so many bytes.
    function leafOf(uint256 size) private pure returns (bytes memory) {
        bytes memory value = new bytes(size - 3);
        value[0] = 0x01;
        return abi.encodePacked(uint8(0xc0 + size - 1), hex"31", uint8(0x80 + size - 3), value);
    }

    /// @dev A branch with a child at nibble 0 and nothing else.
    function branchOver(bytes memory child) private pure returns (bytes memory) {
        bytes memory rest = new bytes(16);
        for (uint256 i; i < rest.length; ++i) {
            rest[i] = EMPTY;
        }
        return abi.encodePacked(uint8(0xc0 + child.length + rest.length), child, rest);
    }

    function hashed(bytes memory leaf) private pure returns (bytes[] memory proof) {
        proof = new bytes[](2);
        proof[0] = branchOver(abi.encodePacked(hex"a0", keccak256(leaf)));
        proof[1] = leaf;
    }

    function test_aNodeOf31BytesStandsInsideItsParent() public view {
        bytes[] memory proof = alone(branchOver(leafOf(31)));
        vm.assertEq(found(INSIDE, proof).length, 28);
        vm.assertEq(found(BESIDE, proof).length, 0);
    }

    function test_aNodeOf32BytesDoesNot() public {
        bytes[] memory proof = alone(branchOver(leafOf(32)));
        refuses(INSIDE, proof, 1, 1);
        refuses(BESIDE, proof, 1, 1);
    }

    function test_aNodeOf32BytesIsReferencedByItsHash() public view {
        vm.assertEq(found(INSIDE, hashed(leafOf(32))).length, 29);
    }

    function test_aNodeOf31BytesIsNot() public {
        refuses(INSIDE, hashed(leafOf(31)), 1, 0);
    }

    /// @dev Only the root may be short, since nothing stands above it.
    function test_aShortRootIsReferencedByItsHash() public view {
        vm.assertEq(found(INSIDE, alone(hex"c482200101")), hex"01");
    }

    /// @dev Whether the path goes through the extension or leaves it.
    function test_anExtensionLeadsSomewhere() public {
        bytes[] memory proof = alone(hex"c21080");
        refuses(INSIDE, proof, 1, 2);
        refuses(BESIDE, proof, 1, 2);
    }

    /// @dev An extension (01), a branch with a value and a leaf at nibble 2: keys 01 and 0123.
    function test_aKeyMayEndAtABranch() public view {
        bytes[] memory proof = alone(hex"d7820001d38080c233778080808080808080808080808076");
        vm.assertEq(found(hex"01", proof), "v");
        vm.assertEq(found(hex"0123", proof), "w");
        vm.assertEq(found(hex"0133", proof).length, 0);
        vm.assertEq(found(hex"", proof).length, 0);
    }
}
