"""More than two thirds of the weight sign a checkpoint with a false state root, and propose it on origin.

Goal: to have a state committed that the auxiliary chain never had. geth refuses such a block, so it exists only as a
header and as votes; origin sees signatures, not execution, and nothing there stops it. This is the paper's open
problem (R80), shown as such. What bounds it: colluders who also voted on the real chain at that height are double
voters, slashed on origin inside the commit window, and at a third of the weight the core halts before it commits
(R81). What does not: each of them can keep back that one vote (R82). Then all that is left is that everybody who
signed is named, which G6 does.
"""

from __future__ import annotations

from devnet.actors.behaviours import InvalidTransition, WithheldVote
from devnet.config.network import Devnet
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import slashed_and_halted

COLLUDERS = ("validator-1", "validator-2", "validator-3")
"""114 of 148 tokens: more than two thirds."""

BLOCKS = 48
"""Origin blocks of an arm; seen: 32 at most, in the honest control."""

AFTERWARDS = 6
"""Origin blocks that go on after a forged commit: by then an offence would have been slashed."""


def _named(behaviour: str) -> dict[str, str]:
    return dict.fromkeys(COLLUDERS, behaviour)


def _committed(devnet: Devnet, history: History) -> bool:
    """A meta-block was committed, and some blocks went by."""
    commits = history.effective_events("MetaBlockCommitted")
    since = commits[0].sequence if commits else 0
    blocks = [event for event in history.effective_events("BlockProduced") if event.chain == devnet.origin.name]
    return bool(commits) and sum(block.sequence > since for block in blocks) >= AFTERWARDS


SCENARIO = Scenario(
    name="invalid-transition",
    summary="more than two thirds of the weight commit a header with a state root that auxiliary never had",
    source="paper, open problem; protocol R80, R81, R82; catalogue B07",
    manifest="double-vote",
    checks=("S1", "S2", "S3", "S7", "G6"),
    arms=(
        Arm(
            name="attack",
            behaviours=_named(InvalidTransition.name),
            done=slashed_and_halted(COLLUDERS),
            blocks=BLOCKS,
            slashed=COLLUDERS,
        ),
        Arm(
            name="defence off",
            behaviours=_named(InvalidTransition.name),
            absent=("fisherman",),
            done=_committed,
            blocks=BLOCKS,
            fails=("S7", "G6"),
        ),
        Arm(
            name="one vote withheld",
            behaviours=_named(WithheldVote.name),
            done=_committed,
            blocks=BLOCKS,
            fails=("G6",),
        ),
        Arm(name="honest control", done=_committed, blocks=BLOCKS),
    ),
)
"""The card."""
