"""Nodes as containers on a private network, one image made of the same static geth."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import requests

from devnet.errors import EnvironmentFailure, UsageError
from devnet.runtime.archive import OWNER, volume_content
from devnet.runtime.base import Endpoint, NodeLaunch
from devnet.runtime.datadir import Datadirs
from devnet.runtime.docker_daemon import (
    RUN_LABEL,
    STOP_TIMEOUT_S,
    Container,
    asking,
    build_image,
    connect,
    pull_image,
    remove_labelled,
    state_of,
)
from devnet.runtime.launch import (
    CONFIG,
    CONTAINER_ENGINE_PORT,
    CONTAINER_HTTP_PORT,
    CONTAINER_WS_PORT,
    container_arguments,
    init_arguments,
    node_arguments,
)
from devnet.runtime.logs import tail
from devnet.runtime.nursery import Nursery
from devnet.runtime.reservation import Reservations
from devnet.types import RuntimeKind

_DATA = PurePosixPath("/data")


class DockerNode:
    """One geth in a container of its own."""

    def __init__(self, name: str, container: Container, endpoint: Endpoint, log: Path) -> None:
        self._name = name
        self._container = container
        self._endpoint = endpoint
        self._log = log
        self._start()

    @property
    def name(self) -> str:
        """The name given in the launch."""
        return self._name

    @property
    def pid(self) -> int:
        """Process id on this machine, 0 when it does not run."""
        return int(self._state()["Pid"])

    @property
    def endpoint(self) -> Endpoint:
        """Published loopback ports, the same over every restart."""
        return self._endpoint

    def is_alive(self) -> bool:
        """Whether it runs right now; a paused one does."""
        return bool(self._state()["Running"])

    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        state = self._state()
        if state["Running"]:
            return None
        # Docker tells a signal the way a shell does.
        code = int(state["ExitCode"])
        return 128 - code if code > 128 else code

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        """Its last log lines."""
        try:
            with asking(f"read the log of {self._name}"):
                said = self._container.logs(tail=lines)
        except EnvironmentFailure:
            return tail(self._log, lines)
        return tuple(said.decode(errors="replace").splitlines())

    def stop(self) -> int:
        """End it with SIGTERM, after a bound with SIGKILL, and return its exit code."""
        with asking(f"stop {self._name}"):
            if self._state()["Paused"]:
                self._container.unpause()
            self._container.stop(timeout=STOP_TIMEOUT_S)
        return self.exit_code() or 0

    def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone."""
        if self.is_alive():
            with asking(f"kill {self._name}"):
                self._container.kill()
                self._container.wait(timeout=STOP_TIMEOUT_S)

    def pause(self) -> None:
        """Freeze it."""
        with asking(f"pause {self._name}"):
            self._container.pause()

    def resume(self) -> None:
        """Let a frozen node go on."""
        with asking(f"resume {self._name}"):
            self._container.unpause()

    def restart(self) -> None:
        """Start it again on its volume; stopped first if it still runs."""
        if self.is_alive():
            self.stop()
        self._start()

    def _start(self) -> None:
        with asking(f"start {self._name}"):
            before = datetime.fromisoformat(self._state()["FinishedAt"][:26]).replace(tzinfo=UTC).timestamp()
            self._container.start()
            # Only since its last end, of which the file tells already. Not since its start: dockerd notes that when a
            # node that ends at once may have said everything. A node that never ran ended in the year 1.
            output = self._container.logs(stream=True, follow=True, since=before if before > 0 else None)
        self._follower = threading.Thread(target=self._follow, args=(output,), name=self._name, daemon=True)
        self._follower.start()

    def end_log(self) -> None:
        """Wait for the last of its output, after it ended."""
        self._follower.join(STOP_TIMEOUT_S)

    def _follow(self, output: Iterator[bytes]) -> None:
        """Copy what the container says to the run's log file until it ends."""
        # Read to the end, which gives the connection back; docker-py's own close leaves its socket behind.
        with contextlib.suppress(OSError, requests.RequestException), self._log.open("ab", buffering=0) as log:
            for part in output:
                log.write(part)

    def _state(self) -> dict[str, Any]:
        with asking(f"inspect {self._name}"):
            return state_of(self._container)


class DockerRuntime:
    """Runs nodes as containers; everything carries the run's label and goes with ``close``.

    ``directory`` is the run's (``logs/NAME.log``). ``geth`` is a static binary, or None to pull an image.
    The nursery removes what is left if this process dies. Thread-safe.
    """

    def __init__(self, directory: Path, geth: Path | None, nursery: Nursery, templates: Path | None = None) -> None:
        self._directory = directory
        self._nursery = nursery
        self._run = nursery.run_id
        self._client = connect()
        nursery.own_containers(True)
        self._image = build_image(self._client, geth) if geth else pull_image(self._client)
        self._datadirs = Datadirs(geth, templates or directory / "templates") if geth else None
        self._nodes: dict[str, DockerNode] = {}
        self._ports = Reservations()
        self._closed = False
        with asking("create a network"):
            self._network = self._client.networks.create(f"mdn-{self._run}", labels=self._labels, check_duplicate=True)

    @property
    def kind(self) -> RuntimeKind:
        """DOCKER."""
        return RuntimeKind.DOCKER

    def start(self, launch: NodeLaunch) -> DockerNode:
        """Fill a volume and start a container on it; returns before geth answers."""
        if self._closed or launch.name in self._nodes:
            raise UsageError(f"cannot start node {launch.name}: {'runtime is closed' if self._closed else 'it exists'}")
        logs = self._directory / "logs"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        jwt_secret = secrets.token_bytes(32)
        ports = {
            CONTAINER_HTTP_PORT: self._ports.reserve(),
            CONTAINER_ENGINE_PORT: self._ports.reserve(),
        }
        if launch.serve_port:
            ports[CONTAINER_WS_PORT] = launch.port or self._ports.reserve()
        with asking(f"create {launch.name}"):
            container = self._create(launch, ports)
            self._fill(container, launch, jwt_secret)
        endpoint = Endpoint(
            http_url=f"http://127.0.0.1:{ports[CONTAINER_HTTP_PORT]}",
            engine_url=f"http://127.0.0.1:{ports[CONTAINER_ENGINE_PORT]}",
            jwt_secret=jwt_secret,
            node_port_url=f"ws://127.0.0.1:{ports[CONTAINER_WS_PORT]}" if launch.serve_port else None,
        )
        node = DockerNode(launch.name, container, endpoint, logs / f"{launch.name}.log")
        self._nodes[launch.name] = node
        return node

    def close(self) -> None:
        """Remove every container, network and volume of this run; logs stay. Idempotent."""
        if self._closed:
            return
        self._closed = True
        remove_labelled(self._client, self._run)
        self._nursery.own_containers(False)
        for node in self._nodes.values():
            node.end_log()
        self._client.close()
        self._ports.close()

    @property
    def _labels(self) -> dict[str, str]:
        return {RUN_LABEL: self._run}

    def _create(self, launch: NodeLaunch, ports: dict[int, int]) -> Container:
        name = f"mdn-{self._run}-{launch.name}"
        volume = self._client.volumes.create(name, labels=self._labels)
        arguments = node_arguments(_DATA / "datadir", _DATA / "geth.toml", launch.gas_limit)
        container: Container = self._client.containers.create(
            self._image,
            [*arguments, *container_arguments(_DATA / "jwt")],
            **self._confinement(volume.name),
            name=name,
            hostname=launch.name,
            network=self._network.name,
            ports={f"{inside}/tcp": ("127.0.0.1", outside) for inside, outside in ports.items()},
        )
        return container

    def _confinement(self, volume: str) -> dict[str, Any]:
        """No root, no capabilities, nothing to write but the volume and a temporary directory."""
        return {
            "labels": self._labels,
            "user": f"{OWNER}:{OWNER}",
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "tmpfs": {"/tmp": "rw,mode=1777"},
            "volumes": {volume: {"bind": str(_DATA), "mode": "rw"}},
        }

    def _fill(self, container: Container, launch: NodeLaunch, jwt_secret: bytes) -> None:
        files = {"geth.toml": CONFIG.encode(), "jwt": jwt_secret.hex().encode()}
        if self._datadirs is not None:
            template = self._datadirs.template(launch.genesis)
            container.put_archive(str(_DATA), volume_content(files, {"datadir": template}))
        else:
            files["genesis.json"] = launch.genesis.read_bytes()
            container.put_archive(str(_DATA), volume_content(files, {}, empty=("datadir",)))
            self._init_in_container(container)

    def _init_in_container(self, container: Container) -> None:
        """Where no binary can be had, the pulled image writes the genesis itself."""
        volume = container.name
        assert volume is not None
        self._client.containers.run(
            self._image,
            [*init_arguments(_DATA / "datadir", _DATA / "genesis.json")],
            **self._confinement(volume),
            remove=True,
        )
