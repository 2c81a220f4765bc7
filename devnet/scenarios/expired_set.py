"""A set with two thirds of the weight reports forged origin headers, leaves, withdraws, and only then votes for them.

Goal: to make an auxiliary chain believe in an origin that never was, with stakes that nobody can take any more (long
range), and to mint there what nobody staked. Defence: votes about origin are weighed by the set that is active when
they are counted, whenever their target was reported (R15). Defence off: ``TimelessObserver`` on the second auxiliary,
which weighs them by the set that there was when the target was reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from devnet.chain.link import DirectLink
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.contracts.errors import ContractReverted
from devnet.faults.base import World
from devnet.history import Event, History
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.headers import Header, header_from_rpc
from devnet.mosaic.identity import origin_identifier
from devnet.mosaic.votes import Domain, SignedVote, Vote, sign_vote
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.calls import contract, origin_link, send
from devnet.scenarios.forged_stake import ForgedStake, forge_stake
from devnet.scenarios.in_flight import set_out
from devnet.types import Hash32

BLOCKS = 160
"""Origin blocks in which each step happens, with room; seen: 70 from the logout to the last withdrawal."""

LEAVERS = ("validator-1", "validator-2", "validator-3")
"""180 of 269 tokens: just above two thirds."""

JUDGED, TIMELESS = "auxiliary-1", "auxiliary-2"
"""Which weighs votes about origin by the active set, and which by the set of the report."""

AHEAD = 140
"""Blocks of origin by which the forged headers are ahead when they are reported: what has to be above all that is
final when the set has left."""

NOT_A_MEMBER, SOURCE_NOT_JUSTIFIED = 14, 8
"""Refusals of the polling place, by their number in Solidity's ``Refusal``."""


@dataclass(frozen=True, slots=True)
class _Forged:
    """Two checkpoints of an origin that never was, one after the other, and a stake that was declared there."""

    stake: ForgedStake
    """Declared in the state of both."""
    headers: tuple[Header, Header]
    """As they are reported."""
    epoch_length: int
    """Of origin."""

    @property
    def checkpoints(self) -> tuple[Checkpoint, Checkpoint]:
        """As votes name them."""
        first, second = (Checkpoint(one.hash, one.number // self.epoch_length) for one in self.headers)
        return first, second


def _forge(world: World, auxiliary: str) -> _Forged:
    """The head's header with another number and a state of the attackers' own."""
    stake = forge_stake(world, auxiliary, world.devnet.actor(LEAVERS[0]).auxiliary_key.address)
    epoch_length = world.devnet.origin.epoch_length
    head = header_from_rpc(origin_link(world).call("eth_getBlockByNumber", ("latest", False)))
    lower = (head.number + AHEAD) // epoch_length * epoch_length
    first = replace(head, number=lower, state_root=stake.shown.state.root)
    second = replace(first, number=lower + epoch_length, parent_hash=first.hash)
    return _Forged(stake, (first, second), epoch_length)


def _attack(world: World, auxiliary: str, refusals: Sequence[int], loot: str) -> tuple[str, ...]:
    """Report, leave, take the stakes home, vote, and mint what nobody staked.

    ``refusals`` says why the votes must be refused, ``loot`` with which error the minting; empty if they must not.
    """
    forged = _forge(world, auxiliary)
    observer = contract(world, "OriginObserver", auxiliary)
    for header in forged.headers:
        send(world, auxiliary, observer, "reportCheckpoint", header.encode())
    if not world.run_until(lambda: _reported(world.history, auxiliary, forged), BLOCKS):
        return (f"{auxiliary}: expected two forged headers to be reported, they were not",)
    missing = _depart(world)
    if missing:
        return missing
    # What was in flight when all began has long arrived: an account that has nothing open sends something new.
    set_out(world, account=1)
    votes = _votes(world, auxiliary, forged)
    if not votes:
        return (
            f"{auxiliary}: expected no checkpoint above the forged ones to be justified, found one: AHEAD is small",
        )
    found = _cast(world, auxiliary, forged, votes)
    if found != sorted(refusals):
        return (f"{auxiliary}: expected refusals {sorted(refusals)}, found {found}",)
    said = forged.stake.mint(world, forged.checkpoints[0].height)
    return () if said == loot else (f"{auxiliary}: expected {loot!r} to stop the minting, found {said!r}",)


def _cast(world: World, auxiliary: str, forged: _Forged, votes: Sequence[SignedVote]) -> list[int]:
    """Cast the votes, all together; why they were refused, in order."""
    polling_place, signatures = contract(world, "PollingPlace", auxiliary), [one.signature for one in votes]
    arguments = [one.vote.fields() for one in votes], signatures
    sent = send(world, auxiliary, polling_place, "castVotes", *arguments, votes=len(votes))
    world.run_until(lambda: _answered(world, auxiliary, forged, sent, len(votes)), BLOCKS)
    return _reasons(world, auxiliary, sent)


def _depart(world: World) -> tuple[str, ...]:
    """Log out, wait until nothing is locked any more, and take every stake home."""
    for name in LEAVERS:
        world.membership.leave(name)
    waiting = list(LEAVERS)

    def all_paid() -> bool:
        while waiting:
            try:
                world.membership.withdraw(waiting[0])
            except ContractReverted:
                return False
            del waiting[0]
        return True

    return () if world.run_until(all_paid, BLOCKS) else (f"{waiting[0]}: expected its stake to be paid, it is locked",)


def _votes(world: World, auxiliary: str, forged: _Forged) -> list[SignedVote]:
    """The leavers' votes from what is justified to the first forged checkpoint, and from there to the second."""
    source, (first, second) = _justified(world, auxiliary), forged.checkpoints
    if first.height <= source.height:
        return []
    core = Domain(world.devnet.origin.chain_id, contract(world, "Core", auxiliary).address)
    about = origin_identifier(world.devnet.origin.chain_id)
    links = ((source, first), (first, second))
    votes = [Vote(about, bytes(32), low.hash, high.hash, low.height, high.height) for low, high in links]
    keys = [world.devnet.actor(name).auxiliary_key.secret for name in LEAVERS]
    return [sign_vote(vote, core, key) for vote in votes for key in keys]


def _justified(world: World, auxiliary: str) -> Checkpoint:
    """The last checkpoint of origin that the auxiliary calls justified.

    What is final may be passed by those who stayed while votes from there are on their way: this one is final next.
    """
    observer, link = contract(world, "OriginObserver", auxiliary), DirectLink(world.chains[auxiliary])
    last = observer.read(link, "lastJustified")
    return Checkpoint(last["hash"], last["height"])


def _reported(history: History, auxiliary: str, forged: _Forged) -> bool:
    known = {data(one.payload["blockHash"]) for one in _of(history, "OriginCheckpointReported", auxiliary)}
    return {one.hash for one in forged.headers} <= known


def _answered(world: World, auxiliary: str, forged: _Forged, sent: str, votes: int) -> bool:
    """Whether the forged votes were refused, or did what they were cast for."""
    is_refused = len(_reasons(world, auxiliary, sent)) == votes
    return is_refused or forged.headers[0].hash in _finalised(world.history, auxiliary)


def _reasons(world: World, auxiliary: str, sent: str) -> list[int]:
    """Why votes of that transaction were refused, in order; other votes are refused meanwhile, too."""
    refused = _of(world.history, "VoteRefused", auxiliary)
    return sorted(number(one, "reason") for one in refused if one.payload["transaction"] == sent)


def _finalised(history: History, auxiliary: str) -> dict[Hash32, int]:
    """Height by hash of every checkpoint of origin that the auxiliary made final."""
    return {
        data(one.payload["blockHash"]): number(one, "height")
        for one in _of(history, "CheckpointFinalised", auxiliary)
        if one.payload["contract"] == "OriginObserver"
    }


def _of(history: History, kind: str, auxiliary: str) -> list[Event]:
    return [one for one in history.effective_events(kind) if one.payload.get("auxiliary") == auxiliary]


def _went_on(devnet: Devnet, history: History) -> bool:
    """Whoever stayed made checkpoints of origin final on both auxiliaries after the others had left."""
    paid = [one.sequence for one in history.effective_events("StakeWithdrawn")]
    return bool(paid) and all(
        any(
            one.sequence > paid[-1] and one.payload["contract"] == "OriginObserver"
            for one in _of(history, "CheckpointFinalised", auxiliary)
        )
        for auxiliary in (JUDGED, TIMELESS)
    )


def _contradicted(devnet: Devnet, history: History) -> bool:
    """Those who stayed see that what auxiliary believes is not what origin has, and stop (R31)."""
    alarmed = {one.actor for one in history.effective_events("OriginReversed") if one.chain == TIMELESS}
    return alarmed >= {one.name for one in devnet.validators if one.name not in LEAVERS}


SCENARIO = Scenario(
    name="expired-set",
    summary="validators that have withdrawn their stakes vote for forged origin headers that they reported before",
    source="protocol R15; paper 2.1 theorem 2; catalogue I02, B14",
    manifest="expired-set",
    checks=("S3", "S9", "S10", "S11"),
    arms=(
        Arm(
            name="attack",
            # Each is refused: those for the first link as strangers', and so the others have no source.
            play=partial(
                _attack,
                auxiliary=JUDGED,
                refusals=(NOT_A_MEMBER, SOURCE_NOT_JUSTIFIED) * len(LEAVERS),
                loot="NotFinalised",
            ),
            done=_went_on,
            blocks=BLOCKS,
        ),
        Arm(
            name="defence off",
            play=partial(_attack, auxiliary=TIMELESS, refusals=(), loot=""),
            done=_contradicted,
            blocks=BLOCKS,
            # A million tokens that nobody staked: wherever a check looks for their declaration there is none.
            fails=("S9", "S11", "G1", "G4", "G5", "G7", "G8", "G9"),
        ),
        Arm(name="honest control", play=_depart, done=_went_on, blocks=BLOCKS),
    ),
    variants={f"{TIMELESS}:OriginObserver": "TimelessObserver"},
)
"""The card."""
