"""Actors by kind."""

from __future__ import annotations

from devnet.actors import fisherman, validator
from devnet.actors.base import Actor, MakeActor, Surroundings
from devnet.errors import UsageError

MAKERS: dict[str, MakeActor] = {"validator": validator.make, "fisherman": fisherman.make}
"""How to make an actor of each kind."""


def make_actor(surroundings: Surroundings) -> Actor:
    """Make the actor that the surroundings are for, or make it again from its directory."""
    make = MAKERS.get(surroundings.spec.kind)
    if make is None:
        raise UsageError(f"unknown kind of actor {surroundings.spec.kind!r}; there are: {', '.join(sorted(MAKERS))}")
    return make(surroundings)
