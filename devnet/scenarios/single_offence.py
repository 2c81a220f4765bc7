"""The common shape of attacks by one validator that signs two votes which together are an offence.

Attacker: one validator below a third of the weight. Defence: one fisherman that reads votes where they are
public on the auxiliary chain and shows both on origin, where neither was ever sent (Lemma 1).
"""

from __future__ import annotations

from collections.abc import Callable

from devnet.config.network import Devnet
from devnet.faults.base import Fault
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import slashed_on_every_chain

ATTACKER = "validator-2"
"""38 of 148 tokens: below a third, so finality goes on and its slash never halts the core."""

BLOCKS = 24
"""Origin blocks of an arm that ends by itself: six epochs."""


def no_faults(devnet: Devnet) -> tuple[Fault, ...]:
    """Nothing is done from outside."""
    return ()


def single_offence(
    name: str, summary: str, source: str, faults: Callable[[Devnet], tuple[Fault, ...]] = no_faults
) -> Scenario:
    """The card of an attack whose behaviour has the same name."""
    return Scenario(
        name=name,
        summary=summary,
        source=source,
        manifest="double-vote",
        checks=("S1", "S3", "S5", "S7", "L1"),
        arms=(
            Arm(
                name="attack",
                behaviours={ATTACKER: name},
                faults=faults,
                done=slashed_on_every_chain,
                blocks=2 * BLOCKS,
                slashed=(ATTACKER,),
            ),
            Arm(
                name="defence off",
                behaviours={ATTACKER: name},
                absent=("fisherman",),
                faults=faults,
                blocks=BLOCKS,
                fails=("S7",),
            ),
            Arm(name="honest control", faults=faults, blocks=BLOCKS),
        ),
    )
