"""The actors of a world, behind one handle whether they are objects here or processes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from devnet.actors.base import Actor, Askable, Surroundings, Wake
from devnet.actors.registry import make_actor
from devnet.config.network import ActorSpec
from devnet.contracts.handles import Handles
from devnet.errors import UsageError
from devnet.types import Json


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

    def ask(self, request: Mapping[str, Json]) -> Mapping[str, Json]:
        """Ask it something between two steps. Raises what it raises, and UsageError if it does not run.

        Raises EnvironmentFailure if it ends meanwhile: nobody knows then what it has done already.
        """

    def mark(self) -> object:
        """All that it knows."""

    def rewind(self, mark: object) -> None:
        """Go back to a mark, running again if it had ended."""

    def recast(self, behaviour: str) -> None:
        """Go on from here with another behaviour."""

    def learn(self, contracts: Handles) -> None:
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

    def ask(self, request: Mapping[str, Json]) -> Mapping[str, Json]:
        """Ask the object."""
        if self._actor is None:
            raise not_running(self.spec.name, self.state)
        assert isinstance(self._actor, Askable)
        return self._actor.ask(request)

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

    def learn(self, contracts: Handles) -> None:
        """Make the actor again from its directory with these contracts; one that has ended stays so."""
        surroundings = replace(self._surroundings, contracts=contracts)
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


def not_running(name: str, state: str) -> UsageError:
    """What somebody is told who asks an actor that has ended."""
    return UsageError(f"{name} is not running ({state}): devnet revive {name}, or choose another")
