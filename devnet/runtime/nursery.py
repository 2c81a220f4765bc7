"""The World's side of the nursery: start it, have it bear nodes and actors, hear of their ends."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from devnet.errors import EnvironmentFailure
from devnet.runtime.scratch import make_scratch
from devnet.runtime.wire import receive_message, send_message
from devnet.types import Json

RUN_MARKER = "DEVNET_RUN"
"""Environment variable that every process of a run carries; its value is the run id."""

PRELOADED = ("requests", "coincurve", "eth_abi", "rlp", "sqlite3", "devnet.world.actor_process")
"""What actors import, so that the nursery imports it once for all of them."""

_ANSWER_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 10.0


class Child:
    """A process that the nursery bore; its end is known here as soon as the nursery reaped it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self._pid = pid
        self._code: Future[int] = Future()

    @property
    def pid(self) -> int:
        """Its process id; after its end perhaps somebody else's."""
        return self._pid

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._code.result() if self._code.done() else None

    def wait(self, timeout_s: float = _END_TIMEOUT_S) -> int | None:
        """Its exit code, once it ended; None if it has not within ``timeout_s``."""
        try:
            return self._code.result(timeout_s)
        except FutureTimeout:
            return None

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens when it has already ended."""
        if not self._code.done():
            self._nursery.send_signal(self._pid, number)

    def kill(self) -> None:
        """SIGKILL it and wait until it is reaped."""
        self.signal(signal.SIGKILL)
        if self.wait() is None:
            raise EnvironmentFailure(f"process {self._pid} does not end on SIGKILL within {_END_TIMEOUT_S:.0f} s")

    def report_end(self, code: int) -> None:
        """Called by the nursery's reader when the process was reaped, or was lost with the nursery."""
        if not self._code.done():
            self._code.set_result(code)


class ActorProcess(Child):
    """An actor in a process of its own, forked from the preloaded nursery."""

    def __init__(self, nursery: Nursery, pid: int, name: str, channel: socket.socket) -> None:
        super().__init__(nursery, pid)
        self.name = name
        """The actor's name."""
        self.channel = channel
        """The World's end of the stream to the actor; its owner closes it."""


class Nursery:
    """One nursery process and all that descends from it. Thread-safe; close it, or use ``with``."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, run_id: str, scratch: Path) -> None:
        self.run_id = run_id
        """Every descendant carries it in the environment as ``DEVNET_RUN``."""
        self.scratch = scratch
        """A private directory (0700) with a short path, for sockets; removed with the nursery."""
        self._process = process
        self._control = control
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._sockets = itertools.count()
        self._asked: dict[int, _Asked] = {}
        self._children: dict[int, Child] = {}
        self._gone = False
        self._reader = threading.Thread(target=self._read, name="nursery", daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, run_id: str, log: Path | None = None) -> Nursery:
        """Exec a nursery in its own session; returns at once, the first request waits for it.

        ``log`` takes what the nursery itself has to say (default: nowhere).
        """
        scratch = make_scratch(run_id)
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), str(os.getpid()), run_id, str(scratch)]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        written = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # -P: a select.py in the user's directory must not be taken for the standard module.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "devnet.runtime.nursery_server", *arguments],
                env={**os.environ, RUN_MARKER: run_id, "PYTHONPATH": path},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            shutil.rmtree(scratch, ignore_errors=True)
            raise EnvironmentFailure(f"cannot start {sys.executable}: {error}") from error
        finally:
            os.close(written)
            theirs.close()
        return cls(process, ours, run_id, scratch)

    @property
    def pid(self) -> int:
        """The nursery's process id."""
        return self._process.pid

    def new_socket_path(self) -> Path:
        """A path for a Unix socket that nobody else in this run has, short enough for one."""
        return self.scratch / f"{next(self._sockets)}.ipc"

    def spawn(
        self, argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Child:
        """Start a program in a session of its own, output appended to ``log``.

        Raises EnvironmentFailure when it cannot be executed.
        """
        request = {"do": "spawn", "argv": list(argv), "log": str(log), "env": dict(env or {}), "cwd": cwd and str(cwd)}
        return self._bear(request, (), lambda pid: Child(self, pid))

    def fork_actor(self, name: str, entry: str, config: Mapping[str, Json], log: Path) -> ActorProcess:
        """Fork an actor that calls ``entry`` ("module:function") with (its end of the channel, ``config``)."""
        ours, theirs = socket.socketpair()
        request = {"do": "fork", "name": name, "entry": entry, "config": config, "log": str(log)}
        try:
            with theirs:
                child = self._bear(request, (theirs.fileno(),), lambda pid: ActorProcess(self, pid, name, ours))
        except EnvironmentFailure:
            ours.close()
            raise
        assert isinstance(child, ActorProcess)
        return child

    def preload(self, modules: Sequence[str] = PRELOADED) -> None:
        """Have the nursery import what actors need; does not wait, later requests queue behind it."""
        self._ask({"do": "preload", "modules": list(modules)})

    def own_containers(self, owned: bool) -> None:
        """Whether the nursery is also to remove the run's containers, networks and volumes at its end."""
        self._answer(self._ask({"do": "own-containers", "owned": owned}))

    def send_signal(self, pid: int, number: int) -> None:
        """Signal a child by pid; ignored once it was reaped. Prefer ``Child.signal``."""
        self._answer(self._ask({"do": "signal", "pid": pid, "signal": int(number)}))

    def close(self) -> None:
        """End every descendant with SIGKILL, then the nursery; idempotent."""
        if self._process.returncode is None:
            # It may already be on its way out, its socket closed before the request was written.
            with contextlib.suppress(EnvironmentFailure):
                self._ask({"do": "close"})
            self._wait_for_end()
        self._reader.join()
        self._control.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> Nursery:
        """The nursery itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End everything, whatever happened."""
        self.close()

    def _wait_for_end(self) -> None:
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # The kernel then ends its children; containers, if any, are left to the next sweep.
            self._process.kill()
            self._process.wait()

    def _bear(self, request: dict[str, Any], files: Sequence[int], make: MakeChild) -> Child:
        answer = self._answer(self._ask(request, files, make))
        child: Child = answer["child"]
        return child

    def _ask(
        self, request: dict[str, Any], files: Sequence[int] = (), make: MakeChild | None = None
    ) -> Future[dict[str, Any]]:
        asked = _Asked(Future(), make)
        with self._lock:
            if self._gone:
                raise self._lost()
            number = next(self._numbers)
            self._asked[number] = asked
            try:
                send_message(self._control, {"id": number, **request}, files)
            except OSError as error:
                raise self._lost() from error
        return asked.answer

    def _answer(self, asked: Future[dict[str, Any]]) -> dict[str, Any]:
        try:
            answer = asked.result(_ANSWER_TIMEOUT_S)
        except FutureTimeout:
            raise EnvironmentFailure(f"nursery {self.pid} did not answer within {_ANSWER_TIMEOUT_S:.0f} s") from None
        if "error" in answer:
            raise EnvironmentFailure(str(answer["error"]))
        return answer

    def _lost(self) -> EnvironmentFailure:
        return EnvironmentFailure(f"nursery {self.pid} of run {self.run_id} has ended: its nodes and actors with it")

    def _read(self) -> None:
        """Runs in a thread of its own until the nursery is gone."""
        while (received := receive_message(self._control)) is not None:
            message, _ = received
            if "exited" in message:
                self._children.pop(message["exited"]).report_end(message["code"])
            else:
                self._take_answer(message)
        with self._lock:
            self._gone = True
            lost, self._asked = list(self._asked.values()), {}
        for asked in lost:
            asked.answer.set_result({"error": str(self._lost())})
        for child in self._children.values():
            child.report_end(-signal.SIGKILL)

    def _take_answer(self, message: dict[str, Any]) -> None:
        with self._lock:
            asked = self._asked.pop(message["id"])
        if asked.make is not None and "pid" in message:
            # Made here, before the next message is read: that may already be its end.
            message["child"] = self._children[message["pid"]] = asked.make(message["pid"])
        asked.answer.set_result(message)


MakeChild = Callable[[int], Child]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request on its way: where its answer goes, and what to make of a new pid in it."""

    answer: Future[dict[str, Any]]
    make: MakeChild | None
