"""What becomes of several views when they join: which of them stays, and what waits for a block then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devnet.chain.block import Block
from devnet.chain.mempool import Mempool
from devnet.chain.transaction import Transaction
from devnet.chain.tree import BlockTree
from devnet.chain.view import View
from devnet.errors import ChainError
from devnet.types import Hash32


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


def choose_view(views: Sequence[View], tree: BlockTree, fork_choice: ForkChoice) -> View:
    """The first view that stands where the fork choice says. Raises ChainError if none does."""
    chosen = fork_choice([Tip(view.head, view.name) for view in views], tree)
    for view in views:
        if view.head.hash == chosen:
            return view
    raise ChainError(f"the fork choice picked a block that no view stands at: 0x{chosen.hex()}")


def join_mempools(
    pool: Mempool, views: Sequence[View], winner: Hash32, tree: BlockTree, goes_first: Callable[[Transaction], bool]
) -> None:
    """Let all that waits on any view wait in one pool, and what the winner's branch did not take over.

    First what ``goes_first``, then what was in the blocks of the losers, then main's, then the others'; each
    in the order it had. What the winner's branch includes waits no more.
    """
    for view in views:
        pool.put_last(view.mempool.all())
    pool.put_first(t for view in views for t in tree.abandoned(view.head.hash, winner))
    pool.put_first(t for t in pool.all() if goes_first(t))
    shared = winner
    for view in views:
        shared = tree.common_ancestor(shared, view.head.hash).hash
    pool.remove(t for entry in tree.path(shared, winner) for t in entry.transactions)
