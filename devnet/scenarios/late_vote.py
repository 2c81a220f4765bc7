"""A vote that was signed in time and lost on its way surfaces after the commit (R37).

Validators A, B and D are at work, C is offline. D's votes for odd heights are lost: checkpoint s, at which the gas
target was reached, is justified, but its finalising link to s + 1 lacks D's vote; all three vote from s to s + 2 and on
to s + 3, so that s + 2 is final and committed. Nobody broke a rule. Goal: to have all four punished, by showing D's old
vote: with it the signatures alone say that s was final. Defence: what counts is auxiliary's own record (R38). Defence
off: the paper's literal rule, ``LiteralEvidence``, on the core of the second auxiliary, which lived through the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from devnet.actors.behaviour import Honest
from devnet.actors.behaviours import LateVote
from devnet.actors.structs import transition_of
from devnet.chain.link import DirectLink
from devnet.checks.votes import data, number, recorded_votes
from devnet.contracts.handle import parse_bytes
from devnet.errors import UsageError
from devnet.faults.base import World
from devnet.history import Event
from devnet.mosaic.slots import BLOCK_STORE_FINALITY, mapping_slot
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import SignedVote
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.calls import contract, origin_link, refusal, send
from devnet.scenarios.ends import happened
from devnet.scenarios.gas_accounts import wrongly_owed

BLOCKS = 160
"""Origin blocks in which each step happens, with room; seen: 60 to the commit."""

OFFLINE = "validator-3"
LATE = "validator-4"
"""Without its 34 tokens the other two have 78 of 148, with them 112: only then is it a quorum."""

JUDGED, LITERAL = "auxiliary-1", "auxiliary-2"
"""On whose core the evidence is judged, and on whose it is taken at its word."""


@dataclass(frozen=True, slots=True)
class _Skipped:
    """The checkpoint that was passed over for good reason, and what looks like a proof against it."""

    transition: Transition
    """T(s)."""
    origin_number: int
    """Origin block number of its origin checkpoint."""
    votes: tuple[SignedVote, ...]
    """From s to s + 1: a quorum, one of them late."""
    claimed_block: int
    """Auxiliary block in which s is said to have become final."""
    proving: bytes
    """The block that was committed."""


def _accused(world: World, auxiliary: str, expected: str, violations: int) -> tuple[str, ...]:
    """Play the story, let the late vote surface, accuse; ``expected`` is the error's name, empty if it is believed."""
    if not _lived_through(world):
        return (f"expected a commit of a checkpoint two above one that is due on {JUDGED} and {LITERAL}, found none",)
    skipped = _skipped(world, auxiliary)
    missing = _surfaced(world, auxiliary, skipped.votes)
    evidence, report = contract(world, "Evidence", auxiliary), _report(world, auxiliary, skipped)
    said = refusal(world, evidence, evidence.calldata("reportSkippedCheckpoint", report))
    if said != expected:
        missing += (f"expected Evidence to answer {expected!r} to the accusation, found {said!r}",)
    origin, link = world.devnet.origin.name, origin_link(world)
    sent = send(world, origin, evidence, "reportSkippedCheckpoint", report, signatures=len(skipped.votes))
    if not world.run_until(lambda: link.call("eth_getTransactionReceipt", (sent,)) is not None, BLOCKS):
        return (*missing, "expected the accusation to be mined, it was not")
    return (*missing, *wrongly_owed(world, violations, auxiliary))


def _lived_through(world: World) -> bool:
    """C goes, D's votes are lost every other time until s and s + 2 are justified, then all arrive again."""
    world.dismiss(OFFLINE)
    world.recast(LATE, LateVote.name)
    both = (JUDGED, LITERAL)
    due = world.run_until(lambda: all(_is_passed_over(world, one) for one in both), BLOCKS)
    world.recast(LATE, Honest.name)
    return due and world.run_until(lambda: all(_of(world, "MetaBlockCommitted", one) for one in both), BLOCKS)


def _is_passed_over(world: World, auxiliary: str) -> bool:
    """Whether a checkpoint at the gas target is justified, not final, and another one after it is."""
    justified = max((number(one, "height") for one in _of(world, "CheckpointJustified", auxiliary)), default=0)
    transition = _transition_at(world, auxiliary, justified - 2)
    return transition is not None and transition.accumulated_gas >= world.devnet.parameters.gas_target


def _skipped(world: World, auxiliary: str) -> _Skipped:
    (commit,) = _of(world, "MetaBlockCommitted", auxiliary)
    height = number(commit, "checkpointHeight")
    transition = _transition_at(world, auxiliary, height - 2)
    if transition is None:
        raise UsageError(f"{auxiliary}: checkpoint {height - 2} was expected to have been reported")
    wanted = transition.hash()
    votes = tuple(
        one.signed
        for one in recorded_votes(world.history, ("VoteSigned",))
        if one.signed.vote.transition == wanted and one.signed.vote.target_height == transition.height + 1
    )
    observed = {
        data(one.payload["blockHash"]): number(one, "height")
        for one in _of(world, "OriginCheckpointReported", auxiliary)
    }
    return _Skipped(
        transition=transition,
        origin_number=observed.get(transition.origin_checkpoint, 0) * world.devnet.origin.epoch_length,
        votes=votes,
        claimed_block=height * world.devnet.chain(auxiliary).epoch_length,
        proving=data(commit.payload["checkpoint"]),
    )


def _surfaced(world: World, auxiliary: str, votes: tuple[SignedVote, ...]) -> tuple[str, ...]:
    """Anybody carries D's vote to auxiliary now: it is public from then on, and too late to count (R18, R19)."""
    address = world.devnet.actor(LATE).auxiliary_key.address
    late = next((one for one in votes if one.validator == address), None)
    if late is None or _is_counted(world, auxiliary, late):
        return (f"expected a vote of {LATE} that was signed and did not arrive, there is none",)
    polling_place, before = contract(world, "PollingPlace", auxiliary), len(_of(world, "VoteRefused", auxiliary))
    send(world, auxiliary, polling_place, "castVotes", [late.vote.fields()], [late.signature], votes=1)
    is_refused = world.run_until(lambda: len(_of(world, "VoteRefused", auxiliary)) > before, BLOCKS)
    return () if is_refused else (f"expected {LATE}'s late vote to be refused on {auxiliary}, it was not",)


def _is_counted(world: World, auxiliary: str, signed: SignedVote) -> bool:
    counted = recorded_votes(world.history, ("VoteCast",))
    return any(
        (one.auxiliary, one.signed.validator, one.signed.vote) == (auxiliary, signed.validator, signed.vote)
        for one in counted
    )


def _report(world: World, auxiliary: str, skipped: _Skipped) -> tuple[object, ...]:
    """What the accuser shows: every part is genuine but the claim that auxiliary recorded s as final."""
    store = contract(world, "AuxiliaryBlockStore", auxiliary).address
    slot = mapping_slot(skipped.transition.height, BLOCK_STORE_FINALITY)
    link = DirectLink(world.chains[auxiliary])
    block = {"blockHash": "0x" + skipped.proving.hex()}
    answer = link.call("eth_getProof", ("0x" + store.hex(), ["0x" + slot.hex()], block))
    return (
        1,
        skipped.transition.fields(),
        skipped.origin_number,
        skipped.votes[0].vote.target,
        [one.signature for one in skipped.votes],
        skipped.claimed_block,
        1,
        [parse_bytes(node) for node in answer["accountProof"]],
        [[parse_bytes(node) for node in answer["storageProof"][0]["proof"]]],
    )


def _transition_at(world: World, auxiliary: str, height: int) -> Transition | None:
    for event in _of(world, "CheckpointReported", auxiliary):
        if number(event, "height") == height:
            struct: Any = event.payload["transition"]
            return transition_of(
                {key: data(one) if str(one).startswith("0x") else int(one) for key, one in struct.items()}
            )
    return None


def _of(world: World, kind: str, auxiliary: str) -> list[Event]:
    """Events of that kind, about the auxiliary itself."""
    observer = "OriginObserver"
    return [
        one
        for one in world.history.effective_events(kind)
        if one.payload.get("auxiliary") == auxiliary
        and (one.payload.get("contract") != observer or kind == "OriginCheckpointReported")
    ]


def _nobody_pays(world: World) -> tuple[str, ...]:
    both = (JUDGED, LITERAL)
    world.run_until(lambda: all(_of(world, "MetaBlockCommitted", one) for one in both), BLOCKS)
    return tuple(text for one in both for text in wrongly_owed(world, 0, one))


SCENARIO = Scenario(
    name="late-vote",
    summary="a vote that was lost on its way surfaces and is shown as proof that a checkpoint was passed over",
    source="protocol R37, R38; catalogue B09 d",
    manifest="late-vote",
    checks=("S1", "S3", "S7", "S10", "L1", "E4"),
    arms=(
        Arm(
            name="attack",
            play=lambda world: _accused(world, JUDGED, expected="FinalityNotRecorded", violations=0),
            done=happened("MetaBlockCommitted"),
            blocks=BLOCKS,
        ),
        Arm(
            name="defence off",
            play=lambda world: _accused(world, LITERAL, expected="", violations=1),
            done=happened("MetaBlockCommitted"),
            blocks=BLOCKS,
            fails=("E4",),
        ),
        Arm(name="honest control", play=_nobody_pays, done=happened("MetaBlockCommitted"), blocks=BLOCKS),
    ),
    variants={f"{LITERAL}:Evidence": "LiteralEvidence"},
)
"""The card."""
