"""An actor in a process of its own, which the World steps and asks over a channel: live mode."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from devnet.actors.base import Record, Wake
from devnet.config.network import ActorSpec
from devnet.contracts.handles import Handles
from devnet.errors import EnvironmentFailure, error_named
from devnet.runtime.nursery import ActorProcess, Nursery
from devnet.types import Json
from devnet.world.actor_process import ActorLaunch
from devnet.world.cast import not_running

STEP_WITHIN_S = 60.0
"""An actor that is silent for longer while it steps hangs, and is ended; seen: 2 s."""


END_WITHIN_S = 2.0
"""An actor that has not ended by then is killed; seen: 0.05 s."""


class ForkedActor:
    """An actor in a process of its own: live."""

    def __init__(self, launch: ActorLaunch, nursery: Nursery, log: Path, record: Record) -> None:
        self._launch = launch
        self._nursery = nursery
        self._log = log
        self._record = record
        self._process: ActorProcess | None = None
        self._lines: Any = None
        self._ended = "stopped"
        self._talking = threading.Lock()
        self._start()

    @property
    def spec(self) -> ActorSpec:
        """Who it is, with its present behaviour."""
        return self._launch.spec

    @property
    def pid(self) -> int:
        """Its process id, 0 once it has ended."""
        return self._process.pid if self._process is not None and self._process.poll() is None else 0

    @property
    def state(self) -> str:
        """``running``, ``stopped`` or ``died``; true at once, also before its next step finds out."""
        if self._process is None:
            return self._ended
        code = self._process.poll()
        return "running" if code is None else _death(code)

    def step(self, now: int) -> Wake | None:
        """Ask for a step and wait for its end; events on the way go to the History."""
        if self._process is None:
            return None
        answer = self._exchange({"step": now})
        if answer is None:
            return None
        if "error" in answer:
            self._record("ActorFailed", error=answer["error"])
            return None
        return Wake(bool(answer["wake"]["idle"]), answer["wake"]["heads"])

    def ask(self, request: Mapping[str, Json]) -> Mapping[str, Json]:
        """Ask the process between two steps; events on the way go to the History."""
        if self.state != "running":
            raise not_running(self.spec.name, self.state)
        answer = self._exchange({"ask": request})
        if answer is None:
            raise EnvironmentFailure(
                f"{self.spec.name} ended while it was asked, before or after it did it: devnet revive {self.spec.name},"
                " and ask again"
            )
        if "error" in answer:
            raise error_named(str(answer["kind"]), str(answer["error"]))
        return dict(answer["answer"])

    def mark(self) -> object:
        """How it was launched and a copy of its directory; None where it has ended."""
        if self._process is None:
            return None
        copy = Path(tempfile.mkdtemp(prefix="mark-", dir=self._launch.directory.parent))
        shutil.copytree(self._launch.directory, copy, dirs_exist_ok=True)
        return self._launch, copy

    def rewind(self, mark: object) -> None:
        """End the process, put its directory back and fork it again."""
        self.end()
        if mark is None:
            return
        assert isinstance(mark, tuple)
        self._launch, copy = mark
        shutil.rmtree(self._launch.directory)
        shutil.copytree(copy, self._launch.directory)
        self._start()

    def recast(self, behaviour: str) -> None:
        """Fork it again on the same directory with another behaviour."""
        self.end()
        self._launch = replace(self._launch, spec=replace(self.spec, behaviour=behaviour))
        self._start()

    def learn(self, contracts: Handles) -> None:
        """Fork it again on the same directory with these contracts; one that has ended stays so."""
        runs = self._process is not None
        self.end()
        self._launch = replace(self._launch, deployment=contracts.deployment)
        if runs:
            self._start()

    def revive(self) -> None:
        """Fork it again on the same directory if its process has ended, seen by a step or not."""
        if self.state != "running":
            self._died()
            self._start()

    def end(self) -> None:
        """Shut the channel, on which the process ends, and wait for it; whoever waits for its step is woken."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(OSError):
            process.channel.shutdown(socket.SHUT_RDWR)
        if process.wait(END_WITHIN_S) is None:
            process.kill()
        self._lines.close()
        process.channel.close()
        self._ended = "stopped"

    def _start(self) -> None:
        self._launch.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = self._nursery.fork_actor(
            self.spec.name, "devnet.world.actor_process:main", self._launch.as_config(), self._log
        )
        self._process.channel.settimeout(STEP_WITHIN_S)
        self._lines = self._process.channel.makefile("rb")

    def _exchange(self, request: Mapping[str, object]) -> dict[str, Any] | None:
        """One request and its answer, one at a time; None if the process ended, which the History then knows."""
        with self._talking:
            try:
                if self._process is not None:
                    self._process.channel.sendall(json.dumps(request).encode() + b"\n")
                    return self._answer()
            except TimeoutError:
                self._hangs()
            except (OSError, ValueError):
                self._died()
        return None

    def _answer(self) -> dict[str, Any] | None:
        for line in self._lines:
            message: dict[str, Any] = json.loads(line)
            if "event" not in message:
                return message
            event = message["event"]
            self._record(event["kind"], event["chain"], event["block"], **event["payload"])
        self._died()
        return None

    def _hangs(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            self._record("ActorHung", seconds=int(STEP_WITHIN_S))
            self._died()

    def _died(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        code = process.wait()
        self._lines.close()
        process.channel.close()
        self._ended = _death(code)
        self._record("ActorDied", code=code)


def _death(code: int | None) -> str:
    return f"died ({'no exit code' if code is None else f'exit code {code}'})"
