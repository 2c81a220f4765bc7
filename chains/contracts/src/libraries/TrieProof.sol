// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { RlpItem, RlpReader } from "./RlpReader.sol";

/// @notice What the state trie stores for an address.
/// @param exists False if the account was proven absent.
/// @param nonce Transactions sent, or contracts made.
/// @param balance In wei.
/// @param storageRoot Root of its storage trie.
/// @param codeHash keccak256 of its code.
struct Account {
    bool exists;
    uint256 nonce;
    uint256 balance;
    bytes32 storageRoot;
    bytes32 codeHash;
}

/// @title TrieProof
/// @notice Strict Merkle-Patricia proofs in the layout of eth_getProof (R69): the nodes referenced by hash, from the
/// root down; shorter nodes stand inside their parents. Canonical RLP, no node too many, none missing, flags checked.
/// Nothing is proven under a zero root.
library TrieProof {
    /// @dev Root of a trie without entries: keccak256(rlp("")).
    bytes32 internal constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    uint256 private constant BRANCH_ITEMS = 17;
    uint256 private constant BRANCH_VALUE = 16;
    uint256 private constant LEAST_HASHED = 32;
    uint256 private constant LEAF_FLAG = 2;
    uint256 private constant ODD_FLAG = 1;
    uint256 private constant MOST_FLAGS = 3;

    /// @dev Where a walk stands.
    struct Walk {
        bytes key;
        uint256 depth;
        bytes[] proof;
        uint256 used;
        bytes data;
        RlpItem node;
        bool afterExtension;
    }

    /// @notice A zero root proves nothing.
    error ZeroRoot();
    /// @notice The proof ends before the path does.
    error MissingNode(uint256 used, bytes32 expected);
    /// @notice Node number `position` is not the one referenced.
    error WrongNode(uint256 position, bytes32 expected, bytes32 found);
    /// @notice The proof has nodes that the path does not use.
    error SurplusNodes(uint256 used, uint256 given);
    /// @notice A node that no trie contains; `position` nodes were read before, `offset` is where it shows.
    error MalformedNode(uint256 position, uint256 offset);
    /// @notice The proven value is not an account.
    error MalformedAccount();
    /// @notice The proven value is not a storage word.
    error MalformedWord();

    /// @notice The account of `owner` under a state root, or a proof of its absence.
    function account(bytes32 stateRoot, address owner, bytes[] memory proof)
        internal
        pure
        returns (Account memory result)
    {
        bytes memory value = find(stateRoot, abi.encodePacked(keccak256(abi.encodePacked(owner))), proof);
        if (value.length == 0) return result;
        (RlpItem[] memory fields, uint256 count) = RlpReader.items(value, RlpReader.readWhole(value), 4);
        require(count == 4, MalformedAccount());
        result.exists = true;
        result.nonce = RlpReader.integer(value, fields[0]);
        result.balance = RlpReader.integer(value, fields[1]);
        result.storageRoot = RlpReader.word(value, fields[2]);
        result.codeHash = RlpReader.word(value, fields[3]);
    }

    /// @notice A storage word under a storage root; zero is proven by absence.
    function storageWord(bytes32 storageRoot, uint256 slot, bytes[] memory proof) internal pure returns (uint256) {
        bytes memory value = find(storageRoot, abi.encodePacked(keccak256(abi.encode(slot))), proof);
        if (value.length == 0) return 0;
        uint256 result = RlpReader.integer(value, RlpReader.readWhole(value));
        require(result != 0, MalformedWord());
        return result;
    }

    /// @notice What the trie stores under `key`, empty if the proof shows that it stores nothing there. Reverts if
    /// the proof shows neither.
    function find(bytes32 root, bytes memory key, bytes[] memory proof) internal pure returns (bytes memory value) {
        require(root != 0, ZeroRoot());
        Walk memory walk;
        walk.key = key;
        walk.proof = proof;
        if (root != EMPTY_ROOT) {
            _take(walk, root);
            while (true) {
                bool ended;
                (ended, value) = _step(walk);
                if (ended) break;
            }
        }
        require(walk.used == proof.length, SurplusNodes(walk.used, proof.length));
    }

    /// @dev Passes one node: either the path ends here, or the walk stands at the child.
    function _step(Walk memory walk) private pure returns (bool ended, bytes memory value) {
        (RlpItem[] memory items, uint256 count) = RlpReader.items(walk.data, walk.node, BRANCH_ITEMS);
        if (count == BRANCH_ITEMS) return _branch(walk, items);
        require(count == 2 && !walk.afterExtension, MalformedNode(walk.used, walk.node.offset));
        return _leafOrExtension(walk, items);
    }

    function _branch(Walk memory walk, RlpItem[] memory items) private pure returns (bool, bytes memory) {
        for (uint256 i; i < BRANCH_VALUE; ++i) {
            _requireChild(walk, items[i], true);
        }
        bytes memory stored = RlpReader.content(walk.data, items[BRANCH_VALUE]);
        if (walk.depth == 2 * walk.key.length) return (true, stored);
        RlpItem memory child = items[_nibble(walk.key, walk.depth)];
        walk.depth += 1;
        walk.afterExtension = false;
        if (!child.list && child.end == child.payload) return (true, "");
        _follow(walk, child);
        return (false, "");
    }

    /// @dev Both are checked in full even where the path leaves them.
    function _leafOrExtension(Walk memory walk, RlpItem[] memory items) private pure returns (bool, bytes memory) {
        bytes memory path = RlpReader.content(walk.data, items[0]);
        require(path.length > 0, MalformedNode(walk.used, items[0].offset));
        uint256 flags = uint8(path[0]) >> 4;
        bool odd = flags & ODD_FLAG != 0;
        require(flags <= MOST_FLAGS && (odd || uint8(path[0]) & 0x0f == 0), MalformedNode(walk.used, items[0].offset));
        uint256 first = odd ? 1 : 2;
        uint256 length = 2 * path.length - first;
        bool leaf = flags & LEAF_FLAG != 0;
        bytes memory stored;
        if (leaf) {
            stored = RlpReader.content(walk.data, items[1]);
            require(stored.length > 0, MalformedNode(walk.used, items[1].offset));
        } else {
            require(length > 0, MalformedNode(walk.used, items[0].offset));
            _requireChild(walk, items[1], false);
        }
        uint256 left = 2 * walk.key.length - walk.depth;
        if (length > left || (leaf && length != left) || !_matches(walk, path, first, length)) return (true, "");
        if (leaf) return (true, stored);
        walk.depth += length;
        walk.afterExtension = true;
        _follow(walk, items[1]);
        return (false, "");
    }

    function _matches(Walk memory walk, bytes memory path, uint256 first, uint256 length) private pure returns (bool) {
        for (uint256 i; i < length; ++i) {
            if (_nibble(path, first + i) != _nibble(walk.key, walk.depth + i)) return false;
        }
        return true;
    }

    /// @dev A child stands inside its parent if it is shorter than a hash, else it is the next node of the proof.
    function _follow(Walk memory walk, RlpItem memory child) private pure {
        if (child.list) walk.node = child;
        else _take(walk, RlpReader.word(walk.data, child));
    }

    function _take(Walk memory walk, bytes32 wanted) private pure {
        require(walk.used < walk.proof.length, MissingNode(walk.used, wanted));
        bytes memory encoded = walk.proof[walk.used];
        bytes32 found = keccak256(encoded);
        require(found == wanted, WrongNode(walk.used, wanted, found));
        require(walk.used == 0 || encoded.length >= LEAST_HASHED, MalformedNode(walk.used, 0));
        walk.data = encoded;
        walk.node = RlpReader.readWhole(encoded);
        walk.used += 1;
    }

    function _requireChild(Walk memory walk, RlpItem memory child, bool mayBeEmpty) private pure {
        uint256 length = child.end - child.payload;
        if (!child.list) {
            require(length == 32 || (mayBeEmpty && length == 0), MalformedNode(walk.used, child.offset));
            return;
        }
        require(child.end - child.offset < LEAST_HASHED, MalformedNode(walk.used, child.offset));
        uint256 count = _requireCanonical(walk.data, child);
        require(count == 2 || count == BRANCH_ITEMS, MalformedNode(walk.used, child.offset));
    }

    /// @dev An embedded node must be canonical throughout, also where the path does not lead.
    function _requireCanonical(bytes memory data, RlpItem memory list) private pure returns (uint256 count) {
        for (uint256 offset = list.payload; offset < list.end; ++count) {
            RlpItem memory item = RlpReader.read(data, offset, list.end);
            if (item.list) _requireCanonical(data, item);
            offset = item.end;
        }
    }

    function _nibble(bytes memory data, uint256 index) private pure returns (uint256) {
        uint256 pair = uint8(data[index / 2]);
        return index % 2 == 0 ? pair >> 4 : pair & 0x0f;
    }
}
