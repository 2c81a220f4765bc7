"""Every block that a chain's Producer ever made, by hash: the canonical ones, side branches, rewound ones."""

from __future__ import annotations

import pickle
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from devnet.chain.block import Block, Envelope
from devnet.chain.spool import Spool
from devnet.chain.transaction import Transaction
from devnet.errors import ChainError
from devnet.types import Hash32

PACKED_BEFORE = 256
"""Newest blocks whose envelopes lie ready; older ones lie on disk until a rewind, a replay or a heal asks for them."""


class Entry:
    """One block with all that is needed to make it known again."""

    __slots__ = ("_content", "_spool", "block")

    def __init__(self, block: Block, envelope: Envelope | None, transactions: tuple[Transaction, ...] = ()) -> None:
        self.block = block
        """The block."""
        self._content: _Content | int = (envelope, transactions)
        self._spool: Spool | None = None

    @property
    def envelope(self) -> Envelope | None:
        """What a node imports; None for genesis."""
        return self._unpacked()[0]

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """Its transactions, decoded."""
        return self._unpacked()[1]

    def pack(self, spool: Spool) -> None:
        """Lie on disk from now on; reading it then takes a fifth of a millisecond."""
        if self._spool is None:
            # A disk that does not take it costs memory, not the chain.
            with suppress(OSError):
                self._content, self._spool = spool.add(zlib.compress(pickle.dumps(self._content))), spool

    def _unpacked(self) -> _Content:
        content = self._content
        if isinstance(content, int):
            assert self._spool is not None
            unpacked: _Content = pickle.loads(zlib.decompress(self._spool.read(content)))
            return unpacked
        return content


_Content: TypeAlias = tuple[Envelope | None, tuple[Transaction, ...]]

Leaves = Mapping[Hash32, frozenset[int]]
"""Blocks without a child, with the nodes to which they are leaves, in the order they appeared."""


class BlockTree:
    """Blocks linked by parent; nothing is ever forgotten, only the leaves move with a rewind.

    Any block may be asked for again, however old: by a rewind, by a node whose disk lost it, by one that joins a
    branch. What a node imports is 2 KiB and more a block, so that of old ones goes to disk (``keep_old``). What stays
    in memory is what they are called and how they hang together.
    """

    def __init__(self, genesis: Block, nodes: Iterable[int]) -> None:
        self.genesis = genesis
        self._entries = {genesis.hash: Entry(genesis, None)}
        self._leaves: dict[Hash32, frozenset[int]] = {genesis.hash: frozenset(nodes)}
        self._ready: deque[Entry] = deque()
        self._spool: Spool | None = None

    def keep_old(self, directory: Path) -> None:
        """Let old blocks lie on disk from now on, in a file that nobody else sees."""
        self._spool = Spool(directory)

    def __contains__(self, block: object) -> bool:
        """Whether the Producer made the block of that hash."""
        return block in self._entries

    def add(self, entry: Entry, nodes: Iterable[int]) -> None:
        """Remember a block that these nodes have imported; adding it again for other nodes widens its audience."""
        nodes = frozenset(nodes)
        if entry.block.hash not in self._entries:
            self._entries[entry.block.hash] = entry
            self._ready.append(entry)
            if len(self._ready) > PACKED_BEFORE and self._spool is not None:
                self._ready.popleft().pack(self._spool)
        parent = self._leaves.get(entry.block.parent)
        leaves = dict(self._leaves)
        if parent is not None:
            remaining = parent - nodes
            leaves[entry.block.parent] = remaining
            if not remaining:
                del leaves[entry.block.parent]
        leaves[entry.block.hash] = leaves.get(entry.block.hash, frozenset()) | nodes
        self._leaves = leaves

    def entry(self, block: Hash32) -> Entry:
        """The block of that hash. Raises ChainError for a block that the Producer never made."""
        try:
            return self._entries[block]
        except KeyError:
            raise ChainError(f"unknown block 0x{block.hex()}: the producer never made it") from None

    def block(self, block: Hash32) -> Block:
        """The block of that hash, without its envelope."""
        return self.entry(block).block

    def back(self, block: Hash32) -> Iterator[Entry]:
        """The block, its parent and so on to genesis."""
        entry = self.entry(block)
        while True:
            yield entry
            if entry.block.hash == self.genesis.hash:
                return
            entry = self._entries[entry.block.parent]

    def ancestor_at(self, block: Hash32, number: int) -> Block:
        """The ancestor of that height (the block itself included). Raises ChainError below 0 or above it."""
        for entry in self.back(block):
            if entry.block.number == number:
                return entry.block
        raise ChainError(f"block 0x{block.hex()} has no ancestor at height {number}")

    def is_ancestor(self, ancestor: Hash32, block: Hash32) -> bool:
        """Whether ``ancestor`` is ``block`` or stands below it."""
        number = self.block(ancestor).number
        return self.block(block).number >= number and self.ancestor_at(block, number).hash == ancestor

    def common_ancestor(self, first: Hash32, second: Hash32) -> Block:
        """The highest block that is an ancestor of both."""
        number = min(self.block(first).number, self.block(second).number)
        a, b = self.ancestor_at(first, number), self.ancestor_at(second, number)
        while a.hash != b.hash:
            a, b = self.block(a.parent), self.block(b.parent)
        return a

    def path(self, ancestor: Hash32, block: Hash32) -> tuple[Entry, ...]:
        """The blocks above ``ancestor`` up to and with ``block``, oldest first."""
        result: list[Entry] = []
        for entry in self.back(block):
            if entry.block.hash == ancestor:
                return tuple(reversed(result))
            result.append(entry)
        raise ChainError(f"block 0x{ancestor.hex()} is not an ancestor of 0x{block.hex()}")

    def abandoned(self, old: Hash32, new: Hash32) -> tuple[Transaction, ...]:
        """Transactions of the blocks that are left when a head goes from one block to another, in chain order."""
        shared = self.common_ancestor(old, new).hash
        return tuple(transaction for entry in self.path(shared, old) for transaction in entry.transactions)

    def recent(self, count: int) -> tuple[Entry, ...]:
        """The blocks added last, oldest first, without genesis."""
        newest: list[Entry] = []
        for entry in reversed(self._entries.values()):
            if entry.block.hash == self.genesis.hash or len(newest) == count:
                break
            newest.append(entry)
        return tuple(reversed(newest))

    @property
    def leaves(self) -> Leaves:
        """Tips of all branches; replaced, never changed, so it may be kept as a mark."""
        return self._leaves

    def share(self, nodes: Iterable[int]) -> None:
        """Let these nodes know every tip; what turns out to have a child among them is none any more."""
        everyone = frozenset(nodes)
        tips = tuple(self._leaves)
        inner = {tip for tip in tips if any(tip != other and self.is_ancestor(tip, other) for other in tips)}
        self._leaves = {tip: self._leaves[tip] | everyone for tip in tips if tip not in inner}

    def restore(self, leaves: Leaves) -> None:
        """Go back to the tips of a mark; the blocks above stay known but are tips of nothing."""
        self._leaves = dict(leaves)
