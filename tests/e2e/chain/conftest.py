"""A geth of one's own, without the runtime: the launch line of the IPC variant."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from devnet.chain.block import BlockSeen, ChainEvent
from devnet.chain.chain import Chain
from devnet.chain.clock import VirtualClock
from devnet.config.network import ChainSpec, NodeSpec
from devnet.runtime.base import Endpoint
from devnet.types import Role

GENESIS_TIME = 1_700_000_000
GAS_LIMIT = 60_000_000
USERS = tuple(Account.from_key(bytes([index]) * 32) for index in range(1, 6))


@pytest.fixture(scope="session")
def geth() -> str:
    found = os.environ.get("DEVNET_GETH") or shutil.which("geth")
    if not found:
        pytest.skip("no geth: set DEVNET_GETH")
    return found


class PlainNode:
    """A RunningNode around one child process."""

    def __init__(self, geth: str, name: str, directory: Path, genesis: Path) -> None:
        self.name = name
        self._geth = geth
        self._directory = directory
        self._log = directory / "log"
        self.endpoint = Endpoint(ipc_path=directory / "ipc")
        self._process: subprocess.Popen[bytes] | None = None
        data = str(directory / "data")
        subprocess.run(
            [geth, "init", "--datadir", data, "--state.scheme", "hash", str(genesis)], check=True, capture_output=True
        )
        (directory / "geth.toml").write_text('[Node.P2P]\nListenAddr = ""\nNoDiscovery = true\nMaxPeers = 0\n')
        self.restart()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process is not None else None

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        return tuple(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(10)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        line = f"""{self._geth} --config geth.toml --datadir data --gcmode archive --syncmode full
            --state.scheme hash --engine.maxreorgdepth 0 --ipcpath {self.endpoint.ipc_path} --authrpc.port 0
            --nodiscover --maxpeers 0 --nat none --cache 16 --verbosity 2 --history.logs.disable --rpc.txfeecap 0
            --txpool.nolocals --miner.gaslimit {GAS_LIMIT} --miner.recommit 10s"""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*line.split(), "--txpool.journal", ""], cwd=self._directory, stdout=log, stderr=log
            )


@dataclass
class Run:
    """A started chain with what it told."""

    chain: Chain
    clock: VirtualClock
    nodes: list[PlainNode]
    seen: list[BlockSeen] = field(default_factory=list)
    events: list[ChainEvent] = field(default_factory=list)

    def tick(self, count: int = 1, view: str = "main") -> Any:
        for _ in range(count):
            self.clock.advance(1)
            block = self.chain.mine(view=view)
        return block


MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def genesis_path(geth: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dumped = json.loads(subprocess.run([geth, "--dev", "dumpgenesis"], check=True, capture_output=True).stdout)
    alloc = {address: account for address, account in dumped["alloc"].items() if account.get("code")}
    alloc |= {user.address: {"balance": hex(10**24)} for user in USERS}
    forks = {name: 0 for name in ("shanghaiTime", "cancunTime", "pragueTime", "osakaTime")}
    blocks = (
        "homesteadBlock eip150Block eip155Block eip158Block byzantiumBlock constantinopleBlock petersburgBlock "
        "istanbulBlock berlinBlock londonBlock mergeNetsplitBlock"
    )
    schedule = {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716}
    config: dict[str, Any] = {"chainId": 4242, "terminalTotalDifficulty": 0} | forks
    config |= {name: 0 for name in blocks.split()}
    config["blobSchedule"] = {fork: schedule for fork in ("cancun", "prague", "osaka")}
    genesis = {
        "config": config,
        "alloc": alloc,
        "gasLimit": hex(GAS_LIMIT),
        "timestamp": hex(GENESIS_TIME),
        "difficulty": "0x0",
        "baseFeePerGas": hex(10**9),
        "extraData": "0x",
    }
    path = tmp_path_factory.mktemp("genesis") / "genesis.json"
    path.write_text(json.dumps(genesis))
    return path


@pytest.fixture
def make_run(geth: str, genesis_path: Path) -> Iterator[MakeRun]:
    """Start chains; everything ends with the test."""
    runs: list[Run] = []
    nodes: list[PlainNode] = []
    directories: list[Path] = []

    def make(count: int = 1, role: Role = Role.AUXILIARY, name: str = "auxiliary-1") -> Run:
        # Not under tmp_path: a socket's path must be short.
        directory = Path(tempfile.mkdtemp(prefix="dn"))
        directories.append(directory)
        specs = tuple(NodeSpec(f"{name}-{index}", name, index) for index in range(count))
        for spec in specs:
            (directory / spec.name).mkdir()
            nodes.append(PlainNode(geth, spec.name, directory / spec.name, genesis_path))
        clock = VirtualClock(GENESIS_TIME)
        chain_spec = ChainSpec(name, role, 4242, 1, 4, GAS_LIMIT, GENESIS_TIME, specs)
        seen: list[BlockSeen] = []
        events: list[ChainEvent] = []
        own = nodes[-count:]
        chain = Chain(chain_spec, own, clock, 7, on_block=seen.append, on_event=events.append)
        run = Run(chain, clock, own, seen, events)
        runs.append(run)
        chain.start()
        return run

    yield make
    for run in runs:
        run.chain.close()
    for node in nodes:
        if node.is_alive():
            node.kill()
    for directory in directories:
        shutil.rmtree(directory)


Transfer = Callable[..., bytes]


@pytest.fixture(scope="session")
def transfer() -> Transfer:
    """Signs a transfer of one wei by a user, given its nonce."""
    return _transfer


def _transfer(user: int, nonce: int, to: bytes = b"\x11" * 20, **changes: Any) -> bytes:
    fields = {
        "type": 2,
        "chainId": 4242,
        "nonce": nonce,
        "to": "0x" + to.hex(),
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10**12,
        "maxPriorityFeePerGas": 10**9,
    } | changes
    return bytes(USERS[user].sign_transaction(fields).raw_transaction)
