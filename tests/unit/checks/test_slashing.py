"""S3, S7 and S8: slashes have evidence, offences have slashes, nobody honest is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devnet.checks import Verdict
from devnet.checks.slashing import GRACE_BLOCKS
from devnet.mosaic.votes import SignedVote
from devnet.types import Json

from .conftest import Story, hexed


@pytest.fixture(name="offended")
def story_with_offence(story: Story) -> tuple[Story, SignedVote, SignedVote]:
    story.honest_run(2)
    return story, *story.double_vote()


Offended = tuple[Story, SignedVote, SignedVote]


def test_s7_passes_when_the_offence_is_slashed(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8)
    assert story.verdict("S7").verdict is Verdict.PASSED


def test_s7_passes_with_the_votes_the_other_way_round(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(second, first, "origin", 8)
    assert story.verdict("S7").verdict is Verdict.PASSED


def test_s7_fails_when_a_public_offence_goes_unslashed(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "auxiliary-1", 8)
    story.blocks("origin", 9, 8 + GRACE_BLOCKS)
    result = story.verdict("S7")
    assert result.verdict is Verdict.FAILED
    assert "validator-2 was not slashed on origin" in result.reason
    assert "double-vote" in result.reason


def test_s7_is_unknown_while_the_fisherman_still_has_time(offended: Offended) -> None:
    story, _, _ = offended
    story.blocks("origin", 9, 8 + GRACE_BLOCKS - 1)
    assert story.verdict("S7").verdict is Verdict.UNKNOWN


def test_s7_demands_nothing_for_a_vote_that_never_became_public(story: Story) -> None:
    story.honest_run(2)
    story.signed(1, story.vote(1, 2, view="side"))
    story.blocks("origin", 9, 20)
    assert story.verdict("S7").verdict is Verdict.PASSED


def test_s7_finds_a_surround_vote_that_no_neighbour_shows(story: Story) -> None:
    story.honest_run(5)
    story.cast(story.signed(1, story.vote(0, 9)), 20)
    story.blocks("origin", 21, 30)
    assert "surround-vote" in story.verdict("S7").reason


def test_s7_finds_a_transition_conflict(story: Story) -> None:
    story.honest_run(5)
    story.cast(story.signed(1, story.vote(4, 7, transition=9)), 20)
    story.blocks("origin", 21, 30)
    assert "transition-conflict" in story.verdict("S7").reason


def test_s7_fails_when_a_slash_names_a_vote_nobody_signed(story: Story) -> None:
    story.honest_run(2)
    story.deviates(1)
    first = story.signed(1, story.vote(1, 2))
    invented = SignedVote(story.vote(1, 2, view="side"), first.validator, first.signature)
    story.slashed(first, invented, "origin", 8)
    result = story.verdict("S7")
    assert result.verdict is Verdict.FAILED
    assert "names a vote that validator-2 never signed" in result.reason


def test_s7_fails_when_a_slash_rests_on_a_forged_signature(story: Story) -> None:
    story.honest_run(2)
    first = story.signed(1, story.vote(2, 3))
    other = story.signed(0, story.vote(2, 3, view="side"))
    forged = replace(other, validator=first.validator)
    story.cast(forged, 8, kind="ConflictingVote")
    story.slashed(first, forged, "origin", 8)
    assert "rests on a forged signature" in story.verdict("S7").reason


def test_s7_fails_when_the_votes_are_no_offence(story: Story) -> None:
    story.honest_run(2)
    first, second = story.signed(1, story.vote(2, 3)), story.signed(1, story.vote(3, 4))
    story.slashed(first, second, "origin", 8)
    assert "no offence" in story.verdict("S7").reason


def test_s7_fails_when_a_validator_is_slashed_twice(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 7)
    story.slashed(first, second, "origin", 8)
    assert "slashed again" in story.verdict("S7").reason


def test_s7_passes_when_a_reorg_brings_the_slash_again(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8)
    other, parent = hexed(b"\x08" * 32), hexed(story.hash("origin", 7))
    story.append("BlockProduced", "origin", 8, hash=other, parent=parent, view="main")
    story.slashed(first, second, "origin", 8)
    assert story.verdict("S7").verdict is Verdict.PASSED


def test_s7_fails_when_the_slash_names_another_offence(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8, offence="2")
    assert "names offence 2" in story.verdict("S7").reason


def test_s7_does_not_count_a_forged_conflict_as_an_offence(story: Story) -> None:
    story.honest_run(2)
    other = story.signed(0, story.vote(2, 3))
    story.cast(replace(other, validator=story.validator(1).auxiliary_key.address), 8)
    story.cast(story.signed(1, story.vote(2, 3, view="side")), 8)
    story.blocks("origin", 9, 20)
    assert story.verdict("S7").verdict is Verdict.PASSED


def test_s3_passes_when_only_the_deviating_one_is_slashed(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8)
    assert story.verdict("S3").verdict is Verdict.PASSED


@pytest.mark.parametrize("chain", ["origin", "auxiliary-1"])
def test_s3_fails_when_an_honest_validator_is_slashed(offended: Offended, chain: str) -> None:
    story, first, second = offended
    honest = hexed(story.validator(2).auxiliary_key.address)
    story.slashed(first, second, chain, 8, validator=honest)
    result = story.verdict("S3")
    assert result.verdict is Verdict.FAILED
    assert f"validator-3 is honest and was slashed on {chain}" in result.reason


def test_s3_fails_when_an_honest_validator_signs_an_offence(story: Story) -> None:
    story.honest_run(3)
    story.signed(2, story.vote(1, 3))
    result = story.verdict("S3")
    assert result.verdict is Verdict.FAILED
    assert "validator-3 is honest and signed a double-vote" in result.reason


def test_s3_lets_the_same_vote_be_signed_again(story: Story) -> None:
    story.honest_run(3)
    story.signed(2, story.vote(2, 3))
    assert story.verdict("S3").verdict is Verdict.PASSED


def test_s3_keeps_origin_and_auxiliary_apart(story: Story) -> None:
    story.honest_run(5)
    story.signed(2, story.vote(2, 5, chain="origin"))
    assert story.verdict("S3").verdict is Verdict.PASSED


def test_s8_passes_on_exact_amounts(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8)
    story.slashed(first, second, "auxiliary-1", 8)
    assert story.verdict("S8").verdict is Verdict.PASSED


@pytest.mark.parametrize("change", [{"amount": "1"}, {"reward": "0"}])
def test_s8_fails_on_other_amounts(offended: Offended, change: dict[str, str]) -> None:
    story, first, second = offended
    story.slashed(first, second, "origin", 8, **change)
    assert story.verdict("S8").verdict is Verdict.FAILED


def test_s8_fails_when_stake_moves_on_auxiliary(offended: Offended) -> None:
    story, first, second = offended
    story.slashed(first, second, "auxiliary-1", 8, amount="5")
    assert story.verdict("S8").verdict is Verdict.FAILED


def refused(story: Story, signed: SignedVote, block: int) -> None:
    """The vote was signed, sent and refused: the chain names its digest only."""
    digest = hexed(signed.vote.digest(story.domain))
    story.cast(signed, block, kind="VoteSigned")
    story.append("VoteRefused", "auxiliary-1", block, auxiliary="auxiliary-1", view="main", digest=digest, reason="1")


def test_s7_fails_when_an_offence_among_refused_votes_goes_unslashed(story: Story) -> None:
    story.honest_run(2)
    story.deviates(1)
    refused(story, story.signed(1, story.vote(0, 3)), 8)
    story.blocks("origin", 9, 20)
    result = story.verdict("S7")
    assert result.verdict is Verdict.FAILED
    assert "surround-vote" in result.reason


def test_s7_fails_when_votes_that_were_only_sent_go_unslashed(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", 9, 12)
    name, pair = story.validator(1).name, [story.signed(1, story.vote(2, 3, view=view)) for view in ("main", "side")]
    votes: list[Json] = [story.cast(signed, 12, kind="Draft").payload for signed in pair]
    story.append("BehaviourTook", "auxiliary-1", None, name, behaviour="double-vote", votes=votes, views=[["main"]])
    story.blocks("origin", 9, 20)
    assert story.verdict("S7").verdict is Verdict.FAILED
