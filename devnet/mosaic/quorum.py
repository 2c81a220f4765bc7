"""Quorum in integers, by weight, in two sets at once (R15, R40, R42)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.types import Wei


def is_quorum(votes: Wei, total: Wei) -> bool:
    """Whether ``votes`` is at least two thirds of a non-empty total: 3 * votes >= 2 * total > 0 (R15)."""
    return total > 0 and 3 * votes >= 2 * total


def is_third(weight: Wei, total: Wei) -> bool:
    """Whether ``weight`` is at least a third, with which conflicting finality is possible (R21, R40)."""
    return total > 0 and 3 * weight >= total


@dataclass(frozen=True, slots=True)
class Tally:
    """Weight that voted, and all weight, in the forward and the rear set (R42)."""

    forward: Wei
    """Votes counted in the forward set."""
    forward_total: Wei
    """Total weight of the forward set."""
    rear: Wei
    """Votes counted in the rear set."""
    rear_total: Wei
    """Total weight of the rear set."""

    def has_quorum(self) -> bool:
        """Whether both sets agree (R15)."""
        return is_quorum(self.forward, self.forward_total) and is_quorum(self.rear, self.rear_total)

    def must_halt(self) -> bool:
        """Whether this much *slashed* weight halts the core: a third of either set (R40)."""
        return is_third(self.forward, self.forward_total) or is_third(self.rear, self.rear_total)
