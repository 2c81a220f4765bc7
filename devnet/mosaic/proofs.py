"""Merkle-Patricia proofs, strictly: one proof per fact, in the layout of ``eth_getProof`` (R69; EIP-1186).

The layout: the root node and every node referenced by hash, from the root down; a node shorter than 32
bytes stands inside its parent and is never repeated. Canonical RLP, no node too many, none missing; a short
node referenced by hash, a long one embedded and an extension without a branch are refused too. So nobody has
two proofs of one fact. A branch with a single occupant, which no honest trie has, does no harm and passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devnet.errors import ProtocolViolation
from devnet.mosaic import rlp
from devnet.mosaic.keccak import ZERO_HASH, hash_word, keccak
from devnet.types import Address, Hash32

EMPTY_TRIE_ROOT: Final = keccak(b"\x80")
"""Root of the trie without entries."""
EMPTY_CODE_HASH: Final = keccak(b"")
"""Code hash of an account without code."""

_BRANCH_ITEMS: Final = 17
_VALUE: Final = 16


class InvalidProof(ProtocolViolation):
    """A proof that does not prove what it is said to."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the state trie stores for an address."""

    nonce: int
    """Transactions sent, or contracts made."""
    balance: int
    """In wei."""
    storage_root: Hash32
    """Root of its storage trie."""
    code_hash: Hash32
    """keccak256 of its code."""

    def encode(self) -> bytes:
        """The RLP that is the value in the state trie."""
        items = [rlp.encode_integer(self.nonce), rlp.encode_integer(self.balance), self.storage_root, self.code_hash]
        return rlp.encode(items)


def verify_inclusion(root: Hash32, key: bytes, value: bytes, nodes: Sequence[bytes]) -> None:
    """Check that the trie with this root stores exactly ``value`` under the path ``key``.

    ``key`` is taken as it is: hash it before where the trie is secure. Raises InvalidProof.
    """
    if not value:
        raise InvalidProof("an empty value is never stored: prove absence instead")
    found = _Walk(root, key, nodes).value()
    if found is None:
        raise InvalidProof(f"path 0x{key.hex()} is proven absent, not 0x{value.hex()}")
    if found != value:
        raise InvalidProof(f"path 0x{key.hex()} must store 0x{value.hex()}, stores 0x{found.hex()}")


def verify_absence(root: Hash32, key: bytes, nodes: Sequence[bytes]) -> None:
    """Check that the trie with this root stores nothing under the path ``key`` (R73, R74). Raises InvalidProof."""
    found = _Walk(root, key, nodes).value()
    if found is not None:
        raise InvalidProof(f"path 0x{key.hex()} must be absent, stores 0x{found.hex()}")


def verify_account(state_root: Hash32, address: Address, account: Account, nodes: Sequence[bytes]) -> None:
    """Check an account under a state root: the ``accountProof`` of eth_getProof. Raises InvalidProof."""
    if len(address) != 20:
        raise InvalidProof(f"address must have 20 bytes, found {len(address)}")
    verify_inclusion(state_root, keccak(address), account.encode(), nodes)


def verify_storage(storage_root: Hash32, slot: bytes, value: int, nodes: Sequence[bytes]) -> None:
    """Check one word of storage: a ``storageProof`` of eth_getProof; 0 is proven by absence. Raises InvalidProof.

    ``slot`` is the 32-byte storage key, not yet hashed.
    """
    if len(slot) != 32:
        raise InvalidProof(f"storage key must have 32 bytes, found {len(slot)}")
    if not 0 <= value < 1 << 256:
        raise InvalidProof(f"storage word must be in [0, 2**256), found {value}")
    if value == 0:
        verify_absence(storage_root, keccak(slot), nodes)
    else:
        verify_inclusion(storage_root, keccak(slot), rlp.encode(rlp.encode_integer(value)), nodes)


class _Walk:
    """One walk from the root along a path, taking each node of the proof exactly once."""

    def __init__(self, root: Hash32, key: bytes, nodes: Sequence[bytes]) -> None:
        if len(root) != 32 or root == ZERO_HASH:
            raise InvalidProof(f"root must be 32 bytes and not zero, found 0x{root.hex()}")
        self._root = root
        self._path = _nibbles(key)
        self._nodes = nodes
        self._used = 0

    def value(self) -> bytes | None:
        """What is stored at the end of the path, or None if the proof shows that nothing is."""
        found = None if self._root == EMPTY_TRIE_ROOT else self._descend(self._take(self._root))
        if self._used != len(self._nodes):
            raise InvalidProof(f"proof must have {self._used} nodes, found {len(self._nodes)}")
        return found

    def _descend(self, node: list[rlp.Item]) -> bytes | None:
        after_extension = False
        while True:
            is_branch = len(node) == _BRANCH_ITEMS
            if after_extension and not is_branch:
                raise InvalidProof("an extension must be followed by a branch")
            child, value = self._in_branch(node) if is_branch else self._in_short_node(node)
            if child is None:
                return value
            after_extension = not is_branch
            node = child if isinstance(child, list) else self._take(child)

    def _in_branch(self, node: list[rlp.Item]) -> tuple[rlp.Item | None, bytes | None]:
        """The child to follow, or None and what the path ends at."""
        _check_branch(node)
        if not self._path:
            return None, _stored(node[_VALUE]) or None
        child = node[self._path[0]]
        self._path = self._path[1:]
        return (None, None) if child == b"" else (child, None)

    def _in_short_node(self, node: list[rlp.Item]) -> tuple[rlp.Item | None, bytes | None]:
        """The same for a leaf or an extension; both are checked even where the path leaves them."""
        piece, is_leaf = _compact_path(node)
        if is_leaf:
            value = _leaf_value(node)
            return None, value if self._path == piece else None
        _check_child(node[1], may_be_empty=False)
        if not self._path.startswith(piece):
            return None, None
        self._path = self._path[len(piece) :]
        return node[1], None

    def _take(self, reference: bytes) -> list[rlp.Item]:
        if self._used >= len(self._nodes):
            raise InvalidProof(f"proof lacks node 0x{reference.hex()}")
        encoded = bytes(self._nodes[self._used])
        if keccak(encoded) != hash_word(reference):
            raise InvalidProof(
                f"node {self._used} must hash to 0x{reference.hex()}, hashes to 0x{keccak(encoded).hex()}"
            )
        if self._used > 0 and len(encoded) < 32:
            raise InvalidProof(f"node {self._used} has {len(encoded)} bytes and must stand inside its parent")
        try:
            node = rlp.decode(encoded)
        except rlp.InvalidRlp as error:
            raise InvalidProof(f"node {self._used} is not canonical rlp: {error}") from error
        self._used += 1
        return _check_node(node)


def _check_node(node: rlp.Item) -> list[rlp.Item]:
    if not isinstance(node, list) or len(node) not in (2, _BRANCH_ITEMS):
        raise InvalidProof("a node must be a list of 2 or 17 items")
    return node


def _check_branch(node: list[rlp.Item]) -> None:
    for child in node[:_VALUE]:
        _check_child(child, may_be_empty=True)
    _stored(node[_VALUE])


def _check_child(child: rlp.Item, *, may_be_empty: bool) -> None:
    if isinstance(child, list):
        _check_node(child)
        if len(rlp.encode(child)) >= 32:
            raise InvalidProof("a node of 32 bytes or more must be referenced by hash")
    elif len(child) != 32 and not (may_be_empty and child == b""):
        raise InvalidProof(f"a reference must have 32 bytes, found {len(child)}")


def _stored(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise InvalidProof("a value must be a byte string, found a list")
    return item


def _leaf_value(node: list[rlp.Item]) -> bytes:
    value = _stored(node[1])
    if not value:
        raise InvalidProof("a leaf must store something")
    return value


def _compact_path(node: list[rlp.Item]) -> tuple[bytes, bool]:
    """Nibbles of a leaf or extension and whether it is a leaf (hex-prefix encoding, Yellow Paper appendix C)."""
    encoded = node[0]
    if not isinstance(encoded, bytes) or not encoded:
        raise InvalidProof("a path must be a non-empty byte string")
    nibbles = _nibbles(encoded)
    flag = nibbles[0]
    if flag > 3 or (flag % 2 == 0 and nibbles[1] != 0):
        raise InvalidProof(f"path prefix 0x{encoded[:1].hex()} is not a hex prefix")
    piece = nibbles[1:] if flag % 2 else nibbles[2:]
    is_leaf = flag >= 2
    if not is_leaf and not piece:
        raise InvalidProof("an extension must have a path")
    return piece, is_leaf


def _nibbles(data: bytes) -> bytes:
    return bytes(nibble for byte in data for nibble in (byte >> 4, byte & 15))
