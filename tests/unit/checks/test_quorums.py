"""S4: what is justified has a quorum, what is finalised a direct child; each test plants one bug."""

from __future__ import annotations

import pytest

from devnet.checks import Verdict

from .conftest import EPOCH, Story, hexed


def justify(story: Story, voters: tuple[int, ...] = (0, 1, 2, 3), source: int = 2, kernel_height: int = 1) -> None:
    """Checkpoint 3 is justified by some votes on a link from ``source``."""
    story.honest_run(2)
    story.blocks("auxiliary-1", 2 * EPOCH + 1, 3 * EPOCH)
    for index in voters:
        story.cast(story.signed(index, story.vote(source, 3)), 3 * EPOCH)
    story.justified(source, 3, 3 * EPOCH, kernelHeight=str(kernel_height))


def test_s4_passes_on_quorums(story: Story) -> None:
    justify(story)
    result = story.verdict("S4")
    assert (result.verdict, result.reason) == (
        Verdict.PASSED,
        "5 justified checkpoints, each with a quorum in both sets",
    )


@pytest.mark.parametrize(("voters", "verdict"), [((0, 1, 2), "passed"), ((1, 2, 3), "passed"), ((2, 3), "failed")])
def test_s4_weighs_voters(story: Story, voters: tuple[int, ...], verdict: str) -> None:
    """40, 38, 36 and 34 tokens: the lighter three have 108 of 148, two thirds and more."""
    justify(story, voters)
    assert story.verdict("S4").verdict.value == verdict


def test_s4_does_not_count_forged_votes(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", 2 * EPOCH + 1, 3 * EPOCH)
    for index in range(4):
        signed = story.signed(index, story.vote(2, 3))
        story.cast(signed, 3 * EPOCH, signature=hexed(bytes(65)))
    story.justified(2, 3, 3 * EPOCH)
    result = story.verdict("S4")
    assert result.verdict is Verdict.FAILED
    assert "without a quorum" in result.reason


def test_s4_does_not_add_votes_that_differ(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", 2 * EPOCH + 1, 3 * EPOCH)
    for index in range(4):
        story.cast(story.signed(index, story.vote(2, 3, transition=index)), 3 * EPOCH)
    story.justified(2, 3, 3 * EPOCH)
    assert "without a quorum" in story.verdict("S4").reason


def test_s4_does_not_count_votes_that_come_later(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", 2 * EPOCH + 1, 3 * EPOCH)
    story.justified(2, 3, 3 * EPOCH)
    for index in range(4):
        story.cast(story.signed(index, story.vote(2, 3)), 3 * EPOCH)
    assert "without a quorum" in story.verdict("S4").reason


def test_s4_fails_under_a_kernel_that_is_not_in_force(story: Story) -> None:
    justify(story, kernel_height=2)
    result = story.verdict("S4")
    # Kernel 2 was never stored: which sets it has cannot be said, that it was not in force can.
    assert result.verdict is not Verdict.PASSED


def test_s4_fails_when_the_source_was_not_justified(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 3 * EPOCH)
    story.blocks("origin", 1, EPOCH)
    for index in range(4):
        story.cast(story.signed(index, story.vote(1, 3)), 3 * EPOCH)
    story.justified(1, 3, 3 * EPOCH)
    result = story.verdict("S4")
    assert result.verdict is Verdict.FAILED
    assert "which was not justified" in result.reason


def test_s4_fails_when_the_target_is_of_another_branch_than_the_source(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", EPOCH + 1, 3 * EPOCH, view="side", fork_from="main")
    for index in range(4):
        story.cast(story.signed(index, story.vote(2, 3, view="side")), 2 * EPOCH)
    story.justified(2, 3, 2 * EPOCH, blockHash=hexed(story.hash("auxiliary-1", 3 * EPOCH, "side")))
    result = story.verdict("S4")
    assert result.verdict is Verdict.FAILED
    assert "does not descend" in result.reason


def test_s4_fails_when_only_a_longer_link_has_a_quorum(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 3 * EPOCH)
    for source, target in ((0, 1), (1, 3)):
        for index in range(4):
            story.cast(story.signed(index, story.vote(source, target)), 3 * EPOCH)
        story.justified(source, target, 3 * EPOCH)
    assert story.verdict("S4").verdict is Verdict.PASSED
    story.finalised(1, 1, 3 * EPOCH)
    result = story.verdict("S4")
    assert result.verdict is Verdict.FAILED
    assert "height 1 was finalised without a quorum on a link to a direct child" in result.reason
