"""Words that every package shares: byte strings of fixed length, quantities, and the closed sets."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

Hash32: TypeAlias = bytes
"""A 32-byte hash: block hash, transaction hash, digest."""

Address: TypeAlias = bytes
"""A 20-byte account or contract address."""

Wei: TypeAlias = int
"""An amount of a chain's base coin; one token is 10**18 wei. Never a float."""

TOKEN: Wei = 10**18
"""One token of a chain's base coin, in wei."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Anything that JSON can say."""


class Role(Enum):
    """What a chain is in a network: the one origin, or one of the auxiliaries."""

    ORIGIN = "origin"
    AUXILIARY = "auxiliary"


class RuntimeKind(Enum):
    """Where nodes run: child processes, containers, or whichever of the two the machine offers."""

    AUTO = "auto"
    PROCESS = "process"
    DOCKER = "docker"


class Mode(Enum):
    """Who decides what happens next: a timer and the operating system, or the World alone."""

    LIVE = "live"
    LOCKSTEP = "lockstep"
