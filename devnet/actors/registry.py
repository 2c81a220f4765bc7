"""Actors by kind."""

from __future__ import annotations

from devnet.actors import facilitator, fisherman, validator
from devnet.actors.accuser import BEHAVIOUR, FalseAccuser
from devnet.actors.base import Actor, MakeActor, Surroundings
from devnet.actors.behaviour import Honest
from devnet.actors.behaviours import behaviour_named
from devnet.errors import UsageError


def _fisherman(surroundings: Surroundings) -> Actor:
    if surroundings.spec.behaviour == BEHAVIOUR:
        return FalseAccuser(surroundings)
    return fisherman.make(surroundings)


MAKERS: dict[str, MakeActor] = {
    "validator": validator.make,
    "fisherman": _fisherman,
    "facilitator": facilitator.make,
}
"""How to make an actor of each kind."""


def make_actor(surroundings: Surroundings) -> Actor:
    """Make the actor that the surroundings are for, or make it again from its directory."""
    make = MAKERS.get(surroundings.spec.kind)
    if make is None:
        raise UsageError(f"unknown kind of actor {surroundings.spec.kind!r}; there are: {', '.join(sorted(MAKERS))}")
    return make(surroundings)


def check_behaviour(kind: str, behaviour: str) -> None:
    """Raise ManifestError, naming the nearest, if an actor of that kind has no such behaviour."""
    if kind == "fisherman" and behaviour in (Honest.name, BEHAVIOUR):
        return
    if kind == "facilitator" and behaviour == Honest.name:
        return
    behaviour_named(behaviour)
