"""A chain as the World holds it: nodes, a Producer, a clock, one worker, an RPC front.

Every command that moves the chain passes through its worker, so timer, reorg, rewind and restart never race.
Reading does not: it goes to a node at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from devnet.chain.adoption import PoolAdoption
from devnet.chain.block import MAIN, Block, BlockSeen, ChainEvent
from devnet.chain.clock import Clock
from devnet.chain.engine import Engine
from devnet.chain.front import RpcFront
from devnet.chain.genesis import genesis_block, read_genesis
from devnet.chain.joining import ForkChoice
from devnet.chain.mark import ChainMark
from devnet.chain.mempool import Mempool
from devnet.chain.node import DrivenNode
from devnet.chain.producer import Producer
from devnet.chain.revival import Revival
from devnet.chain.submission import Submission
from devnet.chain.transaction import Transaction
from devnet.chain.tree import BlockTree
from devnet.chain.view import View
from devnet.chain.views import Head
from devnet.chain.worker import Worker
from devnet.config.network import ChainSpec
from devnet.errors import ChainError, RpcError, TransportError, UsageError
from devnet.runtime.base import RunningNode
from devnet.types import Address

T = TypeVar("T")

Connect = Callable[[RunningNode], Engine]


class Chain:
    """One running chain."""

    def __init__(
        self,
        spec: ChainSpec,
        nodes: Sequence[RunningNode],
        clock: Clock,
        seed: int,
        fork_choice: ForkChoice | None = None,
        on_block: Callable[[BlockSeen], None] | None = None,
        on_event: Callable[[ChainEvent], None] | None = None,
        connect: Connect = lambda running: Engine(running.endpoint, name=running.name),
    ) -> None:
        self.spec = spec
        """What it is."""
        self.clock = clock
        """Gives blocks their time."""
        self.front = RpcFront(self)
        """What users and actors call."""
        self._seed = seed
        self._fork_choice = fork_choice
        self._on_block = on_block or (lambda seen: None)
        self._on_event = on_event or (lambda event: None)
        self.nodes = tuple(DrivenNode(running, clock.now, self._report_node, connect) for running in nodes)
        """Its nodes, by index."""
        self.genesis_header: dict[str, Any] = {}
        """Block 0 as ``eth_getBlockByNumber`` shows it; empty before the chain is started."""
        self._submission = Submission(spec.chain_id, self.read_many, self.front.filters.put)
        self._adoption = PoolAdoption(self._submission.submit)
        self._worker = Worker(spec.name)
        self.on_command = self._worker.on_command
        """Calls a listener, which must not block, after every command on its worker; returns what ends that."""
        self._revival = Revival(self.nodes, self._worker)
        self._producer: Producer | None = None

    # -- life

    def start(self) -> None:
        """Wait until every node answers, and set their heads to the genesis they share."""
        self._worker.run(self._start)

    def pay_fees_to(self, recipient: Address) -> None:
        """Name who gets the tips of the blocks from the next one on."""
        self._worker.run(lambda: setattr(self._made, "fee_recipient", recipient))

    def close(self) -> None:
        """End the worker and every connection; the nodes are the runtime's. Idempotent."""
        for node in self.nodes:
            node.retire()
        self._worker.close()
        for node in self.nodes:
            node.engine.close()

    def revive(self) -> None:
        """Restart every node that is dead and not held down, bring it back to its head and assert that."""
        self._revival.revive()

    def hold_node(self, index: int) -> None:
        """Let a fault keep a node down: nothing restarts it before ``release_node``."""
        self._worker.run(self.nodes[index].hold)

    def release_node(self, index: int) -> None:
        """Restart a node that was held down, and let it catch up with its view."""
        self._worker.run(lambda: self.nodes[index].release(self._made.views.home(index).heads))

    # -- what it is

    @property
    def genesis(self) -> Block:
        """Block 0."""
        return self._made.tree.genesis

    @property
    def head(self) -> Block:
        """Newest block of the main view."""
        return self.view().head

    @property
    def views(self) -> tuple[str, ...]:
        """Names of its views, main first."""
        return self._made.views.names

    @property
    def tree(self) -> BlockTree:
        """Every block that was ever made, for those who choose between branches."""
        return self._made.tree

    @property
    def halted(self) -> bool:
        """Whether it makes no blocks."""
        return self._made.halted

    def view(self, name: str = MAIN) -> View:
        """A view as it stands; to look at, not to change."""
        return self._made.views[name]

    def heads(self, view: str | None = None) -> tuple[Head, ...]:
        """Tips of all branches, or of those known to the nodes of one view."""
        return self._made.views.heads(self.tree, None if view is None else self.view(view))

    def pending(self, view: str = MAIN) -> tuple[Transaction, ...]:
        """What waits for a block, in order of arrival."""
        return self.mempool(view).all()

    def mempool(self, view: str = MAIN) -> Mempool:
        """What waits on a view."""
        return self.view(view).mempool

    # -- commands

    def later(self, command: Callable[[], T]) -> Future[T]:
        """Run ``command`` on this chain's worker and return at once, to drive several chains together."""
        return self._worker.later(command)

    def mine(self, count: int = 1, timestamp: int | None = None, view: str = MAIN) -> Block:
        """Make ``count`` >= 1 blocks on a view and return the last; ``timestamp`` is for the first of them.

        Raises ChainError while the chain is halted.
        """
        return self._worker.run(lambda: self._mine(count, timestamp, view))

    def submit(self, raw: bytes, view: str = MAIN) -> bytes:
        """Let a signed transaction wait for a block and return its hash.

        Raises RpcError with geth's words if no block could take it.
        """
        return self._submission.submit(raw, self.view(view))

    def reorg(self, depth: int, past_finality: bool = False, view: str = MAIN, replacement: int | None = None) -> Block:
        """Leave the newest ``depth`` blocks and make others in their place, one more unless told otherwise.

        ``replacement=0`` leaves the head at the fork. The transactions left behind wait again, before all
        others. Raises UsageError for a depth past the finalised block without ``past_finality``.
        """
        made = depth + 1 if replacement is None else replacement
        return self._worker.run(lambda: self._made.reorg(self.view(view), depth, past_finality, made))

    def halt(self) -> None:
        """Make no more blocks."""
        self._worker.run(lambda: self._made.set_halted(True))

    def resume(self) -> None:
        """Make blocks again."""
        self._worker.run(lambda: self._made.set_halted(False))

    def branch(self, node_index: int, salt: bytes | None = None, name: str | None = None) -> str:
        """Let a node follow a view of its own from now on, and return its name.

        The last node of a view serves both views: it is flipped for every block of the new one.
        """
        view = name or f"branch-{node_index}"
        return self._worker.run(lambda: self._made.views.branch(node_index, view, salt or view.encode()).name)

    def heal(self, goes_first: Callable[[Transaction], bool] = lambda transaction: False) -> Block:
        """Join all views at the tip that the fork choice picks, and return it.

        Of all that waits then, what ``goes_first`` comes before the rest, in an order that is otherwise kept.
        """
        return self._worker.run(lambda: self._made.heal(goes_first))

    def censor(self, is_censored: Callable[[Transaction], bool] | None) -> None:
        """Leave out of every block what the predicate picks; None censors nothing."""
        self._worker.run(lambda: setattr(self._made, "is_censored", is_censored))

    def set_finality(self, safe: bytes, finalised: bytes, view: str = MAIN) -> None:
        """Call these blocks of an auxiliary ``safe`` and ``finalized``, from the view's next block on (R23)."""
        self._worker.run(lambda: self._made.set_finality(self.view(view), safe, finalised))

    def mark(self) -> ChainMark:
        """All that the chain owns, to come back to: heads, finality, mempools, views."""
        return self._worker.run(lambda: self._made.mark())

    def rewind(self, mark: ChainMark) -> None:
        """Go back (or forward again) to a mark; nothing is told to anyone."""
        self._worker.run(lambda: self._rewind(mark))

    # -- reading

    def rpc(self, method: str, params: Sequence[object] = (), view: str = MAIN) -> Any:
        """One call as users of that view make it (see ``front``)."""
        return self.front.call(method, params, view)

    def rpc_batch(self, calls: Sequence[tuple[str, Sequence[object]]], view: str = MAIN) -> list[Any]:
        """Several calls as users of that view make them, in order; the first error is raised (see ``front``)."""
        return self.front.batch(calls, view)

    def read(self, method: str, params: Sequence[object], view: str = MAIN) -> Any:
        """One call to a node of the view, unfiltered; see ``read_many``."""
        return self.read_many([(method, params)], view)[0]

    def read_many(self, calls: Sequence[tuple[str, Sequence[object]]], view: str = MAIN) -> list[Any]:
        """Calls to a node of the view in one round trip, unfiltered; a dead node is brought back first.

        Raises RpcError "node restarting" if that takes too long, TransportError if no node can be had.
        """
        if not calls:
            return []
        try:
            return self._revival.read_many(self._builder(view), calls)
        except (RpcError, TransportError):
            raise
        except ChainError as error:
            raise TransportError(str(error)) from error

    # -- inside

    @property
    def _made(self) -> Producer:
        if self._producer is None:
            raise UsageError(f"chain {self.spec.name} is not started")
        return self._producer

    def _start(self) -> None:
        if self._producer is not None:
            return
        for node in self.nodes:
            node.await_answer(self.spec.chain_id)
        self.genesis_header = read_genesis(self.spec.name, self.nodes)
        producer = Producer(
            self.spec,
            self.nodes,
            genesis_block(self.genesis_header),
            self._seed,
            self.clock.now,
            self._fork_choice,
            self._on_block,
            self._on_event,
        )
        for node in self.nodes:
            node.begin(producer.tree)
        self._producer = producer

    def _builder(self, view: str) -> DrivenNode:
        """The node that builds for a view, and answers."""
        return self._made.nodes_of(self.view(view))[0]

    def _mine(self, count: int, timestamp: int | None, view: str) -> Block:
        if count < 1:
            raise UsageError(f"count must be >= 1, found {count}")
        if self.halted:
            raise ChainError(f"{self.spec.name} is halted: resume it first")
        times = [timestamp] + [None] * (count - 1)
        return [self._mine_one(self.view(view), time) for time in times][-1]

    def _mine_one(self, view: View, timestamp: int | None) -> Block:
        for node in self._made.nodes_of(view):
            self._adoption.adopt(node, view)
        return self._made.mine(view, timestamp)

    def _rewind(self, mark: ChainMark) -> None:
        self._adoption.settle(transaction.hash for transaction in self._made.rewind(mark))

    def _report_node(self, kind: str, node: DrivenNode) -> None:
        height = self.head.number if self._producer is not None else None
        self._on_event(ChainEvent(kind, self.spec.name, height, {"node": node.name}))
