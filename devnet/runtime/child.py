"""What a child does between its birth and its own code: cut ties with the terminal, tie its life to the nursery's.

Everything here runs in a freshly forked child of the single-threaded nursery.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_CLOSE_FROM = 3


def die_with_parent(parent: int, libc: ctypes.CDLL) -> None:
    """Have the kernel SIGKILL this process when the nursery, its parent, ends.

    The signal fires when the *thread* that forked us ends, hence a single-threaded nursery. A parent
    that ended before the call is noticed by the changed parent id. Linux only; elsewhere the nursery's
    lifeline alone does it.
    """
    if sys.platform == "linux":
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(128 + signal.SIGKILL)


def reset_signals() -> None:
    """Give a child the default reactions again; the nursery's own would be inherited."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


def run_actor(request: dict[str, Any], channel: int, parent: int, libc: ctypes.CDLL) -> NoReturn:
    """Become an actor: call ``entry`` with its channel to the World and its configuration, then exit.

    The exit code is 0 when the entry point returns, 1 when it raised (the traceback is in its log), or
    what it passed to ``sys.exit``.
    """
    code = 1
    try:
        os.setsid()
        die_with_parent(parent, libc)
        reset_signals()
        libc.prctl(_PR_SET_NAME, request["name"].encode()[:15], 0, 0, 0)
        channel = _keep_only(channel, Path(request["log"]))
        module, function = request["entry"].split(":")
        entry = getattr(importlib.import_module(module), function)
        with socket.socket(fileno=channel) as connection:
            entry(connection, request["config"])
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        _leave(code)


def _keep_only(channel: int, log: Path) -> int:
    """Close every descriptor but the channel, and point the standard ones at nothing and at the log."""
    os.dup2(channel, _CLOSE_FROM)
    os.closerange(_CLOSE_FROM + 1, max(_listed(), default=os.sysconf("SC_OPEN_MAX")) + 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(nothing)
    os.close(written)
    return _CLOSE_FROM


def _listed() -> list[int]:
    """Open descriptors, where the system tells."""
    try:
        return [int(entry) for entry in os.listdir("/proc/self/fd")]
    except OSError:
        return []


def _leave(code: int) -> NoReturn:
    """End without running what the nursery registered for its own exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 1
    os._exit(code & 0xFF)
