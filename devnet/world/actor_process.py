"""What runs inside an actor's process: the same actor as in lockstep, stepped over a channel.

The World writes one JSON object a line; the process answers each with one, after any number of events::

    -> {"step": 1700000042}
    <- {"event": {"kind": "VoteSigned", "chain": "auxiliary-1", "block": 12, "payload": {...}}}
    <- {"wake": {"idle": true, "heads": {"origin": "0x...", ...}}}
    -> {"ask": {...}}
    <- {"answer": {...}}

Or, to both, ``{"error": "one sentence", "kind": "ChainError"}``.

It ends when the channel does.
"""

from __future__ import annotations

import json
import pickle
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devnet.actors.base import Actor, Askable, Surroundings
from devnet.actors.registry import make_actor
from devnet.artifacts.contracts import load_contracts
from devnet.chain.link import HttpLink
from devnet.config.network import ActorSpec, Devnet
from devnet.contracts.deployment import Deployment
from devnet.contracts.handles import Handles
from devnet.errors import DevnetError
from devnet.types import Json


@dataclass(frozen=True, slots=True)
class ActorLaunch:
    """All that an actor's process needs to know."""

    spec: ActorSpec
    """Who it is, with the behaviour to take."""
    devnet: Devnet
    """The network."""
    deployment: Deployment
    """The contracts."""
    links: Mapping[str, tuple[str, str]]
    """By key of ``Surroundings.links``: chain name and URL."""
    directory: Path
    """Its own durable state."""

    def as_config(self) -> dict[str, Json]:
        """As the nursery carries it; only ever read by the same code on the same machine."""
        return {"launch": pickle.dumps(self).hex()}

    @staticmethod
    def from_config(config: Mapping[str, Any]) -> ActorLaunch:
        """The reverse of ``as_config``."""
        launch = pickle.loads(bytes.fromhex(config["launch"]))
        assert isinstance(launch, ActorLaunch)
        return launch


class _Channel:
    """The connection to the World: one JSON object per line, in both directions."""

    def __init__(self, connection: socket.socket) -> None:
        self._lines = connection.makefile("rb")
        self._out = connection.makefile("wb")

    def __iter__(self) -> Any:
        return (json.loads(line) for line in self._lines)

    def send(self, message: Mapping[str, Any]) -> None:
        """Say something to the World, at once."""
        self._out.write(json.dumps(message).encode() + b"\n")
        self._out.flush()

    def record(self, kind: str, chain: str | None = None, block: int | None = None, **payload: Json) -> None:
        """Have the World write an event to the History."""
        self.send({"event": {"kind": kind, "chain": chain, "block": block, "payload": payload}})


def main(connection: socket.socket, config: Mapping[str, Any]) -> None:
    """Serve steps until the channel ends."""
    launch = ActorLaunch.from_config(config)
    channel = _Channel(connection)
    links = {key: HttpLink(chain, url) for key, (chain, url) in launch.links.items()}
    actor = make_actor(
        Surroundings(
            spec=launch.spec,
            devnet=launch.devnet,
            contracts=Handles(launch.deployment, load_contracts()),
            links=links,
            directory=launch.directory,
            record=channel.record,
        )
    )
    try:
        for request in channel:
            channel.send(_answer(actor, request))
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        actor.close()


def _answer(actor: Actor, request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if "ask" in request:
            assert isinstance(actor, Askable)
            return {"answer": actor.ask(request["ask"])}
        wake = actor.step(int(request["step"]))
        return {"wake": {"idle": wake.idle, "heads": dict(wake.heads)}}
    except DevnetError as error:
        return {"error": str(error), "kind": type(error).__name__}
