"""One geth node under the Producer: what it is told to do, and how it comes back from death to do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar

from devnet.chain.block import Envelope, Heads
from devnet.chain.client import Call
from devnet.chain.encoding import from_quantity
from devnet.chain.engine import Engine
from devnet.chain.node_blocks import NodeBlocks
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
    """A running geth that does what the Producer wants, once, however often it dies."""

    def __init__(
        self,
        running: RunningNode,
        now: Callable[[], int],
        report: Callable[[str, DrivenNode], None],
        connect: Callable[[RunningNode], Engine],
    ) -> None:
        self.running = running
        self.engine = connect(running)
        self.state = NodeState.UP
        self.is_restarting = False
        self._begun: NodeBlocks | None = None
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

    # -- life

    def await_answer(self, chain_id: int) -> None:
        """Wait until the node answers for that chain and can build blocks.

        Raises EnvironmentFailure with its last log lines if it ends before.
        """
        found = self._await_chain_id()
        if found != chain_id:
            raise EnvironmentFailure(f"{self.name}: expected chain id {chain_id}, found {found}: another geth answers")
        if not self.running.is_alive():
            raise early_exit(self.running)
        self.engine.check()

    def begin(self, tree: BlockTree) -> None:
        """Set the head to genesis, for the first time; from now on the node can come back by itself."""
        self._begun = NodeBlocks(self.engine, tree)
        self.engine.begin_set_heads(self._begun.heads)()

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

    # -- what it is told to do

    def read(self, method: str, params: Sequence[object] = ()) -> Any:
        """One call to the node, without bringing it back if it is dead."""
        return self.read_many([(method, params)])[0]

    def read_many(self, calls: Sequence[Call]) -> list[Any]:
        """Calls to the node in one round trip, without bringing it back if it is dead."""
        return self.engine.read_many(calls)

    def drive(self, act: Callable[[], T]) -> T:
        """Do something to the node; if it turns out dead, bring it back and do it once more."""
        try:
            return act()
        except TransportError:
            if not self.is_dead():
                raise
        self.revive()
        return act()

    def learn(self, block: Hash32) -> None:
        """Import a block of the tree with those of its ancestors that the node lacks; its head stays."""
        self.drive(lambda: self._blocks.learn(block))

    def begin_adopt(self, envelope: Envelope, heads: Heads, receipts: bool) -> Callable[[], list[dict[str, Any]]]:
        """Import a child of the head and make it the head; the returned function waits, reviving if need be.

        It returns the block's receipts if they were asked for.
        """
        if not self._blocks.has(envelope.parent):
            self.learn(envelope.parent)
        return self._begin(lambda: self.engine.begin_adopt(envelope, heads, receipts), heads)

    def begin_move(self, heads: Heads) -> Callable[[], None]:
        """Set the head to any block of the tree; the returned function waits, reviving if need be."""
        if heads == self._blocks.heads and not self._blocks.is_unsure:
            return lambda: None
        self.drive(lambda: self._blocks.clear_way(heads))
        self.learn(heads.head)
        return self._begin(lambda: self.engine.begin_set_heads(heads), heads)

    def _begin(self, send: Callable[[], Callable[[], T]], heads: Heads) -> Callable[[], T]:
        """Send at once what leads to ``heads``; the returned function waits, and sends it again after a death."""
        waiting: Callable[[], T] | None = None
        # What fails now fails again for whoever waits, and is dealt with there.
        with suppress(TransportError):
            waiting = send()

        def attempt() -> T:
            nonlocal waiting
            first, waiting = waiting, None
            return first() if first is not None else send()()

        def wait() -> T:
            self._blocks.is_unsure = True
            result = self.drive(attempt)
            self._blocks.arrive(heads)
            return result

        return wait

    # -- death

    def _bring_back(self) -> None:
        self.is_restarting = True
        try:
            self.running.restart()
            self.engine.close()
            self.engine = self._connect(self.running)
            self._await_chain_id()
            self._blocks.engine = self.engine
            self._blocks.replay()
        finally:
            self.is_restarting = False

    def _await_chain_id(self) -> int:
        def answer() -> int:
            try:
                return from_quantity(self.engine.node.call("eth_chainId"))
            except TransportError:
                if not self.running.is_alive():
                    raise early_exit(self.running) from None
                return 0

        return wait_until(
            answer, START_DEADLINE_S, lambda: f"{self.name} does not answer, last log {self._last_line()!r}"
        )

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

    @property
    def _blocks(self) -> NodeBlocks:
        if self._begun is None:
            raise ChainError(f"{self.name} has not been started by its chain yet")
        return self._begun

    def _last_line(self) -> str:
        tail = self.running.log_tail(1)
        return tail[-1] if tail else ""
