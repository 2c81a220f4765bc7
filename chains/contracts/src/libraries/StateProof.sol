// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Account, TrieProof } from "./TrieProof.sol";

/// @title StateProof
/// @notice What is proven about accounts of the other chain (R69). Inclusion and absence are asked for by different
/// names, so that a proof of one is never taken for the other: `storageRoot` wants an account that is there; one that is
/// absent, or a word that is, counts in `wordOrAbsent` and `hasOwnCode` alone, which only exits ask (R73, R74).
library StateProof {
    /// @dev keccak256 of no code.
    bytes32 internal constant EMPTY_CODE_HASH = keccak256("");
    /// @dev EIP-7702: an account without code of its own that names another's.
    bytes3 private constant DESIGNATOR = 0xef0100;
    uint256 private constant DESIGNATOR_LENGTH = 23;

    /// @notice The account is proven absent where it must be present.
    error AccountAbsent(address account);
    /// @notice The supplied code is not the account's.
    error WrongCode(address account, bytes32 codeHash, bytes32 supplied);

    /// @notice Storage root of an account that is proven to exist.
    function storageRoot(bytes32 stateRoot, address account, bytes[] memory proof) internal pure returns (bytes32) {
        Account memory found = TrieProof.account(stateRoot, account, proof);
        require(found.exists, AccountAbsent(account));
        return found.storageRoot;
    }

    /// @notice A storage word of an account, zero also if the account is proven absent; then `storageProof` is empty.
    function wordOrAbsent(
        bytes32 stateRoot,
        address account,
        uint256 slot,
        bytes[] memory accountProof,
        bytes[] memory storageProof
    ) internal pure returns (uint256) {
        Account memory found = TrieProof.account(stateRoot, account, accountProof);
        bytes32 root = found.exists ? found.storageRoot : TrieProof.EMPTY_ROOT;
        return TrieProof.storageWord(root, slot, storageProof);
    }

    /// @notice True if the account runs code of its own: another may own its address on the other chain (R73).
    /// Absent accounts, accounts without code and EIP-7702 designators have an owner's key.
    /// @param code The account's code; empty for an absent account.
    function hasOwnCode(bytes32 stateRoot, address account, bytes[] memory proof, bytes memory code)
        internal
        pure
        returns (bool)
    {
        Account memory found = TrieProof.account(stateRoot, account, proof);
        bytes32 expected = found.exists ? found.codeHash : EMPTY_CODE_HASH;
        require(keccak256(code) == expected, WrongCode(account, expected, keccak256(code)));
        bool designated = code.length == DESIGNATOR_LENGTH && bytes3(code) == DESIGNATOR;
        return code.length > 0 && !designated;
    }
}
