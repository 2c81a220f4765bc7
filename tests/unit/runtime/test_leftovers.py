from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devnet.listeners import listening_ports
from devnet.runtime.leftovers import leftovers, processes_of, sweep
from devnet.runtime.scratch import make_scratch, scratch_bases

LISTENER = """
import socket, sys
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What containers leave is tried with containers."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


@pytest.fixture
def run() -> str:
    return f"leftovers-{os.getpid()}"


@contextmanager
def orphan_of(run: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a run that has begun its work: before that, /proc may not show its environment yet."""
    with subprocess.Popen(
        command or ["/bin/sh", "-c", "echo up; read line"],
        env={**os.environ, "DEVNET_RUN": run},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"up\n"
        yield orphan


def test_a_run_that_never_was_left_nothing(run: str) -> None:
    assert leftovers(run) == []
    assert sweep(run) == []


def test_the_caller_does_not_count() -> None:
    own = dict(entry.split(b"=", 1) for entry in Path("/proc/self/environ").read_bytes().split(b"\0") if b"=" in entry)
    name = own.get(b"DEVNET_RUN", b"").decode()
    assert os.getpid() not in {found.pid for found in processes_of(name)}


def test_a_process_of_the_run_is_found_and_swept_when_it_is_gone(run: str) -> None:
    with orphan_of(run) as orphan:
        [line] = leftovers(run)
        assert line.startswith(f"process {orphan.pid}: /bin/sh -c ")
        assert sweep(run) == [line]
        assert orphan.poll() == -signal.SIGKILL
    assert leftovers(run) == []


def test_the_ports_of_a_process_are_told(run: str) -> None:
    with orphan_of(run, sys.executable, "-c", LISTENER) as orphan:
        assert len(listening_ports(orphan.pid)) == 1
        assert leftovers(run)[0].endswith(f", listens on {listening_ports(orphan.pid)[0]}")
        sweep(run)


def test_a_run_whose_id_begins_alike_is_left_alone(run: str) -> None:
    scratch = make_scratch(f"{run}-2")
    with orphan_of(f"{run}-2") as other:
        assert sweep(run) == []
        assert other.poll() is None
        assert scratch.is_dir()
        assert len(sweep(f"{run}-2")) == 2
    assert not scratch.exists()


def test_a_scratch_directory_is_private_short_and_left_behind_only_once(run: str) -> None:
    scratch = make_scratch(run)
    (scratch / "0.ipc").touch()
    assert scratch.stat().st_mode & 0o777 == 0o700
    assert scratch.parent in scratch_bases()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(scratch / "auxiliary-12-3.ipc"))
    assert leftovers(run) == [f"directory {scratch}"]
    assert sweep(run) == [f"directory {scratch}"]
    assert leftovers(run) == []


def test_a_long_temporary_directory_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: str) -> None:
    long = tmp_path / ("d" * 60)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    scratch = make_scratch(run)
    assert long not in scratch.parents
    sweep(run)
