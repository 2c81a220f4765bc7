"""E5: each test pays a validator as it should be, breaks one thing, and expects it to be named (R75-R77)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.checks import Verdict
from devnet.history import Event
from devnet.mosaic.rewards import payable, share

from .conftest import EPOCH, INCOME, Story, hexed

EPOCHS = 6
COMMITTED = 4
META_BLOCK, FIRST, SECOND = b"\x30" * 32, b"\x4a" * 32, b"\x4b" * 32


class RewardStory:
    """Six links, of which those up to height 4 are committed and proven; then validators claim."""

    def __init__(self, story: Story, voters: tuple[int, ...] = (0, 1, 2, 3)) -> None:
        self.story = story
        self.transactions = 100
        story.honest_run(EPOCHS, voters)
        self.stored(1, FIRST, b"\x2f" * 32)
        named = {"metaBlockHash": hexed(META_BLOCK), "checkpointHeight": str(COMMITTED), "kernelHash": hexed(FIRST)}
        self.say("MetaBlockCommitted", "origin", 20, height="1", **named)
        self.stored(2, SECOND, META_BLOCK)

    def stored(self, height: int, digest: bytes, parent: bytes) -> None:
        kernel = {"height": str(height), "parent": hexed(parent), "validators": [], "weights": [], "gasTarget": "1"}
        opened = {"kernelHash": hexed(digest), "kernel": kernel, "height": str(height)}
        self.say("KernelOpened", "origin", 20, **opened)
        self.say("KernelStored", "auxiliary-1", 24, activationDynasty="0", **opened)

    def say(self, kind: str, chain: str, block: int, **payload: Any) -> Event:
        self.transactions += 1
        fields = {"auxiliary": "auxiliary-1", "view": "main", "transaction": f"0x{self.transactions:064x}"}
        return self.story.append(kind, chain, block, **(fields | payload))

    def validator(self, index: int) -> str:
        return hexed(self.story.validator(index).auxiliary_key.address)

    def share(self, index: int) -> int:
        weights = [one.weight_wei for one in self.story.devnet.validators]
        return share(INCOME, (weights[index], weights[index]), sum(weights))

    def claim(self, index: int = 0, heights: tuple[int, ...] = (2, 3), paid: int | None = None, **changes: Any) -> None:
        """One transaction that claims shares and is paid 49 % of what was earned by then."""
        same = {"validator": self.validator(index), "transaction": f"0x{self.transactions + 50:064x}"}
        for height in heights:
            self.say(
                "ShareClaimed",
                "auxiliary-1",
                24,
                **(same | {"targetHeight": str(height), "share": str(self.share(index))} | changes),
            )
        earned = len(heights) * self.share(index)
        amount = payable(earned, False) if paid is None else paid
        self.say("RewardPaid", "auxiliary-1", 24, **same, amount=str(amount), held=str(earned - amount))

    def withdraw(self, index: int = 0, on_origin: bool = True, held: int | None = None) -> None:
        """The stake goes back on origin, which auxiliary is shown."""
        same = {"validator": self.validator(index), "transaction": f"0x{self.transactions + 50:064x}"}
        if on_origin:
            self.say("StakeWithdrawn", "origin", 22, **same)
        earned = 2 * self.share(index)
        amount = earned - payable(earned, False) if held is None else held
        self.say("WithdrawalProven", "auxiliary-1", 24, **same, originHeight="5")
        self.say("RewardPaid", "auxiliary-1", 24, **same, amount=str(amount), held="0")

    def verdict(self) -> tuple[Verdict, str]:
        result = self.story.verdict("E5")
        return result.verdict, result.reason


@pytest.fixture(name="paid")
def new_paid(story: Story) -> RewardStory:
    return RewardStory(story)


def fails(story: RewardStory, words: str) -> bool:
    verdict, reason = story.verdict()
    return verdict is Verdict.FAILED and words in reason


def test_claims_and_withdrawals_to_the_wei_pass(paid: RewardStory) -> None:
    for index in range(4):
        paid.claim(index)
    paid.withdraw()
    earned = [2 * paid.share(index) for index in range(4)]
    total = earned[0] + sum(payable(one, False) for one in earned[1:])
    assert paid.verdict() == (
        Verdict.PASSED,
        f"5 links settled for {5 * INCOME} wei, 8 shares claimed, {total} wei paid, none too much",
    )


def test_a_link_without_a_settlement_fails(story: Story) -> None:
    story.honest_run(3)
    story.block("auxiliary-1", 3 * EPOCH + 1)
    story.finalised(3, 3, 3 * EPOCH + 1)
    assert "links to [4] finalised their sources, settled were []" in story.verdict("E5").reason


def test_a_settlement_that_finalises_nothing_fails(story: Story) -> None:
    story.honest_run(3)
    story.settled(3, transaction="0x" + "99" * 32)
    assert "links to [] finalised their sources, settled were [3]" in story.verdict("E5").reason


def test_a_settlement_of_less_than_was_paid_in_tips_fails(story: Story) -> None:
    """R75."""
    story.honest_run(2)
    story.blocks("auxiliary-1", 9, 12)
    story.finalised(2, 2, 12)
    story.settled(3, income=INCOME - 1)
    assert f"the link to 3 was settled for {INCOME - 1} wei, {INCOME} were paid in tips" in story.verdict("E5").reason
    assert story.verdict("E5").verdict is Verdict.FAILED


def test_a_settlement_of_more_than_was_paid_in_tips_is_unknown(story: Story) -> None:
    """R75: what nobody voted for enters no later income; coins that were sent do, and leave no event."""
    story.honest_run(2)
    story.blocks("auxiliary-1", 9, 12)
    story.finalised(2, 2, 12)
    story.settled(3, income=INCOME + 7)
    result = story.verdict("E5")
    assert result.verdict is Verdict.UNKNOWN
    assert "the link to 3 was settled for 7 wei more than was paid in tips" in result.reason


def test_tips_that_were_not_recorded_make_it_unknown(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 5)
    story.append(
        "BlockProduced", "auxiliary-1", 6, hash="0x06", parent=hexed(story.hash("auxiliary-1", 5)), view="main"
    )
    story.append("BlockProduced", "auxiliary-1", 7, hash="0x07", parent="0x06", view="main", tips="0")
    story.append("BlockProduced", "auxiliary-1", 8, hash="0x08", parent="0x07", view="main", tips="0")
    story.finalised(1, 1, 8)
    story.settled(2)
    assert "the tips of block 6 were not recorded" in story.verdict("E5").reason


def test_a_share_that_is_a_wei_too_much_fails(paid: RewardStory) -> None:
    paid.claim(share=str(paid.share(0) + 1))
    assert fails(paid, f"the share of validator-1 in the link to 2 is {paid.share(0)} wei, found {paid.share(0) + 1}")


def test_a_share_of_somebody_who_did_not_vote_fails(story: Story) -> None:
    paid = RewardStory(story, voters=(0, 1, 2))
    paid.claim(index=3)
    assert fails(paid, "validator-4 has no part in the link to 2, it did not vote for it")


def test_a_payment_that_is_a_wei_too_much_fails(paid: RewardStory) -> None:
    due = payable(2 * paid.share(0), False)
    paid.claim(paid=due + 1)
    assert fails(paid, f"was due {due} wei with {2 * paid.share(0) - due} held, got {due + 1}")


def test_a_payment_that_is_missing_fails(paid: RewardStory) -> None:
    same = {"validator": paid.validator(0), "targetHeight": "2", "share": str(paid.share(0))}
    paid.say("ShareClaimed", "auxiliary-1", 24, **same)
    assert fails(paid, f"validator-1 was due {payable(paid.share(0), False)} wei, got nothing")


def test_a_payment_out_of_nothing_fails(paid: RewardStory) -> None:
    paid.say("RewardPaid", "auxiliary-1", 24, validator=paid.validator(0), amount="1", held="0")
    assert fails(paid, "was due nothing, got 1")


def test_a_share_claimed_twice_fails(paid: RewardStory) -> None:
    paid.claim(heights=(2,))
    paid.claim(heights=(2,))
    assert fails(paid, "has claimed target height 2 before")


def test_a_link_above_the_proven_commit_fails(paid: RewardStory) -> None:
    paid.claim(heights=(COMMITTED + 1,))
    assert fails(paid, f"target height {COMMITTED + 1} is above the proven commit of {COMMITTED}")


def test_a_slashed_validator_that_is_paid_fails(paid: RewardStory) -> None:
    paid.say("ValidatorSlashed", "auxiliary-1", 24, validator=paid.validator(0))
    paid.claim()
    assert fails(paid, "was slashed")


def test_a_withdrawal_that_origin_never_saw_fails(paid: RewardStory) -> None:
    paid.claim()
    paid.withdraw(on_origin=False)
    assert fails(paid, "validator-1 never withdrew its stake on origin")


def test_what_happened_on_an_abandoned_branch_does_not_count(paid: RewardStory) -> None:
    story = paid.story
    paid.claim(heights=(2,))
    # The block with the claim is replaced by another, and the claim made again.
    story.append(
        "BlockProduced",
        "auxiliary-1",
        24,
        hash="0x" + "24" * 32,
        parent=hexed(story.hash("auxiliary-1", 23)),
        view="main",
        tips=str(INCOME),
    )
    story.finalised(5, 5, 24)
    story.settled(6)
    paid.stored(2, SECOND, META_BLOCK)
    paid.claim(heights=(2,))
    assert paid.verdict()[0] is Verdict.PASSED


def test_without_a_settlement_it_is_unknown(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 4)
    assert story.verdict("E5").verdict is Verdict.UNKNOWN
