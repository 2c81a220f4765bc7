"""Makes the actors of a world: objects in lockstep, processes in live mode."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from devnet.actors.base import Record, Surroundings
from devnet.chain.link import Link
from devnet.config.network import ActorSpec, Devnet
from devnet.runtime.nursery import Nursery
from devnet.types import Json, Mode
from devnet.world.actor_process import ActorLaunch
from devnet.world.cast import ActorHandle, InProcessActor
from devnet.world.forked import ForkedActor
from devnet.world.running import Running
from devnet.world.surroundings import Links, link_keys

LinksAt = Callable[[str], str]
"""URL under which an actor's links lie, each at ``/<key>``."""

_log = logging.getLogger(__name__)


class Casting:
    """Knows what every actor of one world needs."""

    def __init__(
        self,
        devnet: Devnet,
        running: Running,
        nursery: Nursery,
        directory: Path,
        links: Links,
        links_at: LinksAt,
    ) -> None:
        self._devnet = devnet
        self._running = running
        self._nursery = nursery
        self._directory = directory
        self._links = links
        self._links_at = links_at

    def know(self, devnet: Devnet) -> None:
        """Actors made from now on live in this network: one with more validators."""
        self._devnet = devnet

    def make(self, spec: ActorSpec, instance: str = "") -> ActorHandle:
        """The handle of one actor; ``instance`` names one of several with the same keys, as twins are.

        An instance has links and a directory of its own; what it does counts as its actor's.
        """
        name = instance or spec.name
        in_lockstep = self._devnet.mode is Mode.LOCKSTEP
        return self._in_process(spec, name) if in_lockstep else self._forked(spec, name)

    def _in_process(self, spec: ActorSpec, name: str) -> ActorHandle:
        links: dict[str, Link] = {key: self._links.find(name, key) for key, _, _ in link_keys(self._devnet)}
        surroundings = Surroundings(
            spec=spec,
            devnet=self._devnet,
            contracts=self._running.contracts,
            links=links,
            directory=self._home(name),
            record=self._record(spec.name),
        )
        return InProcessActor(surroundings, os.getpid())

    def _forked(self, spec: ActorSpec, name: str) -> ActorHandle:
        at = self._links_at(name)
        links = {key: (chain, f"{at}/{key}") for key, chain, _ in link_keys(self._devnet)}
        deployment = self._running.contracts.deployment
        launch = ActorLaunch(spec, self._devnet, deployment, links, self._home(name))
        log = self._directory / "logs" / f"{name}.log"
        return ForkedActor(launch, self._nursery, log, self._record(spec.name))

    def _home(self, name: str) -> Path:
        home = self._directory / "actors" / name
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    def _record(self, actor: str) -> Record:
        running = self._running

        def record(kind: str, chain: str | None = None, block: int | None = None, **payload: Json) -> None:
            if kind.startswith("Actor"):
                _log.warning("%s: %s %s", actor, kind, payload)
            running.history.append(
                kind, time=running.clock.now(), chain=chain, block=block, actor=actor, payload=payload
            )

        return record
