from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devnet.chain.client import HttpTransport
from devnet.chain.wait import wait_until
from devnet.errors import EnvironmentFailure, RpcError, UsageError
from devnet.runtime import docker_daemon
from devnet.runtime.base import NodeLaunch, RunningNode, Runtime
from devnet.runtime.docker import DockerRuntime
from devnet.runtime.leftovers import leftovers, sweep
from devnet.runtime.logs import early_exit
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
from devnet.runtime.select import docker_trouble
from devnet.types import RuntimeKind

Launch = Callable[..., NodeLaunch]
Answer = Callable[[RunningNode], str]

TROUBLE = docker_trouble()
pytestmark = [
    pytest.mark.geth,
    pytest.mark.docker,
    pytest.mark.skipif(TROUBLE is not None, reason=f"no Docker: {TROUBLE}"),
]

WORLD = """
import sys
from pathlib import Path
from devnet.runtime.base import NodeLaunch
from devnet.runtime.nursery import Nursery
from devnet.runtime.docker import DockerRuntime
run, geth, genesis, directory = sys.argv[1:]
nursery = Nursery.start(run)
runtime = DockerRuntime(Path(directory), Path(geth), nursery)
runtime.start(NodeLaunch("node-0", Path(genesis), 60_000_000))
print(nursery.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path: Path, geth: Path, nursery: Nursery) -> Iterator[DockerRuntime]:
    with contextlib.closing(DockerRuntime(tmp_path, geth, nursery)) as made:
        yield made


def inspect(node: RunningNode, nursery: Nursery) -> dict[str, object]:
    """What Docker says about a node's container."""
    with contextlib.closing(docker_daemon.connect()) as client:
        found: dict[str, object] = client.containers.get(f"mdn-{nursery.run_id}-{node.name}").attrs
        return found


def test_a_node_answers_on_loopback_with_the_genesis_of_the_process_runtime(
    runtime: DockerRuntime, launch: Launch, answer: Answer, tmp_path: Path, geth: Path, nursery: Nursery
) -> None:
    as_seam: Runtime = runtime
    node = as_seam.start(launch())
    (tmp_path / "process").mkdir()
    with contextlib.closing(ProcessRuntime(tmp_path / "process", geth, nursery)) as processes:
        assert answer(node) == answer(processes.start(launch()))
    assert runtime.kind is RuntimeKind.DOCKER
    assert Path(f"/proc/{node.pid}/exe").exists()
    for url in (node.endpoint.http_url, node.endpoint.engine_url):
        assert "//127.0.0.1:" in str(url)


def test_the_engine_wants_the_secret_and_the_producers_port_builds(
    runtime: DockerRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    answer(node)
    assert node.endpoint.http_url is not None
    assert node.endpoint.engine_url is not None
    with contextlib.closing(HttpTransport(node.endpoint.http_url)) as way:
        assert "testing" in way.call("rpc_modules")
        assert "engine" not in way.call("rpc_modules")
    with contextlib.closing(HttpTransport(node.endpoint.engine_url, node.endpoint.jwt_secret)) as way:
        assert way.call("engine_exchangeCapabilities", [[]])
    with (
        contextlib.closing(HttpTransport(node.endpoint.engine_url, bytes(32))) as way,
        pytest.raises(Exception, match=r"401|signature"),
    ):
        way.call("engine_exchangeCapabilities", [[]])


def test_a_container_is_confined(runtime: DockerRuntime, launch: Launch, answer: Answer, nursery: Nursery) -> None:
    node = runtime.start(launch())
    answer(node)
    found = json.loads(json.dumps(inspect(node, nursery)))
    assert found["Config"]["User"] == "1000:1000"
    assert found["HostConfig"]["ReadonlyRootfs"] is True
    assert found["HostConfig"]["CapDrop"] == ["ALL"]
    assert found["HostConfig"]["SecurityOpt"] == ["no-new-privileges"]
    assert found["Config"]["Labels"]["mosaic-devnet.run"] == nursery.run_id
    published = [place for places in found["NetworkSettings"]["Ports"].values() for place in places or []]
    assert len(published) == 2  # the Producer's: users have a port only where they ask for one
    assert {place["HostIp"] for place in published} == {"127.0.0.1"}
    assert list(found["NetworkSettings"]["Networks"]) == [f"mdn-{nursery.run_id}"]


def test_a_users_port_builds_nothing(runtime: DockerRuntime, launch: Launch, answer: Answer) -> None:
    node = runtime.start(launch(serve_port=True))
    answer(node)
    assert node.endpoint.node_port_url is not None
    assert node.endpoint.node_port_url != node.endpoint.http_url
    assert runtime.start(launch("node-1")).endpoint.node_port_url is None


def test_a_killed_node_comes_back_on_its_volume_and_its_ports(
    runtime: DockerRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    genesis_hash = answer(node)
    endpoint = node.endpoint
    node.kill()
    assert (node.is_alive(), node.exit_code(), node.pid) == (False, -signal.SIGKILL, 0)
    node.kill()
    node.restart()
    assert answer(node) == genesis_hash
    assert node.endpoint == endpoint


def test_a_node_ends_on_sigterm_even_while_frozen(runtime: DockerRuntime, launch: Launch, answer: Answer) -> None:
    node = runtime.start(launch())
    genesis_hash = answer(node)
    node.pause()
    assert node.is_alive()
    node.resume()
    assert answer(node) == genesis_hash
    node.pause()
    assert node.stop() in (0, -signal.SIGTERM)
    assert not node.is_alive()


def test_the_log_is_in_the_run_directory_over_restarts(
    runtime: DockerRuntime, launch: Launch, answer: Answer, tmp_path: Path
) -> None:
    node = runtime.start(launch())
    answer(node)
    node.kill()
    node.restart()
    answer(node)
    log = tmp_path / "logs" / "node-0.log"
    wait_until(lambda: log.read_text().count("Starting Geth") == 2, 10, "log not followed")
    assert len(node.log_tail(5)) == 5


def test_a_node_that_exits_at_once_is_told_with_its_last_lines(
    runtime: DockerRuntime, launch: Launch, tmp_path: Path
) -> None:
    node = runtime.start(launch(gas_limit=-1))
    wait_until(lambda: not node.is_alive(), 30, "it runs")
    message = str(early_exit(node))
    assert message.startswith("node node-0 ended early, exit code 1; its last log lines:\n")
    assert len(message.splitlines()) == 31
    log = tmp_path / "logs" / "node-0.log"
    wait_until(lambda: "gaslimit" in log.read_text(), 10, "reason not in the log")


def test_close_removes_containers_network_and_volumes(
    runtime: DockerRuntime, launch: Launch, answer: Answer, nursery: Nursery
) -> None:
    for name in ("node-0", "node-1"):
        answer(runtime.start(launch(name)))
    assert len([left for left in leftovers(nursery.run_id) if left.startswith(("container", "network", "volume"))]) == 5
    runtime.close()
    runtime.close()
    assert not [left for left in leftovers(nursery.run_id) if left.startswith(("container", "network", "volume"))]
    with pytest.raises(UsageError, match="runtime is closed"):
        runtime.start(launch("late"))


def test_without_a_binary_the_image_initialises_the_genesis_itself(
    launch: Launch, answer: Answer, tmp_path: Path, geth: Path, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(docker_daemon.connect()) as client:
        monkeypatch.setattr(docker_daemon, "PULLED_IMAGE", docker_daemon.build_image(client, geth))
    with contextlib.closing(DockerRuntime(tmp_path, None, nursery)) as runtime:
        assert answer(runtime.start(launch())).startswith("0x")


def test_a_binary_that_a_container_cannot_run_is_refused(tmp_path: Path, nursery: Nursery) -> None:
    (tmp_path / "geth").write_text("#!/bin/sh\n")
    with pytest.raises(EnvironmentFailure, match="no 64-bit Linux program"):
        DockerRuntime(tmp_path, tmp_path / "geth", nursery)


def test_no_daemon_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EnvironmentFailure, match="start Docker or use --runtime process"):
        docker_daemon.connect()


@pytest.mark.parametrize("victim", ["world", "both"])
def test_whoever_is_killed_no_container_is_left(victim: str, tmp_path: Path, geth: Path, genesis: Path) -> None:
    run = f"e2e-docker-{victim}-{os.getpid()}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    command = [sys.executable, "-c", WORLD, run, str(geth), str(genesis), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as world:
        assert world.stdout is not None
        nursery = int(world.stdout.readline())
        assert any(left.startswith("container") for left in leftovers(run))
        if victim == "both":
            os.kill(nursery, signal.SIGKILL)
        world.kill()
        world.wait()
    if victim == "both":
        # Nobody was left to remove them: the next up or down does.
        assert len(sweep(run)) >= 3
    wait_until(lambda: not leftovers(run), 20, lambda: f"left: {leftovers(run)}")


def test_an_error_of_a_node_is_not_taken_for_one_of_docker(
    runtime: DockerRuntime, launch: Launch, answer: Answer
) -> None:
    node = runtime.start(launch())
    answer(node)
    assert node.endpoint.http_url is not None
    with contextlib.closing(HttpTransport(node.endpoint.http_url)) as way, pytest.raises(RpcError):
        way.call("admin_nodeInfo")
