"""From nothing to a network: ours in both runtimes, beside anvil and ``geth --dev`` started the same way."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.figure import Figure
from devnet.artifacts.contracts import contracts_directory
from devnet.chain.wait import wait_until
from devnet.history import History
from devnet.runtime.select import docker_trouble
from devnet.runtime.toolchain import GETH_VERSION, find_geth

CHAINS = 3
"""As many as the demo network has."""

# A contract of four bytes: what a chain must at least have taken before it is of use.
CONTRACT = "0x6001600c60003960016000f300"


@dataclass(frozen=True, slots=True)
class Start:
    """One ``devnet up`` and ``devnet down``; seconds."""

    prepared: float
    started: float
    deployed: float
    ready: float
    down: float
    memory_mib: float


def measure(runs: int) -> list[Figure]:
    """Figures of starting, ending and memory."""
    figures = _ours("process", runs, deployed=3, ended=1.5)
    trouble = docker_trouble()
    if trouble is None:
        figures += _ours("docker", runs, deployed=6, ended=4)
    else:
        figures.append(Figure("up, docker", "s", (), 6, note=trouble))
    anvil = tuple(_anvils() for _ in range(runs))
    ours = find_geth(lambda line: None).path
    geth = tuple(_geth_devs(ours) for _ in range(runs))
    figures.append(Figure(f"{CHAINS} x anvil with one contract each", "s", anvil))
    figures.append(Figure(f"{CHAINS} x geth --dev with one contract each, same binary", "s", geth))
    figures.append(_stock(runs))
    return figures


def _stock(runs: int) -> Figure:
    """The same with geth as it is released: of the pinned version, named by $DEVNET_STOCK_GETH or found on PATH."""
    name = f"{CHAINS} x geth --dev with one contract each, stock binary"
    named = os.environ.get("DEVNET_STOCK_GETH") or shutil.which("geth")
    if named is None:
        return Figure(name, "s", (), note="no geth on PATH; name one by DEVNET_STOCK_GETH")
    # It calls itself by its file's name, which may be any.
    said = subprocess.run([named, "--version"], capture_output=True, text=True, check=True).stdout.split()
    version = said[-1].removesuffix("-stable") if said else "nothing that says its version"
    if version != GETH_VERSION:
        return Figure(name, "s", (), note=f"{named} is {version}, not {GETH_VERSION}")
    return Figure(name, "s", tuple(_geth_devs(Path(named)) for _ in range(runs)))


def _ours(runtime: str, runs: int, deployed: float, ended: float) -> list[Figure]:
    starts, again = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home:
            starts.append(_start(runtime, home))
            again.append(_start(runtime, home))

    def samples(field: str, since: str = "") -> tuple[float, ...]:
        return tuple(getattr(start, field) - (getattr(start, since) if since else 0.0) for start in starts)

    return [
        Figure(f"up until contracts and validators are there, {runtime}", "s", samples("deployed"), deployed),
        Figure(f"  of it Python, until the contracts are loaded, {runtime}", "s", samples("prepared")),
        Figure(f"  of it geth, until every chain answers, {runtime}", "s", samples("started", "prepared")),
        Figure(f"  of it deployment, {runtime}", "s", samples("deployed", "started")),
        Figure(f"  the same once more, {runtime}", "s", tuple(start.deployed for start in again), deployed),
        Figure(f"from there until ready, {runtime}", "s", samples("ready", "deployed"), 2),
        Figure(f"down, {runtime}", "s", samples("down"), ended),
        Figure(f"memory of the demo network (PSS), {runtime}", "MiB", samples("memory_mib"), 600),
    ]


def _start(runtime: str, home: str) -> Start:
    environment = os.environ | {"DEVNET_HOME": home}
    begin = time.time()
    status = json.loads(_devnet(["up", "--json", "--runtime", runtime], environment))
    stages = _stages(Path(status["run_directory"]))
    memory = _memory_mib(Path(status["run_directory"]).name, status)
    ending = time.time()
    _devnet(["down"], environment)
    down = time.time() - ending
    at = {stage: moment - begin for stage, moment in stages.items()}
    return Start(at["prepared"], at["started"], at["deployed"], at["running"], down, memory)


def _devnet(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "devnet.cli", *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def _stages(run: Path) -> dict[str, float]:
    with History.open(run / "history.sqlite") as history:
        return {str(value): moment for moment, key, value in history.notes() if key == "stage"}


def _memory_mib(run: str, status: dict[str, object]) -> float:
    """Proportional set size of every process of the run, containers' included."""
    actors, chains = status["actors"], status["chains"]
    assert isinstance(actors, list)
    assert isinstance(chains, list)
    pids = {int(status["world"]["pid"]), *(int(actor["pid"]) for actor in actors)}  # type: ignore[index]
    pids |= {int(node["pid"]) for chain in chains for node in chain["nodes"]}
    total = 0
    for pid in sorted(pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _anvils() -> float:
    anvil = contracts_directory() / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    begin = time.monotonic()
    ports = [_free_port() for _ in range(CHAINS)]
    with _running([[str(anvil), "--silent", "--port", str(port)] for port in ports]):
        for port in ports:
            _deploy(port)
        return time.monotonic() - begin


def _geth_devs(geth: Path) -> float:
    begin = time.monotonic()
    ports = [_free_port() for _ in range(CHAINS)]
    flags = ["--dev", "--http", "--nodiscover", "--maxpeers", "0", "--ipcdisable", "--verbosity", "0", "--authrpc.port"]
    commands = [[str(geth), *flags, str(_free_port()), "--port", "0", "--http.port", str(port)] for port in ports]
    with _running(commands):
        for port in ports:
            _deploy(port)
        return time.monotonic() - begin


@contextmanager
def _running(commands: list[list[str]]) -> Iterator[None]:
    processes = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def _deploy(port: int) -> None:
    """Wait until the chain answers and has taken a contract, sent from its unlocked account."""
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(url), 30, lambda: f"{url} does not answer")
    sender = _call(url, "eth_accounts", [])[0]
    sent = _call(url, "eth_sendTransaction", [{"from": sender, "data": CONTRACT, "gas": "0x30d40"}])
    wait_until(lambda: _call(url, "eth_getTransactionReceipt", [sent]) is not None, 30, lambda: f"{url}: no receipt")


def _answers(url: str) -> bool:
    try:
        return bool(_call(url, "eth_chainId", []))
    except requests.RequestException:
        return False


def _call(url: str, method: str, params: list[object]) -> Any:
    """The result; None for an error, such as that a node just started is still indexing transactions."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return requests.post(url, json=request, timeout=5).json().get("result")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
