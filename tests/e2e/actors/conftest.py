"""A whole network stepped by hand: real geth, contracts, validators and a fisherman, and nothing of the World."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.base import Actor, Surroundings, Wake
from devnet.actors.registry import make_actor
from devnet.artifacts.contracts import load_contracts
from devnet.artifacts.genesis import write_genesis
from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.chain.link import DirectLink
from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.contracts.deploy import plan_deployment
from devnet.contracts.handles import Handles
from devnet.contracts.verification import verify_deployment
from devnet.runtime.base import NodeLaunch
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
from devnet.runtime.toolchain import find_geth
from devnet.types import Json


@dataclasses.dataclass
class Recorded:
    """One event that an actor reported."""

    actor: str
    kind: str
    chain: str | None
    block: int | None
    payload: Mapping[str, Json]


class HandNetwork:
    """Chains and actors, moved one tick at a time by the test."""

    def __init__(self, devnet: Devnet, chains: dict[str, Chain], clock: Clock, directory: Path) -> None:
        self.devnet = devnet
        self.chains = chains
        self.clock = clock
        self.directory = directory
        self.compiled = load_contracts()
        self.recorded: list[Recorded] = []
        self.links = {name: DirectLink(chain) for name, chain in chains.items()}
        self.step_seconds: list[float] = []
        self.actors: dict[str, Actor] = {}
        self.branches: dict[str, list[str]] = {}

    def deploy(self) -> None:
        headers = {name: chain.genesis_header for name, chain in self.chains.items()}
        plan = plan_deployment(self.devnet, headers["origin"], headers, self.compiled)
        for name, raws in plan.transactions.items():
            for raw in raws:
                self.chains[name].submit(raw)
        while any(chain.pending() for chain in self.chains.values()):
            self.mine()
        verify_deployment(plan, self.links, self.compiled)
        self.plan = plan
        self.handles = Handles(plan.deployment, self.compiled)

    def cast(self, name: str, behaviour: str = "honest", links: Mapping[str, Any] | None = None) -> Actor:
        spec = dataclasses.replace(self.devnet.actor(name), behaviour=behaviour)
        home = self.directory / "actors" / name
        home.mkdir(parents=True, exist_ok=True)

        def record(kind: str, chain: str | None = None, block: int | None = None, **payload: Json) -> None:
            self.recorded.append(Recorded(name, kind, chain, block, payload))

        surroundings = Surroundings(spec, self.devnet, self.handles, {**self.links, **(links or {})}, home, record)
        self.actors[name] = make_actor(surroundings)
        return self.actors[name]

    def mine(self) -> None:
        self.clock.advance(1)
        for name, chain in self.chains.items():
            for view in ("main", *self.branches.get(name, ())):
                chain.mine(view=view)

    def step(self) -> dict[str, Wake]:
        wakes = {}
        for name, actor in self.actors.items():
            before = time.perf_counter()
            wakes[name] = actor.step(self.clock.now())
            self.step_seconds.append(time.perf_counter() - before)
        return wakes

    def tick(self) -> dict[str, Wake]:
        self.mine()
        return self.step()

    def run_until(self, condition: Callable[[], bool], ticks: int) -> int:
        """Ticks that it took; fails if it took more than ``ticks``."""
        for count in range(ticks):
            if condition():
                return count
            self.tick()
        raise AssertionError(f"condition did not hold after {ticks} ticks; last events {self.recorded[-3:]}")

    def read(self, auxiliary: str, contract: str, function: str, *arguments: object) -> Any:
        handle = getattr(self.handles.core_of(auxiliary), contract)
        link = self.links["origin" if contract in ("core", "stake") else auxiliary]
        return handle.read(link, function, *arguments)

    def kinds(self, kind: str) -> list[Recorded]:
        return [one for one in self.recorded if one.kind == kind]


@pytest.fixture
def make_network() -> Iterator[Callable[..., HandNetwork]]:
    """Starts networks from a manifest's name; everything ends with the test."""
    directory = Path(tempfile.mkdtemp(prefix="hand-"))
    nursery = Nursery.start("hand")
    runtime = ProcessRuntime(directory / "runtime", find_geth(lambda line: None).path, nursery)
    chains: list[Chain] = []
    actors: list[HandNetwork] = []

    def make(manifest: str = "minimal", seed: int = 7) -> HandNetwork:
        devnet = resolve(load_manifest(find_manifest(manifest)), seed=seed)
        clock = Clock(devnet.origin.genesis_time)
        started: dict[str, Chain] = {}
        for spec in devnet.chains:
            genesis = directory / f"{spec.name}.json"
            write_genesis(devnet, spec, genesis)
            nodes = [runtime.start(NodeLaunch(node.name, genesis, spec.gas_limit)) for node in spec.nodes]
            started[spec.name] = Chain(spec, nodes, clock, devnet.seed)
            chains.append(started[spec.name])
        for chain in started.values():
            chain.start()
        network = HandNetwork(devnet, started, clock, directory)
        actors.append(network)
        network.deploy()
        return network

    try:
        yield make
    finally:
        for network in actors:
            for actor in network.actors.values():
                actor.close()
        for chain in chains:
            chain.close()
        runtime.close()
        nursery.close()
        shutil.rmtree(directory, ignore_errors=True)
