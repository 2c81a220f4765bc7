// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { CoreIdentifier } from "./CoreIdentifier.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signing
/// @notice The EIP-712 domain of a core and the recovery of signers (R2, R4).
library Signing {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// @notice Domain separator of a core. The chain is origin's and the contract is the core, also for votes about
    /// origin and on auxiliary: a key used on two cores never signs the same digest (R2).
    function domainOf(bytes32 coreId) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256("Mosaic"),
                keccak256("1"),
                CoreIdentifier.chainIdOf(coreId),
                CoreIdentifier.coreOf(coreId)
            )
        );
    }

    /// @notice What is signed for a structure in a domain.
    function digest(bytes32 domain, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// @notice Who signed `hash`, zero if the signature is not 65 bytes, has a high s or a v other than 27 and 28.
    function recover(bytes32 hash, bytes memory signature) internal pure returns (address signer) {
        ECDSA.RecoverError problem;
        (signer, problem,) = ECDSA.tryRecover(hash, signature);
        if (problem != ECDSA.RecoverError.NoError) return address(0);
    }
}
