"""L1 passes when finality grows, fails when it stands still long enough, and does not judge too early."""

from __future__ import annotations

from devnet.checks import CHECKS, Verdict
from devnet.checks.liveness import EPOCHS

from .conftest import EPOCH, Story, hexed


def test_l1_passes_when_the_finalised_height_grows(story: Story) -> None:
    story.honest_run(3)
    assert story.verdict("L1").verdict is Verdict.PASSED


def test_l1_fails_when_nothing_is_finalised_for_long(story: Story) -> None:
    story.blocks("auxiliary-1", 1, EPOCHS * EPOCH)
    result = story.verdict("L1")
    assert result.verdict is Verdict.FAILED
    assert "finalised height still 0 after 16 blocks" in result.reason


def test_l1_is_unknown_while_too_few_blocks_were_made(story: Story) -> None:
    story.blocks("auxiliary-1", 1, EPOCHS * EPOCH - 1)
    assert story.verdict("L1").verdict is Verdict.UNKNOWN


def test_l1_looks_only_at_what_follows_the_start_of_the_arm(story: Story) -> None:
    story.honest_run(3)
    story.append("ArmStarted", None, arm="attack")
    story.blocks("auxiliary-1", 13, 12 + EPOCHS * EPOCH)
    assert story.verdict("L1").verdict is Verdict.FAILED
    story.finalised(3, 3, 28)
    assert story.verdict("L1").verdict is Verdict.PASSED


def test_l1_does_not_take_finality_about_origin_for_its_own(story: Story) -> None:
    story.blocks("auxiliary-1", 1, EPOCHS * EPOCH)
    story.finalised(1, 1, 8, coreId=hexed(story.origin_id))
    assert story.verdict("L1").verdict is Verdict.FAILED


def test_l1_does_not_count_branches_as_time(story: Story) -> None:
    story.blocks("auxiliary-1", 1, EPOCHS * EPOCH // 2)
    story.blocks("auxiliary-1", 1, EPOCHS * EPOCH // 2, view="side")
    assert story.verdict("L1").verdict is Verdict.UNKNOWN


def test_l1_judges_an_arm_as_it_stood(story: Story) -> None:
    story.honest_run(3)
    mark = story.history.sequence
    story.append("ArmStarted", None, arm="stalled")
    story.blocks("auxiliary-1", 13, 30)
    end = story.append("ArmEnded", None, arm="stalled").sequence
    story.append("Rewound", None, to=mark)
    assert CHECKS["L1"](story.devnet, story.history.at(end)).verdict is Verdict.FAILED
    assert story.verdict("L1").verdict is Verdict.PASSED
