"""S1, S5 and S6 pass on what may happen and fail on each planted bug."""

from __future__ import annotations

from devnet.checks import Verdict

from .conftest import Story, hexed


def test_s1_passes_on_one_finalised_chain(story: Story) -> None:
    story.honest_run(4)
    assert story.verdict("S1").verdict is Verdict.PASSED


def test_s1_passes_when_both_branches_finalise_the_same(story: Story) -> None:
    story.honest_run(3)
    story.blocks("auxiliary-1", 9, 12, view="side", fork_from="main")
    story.finalised(1, 1, 12, view="side", blockHash=hexed(story.hash("auxiliary-1", 4)))
    assert story.verdict("S1").verdict is Verdict.PASSED


def test_s1_fails_on_two_checkpoints_of_one_height(story: Story) -> None:
    story.honest_run(3)
    story.blocks("auxiliary-1", 5, 12, view="side", fork_from="main")
    story.finalised(2, 2, 12, view="side")
    result = story.verdict("S1")
    assert result.verdict is Verdict.FAILED
    assert "auxiliary-1: both" in result.reason
    assert "at height 2" in result.reason


def test_s1_fails_on_checkpoints_of_two_branches_at_different_heights(story: Story) -> None:
    story.honest_run(3)
    story.blocks("auxiliary-1", 5, 16, view="side", fork_from="main")
    story.finalised(3, 2, 16, view="side")
    assert story.verdict("S1").verdict is Verdict.FAILED


def test_s1_fails_on_conflicting_origin_checkpoints(story: Story) -> None:
    story.honest_run(3)
    story.blocks("origin", 1, 4, view="side")
    for view in ("main", "side"):
        story.finalised(1, 1, 12, coreId=hexed(story.origin_id), blockHash=hexed(story.hash("origin", 4, view)))
    assert story.verdict("S1").verdict is Verdict.FAILED


def test_s1_promises_nothing_once_a_third_deviates(story: Story) -> None:
    story.honest_run(3)
    story.blocks("auxiliary-1", 5, 12, view="side", fork_from="main")
    story.finalised(2, 2, 12, view="side")
    story.deviates(0)
    assert story.verdict("S1").verdict is Verdict.FAILED
    story.deviates(1)
    result = story.verdict("S1")
    assert result.verdict is Verdict.PASSED
    assert "a third of the weight or more" in result.reason


def test_s1_is_unknown_if_the_blocks_are_missing(story: Story) -> None:
    story.finalised(1, 1, 4)
    story.finalised(2, 2, 8)
    assert story.verdict("S1").verdict is Verdict.UNKNOWN


def test_s1_forgets_what_was_rewound(story: Story) -> None:
    story.honest_run(3)
    mark = story.history.sequence
    story.blocks("auxiliary-1", 5, 12, view="side", fork_from="main")
    end = story.finalised(2, 2, 12, view="side").sequence
    story.append("Rewound", None, to=mark)
    assert story.verdict("S1").verdict is Verdict.PASSED
    from devnet.checks import CHECKS

    assert CHECKS["S1"](story.devnet, story.history.at(end)).verdict is Verdict.FAILED


def test_s5_passes_when_two_branches_each_count_a_vote(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 5)
    story.blocks("auxiliary-1", 4, 5, view="side", fork_from="main")
    story.cast(story.signed(0, story.vote(0, 1)), 5)
    story.cast(story.signed(0, story.vote(0, 1, view="side")), 5, view="side")
    assert story.verdict("S5").verdict is Verdict.PASSED


def test_s5_fails_when_one_branch_counts_two_votes_of_one_height(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 6)
    story.cast(story.signed(0, story.vote(0, 1)), 5)
    story.cast(story.signed(0, story.vote(0, 1, view="side")), 6)
    result = story.verdict("S5")
    assert result.verdict is Verdict.FAILED
    assert "the weight of validator-1 was counted twice" in result.reason


def test_s5_fails_when_one_vote_is_counted_twice(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 6)
    signed = story.signed(0, story.vote(0, 1))
    story.cast(signed, 5)
    story.cast(signed, 5, kernelHeight="2")
    assert story.verdict("S5").verdict is Verdict.FAILED


def test_s5_passes_when_a_vote_about_origin_is_counted_again_under_another_kernel(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 6)
    signed = story.signed(0, story.vote(0, 1, chain="origin"))
    story.cast(signed, 5)
    story.cast(signed, 6, kernelHeight="2")
    assert story.verdict("S5").verdict is Verdict.PASSED


def test_s5_fails_when_two_votes_about_origin_are_counted_under_two_kernels(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 6)
    story.cast(story.signed(0, story.vote(0, 1, chain="origin")), 5)
    story.cast(story.signed(0, story.vote(0, 1, chain="origin", view="side")), 6, kernelHeight="2")
    assert story.verdict("S5").verdict is Verdict.FAILED


def test_s5_counts_origin_and_auxiliary_apart(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 6)
    story.cast(story.signed(0, story.vote(0, 1)), 5)
    story.cast(story.signed(0, story.vote(0, 1, chain="origin")), 5)
    assert story.verdict("S5").verdict is Verdict.PASSED


def test_s5_passes_when_a_reorg_counts_the_vote_again(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 5)
    signed = story.signed(0, story.vote(0, 1))
    story.cast(signed, 5)
    other = hexed(b"\x05" * 32)
    story.append("BlockProduced", "auxiliary-1", 5, hash=other, parent=hexed(story.hash("auxiliary-1", 4)), view="main")
    story.cast(signed, 5)
    assert story.verdict("S5").verdict is Verdict.PASSED


def test_s5_is_unknown_if_the_block_is_missing(story: Story) -> None:
    signed = story.signed(0, story.vote(0, 1))
    story.cast(signed, 5)
    story.cast(signed, 5)
    assert story.verdict("S5").verdict is Verdict.UNKNOWN


def test_s6_passes_on_a_rising_chain(story: Story) -> None:
    story.honest_run(5)
    assert story.verdict("S6").verdict is Verdict.PASSED


def test_s6_fails_when_the_finalised_height_falls(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 20)
    story.finalised(3, 1, 12)
    story.finalised(2, 2, 16)
    result = story.verdict("S6")
    assert result.verdict is Verdict.FAILED
    assert "height 2 after 3" in result.reason


def test_s6_fails_when_a_dynasty_is_left_out(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 20)
    story.finalised(2, 1, 12)
    story.finalised(3, 3, 16)
    assert "dynasty 3 after 1" in story.verdict("S6").reason


def test_s6_lets_every_branch_rise_on_its_own(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 16)
    story.blocks("auxiliary-1", 9, 16, view="side", fork_from="main")
    story.finalised(1, 1, 8)
    story.finalised(3, 2, 16)
    story.finalised(2, 2, 12, view="side")
    assert story.verdict("S6").verdict is Verdict.PASSED


def commit(story: Story, height: int, block: int, kernel: str, **changes: str) -> None:
    base = {"auxiliary": "auxiliary-1", "view": "main", "height": str(height)}
    story.append(
        "MetaBlockCommitted", "origin", block, **(base | {"metaBlockHash": f"m{height}", "kernelHash": kernel})
    )
    parent = changes.get("parent", f"m{height}")
    opened = base | {"height": str(height + 1), "kernelHash": f"k{height + 1}"}
    story.append("KernelOpened", "origin", block, **opened, kernel={"parent": parent})


def test_s6_passes_on_commits_in_order(story: Story) -> None:
    story.blocks("origin", 1, 9)
    commit(story, 1, 3, "k1")
    commit(story, 2, 9, "k2")
    assert story.verdict("S6").verdict is Verdict.PASSED


def test_s6_fails_when_a_meta_block_is_left_out(story: Story) -> None:
    story.blocks("origin", 1, 9)
    commit(story, 1, 3, "k1")
    commit(story, 3, 9, "k2")
    assert "MetaBlockCommitted of height 3 after KernelOpened of height 2" in story.verdict("S6").reason


def test_s6_fails_when_a_kernel_has_another_parent(story: Story) -> None:
    story.blocks("origin", 1, 9)
    commit(story, 1, 3, "k1", parent="m0")
    assert "parent m0 is not the meta-block m1" in story.verdict("S6").reason


def test_s6_fails_when_another_kernel_is_committed(story: Story) -> None:
    story.blocks("origin", 1, 9)
    commit(story, 1, 3, "k1")
    commit(story, 2, 9, "other")
    assert "commits kernel other, open was k2" in story.verdict("S6").reason


def conflict(story: Story) -> None:
    """Two branches finalise a checkpoint of one height each."""
    story.blocks("auxiliary-1", 1, 8)
    story.blocks("auxiliary-1", 5, 8, view="side", fork_from="main")
    story.cast(story.signed(0, story.vote(0, 1)), 8)
    story.finalised(2, 2, 8)
    story.finalised(2, 2, 8, view="side")


def test_s2_fails_when_a_conflict_cost_nobody_anything(story: Story) -> None:
    conflict(story)
    result = story.verdict("S2")
    assert result.verdict is Verdict.FAILED
    assert "only 0 of" in result.reason


def test_s2_passes_when_a_third_of_the_weight_was_slashed_for_it(story: Story) -> None:
    conflict(story)
    story.blocks("origin", 1, 8)
    for index in (0, 1):
        first, second = (story.signed(index, story.vote(1, 2, view=view)) for view in ("main", "side"))
        story.slashed(first, second, "origin", 8)
    assert story.verdict("S2").verdict is Verdict.PASSED


def test_s2_passes_without_a_conflict(story: Story) -> None:
    story.honest_run(3)
    assert story.verdict("S2").reason == "no two finalised checkpoints conflict"
