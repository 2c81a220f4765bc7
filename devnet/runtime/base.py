"""The one seam to processes and containers.

A ``Runtime`` runs geth nodes and says how to reach them; it knows nothing of chains, blocks or actors.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from devnet.types import RuntimeKind


@dataclass(frozen=True, slots=True)
class NodeLaunch:
    """All that is needed to start one geth node."""

    name: str
    """Unique in the run; also the name of its directory and log."""
    genesis: Path
    """The chain's genesis.json."""
    gas_limit: int
    """Passed as --miner.gaslimit, equal to the genesis gas limit."""
    serve_port: bool = False
    """Whether users get a port of this node of their own (live only)."""
    port: int = 0
    """That port on loopback; 0 = chosen by the kernel."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How the Producer reaches one node: an IPC socket, or HTTP with a JWT for the Engine API."""

    ipc_path: Path | None = None
    """Unix socket that serves eth, engine, testing, debug (process runtime)."""
    http_url: str | None = None
    """eth, net, web3, debug, txpool, testing over HTTP (Docker runtime)."""
    engine_url: str | None = None
    """engine over HTTP, authenticated (Docker runtime)."""
    jwt_secret: bytes | None = None
    """32 bytes for ``engine_url``."""
    node_port_url: str | None = None
    """The node's own port for users, if one was asked for."""


class RunningNode(Protocol):
    """A node that was started; it stays addressable after it died."""

    @property
    def name(self) -> str:
        """The name given in the launch."""

    @property
    def pid(self) -> int:
        """Process id on this machine, 0 where there is none to see."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers; valid again after ``restart``."""

    def is_alive(self) -> bool:
        """Whether it runs right now."""

    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        """Its last log lines."""

    def stop(self) -> int:
        """End it with SIGTERM (SIGKILL after a bound) and return its exit code."""

    def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone."""

    def pause(self) -> None:
        """Freeze it (SIGSTOP or docker pause)."""

    def resume(self) -> None:
        """Let a frozen node go on."""

    def restart(self) -> None:
        """Start it again on its data directory, after it ended by whatever cause."""


class Runtime(Protocol):
    """Runs nodes; everything it started ends with ``close`` or with its owner."""

    @property
    def kind(self) -> RuntimeKind:
        """PROCESS or DOCKER."""

    def start(self, launch: NodeLaunch) -> RunningNode:
        """Initialise a data directory and start a node; returns before it answers.

        Raises EnvironmentFailure when the machine cannot do it.
        """

    def close(self) -> None:
        """End every node and remove every container, network and volume of this run; idempotent."""
