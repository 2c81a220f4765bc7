"""A chain as it was, to come back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devnet.chain.transaction import Transaction
from devnet.chain.tree import Leaves
from devnet.chain.view import View


@dataclass(frozen=True, slots=True)
class ChainMark:
    """All that a chain owns at one moment; usable any number of times, also to go forward again."""

    chain: str
    """The chain's name."""
    views: tuple[View, ...]
    """Copies of its views, main first; to be copied again by whoever goes back."""
    homes: tuple[str, ...]
    """Per node the view whose head it stays at."""
    leaves: Leaves
    """Its tips."""
    halted: bool
    """Whether it was halted."""
    is_censored: Callable[[Transaction], bool] | None
    """What was censored."""
