"""R23: which checkpoint of a branch the known votes justify."""

from __future__ import annotations

from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.quorum import Tally
from devnet.mosaic.votes import Vote
from devnet.types import Address
from devnet.world.fork_choice import KnownVote, justified_height

ROOT = Checkpoint(bytes(32), 0)
VALIDATORS = tuple(bytes([index]) * 20 for index in range(1, 5))


def checkpoint(height: int, branch: int = 0) -> Checkpoint:
    return ROOT if height == 0 else Checkpoint(bytes([height, branch]) * 16, height)


def votes(source: Checkpoint, target: Checkpoint, count: int, transition: int = 7) -> list[KnownVote]:
    vote = Vote(bytes(32), bytes([transition]) * 32, source.hash, target.hash, source.height, target.height)
    return [KnownVote(vote, validator) for validator in VALIDATORS[:count]]


def weigh(validators: frozenset[Address]) -> Tally:
    """Four equal validators in both sets."""
    return Tally(len(validators), 4, len(validators), 4)


def on_main(one: Checkpoint) -> bool:
    return one == checkpoint(one.height)


def test_links_with_quorum_justify_in_any_order() -> None:
    known = votes(checkpoint(1), checkpoint(2), 3) + votes(ROOT, checkpoint(1), 3)
    assert justified_height(ROOT, known, on_main, weigh) == 2


def test_votes_below_quorum_justify_nothing() -> None:
    assert justified_height(ROOT, votes(ROOT, checkpoint(1), 2), on_main, weigh) == 0


def test_one_validator_counts_once() -> None:
    assert justified_height(ROOT, votes(ROOT, checkpoint(1), 2) * 2, on_main, weigh) == 0


def test_votes_that_differ_never_combine() -> None:
    known = votes(ROOT, checkpoint(1), 2) + votes(ROOT, checkpoint(1), 4, transition=8)[2:]
    assert justified_height(ROOT, known, on_main, weigh) == 0


def test_votes_for_another_branch_do_not_count() -> None:
    known = votes(ROOT, checkpoint(1, branch=1), 4) + votes(checkpoint(1, branch=1), checkpoint(2), 4)
    assert justified_height(ROOT, known, on_main, weigh) == 0


def test_a_source_that_is_not_justified_justifies_nothing() -> None:
    assert justified_height(ROOT, votes(checkpoint(1), checkpoint(2), 4), on_main, weigh) == 0


def test_votes_whose_heights_do_not_rise_are_passed_over() -> None:
    assert justified_height(ROOT, votes(checkpoint(2), checkpoint(1), 4), on_main, weigh) == 0
