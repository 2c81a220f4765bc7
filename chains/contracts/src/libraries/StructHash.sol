// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Kernel, MetaBlock, Registration, Transition, Vote } from "../types/Types.sol";

/// @title StructHash
/// @notice EIP-712 hashStruct of every protocol structure. Kernels, transitions and meta-blocks are known by these
/// hashes alone; only what is signed carries a domain (protocol.md 5).
library StructHash {
    bytes32 internal constant VOTE_TYPEHASH = keccak256(
        "Vote(bytes32 coreId,bytes32 transition,bytes32 source,bytes32 target,uint64 sourceHeight,uint64 targetHeight)"
    );
    bytes32 internal constant REGISTRATION_TYPEHASH =
        keccak256("Registration(bytes32 coreId,address depositor,address validator)");
    bytes32 internal constant TRANSITION_TYPEHASH = keccak256(
        "Transition(bytes32 coreId,bytes32 kernelHash,uint64 height,uint64 dynasty,bytes32 checkpoint,uint256 accumulatedGas,bytes32 accumulatedTransactionRoot,uint64 originDynasty,bytes32 originCheckpoint)"
    );
    bytes32 internal constant KERNEL_TYPEHASH =
        keccak256("Kernel(uint64 height,bytes32 parent,address[] validators,uint256[] weights,uint256 gasTarget)");
    bytes32 internal constant META_BLOCK_TYPEHASH = keccak256("MetaBlock(bytes32 kernelHash,bytes32 transitionHash)");

    /// @notice hash(Vote), without domain; what is signed is its digest.
    function hash(Vote memory vote) internal pure returns (bytes32) {
        return keccak256(abi.encode(VOTE_TYPEHASH, vote));
    }

    /// @notice hash(Registration), without domain.
    function hash(Registration memory registration) internal pure returns (bytes32) {
        return keccak256(abi.encode(REGISTRATION_TYPEHASH, registration));
    }

    /// @notice hash(T), which names a transition everywhere.
    function hash(Transition memory transition) internal pure returns (bytes32) {
        return keccak256(abi.encode(TRANSITION_TYPEHASH, transition));
    }

    /// @notice hash(K); arrays are hashed as EIP-712 says.
    function hash(Kernel memory kernel) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                KERNEL_TYPEHASH,
                kernel.height,
                kernel.parent,
                keccak256(abi.encodePacked(kernel.validators)),
                keccak256(abi.encodePacked(kernel.weights)),
                kernel.gasTarget
            )
        );
    }

    /// @notice hash(MetaBlock), the parent of the next kernel.
    function hash(MetaBlock memory metaBlock) internal pure returns (bytes32) {
        return keccak256(abi.encode(META_BLOCK_TYPEHASH, metaBlock));
    }
}
