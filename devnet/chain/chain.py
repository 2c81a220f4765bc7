"""A chain as the World holds it: nodes, a Producer, a clock, one worker, an RPC front.

Every command that moves the chain passes through its worker, so timer, reorg, rewind and restart never race.
Reading does not: it goes to a node at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from devnet.chain.admission import Account, check_account, check_transaction
from devnet.chain.adoption import PoolAdoption
from devnet.chain.block import MAIN, Block, BlockSeen, ChainEvent
from devnet.chain.client import Transport
from devnet.chain.clock import Clock
from devnet.chain.encoding import from_data, from_quantity, to_data
from devnet.chain.engine import Engine
from devnet.chain.front import RpcFront
from devnet.chain.mempool import Mempool
from devnet.chain.node import DrivenNode
from devnet.chain.producer import Producer
from devnet.chain.transaction import REFUSED, Transaction, decode_transaction
from devnet.chain.tree import BlockTree
from devnet.chain.view import ChainMark, ForkChoice, Head, View
from devnet.chain.worker import Worker
from devnet.config.network import ChainSpec
from devnet.errors import ChainError, RpcError, TransportError, UsageError
from devnet.runtime.base import RunningNode
from devnet.types import Address, Hash32

T = TypeVar("T")

RESTART_WAIT_S = 2.0
"""How long a reader waits for a node that is being brought back."""

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
        self._spec = spec
        self.clock = clock
        """Gives blocks their time."""
        self.front = RpcFront(self)
        """What users and actors call."""
        self._seed = seed
        self._fork_choice = fork_choice
        self._on_block = on_block or (lambda seen: None)
        self._on_event = on_event or (lambda event: None)
        self._nodes = tuple(DrivenNode(running, clock.now, self._report_node, connect) for running in nodes)
        self._adoption = PoolAdoption(self.submit)
        self._worker = Worker(spec.name)
        self._producer: Producer | None = None
        self._genesis_header: dict[str, Any] = {}

    # -- life

    def start(self) -> None:
        """Wait until every node answers, and set their heads to the genesis they share."""
        self._worker.run(self._start)

    def pay_fees_to(self, recipient: Address) -> None:
        """Name who gets the tips of the blocks from the next one on."""

        def name() -> None:
            self._made.fee_recipient = recipient

        self._worker.run(name)

    def close(self) -> None:
        """End the worker and every connection; the nodes are the runtime's. Idempotent."""
        for node in self._nodes:
            node.retire()
        self._worker.close()
        for node in self._nodes:
            node.engine.close()

    def revive(self) -> None:
        """Restart every node that is dead and not held down, bring it back to its head and assert that."""
        self._worker.run(self._revive)

    def hold_node(self, index: int) -> None:
        """Let a fault keep a node down: nothing restarts it before ``release_node``."""
        self._worker.run(self._nodes[index].hold)

    def release_node(self, index: int) -> None:
        """Restart a node that was held down, and let it catch up with its view."""
        self._worker.run(lambda: self._nodes[index].release(self._made.home(index).heads))

    # -- what it is

    @property
    def spec(self) -> ChainSpec:
        """What it is."""
        return self._spec

    @property
    def genesis(self) -> Block:
        """Block 0."""
        return self._made.tree.genesis

    @property
    def genesis_header(self) -> dict[str, Any]:
        """Block 0 as ``eth_getBlockByNumber`` shows it."""
        return self._genesis_header

    @property
    def head(self) -> Block:
        """Newest block of the main view."""
        return self._made.views[MAIN].head

    @property
    def views(self) -> tuple[str, ...]:
        """Names of its views, main first."""
        return tuple(self._made.views)

    @property
    def nodes(self) -> tuple[DrivenNode, ...]:
        """Its nodes, by index."""
        return self._nodes

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
        return self._made.view(name)

    def heads(self, view: str | None = None) -> tuple[Head, ...]:
        """Tips of all branches, or of those known to the nodes of one view."""
        return self._made.heads(None if view is None else self._made.view(view))

    def pending(self, view: str = MAIN) -> tuple[Transaction, ...]:
        """What waits for a block, in order of arrival."""
        return self.mempool(view).all()

    def mempool(self, view: str = MAIN) -> Mempool:
        """What waits on a view."""
        return self._made.view(view).mempool

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
        transaction = decode_transaction(raw, self.spec.chain_id)
        pool = self.mempool(view)
        check_transaction(transaction, self._made.view(view).head.gas_limit)
        if pool.get(transaction.hash) is None:
            check_account(transaction, self._account(transaction.sender, view))
        pool.add(transaction)
        self.front.filters.put(view, transaction)
        return transaction.hash

    def reorg(self, depth: int, past_finality: bool = False, view: str = MAIN, replacement: int | None = None) -> Block:
        """Leave the newest ``depth`` blocks and make others in their place, one more unless told otherwise.

        ``replacement=0`` leaves the head at the fork. The transactions left behind wait again, before all
        others. Raises UsageError for a depth past the finalised block without ``past_finality``.
        """
        made = depth + 1 if replacement is None else replacement
        return self._worker.run(lambda: self._made.reorg(self._made.view(view), depth, past_finality, made))

    def halt(self) -> None:
        """Make no more blocks."""
        self._worker.run(lambda: self._set_halted(True))

    def resume(self) -> None:
        """Make blocks again."""
        self._worker.run(lambda: self._set_halted(False))

    def branch(self, node_index: int, salt: bytes | None = None, name: str | None = None) -> str:
        """Let a node follow a view of its own from now on, and return its name.

        The last node of a view serves both views: it is flipped for every block of the new one.
        """
        view = name or f"branch-{node_index}"
        return self._worker.run(lambda: self._made.branch(node_index, view, salt or view.encode()).name)

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
        self._worker.run(lambda: self._made.set_finality(self._made.view(view), safe, finalised))

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
            node = self._made.nodes_of(self._made.view(view))[0]
            try:
                return node.read_many(calls)
            except TransportError:
                if not node.is_restarting and not node.is_dead():
                    raise
            self._await_revival(node)
            return node.read_many(calls)
        except (RpcError, TransportError):
            raise
        except ChainError as error:
            raise TransportError(str(error)) from error

    def transport(self, view: str = MAIN) -> Transport:
        """The raw connection to a node of the view, for tools that know what they do."""
        return self._made.nodes_of(self._made.view(view))[0].engine.node

    # -- inside

    @property
    def _made(self) -> Producer:
        if self._producer is None:
            raise UsageError(f"chain {self.spec.name} is not started")
        return self._producer

    def _start(self) -> None:
        if self._producer is not None:
            return
        headers = []
        for node in self._nodes:
            node.await_answer(self.spec.chain_id)
            headers.append(self._read_genesis(node))
        if any(header["hash"] != headers[0]["hash"] for header in headers):
            raise ChainError(f"nodes of {self.spec.name} were started from different genesis files")
        self._genesis_header = headers[0]
        producer = Producer(
            self.spec,
            self._nodes,
            _genesis_block(headers[0]),
            self._seed,
            self.clock.now,
            self._fork_choice,
            self._on_block,
            self._on_event,
        )
        for node in self._nodes:
            node.begin(producer.tree)
        self._producer = producer

    def _read_genesis(self, node: DrivenNode) -> dict[str, Any]:
        newest, header = node.engine.node.batch([("eth_blockNumber", ()), ("eth_getBlockByNumber", ("0x0", False))])
        if from_quantity(newest) != 0 or not isinstance(header, dict):
            raise ChainError(f"{node.name} has {from_quantity(newest)} blocks already: start it on a new directory")
        return header

    def _mine(self, count: int, timestamp: int | None, view: str) -> Block:
        if count < 1:
            raise UsageError(f"count must be >= 1, found {count}")
        if self.halted:
            raise ChainError(f"{self.spec.name} is halted: resume it first")
        block = self._mine_one(view, timestamp)
        for _ in range(count - 1):
            block = self._mine_one(view, None)
        return block

    def _mine_one(self, name: str, timestamp: int | None) -> Block:
        view = self._made.view(name)
        for node in self._made.nodes_of(view):
            self._adoption.adopt(node, name, view.mempool)
        return self._made.mine(view, timestamp)

    def _rewind(self, mark: ChainMark) -> None:
        producer = self._made
        known = [transaction.hash for view in producer.views.values() for transaction in view.mempool.all()]
        heads = [view.head.hash for view in producer.views.values()]
        producer.rewind(mark)
        for head in heads:
            abandoned = producer.tree.path(producer.tree.common_ancestor(head, self.head.hash).hash, head)
            known += [transaction for entry in abandoned for transaction in entry.block.transactions]
        self._adoption.settle(known)

    def _set_halted(self, halted: bool) -> None:
        if self._made.halted != halted:
            self._made.halted = halted
            kind = "ChainHalted" if halted else "ChainResumed"
            self._on_event(ChainEvent(kind, self.spec.name, self.head.number, {}))

    def _account(self, sender: Address, view: str) -> Account:
        address = to_data(sender)
        asked = [(method, (address, "latest")) for method in ("eth_getTransactionCount", "eth_getBalance")]
        nonce, balance = (from_quantity(answer) for answer in self.read_many(asked, view))
        return Account(nonce, balance)

    def _revive(self) -> None:
        for node in self._nodes:
            if node.is_up and not node.running.is_alive():
                node.revive()

    def _await_revival(self, node: DrivenNode) -> None:
        if self._worker.is_here:
            self._revive()
            return
        revival = self._worker.later(self._revive)
        try:
            revival.result(RESTART_WAIT_S)
        except TimeoutError:
            raise RpcError(REFUSED, f"node restarting: {node.name}") from None

    def _report_node(self, kind: str, node: DrivenNode) -> None:
        height = self._producer.views[MAIN].head.number if self._producer is not None else None
        self._on_event(ChainEvent(kind, self.spec.name, height, {"node": node.name}))


def _genesis_block(header: dict[str, Any]) -> Block:
    genesis: Hash32 = from_data(header["hash"], 32)
    number, time, limit, used, fee = (
        from_quantity(header[name]) for name in ("number", "timestamp", "gasLimit", "gasUsed", "baseFeePerGas")
    )
    return Block(number, genesis, from_data(header["parentHash"], 32), time, MAIN, limit, used, fee)
