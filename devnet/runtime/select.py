"""Which runtime a network gets, and why."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from collections.abc import Callable
from pathlib import Path

from devnet.errors import EnvironmentFailure
from devnet.types import RuntimeKind

_DEFAULT_SOCKET = "/var/run/docker.sock"
_PING_TIMEOUT_S = 2.0
_OLDEST_API = (1, 40)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the daemon's socket: asking it needs no 0.2 s import of docker-py."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_PING_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the Unix socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_PING_TIMEOUT_S)
        self.sock.connect(self._path)


def docker_trouble() -> str | None:
    """Why containers cannot be used on this machine; None if a local daemon answers."""
    host = os.environ.get("DOCKER_HOST", f"unix://{_DEFAULT_SOCKET}")
    if not host.startswith("unix://"):
        return f"DOCKER_HOST={host} is no local socket, and nodes are reached over this machine's loopback"
    path = host.removeprefix("unix://")
    if not Path(path).exists():
        return f"there is no Docker socket at {path}"
    try:
        with contextlib.closing(_UnixConnection(path)) as connection:
            connection.request("GET", "/_ping")
            answer = connection.getresponse()
            version = answer.getheader("Api-Version", "0.0")
    except PermissionError:
        return f"user {os.getuid()} may not use {path}: add it to the group docker"
    except (OSError, http.client.HTTPException) as error:
        return f"the Docker daemon at {path} does not answer ({error})"
    if answer.status != http.client.OK:
        return f"the Docker daemon at {path} answers with status {answer.status}"
    return None if _is_new_enough(version) else f"the Docker daemon speaks API {version}, older than 1.40"


def choose_runtime(kind: RuntimeKind, trouble: Callable[[], str | None] = docker_trouble) -> tuple[RuntimeKind, str]:
    """The runtime to take (never AUTO), and one sentence that says why.

    Raises EnvironmentFailure when Docker was asked for and is not there.
    """
    if kind is RuntimeKind.PROCESS:
        return kind, "asked for"
    problem = trouble()
    if kind is RuntimeKind.DOCKER:
        if problem is not None:
            raise EnvironmentFailure(f"runtime docker: {problem}; start Docker or use --runtime process")
        return kind, "asked for"
    if problem is None:
        return RuntimeKind.DOCKER, "a Docker daemon answers"
    return RuntimeKind.PROCESS, problem


def _is_new_enough(version: str) -> bool:
    try:
        return tuple(int(part) for part in version.split(".")) >= _OLDEST_API
    except ValueError:
        return False
