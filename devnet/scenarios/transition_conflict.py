"""A validator signs two transitions of one source.

Goal: to tell origin one thing about a checkpoint and the auxiliary chain another. The targets have different
heights and nothing surrounds anything, so only the third condition (R52) catches it.
"""

from __future__ import annotations

from devnet.scenarios.single_offence import single_offence

SCENARIO = single_offence(
    "transition-conflict",
    "a validator signs two different transitions of the same source, for targets of different heights",
    "Mosaic draft 0, section 2.2; protocol R11, R52, R53; catalogue A04",
)
"""The card."""
