"""A part of a world that one of its stages makes."""

from __future__ import annotations

from typing import Generic, TypeVar

from devnet.errors import UsageError

T = TypeVar("T")


class Part(Generic[T]):
    """An attribute that is there once a stage has made it; whoever reads it earlier gets a UsageError."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Python tells the attribute's name."""
        self._name = name

    def __get__(self, world: object, owner: type) -> T:
        """The part. Raises UsageError before its stage."""
        made: dict[str, T] = vars(world)
        if self._name not in made:
            raise UsageError(f"the world has not come that far: call {self._stage}() first")
        return made[self._name]

    def __set__(self, world: object, made: T) -> None:
        """Its stage is through."""
        vars(world)[self._name] = made
