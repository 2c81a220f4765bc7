"""The producers of the auxiliary chain are with the offender: its votes and all evidence stay out of every block.

Goal: to let no vote of the pair, and no report of it, become part of the auxiliary chain. The votes were sent,
so they wait where anybody can read them; origin slashes all the same (Lemma 1). On the auxiliary chain the
offender keeps its weight until its producers relent: accountability is remote, and so is the punishment.
"""

from __future__ import annotations

from devnet.chain.transaction import Transaction
from devnet.config.network import Devnet
from devnet.faults.base import Fault
from devnet.faults.chains import Branch, Censor
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import anybody_slashed_on_origin
from devnet.scenarios.single_offence import ATTACKER, BLOCKS


def _faults(devnet: Devnet) -> tuple[Fault, ...]:
    silenced = {devnet.actor(ATTACKER).auxiliary_key.address}
    silenced |= {fisherman.auxiliary_key.address for fisherman in devnet.fishermen}

    def unwanted(transaction: Transaction) -> bool:
        return transaction.sender in silenced

    branches = [Branch(chain.name) for chain in devnet.auxiliaries]
    return (*branches, *(Censor(chain.name, unwanted) for chain in devnet.auxiliaries))


SCENARIO = Scenario(
    name="censored-evidence",
    summary="the auxiliary chain's producers keep an offender's votes and all evidence out of their blocks",
    source="paper 2.1 Lemma 1; protocol R53, R54; catalogue G04a",
    manifest="double-vote",
    checks=("S1", "S3", "S7", "L1"),
    arms=(
        Arm(
            name="attack",
            behaviours={ATTACKER: "double-vote"},
            faults=_faults,
            done=anybody_slashed_on_origin,
            blocks=2 * BLOCKS,
            slashed=(ATTACKER,),
        ),
        Arm(
            name="defence off",
            behaviours={ATTACKER: "double-vote"},
            absent=("fisherman",),
            faults=_faults,
            blocks=BLOCKS,
            fails=("S7",),
        ),
        Arm(name="honest control", faults=_faults, blocks=BLOCKS),
    ),
)
"""The card."""
