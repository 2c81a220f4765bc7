"""Ports of networks started with ``up``: a block of 100 by name, recorded at first use.

A block that somebody listens on when it would be recorded is left to them: perhaps another user's network of
the same name. Once it is recorded it stays, and who listens there is in the way.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devnet.artifacts.private_files import make_private, write_private
from devnet.errors import EnvironmentFailure, ManifestError
from devnet.listeners import listener_of
from devnet.locks import hold_lock

_LOWEST = 10_000
_BLOCK = 100
_BLOCKS = 220
_NODES_FROM = 20
_API = 90


@dataclass(frozen=True, slots=True)
class PortBlock:
    """A hundred ports: fronts from +0, node ports from +20, the World's API at +90."""

    base: int
    """The first of them."""

    def front(self, chain: int) -> int:
        """Port of the RPC front of the chain at that position."""
        return self._port(chain, 0, _NODES_FROM, "chains")

    def node(self, node: int) -> int:
        """Port of the node at that position, counted over all chains."""
        return self._port(node, _NODES_FROM, _API, "nodes with a port of their own")

    @property
    def api(self) -> int:
        """Port of the World's control API."""
        return self.base + _API

    def _port(self, index: int, start: int, end: int, what: str) -> int:
        if not 0 <= index < end - start:
            raise ManifestError(
                f"a network has ports for {end - start} {what}, asked for number {index + 1}: set ports:"
            )
        return self.base + start + index


def claim_block(name: str, home: Path) -> PortBlock:
    """The block of a network name, the same ever after; the next free one if another name came first.

    All blocks lie between 10000 and 31999, below the ports that kernels choose by themselves.
    """
    record = make_private(home) / "ports.json"
    with hold_lock(home / "ports.lock", lambda: None):
        claimed = _read(record)
        if name not in claimed:
            claimed[name] = _first_free(name, set(claimed.values()), record)
            write_private(record, json.dumps(claimed, indent=1, sort_keys=True))
    return PortBlock(claimed[name])


def ensure_free(ports: Mapping[str, int]) -> None:
    """Refuse ports that somebody listens on; keys say what each is for ("RPC of origin").

    Raises EnvironmentFailure that names the port and, if that can be seen, who has it.
    """
    for purpose, port in ports.items():
        refused = is_taken(port)
        if refused:
            holder = listener_of(port) or "another process"
            raise EnvironmentFailure(
                f"port {port} ({purpose}) is taken by {holder} ({refused}): "
                "end that process, or set ports: in the manifest"
            )


def is_taken(port: int) -> str:
    """Why a port of this machine's loopback cannot be listened on; empty if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _first_free(name: str, taken: set[int], record: Path) -> int:
    first = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    for step in range(_BLOCKS):
        base = _LOWEST + (first + step) % _BLOCKS * _BLOCK
        if base not in taken and not any(is_taken(port) for port in (base, base + _API)):
            return base
    raise EnvironmentFailure(f"all {_BLOCKS} port blocks are claimed: remove names that are gone from {record}")


def _read(record: Path) -> dict[str, int]:
    try:
        claimed = json.loads(record.read_bytes())
        return {str(name): int(base) for name, base in claimed.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise EnvironmentFailure(f"cannot read {record} ({error}): remove it, ports are then chosen anew") from error
