"""One geth node under the Producer: where it stands, what it has imported, and how it comes back from death."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from devnet.chain.block import Block, Envelope, Heads
from devnet.chain.client import Call
from devnet.chain.encoding import from_quantity
from devnet.chain.engine import Engine
from devnet.chain.tree import BlockTree
from devnet.chain.wait import wait_until
from devnet.errors import ChainError, EnvironmentFailure, TransportError, WaitTimeout
from devnet.runtime.base import RunningNode
from devnet.runtime.logs import early_exit
from devnet.types import Hash32

T = TypeVar("T")

START_DEADLINE_S = 60.0
"""Ten times what a loaded machine needs to start geth."""

DEATH_NOTICE_S = 0.5
"""How long a lost connection may precede the news that the process is gone."""

DEATHS_ALLOWED = 3
"""As many deaths within ``DEATH_WINDOW_S`` end the node."""

DEATH_WINDOW_S = 60

REPLAY_SIDE_BLOCKS = 128
"""Newest blocks imported again after a death: geth loses what it had not yet written."""


class NodeState(Enum):
    """Whether a node takes part."""

    UP = "up"
    HELD = "held"
    """Down by a fault, until released."""
    FAILED = "failed"
    """Died too often; only a new network brings it back."""
    RETIRED = "retired"
    """Its chain is closing; nothing restarts it."""


class DrivenNode:
    """A running geth and what the Producer knows about it."""

    def __init__(
        self,
        running: RunningNode,
        now: Callable[[], int],
        report: Callable[[str, DrivenNode], None],
        connect: Callable[[RunningNode], Engine] = lambda running: Engine(running.endpoint, name=running.name),
    ) -> None:
        self.running = running
        self.engine = connect(running)
        self.state = NodeState.UP
        self.is_restarting = False
        self.heads = Heads(b"", b"", b"")
        self._is_unsure = False
        self._imported: set[Hash32] = set()
        self._tree: BlockTree | None = None
        self._now = now
        self._report = report
        self._connect = connect
        self._deaths: list[int] = []

    @property
    def name(self) -> str:
        """Name of the node in the network."""
        return self.running.name

    @property
    def is_up(self) -> bool:
        """Whether it takes part: neither held down nor failed."""
        return self.state is NodeState.UP

    def begin(self, tree: BlockTree) -> None:
        """Set the head to genesis, for the first time; from now on the node can come back by itself."""
        genesis = tree.genesis.hash
        self._tree = tree
        self._imported = {genesis}
        self.heads = Heads(genesis, genesis, genesis)
        self.engine.begin_set_heads([self.heads])()

    def await_answer(self, chain_id: int) -> None:
        """Wait until the node answers for that chain and can build blocks.

        Raises EnvironmentFailure with its last log lines if it ends before.
        """

        def answers() -> bool:
            try:
                found = from_quantity(self.engine.node.call("eth_chainId"))
            except TransportError:
                if not self.running.is_alive():
                    raise early_exit(self.running) from None
                return False
            if found != chain_id:
                raise EnvironmentFailure(
                    f"{self.name}: expected chain id {chain_id}, found {found}: another geth answers"
                )
            return True

        wait_until(answers, START_DEADLINE_S, lambda: f"{self.name} does not answer, last log {self._last_line()!r}")
        if not self.running.is_alive():
            raise early_exit(self.running)
        self.engine.check()

    def read(self, method: str, params: Sequence[object] = ()) -> Any:
        """One call to the node, without bringing it back if it is dead."""
        return self.read_many([(method, params)])[0]

    def read_many(self, calls: Sequence[Call]) -> list[Any]:
        """Calls to the node in one round trip, without bringing it back if it is dead."""
        return self.engine.node.batch(calls)

    def drive(self, act: Callable[[], T]) -> T:
        """Do something to the node; if it turns out dead, bring it back and do it once more."""
        try:
            return act()
        except TransportError:
            if not self.is_dead():
                raise
        self.revive()
        return act()

    def begin_adopt(self, envelope: Envelope, heads: Heads, receipts: bool) -> Callable[[], list[dict[str, Any]]]:
        """Import a child of the head and make it the head; the returned function waits, reviving if need be."""

        def again() -> list[dict[str, Any]]:
            return self.engine.begin_adopt(envelope, heads, receipts)()

        def wait() -> list[dict[str, Any]]:
            result = self._finish(first, again)
            self.heads = heads
            self._imported.add(heads.head)
            return result

        if envelope.parent not in self._imported:
            self.drive(lambda: self.learn(envelope.parent))
        first = self._try_begin(lambda: self.engine.begin_adopt(envelope, heads, receipts))
        return wait

    def begin_move(self, heads: Heads) -> Callable[[], None]:
        """Set the head to any block of the tree; the returned function waits, reviving if need be."""
        if heads == self.heads and not self._is_unsure:
            return lambda: None
        self.drive(lambda: self._thaw(heads))
        self.drive(lambda: self.learn(heads.head))
        steps = self.drive(lambda: self._steps(heads))

        def again() -> None:
            self.engine.begin_set_heads(steps)()

        def wait() -> None:
            self._finish(first, again)
            self.heads = heads

        first = self._try_begin(lambda: self.engine.begin_set_heads(steps))
        return wait

    def learn(self, block: Hash32) -> None:
        """Import a block of the tree with those of its ancestors that the node lacks; its head stays."""
        missing = []
        for entry in self._blocks.back(block):
            if entry.block.hash in self._imported or entry.envelope is None:
                break
            missing.append(entry.envelope)
        missing.reverse()
        if self.engine.import_blocks(missing):
            self._is_unsure = True
        self._imported.update(envelope.hash for envelope in missing)

    def is_dead(self) -> bool:
        """Whether the process is gone; a lost connection may precede the news a little."""
        try:
            return wait_until(lambda: not self.running.is_alive(), DEATH_NOTICE_S, self.name)
        except WaitTimeout:
            return False

    def revive(self) -> None:
        """Restart a dead node and bring it back to where it stood, asserting the head.

        Raises ChainError when it is held down or has died too often.
        """
        while True:
            self._count_death()
            try:
                self._bring_back()
                break
            except (TransportError, EnvironmentFailure):
                if self.running.is_alive():
                    raise
        self._report("NodeRestarted", self)

    def retire(self) -> None:
        """Never bring it back again: its chain is closing."""
        self.state = NodeState.RETIRED

    def hold(self) -> None:
        """Let a fault keep the node down: it is not brought back until ``release``."""
        if self.state in (NodeState.FAILED, NodeState.RETIRED):
            raise ChainError(f"{self.name} is down: {self.state.value}")
        self.state = NodeState.HELD

    def release(self, heads: Heads) -> None:
        """End ``hold``: restart the node if it is dead and bring it to ``heads``."""
        if self.state is not NodeState.HELD:
            return
        self.state = NodeState.UP
        if not self.running.is_alive():
            self._bring_back()
            self._report("NodeRestarted", self)
        self.begin_move(heads)()

    def _bring_back(self) -> None:
        self.is_restarting = True
        try:
            self.running.restart()
            self.engine.close()
            self.engine = self._connect(self.running)
            self._await_restart()
            self._replay()
        finally:
            self.is_restarting = False

    def _replay(self) -> None:
        tree = self._blocks
        genesis = tree.genesis.hash
        found = self.engine.head()
        start = found if found in tree else genesis
        # Only after a choice of head since its start does geth accept to go back.
        self.engine.begin_set_heads([Heads(found, genesis, genesis)])()
        shared = tree.common_ancestor(start, self.heads.head)
        # What it had not written when it died may have been a rewind: it then froze, as it started, what was left.
        if self.engine.frozen() > shared.number + 1:
            self._cut(shared)
        envelopes = [entry.envelope for entry in tree.recent(REPLAY_SIDE_BLOCKS) if entry.block.hash in self._imported]
        envelopes = [entry.envelope for entry in tree.path(shared.hash, self.heads.head)] + envelopes
        self.engine.import_blocks([envelope for envelope in envelopes if envelope is not None])
        self.engine.begin_set_heads([self.heads])()

    def _await_restart(self) -> None:
        def answers() -> bool:
            try:
                return bool(self.engine.node.call("eth_chainId"))
            except TransportError:
                if not self.running.is_alive():
                    raise
                return False

        wait_until(answers, START_DEADLINE_S, lambda: f"{self.name} does not answer after its restart")

    def _count_death(self) -> None:
        if self.state is not NodeState.UP:
            raise ChainError(f"{self.name} is down: {self.state.value}")
        now = self._now()
        self._deaths = [death for death in self._deaths if now - death < DEATH_WINDOW_S] + [now]
        self._report("NodeDied", self)
        if len(self._deaths) >= DEATHS_ALLOWED:
            self.state = NodeState.FAILED
            raise ChainError(
                f"{self.name} died {len(self._deaths)} times within {DEATH_WINDOW_S} s and has failed, "
                f"last log {self._last_line()!r}"
            )

    def _thaw(self, heads: Heads) -> None:
        """Take blocks out of the freezer that stand in the way of a head.

        About once a minute, and when it starts, geth moves finalised blocks to a store where their numbers are
        taken for ever: another block of such a number could not become canonical, nor safe or finalised.
        """
        tree = self._blocks
        if self._is_unsure or tree.is_ancestor(self.heads.finalised, heads.head):
            return
        shared = tree.common_ancestor(self.heads.head, heads.head)
        genesis = tree.genesis.hash
        lowered = Heads(self.heads.head, genesis, genesis)
        # Lowered first: nothing above is frozen any more from then on.
        self.engine.begin_set_heads([lowered])()
        if self.engine.frozen() > shared.number + 1:
            self._cut(shared)
            lowered = Heads(shared.hash, genesis, genesis)
            self.engine.begin_set_heads([lowered])()
        # Told last: a node that dies on the way has to do all of it again.
        self.heads = lowered

    def _cut(self, shared: Block) -> None:
        """Delete the canonical blocks above one; what else was known above it is imported again."""
        tree, known = self._blocks, self._imported
        self.engine.cut(shared.number)
        self._imported = {entry.block.hash for entry in tree.back(shared.hash)}
        for tip in tree.leaves:
            if tip in known:
                self.learn(tip)

    def _steps(self, heads: Heads) -> list[Heads]:
        tree = self._blocks
        now = self.heads.head
        if self._is_unsure:
            now = self.engine.head()
        elif tree.is_ancestor(self.heads.finalised, heads.head):
            return [heads]
        # geth answers VALID and does nothing for a head below or beside its finalised block: lower that first.
        base = (tree.common_ancestor(now, heads.finalised) if now in tree else tree.genesis).hash
        return [Heads(now, base, base), heads]

    def _try_begin(self, send: Callable[[], Callable[[], T]]) -> Callable[[], T] | None:
        try:
            return send()
        except TransportError:
            return None

    def _finish(self, first: Callable[[], T] | None, again: Callable[[], T]) -> T:
        def attempt() -> T:
            nonlocal first
            waiting, first = first, None
            return waiting() if waiting is not None else again()

        # A call without an answer may still have taken effect, or take effect later.
        self._is_unsure = True
        result = self.drive(attempt)
        self._is_unsure = False
        return result

    @property
    def _blocks(self) -> BlockTree:
        if self._tree is None:
            raise ChainError(f"{self.name} has not been started by its chain yet")
        return self._tree

    def _last_line(self) -> str:
        tail = self.running.log_tail(1)
        return tail[-1] if tail else ""
