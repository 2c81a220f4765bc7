"""S1 and S2 weigh by the sets in which the conflicting quorums met, whoever came and left before (R21, R42)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devnet.checks import Verdict
from devnet.config.keys import derive_key
from devnet.mosaic.transitions import Kernel, MetaBlock
from devnet.types import TOKEN, Json

from .conftest import Story, hexed

FIRST = b"\x01" * 32
"""Hash of kernel 1, as the first meta-block names it."""
OLD = (0, 1, 2, 3)
"""Positions of the validators of kernel 1, with 40, 38, 36 and 34 tokens."""
LEAVER, NEWCOMER = 3, 4
"""Positions of who leaves with kernel 2, and of who comes with 50 tokens."""


class Growing:
    """F_1 is the four of the manifest; with kernel 2 the last of them leaves and a fifth comes."""

    def __init__(self, story: Story) -> None:
        self.story = story
        spec = story.devnet.validators[-1]
        fifth = replace(spec, name="validator-5", weight_wei=50 * TOKEN, auxiliary_key=derive_key(7, "validator-5"))
        story.devnet = replace(story.devnet, actors=(*story.devnet.actors, fifth))
        address = [one.auxiliary_key.address for one in story.devnet.validators]
        changes = sorted([(address[LEAVER], 0), (address[NEWCOMER], 50 * TOKEN)])
        second = self._kernel(2, FIRST, changes)
        self.kernels = (second, self._kernel(3, second.hash(), []))
        story.append("ValidatorRegistered", "origin", 2, auxiliary="auxiliary-1", validator=hexed(address[NEWCOMER]))
        story.honest_run(4)
        story.blocks("auxiliary-1", 17, 28)
        for number, (before, kernel) in enumerate(zip((FIRST, second.hash()), self.kernels, strict=True)):
            self._open(before, kernel, 3 + number)
            self._store(kernel, 17 + number)

    def conflict(self, height: int, fork: int) -> None:
        """A side branch begins at a block, and both branches finalise a checkpoint of that height."""
        story = self.story
        story.blocks("auxiliary-1", fork, 28, view="side", fork_from="main")
        for view in ("main", "side"):
            story.finalised(height, 5, 28, view=view)

    def slash(self, *positions: int) -> None:
        """Somebody is slashed for two votes."""
        for position in positions:
            votes = [self.story.signed(position, self.story.vote(1, 2, view=view)) for view in ("main", "side")]
            self.story.slashed(votes[0], votes[1], "origin", 8)

    def activate(self, dynasty: int, height: int, block: int) -> None:
        """A finalisation with which a kernel becomes active."""
        self.story.finalised(height, dynasty, block)

    @staticmethod
    def _kernel(height: int, before: bytes, changes: list[tuple[bytes, int]]) -> Kernel:
        parent = MetaBlock(before, bytes([height]) * 32).hash()
        return Kernel(height, parent, tuple(one for one, _ in changes), tuple(weight for _, weight in changes), 9)

    def _open(self, before: bytes, kernel: Kernel, block: int) -> None:
        common = {"auxiliary": "auxiliary-1", "view": "main", "transaction": hexed(bytes([block]))}
        committed = {"metaBlockHash": hexed(kernel.parent), "kernelHash": hexed(before)}
        self.story.append("MetaBlockCommitted", "origin", block, **common, **committed, height=str(kernel.height - 1))
        self.story.append("KernelOpened", "origin", block, **common, **self._fields(kernel))

    def _store(self, kernel: Kernel, block: int) -> None:
        """Kernel 2 is active from the third dynasty on, kernel 3 from the fourth."""
        payload = {"auxiliary": "auxiliary-1", "view": "main", "activationDynasty": str(kernel.height + 1)}
        self.story.append("KernelStored", "auxiliary-1", block, **payload, **self._fields(kernel))

    @staticmethod
    def _fields(kernel: Kernel) -> dict[str, Json]:
        struct: dict[str, Json] = {
            "height": str(kernel.height),
            "parent": hexed(kernel.parent),
            "validators": [hexed(one) for one in kernel.validators],
            "weights": [str(one) for one in kernel.weights],
            "gasTarget": str(kernel.gas_target),
        }
        return {"height": str(kernel.height), "kernelHash": hexed(kernel.hash()), "kernel": struct}


@pytest.fixture
def growing(story: Story) -> Growing:
    return Growing(story)


def test_s2_passes_when_a_third_of_both_sets_was_slashed(growing: Growing) -> None:
    growing.conflict(5, fork=19)
    growing.slash(0, 1)
    result = growing.story.verdict("S2")
    assert result.verdict is Verdict.PASSED, result.reason
    assert f"{78 * TOKEN} of {148 * TOKEN} wei of F_1" in result.reason


def test_s2_does_not_weigh_the_stake_of_those_who_had_left(growing: Growing) -> None:
    # 40 + 34 tokens are more than a third of everybody who ever was, and of F_1; in F_2 only 40 of 164 are left.
    growing.conflict(5, fork=19)
    growing.slash(0, LEAVER)
    result = growing.story.verdict("S2")
    assert result.verdict is Verdict.FAILED
    assert f"only {40 * TOKEN} of {164 * TOKEN} wei of F_2" in result.reason


def test_s2_weighs_newcomers_where_they_were_members(growing: Growing) -> None:
    # Main has kernel 3 by the time it finalises, side kernel 2: both weighed by F_2, of which 50 + 36 is over half.
    story = growing.story
    story.blocks("auxiliary-1", 19, 28, view="side", fork_from="main")
    growing.activate(4, 4, 19)
    story.finalised(5, 5, 28)
    story.finalised(5, 4, 28, view="side")
    growing.slash(2, NEWCOMER)
    result = story.verdict("S2")
    assert result.verdict is Verdict.PASSED, result.reason
    assert f"{86 * TOKEN} of {164 * TOKEN} wei of F_2" in result.reason


def test_s2_does_not_weigh_newcomers_before_they_were_members(growing: Growing) -> None:
    # Before kernel 2 was active F_1 alone weighed, which the newcomer's 50 tokens are no part of.
    story = growing.story
    story.blocks("auxiliary-1", 9, 16, view="side", fork_from="main")
    story.finalised(3, 3, 16, view="side")
    growing.slash(0, NEWCOMER)
    result = story.verdict("S2")
    assert result.verdict is Verdict.FAILED
    assert f"only {40 * TOKEN} of {148 * TOKEN} wei of F_0" in result.reason


def test_s2_counts_slashes_of_the_same_core_only(growing: Growing) -> None:
    growing.conflict(5, fork=19)
    votes = [growing.story.signed(0, growing.story.vote(1, 2, view=view)) for view in ("main", "side")]
    for _ in OLD:
        growing.story.slashed(votes[0], votes[1], "origin", 8, auxiliary="auxiliary-2")
    assert growing.story.verdict("S2").verdict is Verdict.FAILED


def test_s1_is_not_excused_by_deviations_of_those_who_had_left(growing: Growing) -> None:
    story = growing.story
    story.blocks("auxiliary-1", 19, 28, view="side", fork_from="main")
    growing.activate(4, 4, 19)
    story.finalised(5, 5, 28)
    story.finalised(5, 4, 28, view="side")
    story.deviates(LEAVER)
    story.deviates(0)
    assert story.verdict("S1").verdict is Verdict.FAILED
    story.deviates(1)
    assert story.verdict("S1").verdict is Verdict.PASSED


def test_s2_is_unknown_where_no_set_saw_both(growing: Growing) -> None:
    story = growing.story
    story.blocks("auxiliary-1", 9, 28, view="side", fork_from="main")
    growing.activate(4, 4, 19)
    story.finalised(5, 5, 28)
    story.finalised(5, 2, 28, view="side")
    assert story.verdict("S2").verdict is Verdict.UNKNOWN
