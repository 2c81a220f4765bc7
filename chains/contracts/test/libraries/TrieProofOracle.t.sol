// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RlpReader } from "../../src/libraries/RlpReader.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { Entry, TrieBuilder } from "../support/TrieBuilder.sol";
import { ForgeTest } from "../support/Vm.sol";
import { TrieProof as Oracle } from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";

/// @notice R69, against OpenZeppelin's verifier of inclusion: what ours takes for included, it takes too, with the same
/// value. The other way round holds for sound tries only, since ours is stricter.
contract TrieProofOracleTest is ForgeTest {
    uint256 private constant MOST_ENTRIES = 6;

    function find(bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bytes memory) {
        return TrieProof.find(root, key, proof);
    }

    function traverse(bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bytes memory) {
        return Oracle.traverse(root, key, proof);
    }

    /// @dev Long common beginnings make extensions, short values make embedded leaves.
    function _entries(uint256 seed) private pure returns (Entry[] memory entries) {
        entries = new Entry[](1 + seed % MOST_ENTRIES);
        uint256 shift = 8 * (seed >> 8 & 0x1f);
        for (uint256 i; i < entries.length; ++i) {
            bytes32 random = keccak256(abi.encode(seed, i));
            bytes32 key = bytes32((seed >> 16 | 1) << 240 | uint256(random) >> 16 >> (i % 2 == 0 ? 0 : shift / 2));
            uint256 value = 1 + (uint256(random) >> (i % 3 == 0 ? 248 : 0)) % (type(uint256).max - 1);
            entries[i] = Entry(key, TrieBuilder.word(0, value).value);
        }
    }

    function _isNew(Entry[] memory entries, bytes32 key, uint256 until) private pure returns (bool) {
        for (uint256 i; i < until; ++i) {
            if (entries[i].key == key) return false;
        }
        return true;
    }

    function _requireDistinct(Entry[] memory entries) private pure {
        for (uint256 i; i < entries.length; ++i) {
            vm.assume(_isNew(entries, entries[i].key, i));
        }
    }

    function testFuzz_includesWhatTheOracleIncludes(uint256 seed, uint256 entry) public view {
        Entry[] memory entries = _entries(seed);
        _requireDistinct(entries);
        Entry memory wanted = entries[entry % entries.length];
        bytes32 root = TrieBuilder.root(entries);
        bytes[] memory proof = TrieBuilder.prove(entries, wanted.key);
        vm.assertEq(this.traverse(root, abi.encodePacked(wanted.key), proof), wanted.value);
        vm.assertEq(this.find(root, abi.encodePacked(wanted.key), proof), wanted.value);
    }

    function testFuzz_whatIsAbsentIsIncludedByNeither(uint256 seed, bytes32 other, uint8 sharedBytes) public view {
        Entry[] memory entries = _entries(seed);
        uint256 mask = type(uint256).max >> (8 * uint256(sharedBytes % 32));
        bytes32 key = bytes32((uint256(entries[0].key) & ~mask) | (uint256(other) & mask));
        _requireDistinct(entries);
        vm.assume(_isNew(entries, key, entries.length));
        bytes[] memory proof = TrieBuilder.prove(entries, key);
        bytes32 root = TrieBuilder.root(entries);
        vm.assertEq(this.find(root, abi.encodePacked(key), proof).length, 0);
        try this.traverse(root, abi.encodePacked(key), proof) returns (bytes memory value) {
            vm.assertEq(value.length, 0);
        } catch { }
    }

    /// forge-config: default.fuzz.runs = 512
    function testFuzz_includesNothingThatTheOracleRefuses(
        uint256 seed,
        uint256 entry,
        uint256 node,
        uint256 position,
        uint8 flip
    ) public view {
        Entry[] memory entries = _entries(seed);
        _requireDistinct(entries);
        bytes32 wanted = entries[entry % entries.length].key;
        bytes[] memory proof = TrieBuilder.prove(entries, wanted);
        bytes memory changed = proof[node % proof.length];
        changed[position % changed.length] ^= bytes1(flip);
        // A changed first node gets its own root, so that it is read at all.
        bytes32 root = keccak256(proof[0]);
        try this.find(root, abi.encodePacked(wanted), proof) returns (bytes memory value) {
            if (value.length > 0) vm.assertEq(this.traverse(root, abi.encodePacked(wanted), proof), value);
        } catch { }
    }

    /// @dev R69: an extension without a path would lead to where it stands.
    function test_anExtensionHasAPath() public {
        bytes[] memory proof = new bytes[](1);
        proof[0] = hex"d380c23201808080808080808080808080808080";
        vm.assertEq(this.find(keccak256(proof[0]), hex"12", proof), hex"01");
        proof[0] = abi.encodePacked(hex"d500", proof[0]);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedNode.selector, 1, 1));
        this.find(keccak256(proof[0]), hex"12", proof);
        vm.expectPartialRevert(Oracle.TrieProofTraversalError.selector);
        this.traverse(keccak256(proof[0]), hex"12", proof);
    }

    /// @dev R69: what an extension leads to is a hash, or a node too short to be hashed; also where the path leaves it.
    function test_whatAnExtensionLeadsToIsChecked() public {
        bytes memory branch = hex"e78080d62094aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa8080808080808080808080808080";
        bytes[] memory proof = new bytes[](2);
        (proof[0], proof[1]) = (abi.encodePacked(hex"e211a0", keccak256(branch)), branch);
        vm.assertEq(this.find(keccak256(proof[0]), hex"12", proof).length, 20);
        proof = new bytes[](1);
        proof[0] = abi.encodePacked(hex"e911", branch);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedNode.selector, 1, 2));
        this.find(keccak256(proof[0]), hex"12", proof);
        proof[0] = hex"c71185aabbccddee";
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedNode.selector, 1, 2));
        this.find(keccak256(proof[0]), hex"32", proof);
    }

    /// @dev R69: what is stored is another key's, which goes on where this one ends or ends where it goes on.
    function test_aPathOfAnotherLengthThanTheKeyShowsAbsence() public view {
        bytes[] memory proof = new bytes[](1);
        proof[0] = hex"c5832012341f";
        vm.assertEq(this.find(keccak256(proof[0]), hex"1234", proof), hex"1f");
        vm.assertEq(this.find(keccak256(proof[0]), hex"123456", proof).length, 0);
        vm.assertEq(this.find(keccak256(proof[0]), hex"12", proof).length, 0);
        proof[0] = abi.encodePacked(hex"e583001234a0", keccak256("further down"));
        vm.assertEq(this.find(keccak256(proof[0]), hex"12", proof).length, 0);
    }

    /// @dev R69: a node inside a node inside a node, where the path does not lead.
    function test_embeddedNodesAreCanonicalHoweverDeep() public {
        bytes[] memory proof = new bytes[](1);
        proof[0] = hex"d780c2320180c411c2200180808080808080808080808080";
        vm.assertEq(this.find(keccak256(proof[0]), hex"12", proof), hex"01");
        proof[0] = hex"d880c2320180c511c320810180808080808080808080808080";
        vm.expectPartialRevert(RlpReader.MalformedRlp.selector);
        this.find(keccak256(proof[0]), hex"12", proof);
    }

    /* WHAT THE ORACLE DOES NOT REFUSE (docs/adr/0017) */

    /// @dev R69: a node that stands inside its parent, repeated: a second proof of the same entry.
    function test_anEmbeddedNodeIsNotRepeated() public {
        Entry[] memory entries = new Entry[](2);
        (entries[0], entries[1]) = (Entry(bytes32(uint256(0x10)), hex"01"), Entry(bytes32(uint256(0x11)), hex"01"));
        bytes32 root = TrieBuilder.root(entries);
        bytes[] memory proof = TrieBuilder.prove(entries, entries[0].key);
        bytes memory key = abi.encodePacked(entries[0].key);
        vm.assertEq(proof.length, 1);
        vm.assertEq(this.find(root, key, proof), hex"01");
        bytes[] memory longer = new bytes[](2);
        (longer[0], longer[1]) = (proof[0], hex"d5c22001c22001808080808080808080808080808080");
        vm.assertEq(this.traverse(root, key, longer), hex"01");
        vm.expectRevert(abi.encodeWithSelector(TrieProof.SurplusNodes.selector, 1, 2));
        this.find(root, key, longer);
    }

    /// @dev R69: an even path begins with a nibble that is zero in every trie.
    function test_theNibbleBesideTheFlagsIsZero() public {
        bytes memory key = abi.encodePacked(keccak256("key"));
        bytes[] memory proof = new bytes[](1);
        proof[0] = abi.encodePacked(hex"e3a120", key, hex"01");
        vm.assertEq(this.find(keccak256(proof[0]), key, proof), hex"01");
        proof[0] = abi.encodePacked(hex"e3a12f", key, hex"01");
        vm.assertEq(this.traverse(keccak256(proof[0]), key, proof), hex"01");
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedNode.selector, 1, 1));
        this.find(keccak256(proof[0]), key, proof);
    }
}
