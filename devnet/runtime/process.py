"""Nodes as child processes: the default, and all that is needed without Docker."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

from devnet.disk import disk_failures
from devnet.errors import UsageError
from devnet.runtime.base import Endpoint, NodeLaunch
from devnet.runtime.datadir import Datadirs
from devnet.runtime.launch import CONFIG, ipc_arguments, node_arguments, port_arguments
from devnet.runtime.logs import tail
from devnet.runtime.nursery import Child, Nursery
from devnet.runtime.reservation import Reservations
from devnet.types import RuntimeKind

_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class _Command:
    """All that starting a node takes, the first time and again."""

    argv: tuple[str, ...]
    directory: Path
    log: Path
    ipc_path: Path


class ProcessNode:
    """One geth as a child of the nursery."""

    def __init__(self, name: str, command: _Command, endpoint: Endpoint, nursery: Nursery) -> None:
        self._name = name
        self._command = command
        self._endpoint = endpoint
        self._nursery = nursery
        self._child = self._spawn()

    @property
    def name(self) -> str:
        """The name given in the launch."""
        return self._name

    @property
    def pid(self) -> int:
        """Process id of the geth that runs, or ran last."""
        return self._child.pid

    @property
    def endpoint(self) -> Endpoint:
        """Its IPC socket, the same over every restart."""
        return self._endpoint

    def is_alive(self) -> bool:
        """Whether it runs right now; costs nothing."""
        return self._child.poll() is None

    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._child.poll()

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        """Its last log lines."""
        return tail(self._command.log, lines)

    def ask_to_stop(self) -> None:
        """SIGTERM it without waiting; a paused node is woken, else it would not hear."""
        self._child.signal(signal.SIGTERM)
        self._child.signal(signal.SIGCONT)

    def stop(self, timeout_s: float = _STOP_TIMEOUT_S) -> int:
        """End it with SIGTERM, after ``timeout_s`` with SIGKILL, and return its exit code."""
        self.ask_to_stop()
        code = self._child.wait(timeout_s)
        if code is None:
            self.kill()
            code = -signal.SIGKILL
        return code

    def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone."""
        self._child.kill()

    def pause(self) -> None:
        """Freeze it with SIGSTOP."""
        self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen node go on."""
        self._child.signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start it again on its data directory; stopped first if it still runs."""
        if self.is_alive():
            self.stop()
        self._child = self._spawn()

    def _spawn(self) -> Child:
        # The socket of a killed geth stays behind; without it, "there is a socket" means "this geth made it".
        self._command.ipc_path.unlink(missing_ok=True)
        return self._nursery.spawn(self._command.argv, log=self._command.log, cwd=self._command.directory)


class ProcessRuntime:
    """Runs nodes as children of a nursery.

    ``directory`` is the run's: nodes live in ``nodes/NAME``, logs in ``logs/NAME.log``. ``templates``
    holds initialised data directories and may outlive the run. Thread-safe.
    """

    def __init__(self, directory: Path, geth: Path, nursery: Nursery, templates: Path | None = None) -> None:
        self._directory = directory
        self._geth = geth
        self._nursery = nursery
        self._datadirs = Datadirs(geth, templates or directory / "templates")
        self._nodes: dict[str, ProcessNode] = {}
        self._ports = Reservations()
        self._closed = False

    @property
    def kind(self) -> RuntimeKind:
        """PROCESS."""
        return RuntimeKind.PROCESS

    def start(self, launch: NodeLaunch) -> ProcessNode:
        """Initialise a data directory and start a node; returns before it answers."""
        if self._closed or launch.name in self._nodes:
            raise UsageError(f"cannot start node {launch.name}: {'runtime is closed' if self._closed else 'it exists'}")
        with disk_failures(self._directory):
            command, endpoint = self._prepare(launch)
        node = ProcessNode(launch.name, command, endpoint, self._nursery)
        self._nodes[launch.name] = node
        return node

    def close(self) -> None:
        """End every node, all at once; data directories and logs stay. Idempotent."""
        self._closed = True
        living = [node for node in self._nodes.values() if node.is_alive()]
        for node in living:
            node.ask_to_stop()
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        for node in living:
            node.stop(max(0.0, deadline - time.monotonic()))
        self._ports.close()

    def _prepare(self, launch: NodeLaunch) -> tuple[_Command, Endpoint]:
        home = self._directory / "nodes" / launch.name
        datadir = self._datadirs.prepare(home, launch.genesis)
        config = home / "geth.toml"
        config.write_text(CONFIG)
        logs = self._directory / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        ipc_path = self._nursery.new_socket_path()
        port = self._port(launch)
        argv = (
            str(self._geth),
            *node_arguments(datadir, config, launch.gas_limit),
            *ipc_arguments(ipc_path),
            *(port_arguments(port) if port else ()),
        )
        command = _Command(argv, home, logs / f"{launch.name}.log", ipc_path)
        return command, Endpoint(ipc_path=ipc_path, node_port_url=f"http://127.0.0.1:{port}" if port else None)

    def _port(self, launch: NodeLaunch) -> int:
        """The node port, 0 for none. One chosen by the kernel stays reserved."""
        return (launch.port or self._ports.reserve()) if launch.serve_port else 0
