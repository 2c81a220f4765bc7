"""Chains on real geth in the process runtime."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from devnet.artifacts.genesis import write_genesis
from devnet.chain.block import Block, BlockSeen, ChainEvent
from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.config.load import load_manifest
from devnet.config.network import Devnet, NodeSpec
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.runtime.base import NodeLaunch, RunningNode
from devnet.runtime.docker import DockerRuntime
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
from devnet.runtime.toolchain import find_geth


@pytest.fixture(scope="session")
def demo() -> Devnet:
    """The network whose chains are tried one by one."""
    return resolve(load_manifest(find_manifest("demo")), seed=7)


@dataclass
class Run:
    """A started chain with what it told."""

    chain: Chain
    clock: Clock
    nodes: list[RunningNode]
    devnet: Devnet
    seen: list[BlockSeen] = field(default_factory=list)
    events: list[ChainEvent] = field(default_factory=list)

    def tick(self, count: int = 1, view: str = "main") -> Block:
        """Let a second pass and make a block, ``count`` times."""
        for _ in range(count):
            self.clock.advance(1)
            block = self.chain.mine(view=view)
        return block

    def transfer(self, user: int, nonce: int, to: bytes = b"\x11" * 20, **changes: Any) -> bytes:
        """A signed transfer of one wei."""
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain.spec.chain_id,
            "nonce": nonce,
            "to": "0x" + to.hex(),
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10**12,
            "maxPriorityFeePerGas": 10**9,
        }
        if not to:
            del fields["to"]
        signer = Account.from_key(self.devnet.accounts[user].secret)
        return bytes(signer.sign_transaction(fields | changes).raw_transaction)

    def hash_at(self, number: int, view: str = "main") -> str:
        """What the view's node says about a height."""
        return str(self.chain.rpc("eth_getBlockByNumber", [hex(number), False], view)["hash"])

    def kinds(self) -> list[str]:
        """Kinds of the events so far."""
        return [event.kind for event in self.events]


MakeRun = Callable[..., Run]
AnyRuntime = ProcessRuntime | DockerRuntime


@pytest.fixture(scope="session")
def runtimes() -> Iterator[Callable[[bool], AnyRuntime]]:
    """Makes runtimes on one nursery; each has a directory of its own."""
    geth = find_geth(print).path
    root = Path(tempfile.mkdtemp(prefix="chain-e2e-"))
    made: list[AnyRuntime] = []
    numbers = itertools.count()
    with Nursery.start("chain-e2e") as nursery:

        def make(in_docker: bool) -> AnyRuntime:
            directory = root / str(next(numbers))
            directory.mkdir()
            made.append((DockerRuntime if in_docker else ProcessRuntime)(directory, geth, nursery, root / "templates"))
            return made[-1]

        yield make
        for runtime in made:
            runtime.close()
    shutil.rmtree(root)


@pytest.fixture
def make_run(demo: Devnet, runtimes: Callable[[bool], AnyRuntime], tmp_path: Path) -> Iterator[MakeRun]:
    """Start chains of the demo network with any number of nodes; everything ends with the test."""
    chains: list[Chain] = []
    made: list[AnyRuntime] = []

    def make(name: str = "auxiliary-1", nodes: int = 1, serve_port: bool = False, docker: bool = False) -> Run:
        runtime = runtimes(docker)
        made.append(runtime)
        own = tuple(NodeSpec(f"{name}-{index}", name, index) for index in range(nodes))
        spec = dataclasses.replace(demo.chain(name), nodes=own)
        genesis = write_genesis(demo, spec, tmp_path / f"{name}-{len(made)}.json")
        running: list[RunningNode] = [
            runtime.start(NodeLaunch(node.name, genesis, spec.gas_limit, serve_port)) for node in spec.nodes
        ]
        clock = Clock(spec.genesis_time)
        seen: list[BlockSeen] = []
        events: list[ChainEvent] = []
        chain = Chain(spec, running, clock, demo.seed, on_block=seen.append, on_event=events.append)
        chains.append(chain)
        chain.start()
        return Run(chain, clock, running, demo, seen, events)

    yield make
    for chain in chains:
        chain.close()
    for runtime in made:
        runtime.close()
