"""Starts the daemon that runs a network, and follows it until the network is ready."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any

from devnet.errors import DevnetError, EnvironmentFailure
from devnet.world.daemon import Request

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

DAEMON = ("-m", "devnet.world.daemon")
"""What Python runs; with -P, so that a module in the user's directory is not taken for one of ours."""


class StartFailed(DevnetError):
    """The network could not be started; everything is torn down again. Carries the daemon's own exit code."""

    def __init__(self, sentence: str, exit_code: int, hint: tuple[str, ...] = (), details: str = "") -> None:
        super().__init__(sentence)
        self.exit_code = exit_code  # type: ignore[misc]
        self.hint = hint
        """Commands to type next."""
        self.details = details
        """The traceback, if the cause is a defect of ours."""


class StartInterrupted(DevnetError):
    """Ctrl-C while the network started, or while ``up --foreground`` waited: it is torn down."""

    exit_code = INTERRUPTED


def start_network(
    request: Request,
    report: Callable[[str], None],
    ready: Callable[[dict[str, Any]], None],
    program: Sequence[str] = DAEMON,
) -> None:
    """Start a network in a session of its own; ``ready`` hears its status once it is ready.

    Returns then, or with ``foreground`` when the network has ended. SIGINT is passed on to the daemon.
    Raises StartFailed or StartInterrupted; nothing is left behind.
    """
    daemon, pipe = _spawn(request, program)
    with pipe, _passing_on(daemon) as interrupted:
        for message in _messages(pipe):
            if "report" in message:
                report(message["report"])
            elif "ready" in message:
                ready(message["ready"])
                if not request.foreground:
                    # It is no child to be waited for any more: it belongs to itself.
                    daemon.returncode = 0
                    return
            elif "error" in message:
                daemon.wait()
                raise _failed(message)
        code = daemon.wait()
    if interrupted or code == INTERRUPTED:
        raise StartInterrupted("interrupted: the network is down")
    if code != 0:
        raise StartFailed(f"the World ended unexpectedly ({_cause(code)})", DevnetError.exit_code)


def _spawn(request: Request, program: Sequence[str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    try:
        daemon = subprocess.Popen(
            [sys.executable, "-P", *program, request.as_argument(), str(writing)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=[writing],
            start_new_session=True,
        )
    except OSError as error:
        os.close(reading)
        raise EnvironmentFailure(f"cannot start {sys.executable}: {error.strerror}") from error
    finally:
        os.close(writing)
    return daemon, os.fdopen(reading, "rb")


def _failed(message: Mapping[str, Any]) -> StartFailed:
    details = message.get("details", "")
    return StartFailed(message["error"], message["exit_code"], tuple(message["hint"]), details)


def _messages(pipe: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in pipe:
        yield json.loads(line)


@contextmanager
def _passing_on(daemon: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Ctrl-C goes to the daemon, which is in another session and would not hear of it; it hears of each."""
    heard: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        daemon.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
