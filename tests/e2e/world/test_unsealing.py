"""A candidate that loses its quorum while it waits is put back and sealed anew (R45), by actors on real chains."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.checks import CHECKS, Verdict, run_check
from devnet.checks.votes import data, number, recorded_votes
from devnet.contracts.gas import gas_limit
from devnet.contracts.send import Sender
from devnet.history import Event
from devnet.mosaic.votes import SignedVote
from devnet.world.serving import Serving
from devnet.world.world import World
from tests.e2e.world.meta_blocks import AUXILIARY, commits, slash

pytestmark = pytest.mark.geth

MANIFEST = """
name: unsealing
runtime: process
mode: lockstep
chains:
  - role: origin
    epoch: 4
  - role: auxiliary
validators:
  - weight: 40
  - weight: 38
  - weight: 36
  - weight: 34
fishermen: 1
accounts: 1
parameters:
  commit_every: 2
  commit_window: 8
  evidence_period: 20
  withdrawal_delay: 60
"""
"""Three of the four are a quorum, whoever is missing; two are none."""
STORY = ("VotesVerified", "Sealed", "ValidatorSlashed", "Unsealed", "MetaBlockCommitted")
OFFENDER, LATE = "validator-1", "validator-4"
SEALED_HEIGHT = 3
"""Target of the votes that seal the first meta-block: odd, so that the late validator's is lost on its way."""


@pytest.fixture
def world(run_network: Callable[[str], Serving]) -> World:
    return run_network(MANIFEST).world


def of(world: World, kind: str) -> list[Event]:
    return world.history.effective_events(kind)


def lost_vote(world: World) -> SignedVote:
    address = world.devnet.actor(LATE).auxiliary_key.address
    core_id = world.handles.core_of(AUXILIARY).deployment.core_id
    return next(
        one.signed
        for one in recorded_votes(world.history, ("VoteSigned",))
        if (one.signed.validator, one.signed.vote.core_id) == (address, core_id)
        and one.signed.vote.target_height == SEALED_HEIGHT
    )


def carry(world: World, vote: SignedVote) -> None:
    """Anybody brings a vote to auxiliary."""
    polling_place = world.handles.core_of(AUXILIARY).polling_place
    link = world.link("validator-1", AUXILIARY)
    sender = Sender(link, world.devnet.accounts[0], world.devnet.chain(AUXILIARY).chain_id)
    calldata = polling_place.calldata("castVotes", [vote.vote.fields()], [vote.signature])
    sender.send(polling_place.address, calldata, gas_limit("PollingPlace", "castVotes", votes=1))


def signers(event: Event) -> set[bytes]:
    listed = event.payload["signers"]
    assert isinstance(listed, list)
    return {data(one) for one in listed}


def unseal(world: World) -> None:
    """Cost the offender its stake while the candidate waits, and let that time end."""
    slash(world, OFFENDER)
    assert world.chains["origin"].head.number < number(of(world, "Sealed")[0], "committableAt")
    assert world.run_until(lambda: bool(of(world, "Unsealed")), 2 * world.devnet.parameters.commit_window)
    assert not of(world, "MetaBlockCommitted")


def test_a_candidate_whose_signer_is_slashed_is_put_back_and_committed_by_the_votes_of_others(world: World) -> None:
    """R34, R45: 114 of 148 tokens seal it, the slash leaves 74, and with the 34 of a late vote it is sealed again.

    Without that vote it never is: a later checkpoint, which the other three voted for, is committed in its place.
    """
    world.recast(LATE, "late-vote")
    assert world.run_until(lambda: bool(of(world, "Sealed")), 60)
    world.recast(LATE, "honest")
    mark = world.mark()

    unseal(world)
    assert world.run_until(lambda: commits(world) == 1, 60)
    (put_back,), (commit,) = of(world, "Unsealed"), of(world, "MetaBlockCommitted")
    assert commit.payload["transitionHash"] != put_back.payload["proposalId"]
    assert number(commit, "checkpointHeight") >= SEALED_HEIGHT

    world.rewind(mark)
    carry(world, lost_vote(world))
    unseal(world)
    assert world.run_until(lambda: commits(world) == 1, 60)
    check_story(world)
    assert not of(world, "Halted")
    verdicts = [run_check(CHECKS[name], world.devnet, world.history) for name in ("S1", "S3", "S7", "S10", "G6")]
    assert [result for result in verdicts if result.verdict is not Verdict.PASSED] == []


def check_story(world: World) -> None:
    """From the first seal to the commit: what happened to the one proposal, in this order."""
    told = [event for kind in STORY for event in of(world, kind) if event.chain == "origin"]
    # Validators step in for each other: where a vote was shown already, the others count nobody.
    told = [event for event in told if event.kind != "VotesVerified" or signers(event)]
    told.sort(key=lambda event: event.sequence)
    kinds = ["VotesVerified", "Sealed", "ValidatorSlashed", "Unsealed", "VotesVerified", "Sealed", "MetaBlockCommitted"]
    assert [event.kind for event in told] == kinds
    first, sealed, slashed, unsealed, second, again, commit = told
    address = {spec.name: spec.auxiliary_key.address for spec in world.devnet.validators}
    assert signers(first) == {address[name] for name in ("validator-1", "validator-2", "validator-3")}
    assert signers(second) == {address[LATE]}
    assert (slashed.block or 0) < number(sealed, "committableAt") <= (unsealed.block or 0)
    assert number(again, "committableAt") == (again.block or 0) + world.devnet.parameters.commit_window
    assert (commit.block or 0) >= number(again, "committableAt")
    assert {event.payload["proposalId"] for event in (sealed, unsealed, again)} == {commit.payload["transitionHash"]}
