from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from devnet.errors import EnvironmentFailure
from devnet.runtime.select import choose_runtime, docker_trouble
from devnet.types import RuntimeKind

ABSENT = "there is no Docker socket at /nowhere"


def answer_once(path: Path, answer: bytes) -> threading.Thread:
    """Serve one canned HTTP answer on a Unix socket."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_auto_takes_docker_where_a_daemon_answers() -> None:
    assert choose_runtime(RuntimeKind.AUTO, lambda: None) == (RuntimeKind.DOCKER, "a Docker daemon answers")


def test_auto_takes_processes_and_says_why_not_docker() -> None:
    assert choose_runtime(RuntimeKind.AUTO, lambda: ABSENT) == (RuntimeKind.PROCESS, ABSENT)


def test_docker_asked_for_but_absent_is_an_environment_failure_with_a_way_out() -> None:
    with pytest.raises(
        EnvironmentFailure, match=r"no Docker socket at /nowhere; start Docker or use --runtime process"
    ):
        choose_runtime(RuntimeKind.DOCKER, lambda: ABSENT)


def test_processes_asked_for_never_look_for_docker() -> None:
    def look() -> str | None:
        raise AssertionError("looked")

    assert choose_runtime(RuntimeKind.PROCESS, look) == (RuntimeKind.PROCESS, "asked for")


def test_a_missing_socket_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert docker_trouble() == f"there is no Docker socket at {tmp_path}/none.sock"


def test_a_remote_daemon_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert "DOCKER_HOST=tcp://10.0.0.1:2375" in (docker_trouble() or "")


def test_a_socket_that_nobody_serves_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "d.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    assert "does not answer" in (docker_trouble() or "")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK", None),
        (b"HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Length: 2\r\n\r\nOK", "API 1.24, older than 1.40"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "API 0.0"),
        (b"HTTP/1.1 200 OK\r\nApi-Version: many\r\nContent-Length: 2\r\n\r\nOK", "API many"),
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", "status 500"),
        (b"what?\r\n", "does not answer"),
    ],
    ids=["fine", "old", "silent", "garbled", "broken", "malformed"],
)
def test_the_daemons_answer_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, trouble: str | None
) -> None:
    thread = answer_once(tmp_path / "d.sock", answer)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    found = docker_trouble()
    thread.join()
    assert found == trouble if trouble is None else trouble in (found or "")
