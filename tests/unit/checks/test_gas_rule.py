"""E4: each test makes one meta-block, breaks one thing, and expects it to be named."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.checks import Verdict
from devnet.history import Event
from devnet.types import TOKEN

from .conftest import EPOCH, Story, hexed

KERNEL = "0x" + "4b" * 32
FISHERMAN = "0x" + "f1" * 20
BOND = 10**18


class GasStory:
    """Auxiliary finalises seven checkpoints; origin commits one of them as meta-block 1."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.target = story.devnet.parameters.gas_target
        story.blocks("origin", 1, 20)
        story.blocks("auxiliary-1", 1, 12 * EPOCH)

    def final(self, height: int, gas: int, recorded_in: int | None = None, kernel: str = KERNEL) -> None:
        """A checkpoint with so much gas was reported, and recorded as final in that block."""
        story = self.story
        digest = hexed(story.hash("auxiliary-1", height * EPOCH))
        transition = {"accumulatedGas": str(gas), "kernelHash": kernel}
        self.say("CheckpointReported", "auxiliary-1", height * EPOCH + 1, blockHash=digest, transition=transition)
        block = recorded_in or (height + 1) * EPOCH + 1
        story.finalised(height, height, block, contract="AuxiliaryBlockStore")

    def run(self, due: int = 3) -> None:
        """Checkpoints 1 to 7 are final; from number ``due`` on they reach the gas target."""
        for height in range(1, 8):
            self.final(height, self.target if height >= due else self.target - 1)

    def commit(self, height: int, meta: int = 1, view: str = "main") -> None:
        story = self.story
        digests = {
            "checkpoint": hexed(story.hash("auxiliary-1", height * EPOCH)),
            "target": hexed(story.hash("auxiliary-1", (height + 1) * EPOCH, view)),
        }
        named = {"height": str(meta), "checkpointHeight": str(height), "kernelHash": KERNEL}
        self.say("MetaBlockCommitted", "origin", 10, **named, **digests, transitionHash=f"0x{meta:064x}")

    def punish(self, **sums: str) -> None:
        """The violation is proven, recorded, and the bond split."""
        fields = {"metaHeight": "1", "fisherman": FISHERMAN, "height": "3", "committedHeight": "6"}
        self.say("SkippedCheckpointProven", "origin", 11, **fields)
        self.say("ViolationRecorded", "origin", 11, height="1")
        split = {"reward": str(BOND // 2), "burned": str(BOND // 2)} | sums
        self.say("BondForfeited", "origin", 11, proposalId=f"0x{1:064x}", fisherman=FISHERMAN, **split)

    def withdraw(self, index: int, penalty: int, amount: int) -> None:
        validator = hexed(self.story.validator(index).auxiliary_key.address)
        self.say("StakeWithdrawn", "origin", 15, validator=validator, amount=str(amount), penalty=str(penalty))

    def say(self, kind: str, chain: str, block: int, **payload: Any) -> Event:
        return self.story.append(kind, chain, block, auxiliary="auxiliary-1", view="main", **payload)

    def verdict(self) -> tuple[Verdict, str]:
        result = self.story.verdict("E4")
        return result.verdict, result.reason


@pytest.fixture(name="gas")
def new_gas(story: Story) -> GasStory:
    return GasStory(story)


def later(gas: GasStory, blocks: int) -> None:
    gas.story.blocks("origin", 21, 20 + blocks)


def test_committing_the_lowest_due_checkpoint_passes(gas: GasStory) -> None:
    gas.run(due=3)
    gas.commit(3)
    assert gas.verdict()[0] is Verdict.PASSED


def test_committing_before_anything_is_due_passes(gas: GasStory) -> None:
    gas.run(due=9)
    gas.commit(5)
    assert gas.verdict()[0] is Verdict.PASSED


def test_a_violation_that_was_punished_passes(gas: GasStory) -> None:
    gas.run()
    gas.commit(6)
    gas.punish()
    verdict, reason = gas.verdict()
    assert verdict is Verdict.PASSED
    assert "1 meta-blocks, 1 passed over" in reason


def test_a_violation_that_nobody_pays_for_fails_after_the_grace(gas: GasStory) -> None:
    gas.run()
    gas.commit(6)
    later(gas, 3)
    assert gas.verdict()[0] is Verdict.UNKNOWN
    gas.story.block("origin", 24)
    assert gas.verdict() == (
        Verdict.FAILED,
        "auxiliary-1: meta-block 1 passed over a checkpoint that was due, nobody paid for it",
    )


def test_the_gas_target_counts_exactly_included(gas: GasStory) -> None:
    gas.run(due=6)
    gas.commit(7)
    later(gas, 4)
    # The record of checkpoint 6 is in block 29, after the committed block 28: no root shows it yet.
    assert gas.verdict()[0] is Verdict.UNKNOWN
    gas.commit(8, meta=2)
    gas.final(8, 2 * gas.target - 1)
    gas.story.blocks("origin", 25, 28)
    assert gas.verdict()[0] is Verdict.FAILED


@pytest.mark.parametrize(("recorded_in", "verdict"), [(28, Verdict.FAILED), (29, Verdict.PASSED)])
def test_what_was_recorded_after_the_sealing_target_is_no_violation(
    gas: GasStory, recorded_in: int, verdict: Verdict
) -> None:
    for height in (1, 2, 6, 8):
        gas.final(height, gas.target - 1)
    gas.final(3, gas.target, recorded_in)
    gas.commit(6)
    gas.commit(8, meta=2)
    later(gas, 4)
    assert gas.verdict()[0] is verdict


def test_another_kernels_checkpoint_is_no_violation(gas: GasStory) -> None:
    gas.run(due=9)
    gas.final(4, gas.target, kernel="0x" + "4c" * 32)
    gas.commit(6)
    later(gas, 4)
    assert gas.verdict()[0] is Verdict.PASSED


def test_a_record_on_another_branch_than_the_sealed_one_is_no_violation(gas: GasStory) -> None:
    gas.run()
    gas.story.blocks("auxiliary-1", 2, 7 * EPOCH, "side", fork_from="main")
    gas.commit(6, view="side")
    later(gas, 4)
    assert gas.verdict()[0] is Verdict.PASSED


def test_punishing_without_a_violation_fails(gas: GasStory) -> None:
    gas.run(due=6)
    gas.commit(6)
    gas.punish()
    assert gas.verdict() == (Verdict.FAILED, "auxiliary-1: meta-block 1 passed over nothing and was punished")


def test_punishing_twice_fails(gas: GasStory) -> None:
    gas.run()
    gas.commit(6)
    gas.punish()
    gas.punish()
    verdict, reason = gas.verdict()
    assert verdict is Verdict.FAILED
    assert "punished more than once" in reason


def test_a_penalty_without_a_proof_fails(gas: GasStory) -> None:
    gas.run(due=6)
    gas.commit(6)
    gas.say("ViolationRecorded", "origin", 11, height="1")
    assert gas.verdict()[0] is Verdict.FAILED


@pytest.mark.parametrize("sums", [{"reward": str(BOND // 2 + 1)}, {"burned": str(BOND // 2 - 1)}])
def test_a_bond_that_is_split_one_wei_off_fails(gas: GasStory, sums: dict[str, str]) -> None:
    gas.run()
    gas.commit(6)
    gas.punish(**sums)
    assert "(reward, burned)" in gas.verdict()[1]


def test_a_proof_that_costs_no_bond_fails(gas: GasStory) -> None:
    gas.run()
    gas.commit(6)
    gas.say("SkippedCheckpointProven", "origin", 11, metaHeight="1")
    gas.say("ViolationRecorded", "origin", 11, height="1")
    assert "bonds of meta-blocks [] were lost" in gas.verdict()[1]


@pytest.mark.parametrize(
    ("penalty", "amount", "verdict"),
    [
        (4 * TOKEN, 36 * TOKEN, Verdict.PASSED),
        (4 * TOKEN - 1, 36 * TOKEN + 1, Verdict.FAILED),
        (4 * TOKEN, 36 * TOKEN + 1, Verdict.FAILED),
        (0, 40 * TOKEN, Verdict.FAILED),
        (8 * TOKEN, 32 * TOKEN, Verdict.FAILED),
    ],
)
def test_what_is_owed_is_taken_at_withdrawal_to_the_wei(
    gas: GasStory, penalty: int, amount: int, verdict: Verdict
) -> None:
    gas.run()
    gas.commit(6)
    gas.punish()
    gas.withdraw(0, penalty, amount)
    assert gas.verdict()[0] is verdict


def test_who_left_before_the_meta_block_owes_nothing(gas: GasStory) -> None:
    gas.run()
    gas.commit(6)
    leaver = gas.story.validator(1)
    kernel = {"height": "0", "parent": "0x", "validators": [hexed(leaver.auxiliary_key.address)], "weights": ["0"]}
    gas.say("KernelOpened", "origin", 9, height="0", kernel=kernel | {"gasTarget": "0"})
    gas.punish()
    gas.withdraw(1, 0, leaver.weight_wei)
    assert gas.verdict()[0] is Verdict.PASSED


def test_without_a_commit_nothing_can_be_said(gas: GasStory) -> None:
    gas.run()
    assert gas.verdict() == (Verdict.UNKNOWN, "no meta-block was committed")
