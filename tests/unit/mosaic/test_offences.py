"""The offence table (R50-R52, R55), every row in both orders, and that Solidity decides the same."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devnet.mosaic.keccak import keccak, uint_word
from devnet.mosaic.offences import Offence, classify, surrounds
from devnet.mosaic.votes import Vote

DOUBLE, SURROUND, TRANSITION = Offence.DOUBLE_VOTE, Offence.SURROUND_VOTE, Offence.TRANSITION_CONFLICT


def word(name: str) -> bytes:
    return keccak(name.encode())


VECTORS = json.loads((Path(__file__).parents[3] / "chains/contracts/test/vectors/offences.json").read_text())
"""What this twin and Offences.sol must both decide: a table, and digests of 20,000 verdicts on random pairs."""

NAMES = {"None": None, "DoubleVote": DOUBLE, "Surround": SURROUND, "TransitionConflict": TRANSITION}


def listed(row: dict[str, Any]) -> Vote:
    core, transition, source, target = (word(row[name]) for name in ("core", "transition", "source", "target"))
    return Vote(core, transition, source, target, row["sourceHeight"], row["targetHeight"])


@pytest.mark.parametrize("row", VECTORS["rows"], ids=lambda row: str(row["name"]))
def test_offence_of_a_pair_in_either_order(row: dict[str, Any]) -> None:
    first, second, offence = listed(row["first"]), listed(row["second"]), NAMES[row["offence"]]
    assert classify(first, second) is offence
    assert classify(second, first) is offence


def drawn(draw: bytes, at: int) -> Vote:
    """A vote from six bytes of a draw: few values, so that pairs often have something in common."""
    core, transition, source, target, low, high = (draw[at + position] for position in range(6))
    # One draw in two is about the greatest heights there are.
    base = 2**64 - 8 if draw[31] % 2 else 0
    hashes = (word(f"core {core % 8 // 7}"), word(f"t{transition % 2}"), word(f"c{source % 4}"), word(f"c{target % 4}"))
    return Vote(*hashes, base + low % 8, base + high % 8)


def test_random_pairs_are_judged_as_in_solidity() -> None:
    pairs = ((drawn(draw, 0), drawn(draw, 6)) for draw in map(keccak, map(uint_word, range(20_000))))
    verdicts = bytes(list(NAMES.values()).index(classify(*pair)) for pair in pairs)
    assert min(verdicts.count(kind) for kind in range(4)) > 1000
    found = ["0x" + keccak(verdicts[at : at + 1000]).hex() for at in range(0, 20_000, 1000)]
    assert found == VECTORS["verdictsByThousand"]


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
