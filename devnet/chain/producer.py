"""The consensus client of one chain: decides when a block is made, on which parent, with what in it.

It is the truth about the chain: it keeps every block it made and every transaction that waits, so rewind,
heal, resync and replay all come from here. Its methods are for one thread, the chain's worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from devnet.chain.block import MAIN, Attributes, Block, BlockSeen, ChainEvent, Heads
from devnet.chain.building import build_block
from devnet.chain.encoding import keccak, to_data
from devnet.chain.finality import finality_behind
from devnet.chain.joining import ForkChoice, choose_longest, choose_view, join_mempools
from devnet.chain.mark import ChainMark
from devnet.chain.node import DrivenNode
from devnet.chain.transaction import Transaction
from devnet.chain.tree import BlockTree, Entry
from devnet.chain.view import View
from devnet.chain.views import Views
from devnet.config.network import ChainSpec
from devnet.errors import ChainError, UsageError
from devnet.types import Hash32, Json

FEE_RECIPIENT = keccak(b"mosaic-devnet fee recipient")[12:]
"""Gets the tips of a chain's blocks until somebody else is named; nobody holds its key."""

Wait = Callable[[], list[dict[str, Any]]]
"""Waits for a node to adopt a block and gives its receipts, if they were asked for."""


class Producer:
    """Makes the blocks of one chain on all its nodes."""

    def __init__(
        self,
        spec: ChainSpec,
        nodes: Sequence[DrivenNode],
        genesis: Block,
        seed: int,
        now: Callable[[], int],
        fork_choice: ForkChoice | None,
        on_block: Callable[[BlockSeen], None],
        on_event: Callable[[ChainEvent], None],
    ) -> None:
        self.spec = spec
        self.nodes = tuple(nodes)
        self.tree = BlockTree(genesis, range(len(nodes)))
        self.views = Views(spec.name, genesis, len(nodes))
        self.halted = False
        self.fee_recipient = FEE_RECIPIENT
        self.is_censored: Callable[[Transaction], bool] | None = None
        self._seed = seed
        self._now = now
        self._choose = fork_choice or choose_longest
        self._on_block = on_block
        self._on_event = on_event

    # -- blocks

    def mine(self, view: View, timestamp: int | None) -> Block:
        """One block on a view's head; returns it when every node of the view stands there."""
        nodes = self.nodes_of(view)
        attributes = self._attributes(view, timestamp)
        nodes[0].begin_move(view.heads)()
        envelope, chosen = build_block(nodes[0], view, attributes, self.is_censored, self._refused(view))
        block = envelope.block(view.name, tuple(transaction.hash for transaction in chosen))
        safe, finalised = finality_behind(self.spec, self.tree, view, block.number)
        heads = Heads(block.hash, safe, finalised)
        waits = [node.begin_adopt(envelope, heads, bool(chosen) and node is nodes[0]) for node in nodes]
        receipts = self._gather(nodes, waits)
        self.tree.add(Entry(block, envelope, chosen), [self.nodes.index(node) for node in nodes])
        view.head, view.safe, view.finalised, view.fork_salt = block, safe, finalised, b""
        view.mempool.remove(chosen)
        self._flip_back(nodes[0])
        self._on_block(_seen(block, view.name, receipts))
        return block

    def nodes_of(self, view: View) -> list[DrivenNode]:
        """The nodes of a view that take part. Raises ChainError if there are none."""
        nodes = [self.nodes[index] for index in view.nodes if self.nodes[index].is_up]
        if not nodes:
            states = ", ".join(f"{self.nodes[index].name} {self.nodes[index].state.value}" for index in view.nodes)
            raise ChainError(f"{self.spec.name}: no node of view {view.name} is up ({states})")
        return nodes

    def set_finality(self, view: View, safe: Hash32, finalised: Hash32) -> None:
        """Call these blocks safe and finalised from the view's next block on."""
        if self.spec.finalised_after_epochs:
            raise UsageError(f"finality of {self.spec.name} follows from its head")
        if not self.tree.is_ancestor(finalised, safe) or not self.tree.is_ancestor(safe, view.head.hash):
            raise ChainError(
                f"{self.spec.name}: finalised {to_data(finalised)}, safe {to_data(safe)} and head "
                f"{to_data(view.head.hash)} of view {view.name} are not on one branch in this order"
            )
        view.safe, view.finalised = safe, finalised

    def set_halted(self, halted: bool) -> None:
        """Note whether blocks are made at all, and tell of it."""
        if self.halted != halted:
            self.halted = halted
            kind = "ChainHalted" if halted else "ChainResumed"
            self._on_event(ChainEvent(kind, self.spec.name, self.views[MAIN].head.number, {}))

    # -- branches

    def heal(self, goes_first: Callable[[Transaction], bool]) -> Block:
        """Join all views: every node learns every block and stands at the tip that the fork choice picks."""
        views = list(self.views)
        winner = choose_view(views, self.tree, self._choose)
        for view in views:
            self._report_reorg(view, winner.head)
        main = self.views.join(winner)
        join_mempools(main.mempool, views, winner.head.hash, self.tree, goes_first)
        self._spread()
        return main.head

    def reorg(self, view: View, depth: int, past_finality: bool, replacement: int) -> Block:
        """Leave the newest ``depth`` blocks of a view and make ``replacement`` others in their place.

        The transactions of the blocks left wait again, before all others and in chain order.
        """
        target = self._reorg_target(view, depth, past_finality)
        old = view.head
        safe, finalised = (self.tree.common_ancestor(block, target.hash).hash for block in (view.safe, view.finalised))
        self._report_reorg(view, target)
        view.head, view.safe, view.finalised = target, safe, finalised
        view.fork_salt = keccak(b"reorg" + old.hash + target.hash)[:8]
        view.mempool.put_first(self.tree.abandoned(old.hash, target.hash))
        self._settle()
        for _ in range(replacement):
            self.mine(view, None)
        return view.head

    # -- time travel

    def mark(self) -> ChainMark:
        """All that moves, to come back to."""
        views = tuple(view.copy() for view in self.views)
        return ChainMark(self.spec.name, views, self.views.homes, self.tree.leaves, self.halted, self.is_censored)

    def rewind(self, mark: ChainMark) -> list[Transaction]:
        """Go back to a mark: heads, finality, mempools, views; nothing is told to anyone.

        Returns what waited, or was in a block that is left.
        """
        if mark.chain != self.spec.name:
            raise UsageError(f"a mark of {mark.chain} cannot rewind {self.spec.name}")
        known = [transaction for view in self.views for transaction in view.mempool.all()]
        heads = [view.head.hash for view in self.views]
        self.views.restore(mark.views, mark.homes)
        self.tree.restore(mark.leaves)
        self.halted, self.is_censored = mark.halted, mark.is_censored
        self._settle()
        main = self.views[MAIN].head.hash
        return known + [transaction for head in heads for transaction in self.tree.abandoned(head, main)]

    # -- inside

    def _attributes(self, view: View, timestamp: int | None) -> Attributes:
        earliest = view.head.timestamp + 1
        if timestamp is not None and timestamp < earliest:
            raise UsageError(f"{self.spec.name}: timestamp must be >= {earliest}, found {timestamp}")
        number = view.head.number + 1
        randao = keccak(self._seed.to_bytes(32, "big") + self.spec.name.encode() + b"/" + number.to_bytes(8, "big"))
        time = timestamp if timestamp is not None else max(earliest, self._now())
        return Attributes(time, randao, self.fee_recipient, view.fork_salt or view.salt)

    def _gather(self, nodes: Sequence[DrivenNode], waits: Sequence[Wait]) -> list[dict[str, Any]]:
        answers = []
        for node, wait in zip(nodes, waits, strict=True):
            try:
                answers.append(wait())
            except ChainError:
                # A follower that has failed for good does not stop the others.
                if node.is_up or node is nodes[0]:
                    raise
        return answers[0]

    def _flip_back(self, node: DrivenNode) -> None:
        if node.is_up:
            node.begin_move(self.views.home(self.nodes.index(node)).heads)()

    def _settle(self) -> None:
        """Bring every node to the head of the view it stays at."""
        waits = [node.begin_move(self.views.home(i).heads) for i, node in enumerate(self.nodes) if node.is_up]
        for wait in waits:
            wait()

    def _spread(self) -> None:
        """Let every node learn every tip."""
        tips = tuple(self.tree.leaves)
        for node in self.nodes:
            for tip in tips if node.is_up else ():
                node.learn(tip)
        self.tree.share(range(len(self.nodes)))
        self._settle()

    def _reorg_target(self, view: View, depth: int, past_finality: bool) -> Block:
        if not 0 < depth <= view.head.number:
            raise UsageError(f"{self.spec.name}: depth must be 1 to {view.head.number} (the height), found {depth}")
        final = self.tree.block(view.finalised).number
        if view.head.number - depth < final and not past_finality:
            raise UsageError(
                f"{self.spec.name}: a reorg of {depth} from height {view.head.number} would leave finalised block "
                f"{final}: at most {view.head.number - final}, more only past finality (--past-finality)"
            )
        return self.tree.ancestor_at(view.head.hash, view.head.number - depth)

    def _report_reorg(self, view: View, new: Block) -> None:
        """Tell of a view that goes elsewhere; one that only goes ahead is not reorganised."""
        shared = self.tree.common_ancestor(view.head.hash, new.hash)
        if shared.hash == view.head.hash:
            return
        payload: dict[str, Json] = {
            "view": view.name,
            "depth": view.head.number - shared.number,
            "old": to_data(view.head.hash),
            "new": to_data(new.hash),
        }
        self._on_event(ChainEvent("Reorged", self.spec.name, shared.number, payload))

    def _refused(self, view: View) -> Callable[[Transaction, str], None]:
        def refused(transaction: Transaction, words: str) -> None:
            payload: dict[str, Json] = {
                "view": view.name,
                "hash": to_data(transaction.hash),
                "sender": to_data(transaction.sender),
                "nonce": transaction.nonce,
                "error": words,
            }
            self._on_event(ChainEvent("TransactionRefused", self.spec.name, view.head.number + 1, payload))

        return refused


def _seen(block: Block, view: str, receipts: Sequence[dict[str, Any]]) -> BlockSeen:
    logs = tuple(log for receipt in receipts for log in receipt["logs"])
    return BlockSeen(block, view, len(block.transactions), logs, tuple(receipts))
