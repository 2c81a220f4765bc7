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
from devnet.checks.commits import judge_commits
from devnet.checks.votes import data, number, recorded_votes
from devnet.config.network import Devnet
from devnet.history import Event, History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import slashed_and_halted
from devnet.types import Hash32, Mode

COLLUDERS = ("validator-1", "validator-2", "validator-3")
"""114 of 148 tokens: more than two thirds."""

BLOCKS = 48
"""Origin blocks of an arm; seen: 32 at most, in the honest control."""

AFTERWARDS = 6
"""Origin blocks that go on after a forged commit, by when an offence would have been slashed; or after the halt, by
when what was sealed before it would have been committed."""


def _named(behaviour: str) -> dict[str, str]:
    return dict.fromkeys(COLLUDERS, behaviour)


def _committed(devnet: Devnet, history: History) -> bool:
    """A meta-block was committed, and some blocks went by."""
    return _is_past(devnet, history, history.effective_events("MetaBlockCommitted"))


def _stopped(devnet: Devnet, history: History) -> bool:
    """All colluders were slashed, the core halted, and some blocks went by."""
    came_about = slashed_and_halted(COLLUDERS)(devnet, history)
    return came_about and _is_past(devnet, history, history.effective_events("Halted"))


def _is_past(devnet: Devnet, history: History, events: list[Event]) -> bool:
    blocks = [event for event in history.effective_events("BlockProduced") if event.chain == devnet.origin.name]
    return bool(events) and sum(block.sequence > events[0].sequence for block in blocks) >= AFTERWARDS


def _not_in_time(devnet: Devnet, history: History) -> tuple[str, ...]:
    """What is not as R81 says: a forgery is sealed, all are slashed while it waits, and nothing is committed any more.

    On a timer, one colluder may be slashed before the next has shown its vote, so that nothing is sealed.
    """
    forged, sealed = _forged(history), history.effective_events("Sealed")
    seals = [event for event in sealed if data(event.payload["proposalId"]) in forged]
    if not seals:
        return () if devnet.mode is Mode.LIVE else ("expected the forged checkpoint to be sealed, it was not",)
    seal, ends = seals[0], number(seals[0], "committableAt")
    commits = [event for event in history.effective_events("MetaBlockCommitted") if event.sequence > seal.sequence]
    slashes = [event for event in history.effective_events("ValidatorSlashed") if event.chain == devnet.origin.name]
    outside = [event for event in slashes if event.sequence < seal.sequence or (event.block or 0) >= ends]
    return (
        *(
            f"event {event.sequence}: expected no commit after event {seal.sequence} sealed a forgery"
            for event in commits
        ),
        *(
            f"event {event.sequence}: expected slashes between event {seal.sequence}, the seal, and origin block {ends}"
            for event in outside
            if devnet.mode is Mode.LOCKSTEP
        ),
    )


def _forged(history: History) -> set[Hash32]:
    """Proposals that a colluder's deviating vote is for: T is what it signed."""
    return {vote.signed.vote.transition for vote in recorded_votes(history, ("BehaviourTook",))}


def _unnamed(devnet: Devnet, history: History) -> tuple[str, ...]:
    """Colluders whom G6 does not name, and whoever else it does."""
    found = judge_commits(devnet, history)
    said = " ".join(found) if isinstance(found, list) else ""
    wrong = [one.name for one in devnet.validators if (one.name in said) != (one.name in COLLUDERS)]
    return tuple(f"{name}: expected G6 to name the colluders alone, it says {said!r}" for name in wrong)


SCENARIO = Scenario(
    name="invalid-transition",
    summary="more than two thirds of the weight commit a header with a state root that auxiliary never had",
    source="paper, open problem; protocol R80, R81, R82; catalogue B07",
    manifest="double-vote",
    checks=("S1", "S2", "S3", "S7"),
    arms=(
        Arm(
            name="attack",
            behaviours=_named(InvalidTransition.name),
            done=_stopped,
            blocks=BLOCKS,
            slashed=COLLUDERS,
            objections=_not_in_time,
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
            objections=_unnamed,
        ),
        Arm(name="honest control", done=_committed, blocks=BLOCKS),
    ),
)
"""The card."""
