"""Real nodes, started one by one on the runtimes alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devnet.artifacts.genesis import write_genesis
from devnet.chain.client import HttpTransport, IpcTransport, Transport
from devnet.chain.wait import wait_until
from devnet.config.load import load_manifest
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.errors import ChainError
from devnet.runtime.base import NodeLaunch, RunningNode
from devnet.runtime.leftovers import leftovers
from devnet.runtime.logs import early_exit
from devnet.runtime.nursery import Nursery
from devnet.runtime.toolchain import find_geth

DEADLINE_S = 30.0


@pytest.fixture(scope="session")
def geth() -> Path:
    """The binary that the project would take."""
    return find_geth(print).path


@pytest.fixture(scope="session")
def genesis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Genesis of the demo network's first auxiliary."""
    devnet = resolve(load_manifest(find_manifest("demo")), seed=7)
    return write_genesis(devnet, devnet.auxiliaries[0], tmp_path_factory.mktemp("genesis") / "genesis.json")


@pytest.fixture
def launch(genesis: Path) -> Callable[..., NodeLaunch]:
    """Makes launches of that chain's nodes."""
    return lambda name="node-0", gas_limit=60_000_000, **changes: NodeLaunch(name, genesis, gas_limit, **changes)


@pytest.fixture
def nursery(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Nursery]:
    """A nursery for one test, after which nothing of its run is left."""
    run = f"e2e-{os.getpid()}-{abs(hash(request.node.name)) % 10_000}"
    with Nursery.start(run, tmp_path / "nursery.log") as started:
        yield started
    assert leftovers(run) == []


def transport(node: RunningNode) -> Transport:
    """The way to a node that both runtimes offer."""
    if node.endpoint.ipc_path is not None:
        return IpcTransport(node.endpoint.ipc_path)
    assert node.endpoint.http_url is not None
    return HttpTransport(node.endpoint.http_url)


@pytest.fixture
def answer() -> Callable[[RunningNode], str]:
    """Waits until a node answers and returns its genesis hash."""

    def ask(node: RunningNode) -> str:
        way = transport(node)

        def look() -> str | None:
            if not node.is_alive():
                raise early_exit(node)
            try:
                return str(way.call("eth_getBlockByNumber", ["0x0", False])["hash"])
            except ChainError:
                return None

        try:
            return wait_until(look, DEADLINE_S, f"{node.name} does not answer") or ""
        finally:
            way.close()

    return ask
