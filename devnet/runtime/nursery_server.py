"""The nursery: one small single-threaded process that every node and actor of a run descends from.

It lives in a session of its own, so that Ctrl-C in the terminal reaches neither geth nor actors. It ends,
and ends all that it bore, when its World asks for it or is gone: its socket to the World closes, or the
World's process ends. Run as ``python -m devnet.runtime.nursery_server SOCKET OWNER RUN SCRATCH``.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from devnet.runtime.child import die_with_parent, reset_signals, run_actor
from devnet.runtime.wire import receive_message, send_message

_LONGEST_END_MS = 5_000


class NurseryServer:
    """Spawns, forks, signals, reaps and reports, one request after the other."""

    def __init__(self, control: socket.socket, owner: int, run: str, scratch: Path) -> None:
        self._control = control
        self._owner = owner
        self._run = run
        self._scratch = scratch
        self._children: set[int] = set()
        self._owns_containers = False
        self._ending = False
        self._libc = ctypes.CDLL(None)
        self._wake, wake_end = socket.socketpair()
        self._wake.setblocking(False)
        wake_end.setblocking(False)
        self._wake_end = wake_end
        self._take = {
            "spawn": self._spawn,
            "fork": self._fork,
            "signal": self._signal,
            "preload": self._preload,
            "own-containers": self._own_containers,
            "close": self._close,
        }

    def serve(self) -> None:
        """Serve until the World asks for the end or is gone, then leave nothing behind."""
        self._listen_to_signals()
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        self._watch_owner(poller)
        try:
            while not self._ending:
                for descriptor, _ in poller.poll():
                    if descriptor == self._control.fileno():
                        self._answer_one()
                    elif descriptor != self._wake.fileno():
                        self._ending = True
                self._reap()
        finally:
            self._end()

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._wake_end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_terminate)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _on_terminate(self, *_: object) -> None:
        self._ending = True

    def _watch_owner(self, poller: select.poll) -> None:
        """The socket could be kept open by a process that the World forked; its own pid cannot."""
        if hasattr(os, "pidfd_open"):
            try:
                poller.register(os.pidfd_open(self._owner), select.POLLIN)
            except ProcessLookupError:
                self._ending = True
        if os.getppid() != self._owner:
            self._ending = True

    def _answer_one(self) -> None:
        received = receive_message(self._control)
        if received is None:
            self._ending = True
            return
        request, files = received
        try:
            answer = self._take[request["do"]](request, files)
        except (OSError, subprocess.SubprocessError) as error:
            answer = {"error": str(error)}
        finally:
            for descriptor in files:
                os.close(descriptor)
        if not self._ending:
            self._tell({"id": request["id"], **answer})

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            send_message(self._control, message)
        except OSError:
            self._ending = True

    def _spawn(self, request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        parent = os.getpid()

        def prepare() -> None:
            die_with_parent(parent, self._libc)
            reset_signals()

        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(
                request["argv"],
                cwd=request["cwd"],
                env={**os.environ, **request["env"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=prepare,
            )
        finally:
            os.close(log)
        # Reaped with all others below, never through this object.
        process.returncode = 0
        self._children.add(process.pid)
        return {"pid": process.pid}

    def _fork(self, request: dict[str, Any], files: list[int]) -> dict[str, Any]:
        # Imported here once, not in every actor anew; what cannot be imported fails in the actor and its log.
        self._import([request["entry"].split(":")[0]])
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            run_actor(request, files[0], parent, self._libc)
        self._children.add(pid)
        return {"pid": pid}

    def _signal(self, request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        self._reap()
        # A pid that was reaped may be somebody else's by now.
        if request["pid"] in self._children:
            os.kill(request["pid"], request["signal"])
        return {}

    def _preload(self, request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        self._import(request["modules"])
        return {}

    def _import(self, modules: list[str]) -> None:
        """Import what actors need before they are forked, so that they share its memory and start at once."""
        new = [module for module in modules if module not in sys.modules]
        for module in new:
            try:
                importlib.import_module(module)
            except Exception:
                traceback.print_exc()
        if new:
            gc.collect()
            gc.freeze()

    def _own_containers(self, request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        self._owns_containers = request["owned"]
        return {}

    def _close(self, _request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        self._ending = True
        return {}

    def _reap(self) -> None:
        try:
            while self._wake.recv(4096):
                pass
        except BlockingIOError:
            pass
        while self._children:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            # What it bore goes with it, while its pid, the name of its group, cannot be anybody else's.
            _kill_group(ended.si_pid)
            pid, status = os.waitpid(ended.si_pid, 0)
            self._children.discard(pid)
            self._tell({"exited": pid, "code": os.waitstatus_to_exitcode(status)})

    def _end(self) -> None:
        for pid in self._children:
            _kill_group(pid)
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        self._reap()
        while self._children and poller.poll(_LONGEST_END_MS):
            self._reap()
        try:
            if self._owns_containers:
                from devnet.runtime.docker_daemon import remove_run

                remove_run(self._run)
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)
            for connection in (self._control, self._wake, self._wake_end):
                connection.close()


def _kill_group(pid: int) -> None:
    """End a child and what it bore; each child leads a group of its own."""
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def main() -> None:
    """Serve on the socket whose descriptor is the first argument."""
    descriptor, owner, run, scratch = sys.argv[1:5]
    with socket.socket(fileno=int(descriptor)) as control:
        os.set_inheritable(control.fileno(), False)
        NurseryServer(control, int(owner), run, Path(scratch)).serve()


if __name__ == "__main__":
    main()
