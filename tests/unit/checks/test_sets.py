"""S9 and S10: the same weights on both chains, and stake behind every vote; each test plants one bug."""

from __future__ import annotations

import pytest

from devnet.checks import Verdict
from devnet.mosaic.transitions import Kernel, MetaBlock
from devnet.types import TOKEN, Json

from .conftest import EPOCH, Story, hexed

NEWCOMER = b"\xfe" * 20
FIRST = b"\x01" * 32
"""Hash of kernel 1, as the first meta-block names it."""


class Change:
    """Kernel 2: validator 4 (34 tokens) leaves, somebody with 50 tokens comes."""

    def __init__(self, story: Story) -> None:
        self.story = story
        leaver = story.validator(3).auxiliary_key.address
        changes = sorted([(NEWCOMER, 50 * TOKEN), (leaver, 0)])
        parent = MetaBlock(FIRST, b"\x07" * 32).hash()
        self.kernel = Kernel(2, parent, tuple(one for one, _ in changes), tuple(weight for _, weight in changes), 9)
        self.leaver = leaver

    def open(self, **totals: str) -> None:
        story, core = self.story, {"auxiliary": "auxiliary-1", "view": "main", "transaction": "0xaa"}
        registered = {"validator": hexed(NEWCOMER), "depositor": "0x", "weight": str(50 * TOKEN), "index": "4"}
        story.append("ValidatorRegistered", "origin", 2, **core, **registered)
        said = {"height": "2", "forwardTotal": str(164 * TOKEN), "rearTotal": str(148 * TOKEN)}
        story.append(
            "MetaBlockCommitted",
            "origin",
            3,
            **core,
            height="1",
            metaBlockHash=hexed(self.kernel.parent),
            kernelHash=hexed(FIRST),
        )
        story.append("HeightOpened", "origin", 3, **core, **(said | totals))
        story.append("KernelOpened", "origin", 3, **core, height="2", **self.fields())

    def store(self, block: int, **changes: Json) -> None:
        story = self.story
        payload: dict[str, Json] = {"auxiliary": "auxiliary-1", "view": "main", "height": "2", "activationDynasty": "3"}
        payload |= self.fields()
        story.append("KernelStored", "auxiliary-1", block, **(payload | changes))

    def fields(self) -> dict[str, Json]:
        kernel = self.kernel
        struct: dict[str, Json] = {
            "height": str(kernel.height),
            "parent": hexed(kernel.parent),
            "validators": [hexed(one) for one in kernel.validators],
            "weights": [str(one) for one in kernel.weights],
            "gasTarget": str(kernel.gas_target),
        }
        return {"kernelHash": hexed(kernel.hash()), "kernel": struct}

    def vote(self, index: int, forward: int, rear: int) -> None:
        story = self.story
        signed = story.signed(index, story.vote(4, 5))
        weights = {"forward": str(forward * TOKEN), "rear": str(rear * TOKEN)}
        story.cast(signed, 5 * EPOCH, kernelHeight="2", **weights)


@pytest.fixture
def change(story: Story) -> Change:
    """Four epochs, then a fifth in which votes are weighed under kernel 2."""
    story.honest_run(4)
    story.blocks("auxiliary-1", 4 * EPOCH + 1, 5 * EPOCH)
    return Change(story)


def test_s10_passes_on_the_same_sets(change: Change) -> None:
    change.open()
    change.store(17)
    change.vote(0, 40, 40)
    change.vote(3, 0, 34)
    assert change.story.verdict("S10").verdict is Verdict.PASSED


@pytest.mark.parametrize(("index", "forward", "rear"), [(0, 40, 0), (3, 34, 34), (3, 0, 0)])
def test_s10_fails_on_a_vote_that_weighs_something_else(change: Change, index: int, forward: int, rear: int) -> None:
    change.open()
    change.store(17)
    change.vote(index, forward, rear)
    result = change.story.verdict("S10")
    assert result.verdict is Verdict.FAILED
    assert "weighed" in result.reason


def test_s10_fails_on_totals_that_are_not_those_of_the_sets(change: Change) -> None:
    change.open(forwardTotal=str(163 * TOKEN))
    result = change.story.verdict("S10")
    assert result.verdict is Verdict.FAILED
    assert "totals of height 2" in result.reason


def test_s10_fails_on_a_kernel_that_origin_never_opened(change: Change) -> None:
    change.open()
    change.store(17, kernelHash=hexed(b"\x99" * 32))
    result = change.story.verdict("S10")
    assert result.verdict is Verdict.FAILED
    assert "never opened" in result.reason


def test_s10_fails_on_changes_that_do_not_fit_the_set_before(change: Change) -> None:
    change.kernel = Kernel(2, change.kernel.parent, (NEWCOMER,), (0,), 9)
    change.open()
    result = change.story.verdict("S10")
    assert result.verdict is Verdict.FAILED
    assert "leaves without being a member" in result.reason


def test_s10_is_unknown_when_the_commit_before_was_not_recorded(change: Change) -> None:
    change.kernel = Kernel(2, b"\x55" * 32, change.kernel.validators, change.kernel.weights, 9)
    change.store(17)
    change.story.append(
        "KernelOpened", "origin", 3, auxiliary="auxiliary-1", transaction="0xaa", height="2", **change.fields()
    )
    assert change.story.verdict("S10").verdict is Verdict.UNKNOWN


def withdraw(change: Change, block: int) -> None:
    payload = {"auxiliary": "auxiliary-1", "validator": hexed(change.leaver), "amount": "1", "penalty": "0"}
    change.story.append("StakeWithdrawn", "origin", block, **payload)


def test_s9_passes_when_stake_leaves_a_delay_after_its_last_vote(change: Change) -> None:
    head = change.story.last_block("origin")
    withdraw(change, head + change.story.devnet.parameters.withdrawal_delay)
    assert change.story.verdict("S9").verdict is Verdict.PASSED


def test_s9_fails_when_stake_leaves_a_block_earlier(change: Change) -> None:
    head = change.story.last_block("origin")
    withdraw(change, head + change.story.devnet.parameters.withdrawal_delay - 1)
    result = change.story.verdict("S9")
    assert result.verdict is Verdict.FAILED
    assert "validator-4 withdrew" in result.reason


def test_s9_fails_when_a_vote_counts_after_the_stake_left(change: Change) -> None:
    head = change.story.last_block("origin")
    withdraw(change, head + change.story.devnet.parameters.withdrawal_delay)
    change.story.blocks("origin", head + 1, head + 1)
    change.vote(3, 0, 34)
    assert change.story.verdict("S9").verdict is Verdict.FAILED


def test_s9_promises_nothing_about_a_core_that_has_halted(change: Change) -> None:
    change.story.append("Halted", "origin", 4, auxiliary="auxiliary-1", height="1", reason="1")
    withdraw(change, change.story.last_block("origin"))
    assert change.story.verdict("S9").verdict is Verdict.PASSED
