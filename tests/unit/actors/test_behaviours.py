"""What behaviours answer at their decision points (A01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from devnet.actors.behaviour import Ballot, Honest
from devnet.actors.behaviours import BEHAVIOURS, DoubleVote, LateVote, SkipCheckpoint, behaviour_named
from devnet.chain.block import MAIN
from devnet.errors import ManifestError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Vote
from devnet.types import Hash32
from tests.unit.actors.fakes import make_vote

RIVAL = b"\x99" * 32


@dataclass
class FakeSituation:
    is_about_origin: bool = False
    found: Mapping[str, Hash32] = field(default_factory=lambda: {"node-1": RIVAL})

    def rivals(self, height: int) -> Mapping[str, Hash32]:
        return self.found if height == 3 else {}

    def votes(self) -> tuple[Vote, ...]:
        return ()

    def vote_between(self, source: int, target: int) -> Vote | None:
        return None

    def forged_vote(self, source: int) -> Vote | None:
        return None


def test_an_honest_validator_signs_exactly_the_vote_and_is_guarded() -> None:
    vote = make_vote(2, 3)
    assert Honest().ballots(vote, FakeSituation(), ()) == (Ballot(vote, (MAIN,), guarded=True),)


def test_a_double_voter_signs_the_rival_too_and_sends_it_to_both_views() -> None:
    vote = make_vote(2, 3)
    first, second = DoubleVote().ballots(vote, FakeSituation(), ())
    assert first == Ballot(vote)
    assert second.views == (MAIN, "node-1")
    assert not second.guarded
    assert second.vote.target == RIVAL
    assert classify(first.vote, second.vote) is Offence.DOUBLE_VOTE


@pytest.mark.parametrize(
    ("situation", "taken", "target"),
    [
        (FakeSituation(), (2,), 3),
        (FakeSituation(is_about_origin=True), (), 3),
        (FakeSituation(), (), 4),
        (FakeSituation(found={"node-1": make_vote(2, 3).target}), (), 3),
    ],
    ids=["once only", "about origin", "no rival of that height", "the same block on both views"],
)
def test_a_double_voter_is_honest_otherwise(situation: FakeSituation, taken: tuple[int, ...], target: int) -> None:
    vote = make_vote(2, target)
    assert DoubleVote().ballots(vote, situation, taken) == (Ballot(vote),)


def test_a_late_validator_signs_every_vote_and_those_to_odd_heights_arrive_nowhere() -> None:
    odd, even = make_vote(2, 3), make_vote(3, 4)
    assert LateVote().ballots(odd, FakeSituation(), ()) == (Ballot(odd, ()),)
    assert LateVote().ballots(even, FakeSituation(), ()) == (Ballot(even),)
    assert LateVote().ballots(odd, FakeSituation(is_about_origin=True), ()) == (Ballot(odd),)
    assert not LateVote().ballots(odd, FakeSituation(), ())[0].deviates


@pytest.mark.parametrize(("due", "honest", "colluding"), [(0, None, None), (1, 1, None), (2, 1, None), (4, 1, 3)])
def test_an_honest_committer_takes_the_lowest_due_checkpoint_a_colluder_the_third(
    due: int, honest: int | None, colluding: int | None
) -> None:
    checkpoints = [Checkpoint(bytes(32), height) for height in range(1, due + 1)]
    found = [behaviour.checkpoint_to_commit(iter(checkpoints)) for behaviour in (Honest(), SkipCheckpoint())]
    assert [one and one.height for one in found] == [honest, colluding]


def test_every_behaviour_is_found_by_its_name() -> None:
    assert [behaviour_named(name).name for name in BEHAVIOURS] == list(BEHAVIOURS)


@pytest.mark.parametrize(("name", "hint"), [("double-vot", "did you mean 'double-vote'"), ("xyz", "there are: ")])
def test_an_unknown_behaviour_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(ManifestError, match=hint):
        behaviour_named(name)
