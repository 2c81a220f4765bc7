"""Proofs that were tampered with: pure functions from the nodes of a valid proof to nodes that must be refused (R69).

Each function does one thing to one node; which node is drawn by ``mangled`` from a seeded generator, or chosen by an
attack. ``committed`` then forges the root, too: hashes are made to fit, so that only the shape can give it away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.types import Hash32

Nodes = tuple[bytes, ...]
"""The nodes of a proof, from the root down."""

SHORT_NODE_BYTES: Final = 31
"""Length of the longest node that stands inside its parent."""

_SHORT_LIST: Final = 0xC0
_LONG_LIST: Final = 0xF7
_MOST_SHORT: Final = 55
_BYTE_LIMIT: Final = 0x80

_LEAF: Final = 0x20
_EXTENSION: Final = 0
"""The flag in the first byte of a path (hex-prefix encoding, Yellow Paper appendix C)."""
_NO_FLAG: Final = 0x40
"""A bit that no flag has."""


@dataclass(frozen=True, slots=True)
class Trie:
    """A root and what is shown under it."""

    root: Hash32
    """The root."""
    nodes: Nodes
    """The nodes."""


def one_entry(key: bytes, value: bytes) -> Trie:
    """A trie with one entry, and the proof of it: what anybody can make who may choose the root."""
    leaf = rlp.encode([bytes([_LEAF]) + key, value])
    return Trie(keccak(leaf), (leaf,))


def append_bytes(nodes: Nodes, index: int, tail: bytes) -> Nodes:
    """Bytes after the end of a node."""
    return _replaced(nodes, index, nodes[index] + tail)


def add_node(nodes: Nodes, index: int, node: bytes) -> Nodes:
    """A node too many, before the one with that index or at the end."""
    return (*nodes[:index], node, *nodes[index:])


def drop_node(nodes: Nodes, index: int) -> Nodes:
    """A node too few."""
    return (*nodes[:index], *nodes[index + 1 :])


def swap_nodes(nodes: Nodes, index: int) -> Nodes | None:
    """A node and the one after it, in the other order; None for the last one."""
    if index + 1 >= len(nodes):
        return None
    return (*nodes[:index], nodes[index + 1], nodes[index], *nodes[index + 2 :])


def flip_leaf_flag(nodes: Nodes, index: int) -> Nodes | None:
    """A leaf called an extension, or the other way round; None for a branch."""
    return _with_prefix(nodes, index, _LEAF)


def dirty_flag(nodes: Nodes, index: int) -> Nodes | None:
    """A flag that means nothing, in the path of a leaf or extension; None for a branch."""
    return _with_prefix(nodes, index, _NO_FLAG)


def long_length(nodes: Nodes, index: int) -> Nodes:
    """A node whose length takes a byte more than it must."""
    payload = _payload(nodes[index])
    size = len(payload).to_bytes((len(payload).bit_length() + 7) // 8 or 1)
    padded = size if len(payload) <= _MOST_SHORT else b"\0" + size
    return _replaced(nodes, index, bytes([_LONG_LIST + len(padded)]) + padded + payload)


def wrap_byte(nodes: Nodes, index: int) -> Nodes | None:
    """A single byte with a length before it that it does not need; None if the node has no such item."""
    items = [rlp.encode(item) for item in _items(nodes[index])]
    place = next((place for place, item in enumerate(items) if len(item) == 1 and item[0] < _BYTE_LIMIT), None)
    if place is None:
        return None
    items[place] = bytes([_BYTE_LIMIT + 1]) + items[place]
    return _replaced(nodes, index, _list(b"".join(items)))


def extra_item(nodes: Nodes, index: int) -> Nodes:
    """A node with one item more."""
    return _replaced(nodes, index, rlp.encode([*_items(nodes[index]), b""]))


def short_node(nodes: Nodes, index: int) -> Nodes:
    """The beginning of a node's own hash in its place: a short node that, padded, reads like the reference (J08)."""
    return _replaced(nodes, index, keccak(nodes[index])[:SHORT_NODE_BYTES])


def repeat_embedded(nodes: Nodes, index: int) -> Nodes | None:
    """A node that stands inside its parent, once more by itself; None if the parent has none."""
    inner = next((item for item in _items(nodes[index]) if isinstance(item, list)), None)
    return None if inner is None else add_node(nodes, index + 1, rlp.encode(inner))


def embed_node(nodes: Nodes, index: int) -> Nodes | None:
    """A long node inside its parent instead of its hash; None for the root."""
    if index == 0:
        return None
    reference, child = keccak(nodes[index]), rlp.decode(nodes[index])
    parent = [child if item == reference else item for item in _items(nodes[index - 1])]
    return drop_node(_replaced(nodes, index - 1, rlp.encode(parent)), index)


def other_value(nodes: Nodes, index: int) -> Nodes | None:
    """Another value in a leaf; None where there is none."""
    items = _items(nodes[index])
    value = items[1]
    if not _is_short(items, _LEAF) or not isinstance(value, bytes) or not value:
        return None
    changed = value[:-1] + bytes([value[-1] ^ 1])
    return _replaced(nodes, index, rlp.encode([items[0], changed]))


def cut_at_extension(nodes: Nodes) -> Nodes | None:
    """The proof as far as its first extension, which then is where a leaf should be; None without an extension."""
    for index, node in enumerate(nodes):
        if _is_short(_items(node), _EXTENSION):
            return nodes[: index + 1]
    return None


Mangle = Callable[[Nodes, int, Random], Nodes | None]
"""Tampers with the node of that index; None where there is nothing to tamper with."""

MANGLES: Final[Mapping[str, Mangle]] = MappingProxyType(
    {
        "trailing bytes": lambda nodes, index, chance: append_bytes(nodes, index, chance.randbytes(1)),
        "trailing item": lambda nodes, index, chance: append_bytes(nodes, index, rlp.encode(chance.randbytes(4))),
        "surplus node": lambda nodes, index, chance: add_node(nodes, index + 1, chance.choice(nodes)),
        "missing node": lambda nodes, index, chance: drop_node(nodes, index),
        "swapped nodes": lambda nodes, index, chance: swap_nodes(nodes, index),
        "leaf flag": lambda nodes, index, chance: flip_leaf_flag(nodes, index),
        "dirty flag": lambda nodes, index, chance: dirty_flag(nodes, index),
        "long length": lambda nodes, index, chance: long_length(nodes, index),
        "wrapped byte": lambda nodes, index, chance: wrap_byte(nodes, index),
        "extra item": lambda nodes, index, chance: extra_item(nodes, index),
        "short node": lambda nodes, index, chance: short_node(nodes, index),
        "repeated embedded node": lambda nodes, index, chance: repeat_embedded(nodes, index),
        "embedded long node": lambda nodes, index, chance: embed_node(nodes, index),
        "other value": lambda nodes, index, chance: other_value(nodes, index),
        "cut at extension": lambda nodes, index, chance: cut_at_extension(nodes),
    }
)
"""Every way of tampering, by name; each of them, wherever it applies, makes a proof that must be refused."""


def mangled(name: str, nodes: Nodes, seed: int) -> Nodes | None:
    """The proof with one of its nodes tampered with in that way; None where the way does not apply to that node.

    Which node, and with what, is drawn from the seed. Raises KeyError for an unknown way.
    """
    chance = Random(seed)
    return MANGLES[name](nodes, chance.randrange(len(nodes)), chance) if nodes else None


def committed(before: Nodes, after: Nodes) -> Trie | None:
    """What was tampered with under a root that commits to it; None if nodes were added or taken away.

    Every changed node's new hash stands where the old one stood.
    """
    if len(before) != len(after) or not after:
        return None
    nodes = list(after)
    for index in range(len(nodes) - 1, 0, -1):
        nodes[index - 1] = nodes[index - 1].replace(keccak(before[index]), keccak(nodes[index]))
    return Trie(keccak(nodes[0]), tuple(nodes))


def _replaced(nodes: Nodes, index: int, node: bytes) -> Nodes:
    return (*nodes[:index], node, *nodes[index + 1 :])


def _with_prefix(nodes: Nodes, index: int, bits: int) -> Nodes | None:
    items = _items(nodes[index])
    path = items[0]
    if len(items) != 2 or not isinstance(path, bytes):
        return None
    return _replaced(nodes, index, rlp.encode([bytes([path[0] ^ bits]) + path[1:], items[1]]))


def _is_short(items: list[rlp.Item], kind: int) -> bool:
    """Whether a node is a leaf, or an extension."""
    path = items[0]
    return len(items) == 2 and isinstance(path, bytes) and path[0] & _LEAF == kind


def _items(node: bytes) -> list[rlp.Item]:
    items = rlp.decode(node)
    if not isinstance(items, list):
        raise rlp.InvalidRlp(f"a node must be a list, found 0x{node.hex()}")
    return items


def _payload(node: bytes) -> bytes:
    prefix = node[0]
    return node[1:] if prefix <= _LONG_LIST else node[1 + prefix - _LONG_LIST :]


def _list(payload: bytes) -> bytes:
    if len(payload) <= _MOST_SHORT:
        return bytes([_SHORT_LIST + len(payload)]) + payload
    size = len(payload).to_bytes((len(payload).bit_length() + 7) // 8)
    return bytes([_LONG_LIST + len(size)]) + size + payload
