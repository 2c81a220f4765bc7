"""The offence detector finds whom brute force finds, in any order (R50-R52)."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devnet.actors.detector import Detected, OffenceDetector
from devnet.errors import UsageError
from devnet.mosaic.keccak import keccak
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import SignedVote, Vote

CORE, OTHER_CORE = keccak(b"core"), keccak(b"other core")
ALICE, BOB = b"\xaa" * 20, b"\xbb" * 20


def word(name: str) -> bytes:
    return keccak(name.encode())


def vote(source: int, target: int, *, at: str = "", to: str = "", transition: str = "", core: bytes = CORE) -> Vote:
    return Vote(
        core, word(transition or f"t{source}"), word(at or f"c{source}"), word(to or f"c{target}"), source, target
    )


def signed(vote: Vote, validator: bytes = ALICE, number: int = 0) -> SignedVote:
    return SignedVote(vote, validator, bytes([number]) * 65)


def feed(votes: Sequence[SignedVote], detector: OffenceDetector | None = None) -> list[Detected]:
    detector = detector or OffenceDetector()
    return [found for found in map(detector.add, votes) if found is not None]


@pytest.mark.parametrize(
    ("first", "second", "offence"),
    [
        (vote(1, 2), vote(1, 2, to="x"), Offence.DOUBLE_VOTE),
        (vote(1, 3), vote(2, 3), Offence.DOUBLE_VOTE),
        (vote(1, 2), vote(1, 2, transition="x"), Offence.DOUBLE_VOTE),
        (vote(1, 4), vote(2, 3), Offence.SURROUND_VOTE),
        (vote(1, 10**9), vote(2, 3), Offence.SURROUND_VOTE),
        (vote(1, 2), vote(1, 9, transition="x"), Offence.TRANSITION_CONFLICT),
        (vote(1, 3, at="x"), vote(2, 4, at="x"), Offence.TRANSITION_CONFLICT),
    ],
    ids=["target", "source", "transition-same-target", "surround", "far", "transition", "lied-height"],
)
def test_an_offence_is_found_in_either_order_with_its_evidence(first: Vote, second: Vote, offence: Offence) -> None:
    for one, two in ((first, second), (second, first)):
        before, after = signed(one, number=1), signed(two, number=2)
        assert feed([before, after]) == [Detected(offence, before, after)]


def test_an_honest_history_with_late_votes_is_no_offence() -> None:
    votes = [vote(0, 1), vote(1, 2), vote(2, 5), vote(2, 4), vote(2, 3), vote(5, 6)]
    assert feed([signed(one) for one in votes]) == []


def test_the_same_vote_again_is_no_offence_and_not_kept_twice() -> None:
    detector = OffenceDetector()
    assert feed([signed(vote(1, 2), number=n) for n in range(3)], detector) == []
    assert feed([signed(vote(2, 3)), signed(vote(1, 2))], detector) == []
    assert detector.votes_kept() == 2


def test_a_validator_is_found_once_and_only_it() -> None:
    detector = OffenceDetector()
    votes = [signed(vote(1, 2)), signed(vote(1, 2, to="x")), signed(vote(1, 2, to="y")), signed(vote(1, 2), BOB)]
    assert len(feed(votes, detector)) == 1
    assert detector.guilty() == {(ALICE, CORE)}


def test_votes_of_two_validators_never_make_an_offence() -> None:
    assert feed([signed(vote(1, 2)), signed(vote(1, 2, to="x"), BOB)]) == []


def test_votes_about_origin_and_auxiliary_never_make_an_offence() -> None:
    assert feed([signed(vote(1, 4)), signed(vote(2, 3, core=OTHER_CORE)), signed(vote(2, 4, core=OTHER_CORE))]) == []


def test_the_oldest_vote_is_still_evidence_after_a_long_history() -> None:
    detector = OffenceDetector()
    oldest = signed(vote(0, 1), number=9)
    detector.add(oldest)
    for height in range(1, 5_000):
        assert detector.add(signed(vote(height, height + 1))) is None
    second = signed(vote(0, 1, to="x"))
    assert detector.add(second) == Detected(Offence.DOUBLE_VOTE, oldest, second)


def test_evidence_has_the_right_signature_after_votes_out_of_order() -> None:
    detector = OffenceDetector()
    heights = list(range(100))
    random.Random(7).shuffle(heights)
    kept = {height: signed(vote(height, height + 1), number=height) for height in heights}
    assert feed(list(kept.values()), detector) == []
    mark = detector.mark()
    for height, first in kept.items():
        second = signed(vote(height, height + 1, to="x"))
        assert detector.add(second) == Detected(Offence.DOUBLE_VOTE, first, second)
        detector.rewind(mark)


def test_a_stranger_with_made_up_transitions_hides_nobody() -> None:
    detector = OffenceDetector()
    assert (
        feed([signed(vote(height, height + 1, transition=f"x{height}"), BOB) for height in range(50)], detector) == []
    )
    assert feed([signed(vote(height, height + 1)) for height in range(50)], detector) == []
    [found] = feed([signed(vote(7, 60, transition="x7"))], detector)
    assert (found.offence, found.first.vote) == (Offence.TRANSITION_CONFLICT, vote(7, 8))


def test_a_signature_of_another_length_is_refused_and_not_kept() -> None:
    detector = OffenceDetector()
    with pytest.raises(ValueError, match="must have 65 bytes, found 64"):
        detector.add(SignedVote(vote(1, 2), ALICE, bytes(64)))
    assert detector.votes_kept() == 0
    assert detector.add(signed(vote(1, 2, to="x"))) is None


def test_a_mark_is_not_changed_by_what_follows_and_serves_twice() -> None:
    detector = OffenceDetector()
    feed([signed(vote(1, 2)), signed(vote(2, 3))], detector)
    mark = detector.mark()
    for _ in range(2):
        assert feed([signed(vote(3, 4)), signed(vote(1, 2, to="x"))], detector)[0].offence is Offence.DOUBLE_VOTE
        detector.rewind(mark)
        assert detector.guilty() == frozenset()
        assert detector.votes_kept() == 2
        assert detector.add(signed(vote(3, 4, to="y"))) is None
        detector.rewind(mark)


def test_only_a_mark_can_be_rewound_to() -> None:
    with pytest.raises(UsageError, match="must come from"):
        OffenceDetector().rewind("yesterday")


def by_brute_force(votes: Sequence[SignedVote]) -> set[tuple[bytes, bytes]]:
    return {
        (a.validator, a.vote.core_id)
        for a, b in combinations(votes, 2)
        if a.validator == b.validator and classify(a.vote, b.vote) is not None
    }


def check_against_brute_force(votes: Sequence[SignedVote]) -> None:
    detector = OffenceDetector()
    found = feed(votes, detector)
    expected = by_brute_force(votes)
    assert detector.guilty() == expected
    assert {(one.second.validator, one.second.vote.core_id) for one in found} == expected
    assert len(found) == len(expected)
    for one in found:
        assert one.offence is classify(one.first.vote, one.second.vote)
        assert one.first.validator == one.second.validator
        assert one.first in votes
        assert one.second in votes


names = st.sampled_from([word("x"), word("y"), word("z")])
wild_votes = st.builds(
    SignedVote,
    st.builds(Vote, st.sampled_from([CORE, OTHER_CORE]), names, names, names, st.integers(0, 6), st.integers(0, 9)),
    st.sampled_from([ALICE, BOB]),
    st.integers(0, 255).map(lambda n: bytes([n]) * 65),
)


@settings(max_examples=600)
@given(st.lists(wild_votes, max_size=10))
def test_wild_histories_are_judged_as_by_brute_force(votes: list[SignedVote]) -> None:
    check_against_brute_force(votes)


def nearly_honest(seed: int) -> list[SignedVote]:
    """A chain of votes, reordered and repeated, in some of which one member was changed.

    Heights lie side by side, or so far apart that links are wide and nobody has a neighbour nearby.
    """
    rng = random.Random(seed)
    scale = rng.choice((1, 1, 1, 7, 1_000, 10**7))
    votes, source = [], 0
    while source < 12:
        target = source + rng.choice((1, 1, 1, 2, 3, 5))
        votes.append(vote(scale * source, scale * target + rng.choice((0, 0, scale // 2))))
        source = rng.choice((source, target, target))
    votes = [one for index, one in enumerate(votes) if not index or one.source_height >= votes[index - 1].source_height]
    if rng.random() < 0.6:
        source = scale * rng.randrange(12)
        lie = {"at": f"c{scale * rng.randrange(12)}"} if rng.random() < 0.3 else {"transition": rng.choice(("", "x"))}
        votes.append(vote(source, source + scale * rng.randrange(1, 6), **lie))  # type: ignore[arg-type]
    votes += rng.choices(votes, k=2)
    rng.shuffle(votes)
    return [signed(one, rng.choice((ALICE, BOB)) if rng.random() < 0.2 else ALICE, seed % 256) for one in votes]


HISTORIES = 20_000 if os.environ.get("DEVNET_LONG") else 4_000


def test_thousands_of_nearly_honest_histories_are_judged_as_by_brute_force() -> None:
    guilty = 0
    for seed in range(HISTORIES):
        votes = nearly_honest(seed)
        detector = OffenceDetector()
        for one in votes:
            detector.add(one)
        expected = by_brute_force(votes)
        assert detector.guilty() == expected, seed
        guilty += bool(expected)
    # Both verdicts must be common, or the comparison says little.
    assert HISTORIES // 4 < guilty < HISTORIES * 3 // 4


@pytest.mark.parametrize("scale", [1, 1_000, 10**9], ids=["near", "far", "sparse"])
@pytest.mark.parametrize("span", [1, 3, 40, 400])
def test_a_long_history_in_any_order_hides_no_offence(scale: int, span: int) -> None:
    """Neighbours are found next door, behind a stretch without votes, and among votes that all are wide."""
    rng = random.Random(span)
    chain = [vote(scale * height, scale * (height + span)) for height in range(0, 6_000, max(1, span // 3))]
    rng.shuffle(chain)
    detector = OffenceDetector()
    assert feed([signed(one) for one in chain], detector) == []
    assert detector.votes_kept() == len(chain)
    mark = detector.mark()
    for _ in range(20):
        one = rng.choice(chain)
        for source, target in ((-1, 1), (1, -1), (-2, 1)):
            other = vote(one.source_height + source, one.target_height + target, at="x", to="y")
            if other.source_height < 0:
                continue
            expected = any(classify(kept, other) is not None for kept in chain)
            found = detector.add(signed(other))
            assert (found is not None) == expected, (one, other)
            assert found is None or classify(found.first.vote, other) is found.offence
            detector.rewind(mark)


@settings(max_examples=100)
@given(st.lists(wild_votes, min_size=2, max_size=4))
def test_who_is_found_does_not_depend_on_the_order(votes: list[SignedVote]) -> None:
    verdicts = set()
    for order in permutations(votes):
        detector = OffenceDetector()
        feed(order, detector)
        verdicts.add(detector.guilty())
    assert len(verdicts) == 1


def test_it_knows_what_it_was_told_and_whatever_else_the_guilty_sign() -> None:
    detector = OffenceDetector()
    assert not detector.knows(signed(vote(1, 2)))
    detector.add(signed(vote(1, 2)))
    assert detector.knows(signed(vote(1, 2), number=5))
    assert not detector.knows(signed(vote(1, 2, to="x")))
    assert not detector.knows(signed(vote(1, 2), BOB))
    detector.add(signed(vote(1, 2, to="x")))
    assert detector.knows(signed(vote(7, 8)))
