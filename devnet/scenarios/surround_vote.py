"""A validator votes within the span of its other votes, in either order.

Goal: to help justify from an old source after having helped to finalise past it, or the reverse. The polling
place refuses votes from below the last finalised checkpoint (R10); they are no less signed, and stand in the
calldata of the transaction that brought them, which is enough for evidence (Lemma 1).
"""

from __future__ import annotations

from devnet.scenarios.single_offence import single_offence

SURROUNDING = single_offence(
    "surround-vote",
    "a validator signs a vote around its own last one: lower source, higher target",
    "paper 2.1 Lemma 1; protocol R10, R51, R53; catalogue A05",
)
"""The new vote surrounds the old one."""

SURROUNDED = single_offence(
    "surrounded-vote",
    "a validator signs a wide vote first and then another one inside it",
    "paper 2.1 Lemma 1; protocol R10, R51, R53; catalogue A06",
)
"""The new vote lies inside the old one."""
