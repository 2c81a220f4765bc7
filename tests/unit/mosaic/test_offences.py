"""The offence table (R50-R52), every row in both orders."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devnet.mosaic.keccak import keccak
from devnet.mosaic.offences import Offence, classify, surrounds
from devnet.mosaic.votes import Vote

DOUBLE, SURROUND, TRANSITION = Offence.DOUBLE_VOTE, Offence.SURROUND_VOTE, Offence.TRANSITION_CONFLICT


def word(name: str) -> bytes:
    return keccak(name.encode())


def vote(source: int, target: int, *, at: str = "", to: str = "", transition: str = "", core: str = "core") -> Vote:
    """An honest vote on the line of checkpoints c0, c1, ... unless a member is named otherwise."""
    return Vote(
        word(core),
        word(transition or f"t{source}"),
        word(at or f"c{source}"),
        word(to or f"c{target}"),
        source,
        target,
    )


ROWS: list[tuple[str, Vote, Vote, Offence | None]] = [
    # Nothing wrong.
    ("same-vote", vote(1, 2), vote(1, 2), None),
    ("consecutive-links", vote(1, 2), vote(2, 3), None),
    ("gap-between-links", vote(1, 2), vote(5, 6), None),
    ("same-source-other-target", vote(1, 2), vote(1, 3), None),
    ("same-source-far-target", vote(1, 2), vote(1, 1000), None),
    ("longer-then-adjacent", vote(1, 3), vote(3, 4), None),
    ("overlapping-links", vote(1, 3), vote(2, 4), None),
    ("overlapping-far", vote(1, 30), vote(2, 40), None),
    ("touching", vote(0, 5), vote(5, 6), None),
    ("from-genesis-twice", vote(0, 1), vote(0, 2), None),
    ("same-height-other-source", vote(1, 2), vote(1, 3, at="x", transition="tx"), None),
    ("same-target-hash-other-height", vote(1, 2, to="x"), vote(2, 3, to="x"), None),
    ("shared-transition-other-source", vote(1, 2, transition="t"), vote(2, 3, transition="t"), None),
    ("about-origin-zero-transitions", vote(1, 2, transition="0"), vote(2, 3, transition="0"), None),
    ("other-core-equal-target", vote(1, 2), vote(1, 2, to="x", core="other"), None),
    ("other-core-surround", vote(1, 4), vote(2, 3, core="other"), None),
    ("other-core-transition", vote(1, 2), vote(1, 3, transition="x", core="other"), None),
    ("other-core-same-members", vote(1, 2), vote(1, 2, core="other"), None),
    # Equal ends do not surround.
    ("equal-source-wider", vote(2, 3), vote(2, 5), None),
    ("equal-source-same-checkpoint-wider", vote(2, 9), vote(2, 3), None),
    ("source-at-target", vote(1, 2), vote(2, 9), None),
    # Double votes: any difference at all.
    ("double-target-hash", vote(1, 2), vote(1, 2, to="x"), DOUBLE),
    ("double-source-hash", vote(1, 2), vote(1, 2, at="x"), DOUBLE),
    ("double-transition", vote(1, 2), vote(1, 2, transition="x"), DOUBLE),
    ("double-source-height", vote(1, 3), vote(2, 3), DOUBLE),
    ("double-source-height-same-hash", vote(1, 3, at="x"), vote(2, 3, at="x"), DOUBLE),
    ("double-everything", vote(1, 3), vote(2, 3, at="x", to="y", transition="z"), DOUBLE),
    ("double-from-genesis", vote(0, 1), vote(0, 1, to="x"), DOUBLE),
    ("double-far", vote(1, 10**6), vote(10**5, 10**6, to="x"), DOUBLE),
    ("double-largest-height", vote(1, 2**64 - 1), vote(1, 2**64 - 1, to="x"), DOUBLE),
    ("double-before-surround", vote(0, 3), vote(2, 3, to="x"), DOUBLE),
    ("double-source-above-target", vote(5, 3), vote(4, 3), DOUBLE),
    # Surround votes.
    ("surround-by-one", vote(1, 4), vote(2, 3), SURROUND),
    ("surround-from-genesis", vote(0, 3), vote(1, 2), SURROUND),
    ("surround-long", vote(1, 1000), vote(500, 501), SURROUND),
    ("surround-wide-in-wider", vote(1, 100), vote(2, 99), SURROUND),
    ("surround-near-the-source", vote(1, 100), vote(2, 3), SURROUND),
    ("surround-near-the-target", vote(1, 100), vote(98, 99), SURROUND),
    ("surround-other-branch", vote(1, 4), vote(2, 3, at="x", to="y"), SURROUND),
    ("surround-same-source-hash", vote(1, 4, at="x", transition="a"), vote(2, 3, at="x", transition="a"), SURROUND),
    ("surround-before-transition", vote(1, 4, at="x"), vote(2, 3, at="x"), SURROUND),
    ("surround-same-target-hash", vote(1, 4, to="x"), vote(2, 3, to="x"), SURROUND),
    # Transition conflicts, at any target heights.
    ("transition-next-target", vote(1, 2), vote(1, 3, transition="x"), TRANSITION),
    ("transition-far-target", vote(1, 2), vote(1, 1000, transition="x"), TRANSITION),
    ("transition-from-genesis", vote(0, 1), vote(0, 2, transition="x"), TRANSITION),
    ("transition-source-height-lied", vote(1, 3, at="x"), vote(2, 4, at="x"), TRANSITION),
    ("transition-zero-against-some", vote(1, 2, transition="0"), vote(1, 3, transition="x"), TRANSITION),
    ("transition-same-target-hash", vote(1, 2, to="x"), vote(1, 3, to="x", transition="x"), TRANSITION),
    ("transition-disjoint-heights", vote(1, 2, at="x"), vote(5, 6, at="x"), TRANSITION),
]


@pytest.mark.parametrize(("first", "second", "offence"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_offence_of_a_pair_in_either_order(first: Vote, second: Vote, offence: Offence | None) -> None:
    assert classify(first, second) is offence
    assert classify(second, first) is offence


def by_the_rules(a: Vote, b: Vote) -> set[Offence]:
    """R50-R52 spelled out without any order."""
    found = set()
    if a.core_id == b.core_id and a != b:
        if a.target_height == b.target_height:
            found.add(DOUBLE)
        inside = sorted([(a.source_height, a.target_height), (b.source_height, b.target_height)])
        if inside[0][0] < inside[1][0] and inside[1][1] < inside[0][1]:
            found.add(SURROUND)
        if a.source == b.source and a.transition != b.transition:
            found.add(TRANSITION)
    return found


few = st.sampled_from([word("x"), word("y")])
small_votes = st.builds(Vote, few, few, few, few, st.integers(0, 5), st.integers(0, 5))


@settings(max_examples=400)
@given(st.lists(small_votes, min_size=8, max_size=8))
def test_classify_is_symmetric_and_finds_what_the_rules_say(many: list[Vote]) -> None:
    # 400 lists of 8 are 25,600 ordered pairs.
    for a, b in product(many, many):
        expected = by_the_rules(a, b)
        found = classify(a, b)
        assert classify(b, a) is found
        assert found is next((offence for offence in Offence if offence in expected), None)


@given(small_votes, small_votes)
def test_no_two_votes_surround_each_other(a: Vote, b: Vote) -> None:
    assert not (surrounds(a, b) and surrounds(b, a))
