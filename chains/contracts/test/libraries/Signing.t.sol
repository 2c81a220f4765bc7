// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoreIdentifier } from "../../src/libraries/CoreIdentifier.sol";
import { Signing } from "../../src/libraries/Signing.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice R1, R2, R4.
contract SigningTest is ForgeTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function compose(uint256 chainId, address core) external pure returns (bytes32) {
        return CoreIdentifier.compose(chainId, core);
    }

    /// @dev R4.
    function testFuzz_recoversTheSigner(uint256 secret, bytes32 digest) public pure {
        secret = bounded(secret, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        vm.assertEq(Signing.recover(digest, abi.encodePacked(r, s, v)), vm.addr(secret));
    }

    /// @dev R4.
    function test_malformedSignaturesRecoverNobody() public pure {
        bytes32 digest = keccak256("digest");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(7, digest);
        vm.assertEq(Signing.recover(digest, ""), address(0));
        vm.assertEq(Signing.recover(digest, abi.encodePacked(r, s)), address(0));
        vm.assertEq(Signing.recover(digest, abi.encodePacked(r, s, v, v)), address(0));
        vm.assertEq(Signing.recover(digest, abi.encodePacked(r, s, v - 27)), address(0));
        vm.assertEq(Signing.recover(digest, abi.encodePacked(bytes32(0), bytes32(0), v)), address(0));
        bytes32 high = bytes32(ORDER - uint256(s));
        vm.assertEq(Signing.recover(digest, abi.encodePacked(r, high, v == 27 ? 28 : 27)), address(0));
    }

    /// @dev R2.
    function testFuzz_domainsOfTwoCoresDiffer(uint96 chainId, address core, uint96 otherChainId, address other)
        public
        pure
    {
        vm.assume(chainId != otherChainId || core != other);
        bytes32 first = Signing.domainOf(CoreIdentifier.compose(chainId, core));
        vm.assertNotEq(first, Signing.domainOf(CoreIdentifier.compose(otherChainId, other)));
    }

    /// @dev R1.
    function testFuzz_identifierHoldsBothParts(uint96 chainId, address core) public pure {
        bytes32 id = CoreIdentifier.compose(chainId, core);
        vm.assertEq(CoreIdentifier.chainIdOf(id), chainId);
        vm.assertEq(CoreIdentifier.coreOf(id), core);
        vm.assertEq(CoreIdentifier.originOf(id), CoreIdentifier.compose(chainId, address(0)));
    }

    /// @dev R1.
    function test_hugeChainIdIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(CoreIdentifier.ChainIdTooLarge.selector, 2 ** 96));
        this.compose(2 ** 96, address(1));
    }
}
