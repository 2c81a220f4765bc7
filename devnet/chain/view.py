"""A view of a chain: the branch that some of its nodes follow, with a mempool and a salt of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devnet.chain.block import Block, Heads
from devnet.chain.mempool import Mark as MempoolMark
from devnet.chain.mempool import Mempool
from devnet.chain.transaction import Transaction
from devnet.chain.tree import BlockTree, Leaves
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


@dataclass(frozen=True, slots=True)
class ViewMark:
    """A view as it was."""

    name: str
    """Its name."""
    nodes: tuple[int, ...]
    """Its nodes."""
    head: Block
    """Its head."""
    safe: Hash32
    """Its safe block."""
    finalised: Hash32
    """Its finalised block."""
    salt: bytes
    """Its salt."""
    fork_salt: bytes
    """Salt of its next block."""
    mempool: MempoolMark
    """What waited."""

    @staticmethod
    def of(view: View) -> ViewMark:
        """The mark of a view."""
        return ViewMark(
            view.name, view.nodes, view.head, view.safe, view.finalised, view.salt, view.fork_salt, view.mempool.mark()
        )

    def view(self) -> View:
        """The view as it was."""
        return View(
            self.name,
            self.nodes,
            self.head,
            self.safe,
            self.finalised,
            self.salt,
            self.fork_salt,
            Mempool(self.mempool),
        )


@dataclass(frozen=True, slots=True)
class ChainMark:
    """All that a chain owns at one moment; usable any number of times, also to go forward again."""

    chain: str
    """The chain's name."""
    views: tuple[ViewMark, ...]
    """Its views, main first."""
    homes: tuple[str, ...]
    """Per node the view whose head it stays at."""
    leaves: Leaves
    """Its tips."""
    halted: bool
    """Whether it was halted."""
    is_censored: Callable[[Transaction], bool] | None
    """What was censored."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A branch that the fork choice may take."""

    block: Block
    """Its newest block."""
    view: str
    """The view that stands there."""


ForkChoice = Callable[[Sequence[Tip], BlockTree], Hash32]
"""Picks one of the tips when views join; main's comes first. The World gives R23, the default is the longest."""


def choose_longest(tips: Sequence[Tip], tree: BlockTree) -> Hash32:
    """The highest tip; of equals the first, so that main stays."""
    return max(tips, key=lambda tip: tip.block.number).block.hash


@dataclass(frozen=True, slots=True)
class Head:
    """A tip of the chain as ``devnet_heads`` lists it."""

    block: Block
    """The tip."""
    views: tuple[str, ...]
    """Views that stand there; none for a side branch."""
    nodes: tuple[int, ...]
    """Nodes that know it as a tip."""
