"""The three offences of the protocol as one pure function (R50-R52)."""

from __future__ import annotations

from enum import Enum

from devnet.mosaic.votes import Vote


class Offence(Enum):
    """Why two distinct votes of one validator under one core id are punished."""

    DOUBLE_VOTE = "double-vote"
    """Equal target heights, whatever else differs (R50)."""
    SURROUND_VOTE = "surround-vote"
    """One link strictly inside the other (R51)."""
    TRANSITION_CONFLICT = "transition-conflict"
    """The same source with two transitions, at any target heights (R52)."""


def classify(a: Vote, b: Vote) -> Offence | None:
    """The offence that one validator commits by signing both votes, or None.

    The first that applies in the order of ``Offence``; symmetric. Votes under different core ids and
    twice the same vote are no offence (R55). That both were signed by the same key is the caller's to check.
    """
    if a == b or a.core_id != b.core_id:
        return None
    if a.target_height == b.target_height:
        return Offence.DOUBLE_VOTE
    if surrounds(a, b) or surrounds(b, a):
        return Offence.SURROUND_VOTE
    if a.source == b.source and a.transition != b.transition:
        return Offence.TRANSITION_CONFLICT
    return None


def surrounds(outer: Vote, inner: Vote) -> bool:
    """Whether ``inner`` lies strictly inside ``outer``; equal ends do not surround (R51)."""
    return outer.source_height < inner.source_height and inner.target_height < outer.target_height
