"""A validator signs two checkpoints of one height and sends both.

Attacker: one validator below a third of the weight. Goal: to support two branches of an auxiliary chain at
once without losing its stake. Source: paper section 2.1 (Lemma 1), rules R13, R50, R53, R54; catalogue A01.

Defence: one fisherman that reads the votes where they are public on the auxiliary chain and shows both on
origin, where neither was ever sent.
"""

from __future__ import annotations

from devnet.config.network import Devnet
from devnet.faults.base import Fault
from devnet.faults.chains import Branch
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario

ATTACKER = "validator-2"
"""38 of 148 tokens: below a third, so finality goes on and its slash never halts the core."""


def _branches(devnet: Devnet) -> tuple[Fault, ...]:
    return tuple(Branch(chain.name) for chain in devnet.auxiliaries)


def _slashed_on_every_chain(devnet: Devnet, history: History) -> bool:
    """The attacker lost its stake on origin and its weight on every auxiliary's main view."""
    chains = {
        event.chain
        for event in history.effective_events()
        if event.kind == "ValidatorSlashed" and event.payload.get("view") == "main"
    }
    return chains >= {chain.name for chain in devnet.chains}


def _grown(epochs: int) -> int:
    return 4 * epochs


SCENARIO = Scenario(
    name="double-vote",
    summary="a validator signs two checkpoints of the same height, on two branches, and sends both votes",
    source="paper 2.1 Lemma 1; protocol R13, R50, R53, R54; catalogue A01",
    manifest="double-vote",
    checks=("S1", "S3", "S5", "S7", "L1"),
    arms=(
        Arm(
            name="attack",
            behaviours={ATTACKER: "double-vote"},
            faults=_branches,
            done=_slashed_on_every_chain,
            blocks=_grown(6),
            slashed=(ATTACKER,),
        ),
        Arm(
            name="defence off",
            behaviours={ATTACKER: "double-vote"},
            absent=("fisherman",),
            faults=_branches,
            blocks=_grown(4),
            fails=("S7",),
        ),
        Arm(name="honest control", faults=_branches, blocks=_grown(4)),
    ),
)
"""The card."""
