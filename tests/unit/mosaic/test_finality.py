"""Justification and finality do not depend on the order of links (R16, R17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.finality import Checkpoint, FinalityTracker
from devnet.mosaic.keccak import keccak


def checkpoint(height: int, branch: str = "") -> Checkpoint:
    return Checkpoint(keccak(f"{branch}{height}".encode()), height)


def tracker(*links: tuple[int, int]) -> FinalityTracker:
    result = FinalityTracker(checkpoint(0))
    for source, target in links:
        result.add_link(checkpoint(source), checkpoint(target))
    return result


def heights(checkpoints: frozenset[Checkpoint]) -> set[int]:
    return {one.height for one in checkpoints}


@pytest.mark.parametrize(
    ("links", "justified", "finalised"),
    [
        ([], {0}, {0}),
        ([(0, 1)], {0, 1}, {0}),
        ([(0, 2)], {0, 2}, {0}),
        ([(0, 1), (1, 2)], {0, 1, 2}, {0, 1}),
        ([(0, 1), (1, 3)], {0, 1, 3}, {0}),
        ([(0, 1), (1, 3), (3, 4)], {0, 1, 3, 4}, {0, 3}),
        ([(1, 2)], {0}, {0}),
        ([(1, 2), (2, 3)], {0}, {0}),
        ([(2, 3), (1, 2), (0, 1)], {0, 1, 2, 3}, {0, 1, 2}),
        ([(0, 1), (0, 2), (0, 3)], {0, 1, 2, 3}, {0}),
        ([(0, 1), (1, 2), (1, 2)], {0, 1, 2}, {0, 1}),
        ([(0, 2), (1, 2)], {0, 2}, {0}),
        ([(0, 1), (0, 2), (1, 2)], {0, 1, 2}, {0, 1}),
    ],
)
def test_links_justify_targets_and_adjacent_ones_finalise_sources(
    links: list[tuple[int, int]], justified: set[int], finalised: set[int]
) -> None:
    """R16, R17."""
    result = tracker(*links)
    assert heights(result.justified) == justified
    assert heights(result.finalised) == finalised


@pytest.mark.parametrize("target", [1, 2], ids=["below", "equal"])
def test_a_link_must_go_forward(target: int) -> None:
    with pytest.raises(ValueError, match="above source height 2"):
        tracker((2, target))


checkpoints = st.builds(checkpoint, st.integers(0, 6), st.sampled_from(["", "x"]))
link_sets = st.lists(st.tuples(checkpoints, checkpoints).filter(lambda pair: pair[0].height < pair[1].height))


def by_fixpoint(links: list[tuple[Checkpoint, Checkpoint]]) -> tuple[set[Checkpoint], set[Checkpoint]]:
    justified = {checkpoint(0)}
    for _ in links:
        justified |= {target for source, target in links if source in justified}
    adjacent = {source for source, target in links if source in justified and target.height == source.height + 1}
    return justified, adjacent | {checkpoint(0)}


@given(link_sets, st.randoms(use_true_random=False))
def test_the_result_is_the_fixpoint_in_any_order(links: list[tuple[Checkpoint, Checkpoint]], random: object) -> None:
    justified, finalised = by_fixpoint(links)
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    result = FinalityTracker(checkpoint(0))
    for source, target in shuffled:
        result.add_link(source, target)
    assert result.justified == justified
    assert result.finalised == finalised


def test_a_long_chain_of_waiting_links_is_resolved_at_once() -> None:
    result = FinalityTracker(checkpoint(0))
    for height in reversed(range(5000)):
        result.add_link(checkpoint(height), checkpoint(height + 1))
    assert len(result.justified) == 5001
    assert result.last_finalised() == checkpoint(4999)


def test_two_finalised_branches_are_a_conflict() -> None:
    """R21."""
    result = tracker((0, 1), (1, 2))
    assert result.conflicts() == ()
    result.add_link(checkpoint(0), checkpoint(1, "x"))
    result.add_link(checkpoint(1, "x"), checkpoint(2, "x"))
    [pair] = result.conflicts()
    assert set(pair) == {checkpoint(1), checkpoint(1, "x")}


def test_a_copy_goes_its_own_way() -> None:
    original = tracker((0, 1), (2, 3))
    twin = original.copy()
    twin.add_link(checkpoint(1), checkpoint(2))
    assert heights(original.justified) == {0, 1}
    assert heights(twin.justified) == {0, 1, 2, 3}
