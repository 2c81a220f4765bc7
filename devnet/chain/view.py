"""A view of a chain: the branch that some of its nodes follow, with a mempool and a salt of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from devnet.chain.block import Block, Heads
from devnet.chain.mempool import Mempool
from devnet.types import Hash32


@dataclass(slots=True)
class View:
    """What a view is right now; changed by the Producer alone."""

    name: str
    """``main``, or the name given when it branched off."""
    nodes: tuple[int, ...]
    """Indices of the nodes that follow it; the first that is up builds and answers."""
    head: Block
    """Its newest block."""
    safe: Hash32
    """What its nodes call ``safe``."""
    finalised: Hash32
    """What its nodes call ``finalized``."""
    salt: bytes
    """Extra data of every block made on it, so that siblings of equal content differ."""
    fork_salt: bytes
    """Extra data of the next block only, after a reorg; empty = none."""
    mempool: Mempool
    """What waits for a block on it."""

    @property
    def heads(self) -> Heads:
        """Where its nodes stand."""
        return Heads(self.head.hash, self.safe, self.finalised)

    def copy(self) -> View:
        """The view as it is, whatever becomes of it."""
        return replace(self, mempool=Mempool(self.mempool.all()))
