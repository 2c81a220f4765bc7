from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from devnet.chain.client import IpcTransport
from devnet.chain.wait import wait_until
from devnet.errors import EnvironmentFailure, UsageError
from devnet.listeners import listening_ports
from devnet.runtime.base import NodeLaunch, RunningNode, Runtime
from devnet.runtime.leftovers import leftovers, processes_of, sweep
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
from devnet.types import RuntimeKind

pytestmark = pytest.mark.geth

TERMINATED = (0, -signal.SIGTERM)
"""How a stopped geth ends: for some milliseconds after its socket answers it does not yet handle SIGTERM."""

Launch = Callable[..., NodeLaunch]
Answer = Callable[[RunningNode], str]

WORLD = """
import sys
from pathlib import Path
from devnet.runtime.base import NodeLaunch
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
run, geth, genesis, directory = sys.argv[1:]
nursery = Nursery.start(run)
runtime = ProcessRuntime(Path(directory), Path(geth), nursery)
nodes = [runtime.start(NodeLaunch(f"node-{n}", Path(genesis), 60_000_000)) for n in range(2)]
print(nursery.pid, *(node.pid for node in nodes), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path: Path, geth: Path, nursery: Nursery) -> Iterator[ProcessRuntime]:
    with contextlib.closing(ProcessRuntime(tmp_path / "run", geth, nursery)) as made:
        yield made


@pytest.fixture(autouse=True)
def run_directory(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    return made


def test_two_nodes_of_one_genesis_answer_over_their_own_sockets(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    as_seam: Runtime = runtime
    nodes = [as_seam.start(launch(f"node-{number}")) for number in range(2)]
    assert len({answer(node) for node in nodes}) == 1
    assert len({node.pid for node in nodes}) == 2
    assert runtime.kind is RuntimeKind.PROCESS
    for node in nodes:
        path = node.endpoint.ipc_path
        assert path is not None
        assert len(str(path)) < 100
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_socket_builds_blocks_and_no_fixed_port_is_open(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    answer(node)
    assert node.endpoint.ipc_path is not None
    way = IpcTransport(node.endpoint.ipc_path)
    try:
        modules = way.call("rpc_modules")
        assert {"engine", "testing", "debug", "miner"} <= set(modules)
        assert way.call("net_listening") is False or way.call("admin_nodeInfo")["listenAddr"] == ""
    finally:
        way.close()
    # The Engine port alone, which cannot be switched off, at a number chosen by the kernel.
    assert len(listening_ports(node.pid)) == 1
    assert listening_ports(node.pid)[0] not in (8551, 30303)


def test_a_users_port_answers_but_builds_nothing_and_is_kept_over_a_restart(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch(serve_port=True))
    for _ in range(2):
        answer(node)
        url = node.endpoint.node_port_url
        assert url is not None
        call = {"jsonrpc": "2.0", "id": 1, "method": "rpc_modules", "params": []}
        modules = requests.post(url, json=call, timeout=5).json()["result"]
        assert set(modules) == {"eth", "net", "web3", "txpool", "debug", "rpc"}
        node.restart()


def test_a_users_port_may_be_chosen(runtime: ProcessRuntime, launch: Launch, answer: Answer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = runtime.start(launch(serve_port=True, port=port))
    answer(node)
    assert node.endpoint.node_port_url == f"http://127.0.0.1:{port}"
    assert port in listening_ports(node.pid)


def test_a_taken_port_ends_the_node_at_once_with_the_reason_in_its_last_lines(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        node = runtime.start(launch(serve_port=True, port=listener.getsockname()[1]))
        with pytest.raises(
            EnvironmentFailure, match=r"node node-0 ended early, exit code 1(.|\n)*address already in use"
        ):
            answer(node)


def test_a_killed_node_comes_back_on_its_data_and_its_socket(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    genesis_hash = answer(node)
    endpoint, pid = node.endpoint, node.pid
    node.kill()
    assert (node.is_alive(), node.exit_code()) == (False, -signal.SIGKILL)
    node.restart()
    assert answer(node) == genesis_hash
    assert node.endpoint == endpoint
    assert node.pid != pid


def test_a_node_killed_by_somebody_else_is_known_to_be_dead(
    runtime: ProcessRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    answer(node)
    os.kill(node.pid, signal.SIGKILL)
    wait_until(lambda: not node.is_alive(), 5, "death not noticed")
    assert node.exit_code() == -signal.SIGKILL


def test_a_node_ends_on_sigterm_even_while_frozen(runtime: ProcessRuntime, launch: Launch, answer: Answer) -> None:
    node = runtime.start(launch())
    answer(node)
    assert node.stop() in TERMINATED
    node.restart()
    answer(node)
    node.pause()
    assert node.is_alive()
    assert node.stop() in TERMINATED


def test_a_frozen_node_answers_again_when_resumed(runtime: ProcessRuntime, launch: Launch, answer: Answer) -> None:
    node = runtime.start(launch())
    genesis_hash = answer(node)
    node.pause()
    state = Path(f"/proc/{node.pid}/stat")
    wait_until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", 5, "not frozen")
    node.resume()
    assert answer(node) == genesis_hash


def test_a_name_cannot_be_started_twice(runtime: ProcessRuntime, launch: Launch) -> None:
    runtime.start(launch())
    with pytest.raises(UsageError, match="node-0: it exists"):
        runtime.start(launch())


def test_close_ends_every_node_and_keeps_logs_and_data(
    runtime: ProcessRuntime, launch: Launch, answer: Answer, run_directory: Path
) -> None:
    nodes = [runtime.start(launch(f"node-{number}")) for number in range(3)]
    for node in nodes:
        answer(node)
    runtime.close()
    runtime.close()
    assert all(node.exit_code() in TERMINATED for node in nodes)
    assert "IPC endpoint opened" in (run_directory / "logs" / "node-0.log").read_text()
    assert (run_directory / "nodes" / "node-2" / "datadir" / "geth" / "chaindata").is_dir()
    with pytest.raises(UsageError, match="runtime is closed"):
        runtime.start(launch("late"))


def test_the_genesis_is_initialised_once_for_all_nodes_and_runs(
    runtime: ProcessRuntime, launch: Launch, tmp_path: Path, geth: Path, nursery: Nursery
) -> None:
    for number in range(3):
        runtime.start(launch(f"node-{number}"))
    templates = tmp_path / "run" / "templates"
    made = [(found.name, found.stat().st_ino) for found in templates.iterdir()]
    assert len(made) == 1
    again = ProcessRuntime(tmp_path / "again", geth, nursery, templates)
    (tmp_path / "again").mkdir()
    again.start(launch("node-9"))
    assert [(found.name, found.stat().st_ino) for found in templates.iterdir()] == made


def test_a_datadir_of_another_genesis_is_not_opened(
    runtime: ProcessRuntime, launch: Launch, genesis: Path, tmp_path: Path, geth: Path, nursery: Nursery
) -> None:
    runtime.start(launch()).stop()
    other = json.loads(genesis.read_text())
    other["timestamp"] = hex(int(other["timestamp"], 16) + 1)
    (tmp_path / "other.json").write_text(json.dumps(other))
    with pytest.raises(EnvironmentFailure, match=r"node-0 has genesis .* belongs to another network"):
        ProcessRuntime(tmp_path / "run", geth, nursery).start(NodeLaunch("node-0", tmp_path / "other.json", 60_000_000))


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "cannot read genesis"), ("{}", "geth init failed"), ("\x00\x01", "cannot read genesis")],
    ids=["cut", "empty", "binary"],
)
def test_a_genesis_that_geth_cannot_use_is_one_failure_and_leaves_no_template(
    runtime: ProcessRuntime, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(EnvironmentFailure, match=said):
        runtime.start(NodeLaunch("node-0", tmp_path / "bad.json", 60_000_000))
    templates = tmp_path / "run" / "templates"
    assert not templates.exists() or list(templates.iterdir()) == []


@pytest.mark.parametrize("victim", ["world", "nursery", "both"])
def test_whoever_is_killed_nothing_is_left(victim: str, tmp_path: Path, geth: Path, genesis: Path) -> None:
    run = f"e2e-killed-{victim}-{os.getpid()}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    command = [sys.executable, "-c", WORLD, run, str(geth), str(genesis), str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as world:
        assert world.stdout is not None
        nursery, *nodes = (int(pid) for pid in world.stdout.readline().split())
        # A program that was only just executed may not show its environment yet.
        wait_until(lambda: {found.pid for found in processes_of(run)} == {nursery, *nodes}, 10, "processes not marked")
        if victim != "world":
            os.kill(nursery, signal.SIGKILL)
        if victim != "nursery":
            world.kill()
            world.wait()
        wait_until(lambda: not processes_of(run), 10, "processes left")
        world.kill()
    # The socket directory is the nursery's to remove; without it the sweep of the next command does it.
    assert all(left.startswith("directory ") for left in leftovers(run))
    if victim == "world":
        assert leftovers(run) == []
    sweep(run)
    assert leftovers(run) == []
