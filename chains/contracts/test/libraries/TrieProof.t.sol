// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RlpReader } from "../../src/libraries/RlpReader.sol";
import { Account, TrieProof } from "../../src/libraries/TrieProof.sol";
import { Tries } from "../support/Tries.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R69. The vectors are proofs of a real node, small tries with embedded nodes, and mutations of both, with the
/// verdicts of the Python twin.
contract TrieProofTest is ForgeTest {
    function find(bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bytes memory) {
        return TrieProof.find(root, key, proof);
    }

    function account(bytes32 root, address owner, bytes[] memory proof) external pure returns (Account memory) {
        return TrieProof.account(root, owner, proof);
    }

    function storageWord(bytes32 root, uint256 slot, bytes[] memory proof) external pure returns (uint256) {
        return TrieProof.storageWord(root, slot, proof);
    }

    /// @dev R69.
    function test_decidesAsThePythonTwin() public view {
        vm.assertGt(_checkAll("test/vectors/proofs.json"), 250);
    }

    /// @dev Real and small tries' proofs, tampered with in every way that devnet/faults/mangle.py knows.
    function test_refusesWhatWasTamperedWith() public view {
        vm.assertGt(_checkAll("test/vectors/mangled_proofs.json"), 150);
    }

    /// @dev Proofs of public projects, which are not part of this one: `make test-vectors` puts them here.
    function test_decidesAsPublicVectorsAreLabelled() public view {
        if (vm.exists("out/public_proofs.json")) vm.assertGt(_checkAll("out/public_proofs.json"), 150);
    }

    function _checkAll(string memory file) private view returns (uint256) {
        string memory json = vm.readFile(file);
        string[] memory paths = _rows(json);
        for (uint256 i; i < paths.length; ++i) {
            _check(json, paths[i]);
        }
        return paths.length;
    }

    function _rows(string memory json) private pure returns (string[] memory paths) {
        uint256 count;
        while (vm.keyExistsJson(json, _path(count))) ++count;
        paths = new string[](count);
        for (uint256 i; i < count; ++i) {
            paths[i] = _path(i);
        }
    }

    function _path(uint256 index) private pure returns (string memory) {
        return string.concat(".proofs[", vm.toString(index), "]");
    }

    function _check(string memory json, string memory path) private view {
        bytes32 verdict = keccak256(bytes(vm.parseJsonString(json, string.concat(path, ".verdict"))));
        bytes memory expected = vm.parseJsonBytes(json, string.concat(path, ".value"));
        bytes32 root = vm.parseJsonBytes32(json, string.concat(path, ".root"));
        bytes memory key = vm.parseJsonBytes(json, string.concat(path, ".key"));
        bytes[] memory nodes = vm.parseJsonBytesArray(json, string.concat(path, ".nodes"));
        try this.find(root, key, nodes) returns (bytes memory value) {
            bytes32 found = value.length == 0 ? keccak256("absent") : keccak256("included");
            vm.assertEq(found, verdict, path);
            vm.assertEq(keccak256(value), keccak256(expected), path);
        } catch (bytes memory reason) {
            vm.assertEq(keccak256("invalid"), verdict, path);
            vm.assertTrue(bytes4(reason) != bytes4(keccak256("Panic(uint256)")));
        }
    }

    /// @dev R69.
    function test_zeroRootProvesNothing() public {
        vm.expectRevert(abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
        this.find(0, hex"01", new bytes[](0));
    }

    function test_emptyTrieProvesAbsence() public {
        vm.assertFalse(TrieProof.account(TrieProof.EMPTY_ROOT, address(1), new bytes[](0)).exists);
        vm.assertEq(TrieProof.storageWord(TrieProof.EMPTY_ROOT, 5, new bytes[](0)), 0);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.SurplusNodes.selector, 0, 1));
        this.find(TrieProof.EMPTY_ROOT, hex"01", new bytes[](1));
    }

    function test_missingNodeIsNamed() public {
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MissingNode.selector, 0, keccak256("root")));
        this.find(keccak256("root"), hex"01", new bytes[](0));
    }

    function test_wrongNodeIsNamed() public {
        bytes[] memory proof = new bytes[](1);
        proof[0] = hex"c0";
        vm.expectRevert(abi.encodeWithSelector(TrieProof.WrongNode.selector, 0, keccak256("root"), keccak256(hex"c0")));
        this.find(keccak256("root"), hex"01", proof);
    }

    function testFuzz_storageWord(uint256 slot, uint256 value) public view {
        vm.assume(value != 0);
        (bytes32 root, bytes[] memory proof) = Tries.storageTrie(slot, value);
        vm.assertEq(this.storageWord(root, slot, proof), value);
        // The same proof shows that another slot is empty.
        vm.assertEq(this.storageWord(root, slot ^ 1, proof), 0);
    }

    function testFuzz_account(address owner, bytes32 storageRoot, bytes32 codeHash) public view {
        (bytes32 root, bytes[] memory proof) = Tries.stateTrie(owner, storageRoot, codeHash);
        Account memory found = this.account(root, owner, proof);
        vm.assertTrue(found.exists);
        vm.assertEq(found.storageRoot, storageRoot);
        vm.assertEq(found.codeHash, codeHash);
        vm.assertEq(found.nonce, 1);
        vm.assertEq(found.balance, 0);
        vm.assertFalse(this.account(root, address(uint160(owner) ^ 1), proof).exists);
    }

    function test_accountOfAnotherShapeIsRefused() public {
        (bytes32 root, bytes[] memory proof) = Tries.leaf(keccak256(abi.encodePacked(address(1))), hex"c3010203");
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedAccount.selector));
        this.account(root, address(1), proof);
    }

    function test_wordWithLeadingZeroIsRefused() public {
        (bytes32 root, bytes[] memory proof) = Tries.leaf(keccak256(abi.encode(uint256(5))), hex"820001");
        vm.expectRevert(abi.encodeWithSelector(RlpReader.MalformedInteger.selector, 0));
        this.storageWord(root, 5, proof);
        (root, proof) = Tries.leaf(keccak256(abi.encode(uint256(5))), hex"80");
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MalformedWord.selector));
        this.storageWord(root, 5, proof);
    }
}
