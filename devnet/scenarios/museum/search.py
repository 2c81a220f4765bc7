"""What attackers find by trying: messages whose entries lie in a trie as they want it, a hash that reads like a node.

Numbers are tried from zero up, so what is found is the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, count
from typing import Final

from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot, variable_slot
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.types import Address, Hash32

COLLIDING_BALANCE: Final = 5_106_021_780
"""A balance whose leaf, under the second nibble of ATTACKED, has a hash that begins like a leaf of 31 bytes and ends
with a zero: one in 2^32, found by trying them all from 0 up."""

ATTACKED: Final = b"\x11"
"""Account number of the attacker in the vault of short keys."""

UNTOUCHED: Final = b"\x22"
"""Account number of the victim there."""

_NEXT_NONCE: Final = 2
_LAST_MESSAGE: Final = 3
_BOUNTY_OWNER: Final = 4
_LOCKED: Final = 6
"""Slots of a Gateway; a contract test compares them with the compiled layout."""

_ODD_LEAF: Final = 0x30
_EVEN_LEAF: Final = 0x20
_LEAST_SHARED: Final = 2
_NIBBLES: Final = 64


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where an extension leads in the storage of a gateway that knows one message."""

    staked: Transfer
    """The message."""
    prefix: bytes
    """Nibbles of every key that the extension leads to."""


def find_crossing(ends: Ends, staked: Transfer) -> Crossing:
    """The first gas limit with which the stake, alone in a gateway, leaves an extension whose hash ends in the byte of
    Declared. No reward is paid whatever the limit, since the price is zero.
    """
    return next(
        Crossing(tried, prefix)
        for tried in _by_gas_limit(staked)
        for prefix, below in _extensions(_entries(ends, tried))
        if below[-1] == MessageStatus.DECLARED
    )


def find_behind(ends: Ends, forged: Transfer, prefix: bytes) -> Transfer:
    """The same transfer with the first gas limit that puts its entry behind the prefix."""
    return next(
        tried
        for tried in _by_gas_limit(forged)
        if nibbles(outbox_key(tried.hash(Direction.STAKE, ends))).startswith(prefix)
    )


def outbox_key(message: Hash32) -> Hash32:
    """Path of a message's outbox entry in a gateway's storage trie."""
    return keccak(mapping_slot(message, GATEWAY_OUTBOX))


def nibbles(key: bytes) -> bytes:
    """The half-bytes of a key, one a byte."""
    return bytes(half for byte in key for half in (byte >> 4, byte & 15))


def colliding_trie(others: int) -> tuple[bytes, bytes]:
    """A branch with the leaves of both accounts, and the attacker's leaf; ``others`` is the victim's balance.

    Keys are single bytes and values words, so a leaf holds one nibble and 32 bytes.
    """
    leaf = _balance_leaf(ATTACKED, COLLIDING_BALANCE)
    branch: list[bytes] = [b""] * 17
    branch[ATTACKED[0] >> 4] = keccak(leaf)
    branch[UNTOUCHED[0] >> 4] = keccak(_balance_leaf(UNTOUCHED, others))
    return rlp.encode(branch), leaf


def _by_gas_limit(sent: Transfer) -> Iterator[Transfer]:
    """The transfer with every gas limit, from 0 up without end."""
    return (replace(sent, gas_limit=limit) for limit in count())


def _balance_leaf(number: bytes, balance: int) -> bytes:
    return rlp.encode([bytes([_ODD_LEAF | number[0] & 15]), balance.to_bytes(32)])


def _entries(ends: Ends, sent: Transfer) -> Mapping[bytes, bytes]:
    """Paths and values of a gateway's storage once it has taken its first stake, by the sender itself."""
    message = sent.hash(Direction.STAKE, ends)
    words: dict[bytes, int] = {
        mapping_slot(message, GATEWAY_OUTBOX): MessageStatus.DECLARED,
        mapping_slot(sent.sender, _NEXT_NONCE): sent.nonce + 1,
        mapping_slot(sent.sender, _LAST_MESSAGE): int.from_bytes(message),
        mapping_slot(message, _BOUNTY_OWNER): _word(sent.sender),
        variable_slot(_LOCKED): sent.amount,
    }
    return {nibbles(keccak(slot)): rlp.encode(rlp.encode_integer(value)) for slot, value in words.items()}


def _word(address: Address) -> int:
    return int.from_bytes(address)


def _extensions(entries: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, Hash32]]:
    """Extensions under the root: what they lead to, and the hash of the branch there."""
    for left, right in combinations(sorted(entries), 2):
        shared = next(index for index in range(_NIBBLES) if left[index] != right[index])
        alone = sum(path[0] == left[0] for path in entries) == 2
        if shared >= _LEAST_SHARED and alone:
            branch: list[bytes] = [b""] * 17
            for path in (left, right):
                branch[path[shared]] = keccak(_leaf(path[shared + 1 :], entries[path]))
            yield left[:shared], keccak(rlp.encode(branch))


def _leaf(path: bytes, value: bytes) -> bytes:
    first, rest = (_ODD_LEAF | path[0], path[1:]) if len(path) % 2 else (_EVEN_LEAF, path)
    packed = bytes(high << 4 | low for high, low in zip(rest[::2], rest[1::2], strict=True))
    return rlp.encode([bytes([first]) + packed, value])
