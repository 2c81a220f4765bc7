"""A runtime that runs nothing: for tests of what stands on the seam."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from devnet.errors import UsageError
from devnet.runtime.base import Endpoint, NodeLaunch
from devnet.types import RuntimeKind


def _nothing(_: FakeNode) -> None:
    return None


class FakeNode:
    """A node that only remembers what was done to it."""

    def __init__(self, launch: NodeLaunch, pid: int, endpoint: Endpoint, on_start: Callable[[FakeNode], None]) -> None:
        self.launch = launch
        """What it was started with."""
        self.starts = 0
        """How often it was started."""
        self.paused = False
        """Whether it is frozen."""
        self.lines: list[str] = []
        """Its log; tests write it."""
        self._pid = pid
        self._endpoint = endpoint
        self._on_start = on_start
        self._code: int | None = None
        self.restart()

    @property
    def name(self) -> str:
        """The name given in the launch."""
        return self.launch.name

    @property
    def pid(self) -> int:
        """A number unique in its runtime; no process has it."""
        return self._pid

    @property
    def endpoint(self) -> Endpoint:
        """What the runtime was told to say."""
        return self._endpoint

    def is_alive(self) -> bool:
        """Whether it was started and not ended."""
        return self._code is None

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._code

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        """The last of ``lines``."""
        return tuple(self.lines[-lines:])

    def end(self, code: int) -> None:
        """Have it end by itself with that exit code."""
        if self._code is None:
            self._code = code

    def stop(self) -> int:
        """End it with exit code 0."""
        self.end(0)
        return self._code or 0

    def kill(self) -> None:
        """End it as SIGKILL would."""
        self.end(-signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it."""
        self.paused = True

    def resume(self) -> None:
        """Let it go on."""
        self.paused = False

    def restart(self) -> None:
        """Start it (again)."""
        self._code = None
        self.paused = False
        self.starts += 1
        self._on_start(self)


class FakeRuntime:
    """Starts ``FakeNode``s; ``on_start`` is called at every start, to serve, to fail, or to end the node."""

    def __init__(
        self,
        endpoint: Callable[[NodeLaunch], Endpoint] = lambda launch: Endpoint(ipc_path=Path(f"{launch.name}.ipc")),
        on_start: Callable[[FakeNode], None] = _nothing,
    ) -> None:
        self.nodes: dict[str, FakeNode] = {}
        """Every node that was started, by name."""
        self.closed = False
        """Whether it was closed."""
        self._endpoint = endpoint
        self._on_start = on_start

    @property
    def kind(self) -> RuntimeKind:
        """PROCESS: what it stands in for."""
        return RuntimeKind.PROCESS

    def start(self, launch: NodeLaunch) -> FakeNode:
        """Start a node of a name that is not yet taken."""
        if self.closed or launch.name in self.nodes:
            raise UsageError(f"cannot start node {launch.name}: {'runtime is closed' if self.closed else 'it exists'}")
        node = FakeNode(launch, len(self.nodes) + 1, self._endpoint(launch), self._on_start)
        self.nodes[launch.name] = node
        return node

    def close(self) -> None:
        """End every node."""
        self.closed = True
        for node in self.nodes.values():
            node.stop()
