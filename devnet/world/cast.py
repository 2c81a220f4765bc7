"""The actors of a world, behind one handle whether they are objects here or processes of their own."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from devnet.actors.base import Actor, Record, Surroundings, Wake
from devnet.actors.registry import make_actor
from devnet.config.network import ActorSpec
from devnet.contracts.deployment import Deployment
from devnet.runtime.nursery import ActorProcess, Nursery
from devnet.world.actor_process import ActorLaunch

STEP_WITHIN_S = 60.0
"""An actor that is silent for longer while it steps hangs, and is ended; seen: 2 s."""


END_WITHIN_S = 2.0
"""An actor that has not ended by then is killed; seen: 0.05 s."""


class ActorHandle(Protocol):
    """One actor of a running world."""

    @property
    def spec(self) -> ActorSpec:
        """Who it is, with its present behaviour."""

    @property
    def pid(self) -> int:
        """Its process; in lockstep the World's own."""

    @property
    def state(self) -> str:
        """``running``, ``stopped``, or how it died."""

    def step(self, now: int) -> Wake | None:
        """Step it once; None if it is gone or its step failed (recorded as ``ActorFailed``)."""

    def mark(self) -> object:
        """All that it knows."""

    def rewind(self, mark: object) -> None:
        """Go back to a mark, running again if it had ended."""

    def recast(self, behaviour: str) -> None:
        """Go on from here with another behaviour."""

    def learn(self, deployment: Deployment) -> None:
        """Begin again from its directory, in a network with these contracts."""

    def revive(self) -> None:
        """Begin again from its directory if it has ended, however it did."""

    def end(self) -> None:
        """Stop it; idempotent."""


class InProcessActor:
    """An actor that the World steps itself: lockstep."""

    def __init__(self, surroundings: Surroundings, pid: int) -> None:
        self._surroundings = surroundings
        self._pid = pid
        self._actor: Actor | None = make_actor(surroundings)

    @property
    def spec(self) -> ActorSpec:
        """Who it is, with its present behaviour."""
        return self._surroundings.spec

    @property
    def pid(self) -> int:
        """The World's own process id."""
        return self._pid

    @property
    def state(self) -> str:
        """``running`` or ``stopped``."""
        return "running" if self._actor is not None else "stopped"

    def step(self, now: int) -> Wake | None:
        """Step the object once; errors of its own are the World's to see."""
        return self._actor.step(now) if self._actor is not None else None

    def mark(self) -> object:
        """Its surroundings and all that it knows; None where it has ended."""
        return None if self._actor is None else (self._surroundings, self._actor.mark())

    def rewind(self, mark: object) -> None:
        """Go back to a mark."""
        if mark is None:
            self.end()
            return
        assert isinstance(mark, tuple)
        surroundings, knowledge = mark
        if self._actor is None or surroundings is not self._surroundings:
            self._remake(surroundings)
        assert self._actor is not None
        self._actor.rewind(knowledge)

    def recast(self, behaviour: str) -> None:
        """Make the actor again with another behaviour and the same knowledge."""
        assert self._actor is not None
        knowledge = self._actor.mark()
        spec = replace(self.spec, behaviour=behaviour)
        self._remake(replace(self._surroundings, spec=spec))
        self._actor.rewind(knowledge)

    def learn(self, deployment: Deployment) -> None:
        """Make the actor again from its directory with these contracts; one that has ended stays so."""
        surroundings = replace(self._surroundings, deployment=deployment)
        if self._actor is None:
            self._surroundings = surroundings
        else:
            self._remake(surroundings)

    def revive(self) -> None:
        """Make the actor again if it has ended."""
        if self._actor is None:
            self._remake(self._surroundings)

    def end(self) -> None:
        """Close the object."""
        if self._actor is not None:
            self._actor.close()
            self._actor = None

    def _remake(self, surroundings: Surroundings) -> None:
        self.end()
        self._surroundings = surroundings
        self._actor = make_actor(surroundings)


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
        try:
            self._process.channel.sendall(json.dumps({"step": now}).encode() + b"\n")
            return self._answer()
        except TimeoutError:
            self._hangs()
        except (OSError, ValueError):
            self._died()
        return None

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

    def learn(self, deployment: Deployment) -> None:
        """Fork it again on the same directory with these contracts; one that has ended stays so."""
        runs = self._process is not None
        self.end()
        self._launch = replace(self._launch, deployment=deployment)
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

    def _answer(self) -> Wake | None:
        for line in self._lines:
            message = json.loads(line)
            if "event" in message:
                event = message["event"]
                self._record(event["kind"], event["chain"], event["block"], **event["payload"])
            elif "error" in message:
                self._record("ActorFailed", error=message["error"])
                return None
            else:
                return Wake(bool(message["wake"]["idle"]), message["wake"]["heads"])
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


MakeHandle = Callable[[ActorSpec], ActorHandle]
"""Makes the handle of one actor in the world's mode."""
