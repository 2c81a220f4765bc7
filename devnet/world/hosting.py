"""One network on this machine, from its lock to its last log line: what the daemon does in between."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devnet.artifacts.ports import claim_block, ensure_free
from devnet.artifacts.run_directory import HeldNetwork, NetworkDirectory
from devnet.config.network import Devnet
from devnet.config.validate import WORLD_PORT
from devnet.errors import EnvironmentFailure, ManifestError
from devnet.runtime.leftovers import sweep
from devnet.runtime.toolchain import find_geth
from devnet.types import Mode
from devnet.world.control import Control
from devnet.world.daemon import Request
from devnet.world.embedded import runtime_of
from devnet.world.opening import doubts_about, open_network
from devnet.world.server import Server
from devnet.world.serving import Serving
from devnet.world.world import World

WORLD_LOG = "world.log"
"""What the World's own process has to say, in the run's logs."""

_log = logging.getLogger(__name__)


class NetworkHost:
    """Runs one network in live mode; ``start``, ``wait``, ``stop``."""

    def __init__(self, request: Request, report: Callable[[str], None]) -> None:
        self._request = request
        self._to_user = report
        self._held: HeldNetwork | None = None
        self._serving: Serving | None = None
        self._server = Server()
        self._control: Control | None = None
        self._api = ""
        self._is_ready = False

    def start(self) -> dict[str, Any]:
        """Everything until the network is ready; returns its status. Raises DevnetError."""
        devnet = self._devnet()
        network = NetworkDirectory(devnet.name)
        self._held = network.hold(sweep, self._report)
        _own_output(self._held.run.logs / WORLD_LOG)
        ports = _ports(devnet, network.home)
        fronts = {chain.name: ports[chain.name] for chain in devnet.chains}
        nodes = {node.name: ports[node.name] for chain in devnet.chains for node in chain.nodes if node.name in ports}
        ensure_free({_purpose(name): port for name, port in (fronts | nodes | {WORLD_PORT: ports[WORLD_PORT]}).items()})
        geth = find_geth(self._report, self._request.geth)
        run = self._held.run
        world = World(
            devnet,
            directory=run.path,
            run=run.run,
            geth=geth.path,
            node_ports=nodes,
            templates=network.templates,
            report=self._report,
        )
        self._serving = Serving(world, fronts)
        self._serve_control(ports[WORLD_PORT])
        self._serving.run()
        self._is_ready = True
        _log.info("ready")
        return self.status() | {"warnings": doubts_about(devnet)}

    def wait(self) -> None:
        """Serve until a signal comes."""
        threading.Event().wait()

    def stop(self) -> None:
        """End everything and let go of the network; idempotent, and goes on where a part of it fails."""
        if self._control is not None:
            self._control.end()
        parts: list[Callable[[], None]] = [self._server.stop]
        if self._serving is not None:
            parts.insert(0, self._serving.stop)
        if self._held is not None:
            parts.append(self._held.release)
        for part in parts:
            try:
                part()
            except Exception:
                _log.exception("while ending the network")

    def hint(self) -> list[str]:
        """The command that helps after a failure, if a node or an actor has written anything."""
        if self._held is None or not any(path.name != WORLD_LOG for path in self._held.run.logs.glob("*.log")):
            return []
        return [f"devnet logs --name {self._held.network.name}"]

    def status(self) -> dict[str, Any]:
        """As ``devnet status --json``; while the network starts, without chains and actors."""
        assert self._serving is not None
        devnet, place = self._serving.world.devnet, {"world": {"pid": os.getpid(), "api": self._api}}
        if self._is_ready:
            return self._serving.status() | place | {"state": "ready"}
        return place | {
            "network": devnet.name,
            "runtime": devnet.runtime.value,
            "mode": devnet.mode.value,
            "seed": devnet.seed,
            "run_directory": str(self._serving.world.directory),
            "state": "starting",
            "chains": [],
            "actors": [],
        }

    def ready(self) -> Serving:
        """What serves the network. Raises ManifestError while it starts."""
        assert self._serving is not None
        if not self._is_ready:
            name = self._serving.world.devnet.name
            raise ManifestError(f"network {name} is still starting: try again in a moment")
        return self._serving

    def _report(self, line: str) -> None:
        """A step begins: the user sees it now, the World's log keeps it."""
        _log.info("%s", line)
        self._to_user(line)

    def _devnet(self) -> Devnet:
        runtime = runtime_of(self._request.runtime) if self._request.runtime else None
        return open_network(self._request.manifest, name=self._request.name, runtime=runtime, mode=Mode.LIVE)

    def _serve_control(self, port: int) -> None:
        assert self._held is not None
        token = secrets.token_hex(32)
        self._control = Control(_Hosted(self), token, lambda: os.kill(os.getpid(), signal.SIGTERM))
        self._server.start()
        self._api = self._server.serve(self._control.application(), port, "the control API")
        self._held.publish(self._api, token)


class _Hosted:
    """The network as the control API sees it: nothing but its status before it is ready."""

    def __init__(self, host: NetworkHost) -> None:
        self._host = host

    @property
    def world(self) -> World:
        """The world itself."""
        return self._host.ready().world

    def chain_names(self) -> tuple[str, ...]:
        """Every chain, the origin first."""
        return self._host.ready().chain_names()

    def status(self) -> dict[str, Any]:
        """As ``devnet status --json``, while the network starts, too."""
        return self._host.status()

    def env(self) -> dict[str, str]:
        """As ``devnet env``."""
        return self._host.ready().env()

    def accounts(self) -> dict[str, Any]:
        """As ``devnet accounts --json``."""
        return self._host.ready().accounts()

    def logs(self) -> dict[str, str]:
        """Path of every log, by the name of who writes it."""
        return self._host.ready().logs()


def _ports(devnet: Devnet, home: Path) -> dict[str, int]:
    """Port of every chain's front and of the control API; nodes only where the manifest gives them one."""
    block = claim_block(devnet.name, home)
    chosen = {chain.name: block.front(index) for index, chain in enumerate(devnet.chains)}
    return chosen | {WORLD_PORT: block.api} | dict(devnet.ports)


def _purpose(name: str) -> str:
    return "control API" if name == WORLD_PORT else f"RPC of {name}"


def _own_output(path: Path) -> None:
    """From now on what this process prints goes to a file, no longer to the terminal of ``up``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise EnvironmentFailure(f"cannot write {path}: {error.strerror}") from error
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    # One line for every request to the control API is nothing that anybody looks for here.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
