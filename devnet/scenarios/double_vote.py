"""A validator signs two checkpoints of one height, on two branches, and sends both.

Goal: to support two branches of an auxiliary chain at once without losing its stake. The second vote goes to
the main view, where the polling place publishes it as a conflicting one (R13), and to its own branch.
"""

from __future__ import annotations

from devnet.config.network import Devnet
from devnet.faults.base import Fault
from devnet.faults.chains import Branch
from devnet.scenarios.single_offence import single_offence


def _branches(devnet: Devnet) -> tuple[Fault, ...]:
    return tuple(Branch(chain.name) for chain in devnet.auxiliaries)


SCENARIO = single_offence(
    "double-vote",
    "a validator signs two checkpoints of the same height, on two branches, and sends both votes",
    "paper 2.1 Lemma 1; protocol R13, R50, R53, R54; catalogue A01",
    _branches,
)
"""The card."""
