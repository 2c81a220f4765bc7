from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devnet.artifacts.network_lock import lock_holder
from devnet.artifacts.run_directory import (
    NetworkDirectory,
    devnet_home,
    list_networks,
    new_run_id,
    running_networks,
)
from devnet.artifacts.state import process_start
from devnet.errors import EnvironmentFailure, ManifestError

HOLDER = """
import sys
from pathlib import Path
from devnet.artifacts.run_directory import NetworkDirectory
held = NetworkDirectory(sys.argv[1], Path(sys.argv[2])).hold(lambda run: [], print)
print(held.run.run, flush=True)
sys.stdin.read()
"""


def nothing_left(run: str) -> list[str]:
    return []


def silent(line: str) -> None:
    return None


@contextmanager
def held_elsewhere(name: str, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Another process that runs the network, and its run id."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    command = [sys.executable, "-c", HOLDER, name, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().decode().strip()
        process.kill()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_home_is_what_devnet_home_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVNET_HOME", str(tmp_path))
    assert devnet_home() == tmp_path
    monkeypatch.delenv("DEVNET_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert devnet_home() == tmp_path / "mosaic-devnet"


def test_run_ids_differ_and_are_short_enough_for_socket_paths() -> None:
    ids = {new_run_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(len(run) <= 20 for run in ids)


@pytest.mark.parametrize("name", ["", "Demo", "../up", "a/b", "-a", "a-", "a" * 33, "a b", "."])
def test_a_name_that_is_no_directory_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="network name"):
        NetworkDirectory(name, tmp_path)


def test_a_held_network_runs_and_everything_in_it_is_private(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path / "home")
    assert not network.is_running()
    with network.hold(nothing_left, silent) as held:
        held.publish("http://127.0.0.1:12090", "secret")
        assert network.is_running()
        state = network.state()
        assert state is not None
        assert (state.pid, state.api, state.token) == (os.getpid(), "http://127.0.0.1:12090", "secret")
        assert state.run == held.run.run
        assert Path(state.run_directory) == held.run.path == network.path / "runs" / held.run.run
        for directory in (tmp_path / "home", network.path, held.run.path, held.run.logs, held.run.actors):
            assert mode(directory) == 0o700
        for file in ("lock", "state.json"):
            assert mode(network.path / file) == 0o600
        assert "secret" not in repr(state)
    assert not network.is_running()
    assert network.state() is None
    assert held.run.path.is_dir()


def test_the_lock_is_seen_by_other_processes_and_survives_probing(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    with network.hold(nothing_left, silent):
        assert network.is_running()
        assert running_networks(tmp_path)[0].name == "demo"
        probe = (
            "import sys; from pathlib import Path; from devnet.artifacts.network_lock import lock_holder; "
            "print(lock_holder(Path(sys.argv[1])))"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
        seen = subprocess.run(
            [sys.executable, "-c", probe, str(network.path / "lock")],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert seen.stdout.strip() == str(os.getpid())


def test_a_network_that_runs_elsewhere_cannot_be_held(tmp_path: Path) -> None:
    with held_elsewhere("demo", tmp_path) as (process, _):
        network = NetworkDirectory("demo", tmp_path)
        assert network.is_running()
        assert lock_holder(network.path / "lock") == process.pid
        with pytest.raises(ManifestError, match=rf"network demo is already running \(pid {process.pid}\)"):
            network.hold(nothing_left, silent)
        with NetworkDirectory("other", tmp_path).hold(nothing_left, silent):
            assert [found.name for found in running_networks(tmp_path)] == ["demo", "other"]


def test_a_network_cannot_be_held_twice_by_one_process(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    with network.hold(nothing_left, silent):
        with pytest.raises(ManifestError, match="already running"):
            NetworkDirectory("demo", tmp_path).hold(nothing_left, silent)
        assert network.is_running()


def test_the_lock_is_not_inherited_by_a_forked_child(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    reader, writer = os.pipe()
    held = network.hold(nothing_left, silent)
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    held.release()
    assert lock_holder(network.path / "lock") is None
    os.close(writer)
    os.close(reader)
    os.waitpid(child, 0)


def test_what_a_killed_world_left_is_swept_with_a_word_by_the_next_one(tmp_path: Path) -> None:
    with held_elsewhere("demo", tmp_path) as (process, run):
        process.kill()
        process.wait()
    network = NetworkDirectory("demo", tmp_path)
    assert network.is_stale()
    assert not network.is_running()
    swept: list[str] = []
    said: list[str] = []

    def sweep(run: str) -> list[str]:
        swept.append(run)
        return ["process 17: geth"]

    with network.hold(sweep, said.append) as held:
        assert held.run.run != run
    assert swept == [run]
    assert said == [f"network demo: its World (pid {process.pid}) had died; swept process 17: geth"]


def test_down_sweeps_a_stale_network_once_and_leaves_a_running_one_alone(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    assert not network.sweep_if_stale(nothing_left, silent)
    with held_elsewhere("demo", tmp_path) as (process, _):
        assert not network.sweep_if_stale(nothing_left, silent)
        process.kill()
        process.wait()
        assert network.sweep_if_stale(nothing_left, silent)
    assert not network.sweep_if_stale(nothing_left, silent)
    assert network.state() is None


def test_a_state_of_a_reused_pid_is_not_taken_for_ours(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    network.hold(nothing_left, silent).release()
    document = {"pid": os.getpid(), "process_start": process_start(os.getpid()) - 1, "run": "r", "run_directory": "d"}
    (network.path / "state.json").write_text(json.dumps(document))
    assert network.is_stale()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b'{"pid": 1}'], ids=["empty", "binary", "list", "partial"]
)
def test_an_unreadable_state_is_one_sentence_with_a_way_out(tmp_path: Path, content: bytes) -> None:
    network = NetworkDirectory("demo", tmp_path)
    network.hold(nothing_left, silent).release()
    (network.path / "state.json").write_bytes(content)
    with pytest.raises(EnvironmentFailure, match=r"state\.json .*remove it"):
        network.is_running()


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    for number in range(12):
        (network.path / "runs" / f"000101-0000{number:02}-0000").mkdir(parents=True)
    with network.hold(nothing_left, silent) as held:
        kept = sorted(run.name for run in (network.path / "runs").iterdir())
    assert len(kept) == 10
    assert kept[-1] == held.run.run


def test_a_test_worlds_directory_goes_with_it(tmp_path: Path) -> None:
    network = NetworkDirectory("test-1", tmp_path)
    held = network.hold(nothing_left, silent)
    held.release(remove=True)
    held.release(remove=True)
    assert not network.path.exists()
    assert list_networks(tmp_path) == ()


def test_release_lets_another_process_hold_it(tmp_path: Path) -> None:
    network = NetworkDirectory("demo", tmp_path)
    network.hold(nothing_left, silent).release()
    with held_elsewhere("demo", tmp_path) as (_, run):
        assert run
        with (network.path / "lock").open("r+") as lock, pytest.raises(OSError, match="temporarily"):
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
