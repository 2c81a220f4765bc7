// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Signing } from "../../src/libraries/Signing.sol";
import { ForgeTest } from "./Vm.sol";

/// @notice A test against a file of vectors, which Python checks too.
abstract contract Vectors is ForgeTest {
    string internal json;

    constructor(string memory file) {
        json = vm.readFile(string.concat("test/vectors/", file));
    }

    function _at(string memory list, uint256 index) internal pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }

    function _word(string memory path, string memory key) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(path, key));
    }

    function _uint(string memory path, string memory key) internal view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(path, key));
    }

    function _address(string memory path, string memory key) internal view returns (address) {
        return vm.parseJsonAddress(json, string.concat(path, key));
    }

    /// @dev The row has the digest, and a signature of it by that address.
    function _checkDigest(string memory path, bytes32 domain, bytes32 structHash, address signer) internal view {
        bytes32 digest = Signing.digest(domain, structHash);
        vm.assertEq(digest, _word(path, ".digest"), path);
        bytes memory signature = vm.parseJsonBytes(json, string.concat(path, ".signature"));
        vm.assertEq(Signing.recover(digest, signature), signer);
    }
}
