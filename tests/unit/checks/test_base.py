"""A check that cannot say is unknown, never passed."""

from __future__ import annotations

import pytest

from devnet.checks import CHECKS, CheckResult, Verdict, run_check, worst
from devnet.checks.base import Check, HistoryInsufficient, Invariant
from devnet.config.network import Devnet
from devnet.history import Readable

from .conftest import Story


def test_every_check_is_unknown_about_an_empty_history(story: Story) -> None:
    for name in CHECKS:
        result = story.verdict(name)
        assert result.verdict is Verdict.UNKNOWN, name
        assert "crashed" not in result.reason, name


BROKEN = ("VoteCast", "CheckpointFinalised", "ValidatorSlashed", "MetaBlockCommitted", "StakeDeclared", "Transfer")


def test_no_check_passes_on_broken_payloads() -> None:
    story = Story(gateways=1)
    story.blocks("auxiliary-1", 1, 4)
    where = {"gateway": "0x" + "01" * 20, "coGateway": "0x" + "02" * 20, "bounty": "1"}
    story.append("PairDeployed", None, auxiliary="auxiliary-1", pair="TKN1", **where)
    for kind in BROKEN * 2:
        story.append(kind, "auxiliary-1", 1, auxiliary="auxiliary-1", pair="TKN1", coreId="0x", height="x")
    for name in CHECKS:
        assert story.verdict(name).verdict is not Verdict.PASSED
    story.history.close()


def test_an_honest_run_passes_every_check_that_has_something_to_look_at(story: Story) -> None:
    story.honest_run(6)
    found = {name: story.verdict(name).verdict.value for name in CHECKS}
    # Nobody was slashed, and no meta-block was committed.
    silent = {"S8", "E4"}
    assert found == {name: "unknown" if name in silent else "passed" for name in CHECKS}


def test_a_slashed_double_vote_passes_every_check(story: Story) -> None:
    story.honest_run(2)
    story.blocks("auxiliary-1", 9, 12)
    first, second = story.double_vote()
    story.slashed(first, second, "origin", 8)
    story.slashed(first, second, "auxiliary-1", 12)
    for index in (0, 2, 3):
        story.cast(story.signed(index, story.vote(2, 3)), 12)
    story.justified(2, 3, 12)
    story.finalised(2, 2, 12)
    story.settled(3)
    assert [name for name in CHECKS if story.verdict(name).verdict is not Verdict.PASSED] == ["E4"]
    assert story.verdict("E4").reason == "no meta-block was committed"


def judge(answer: object) -> Check:
    def function(devnet: Devnet, history: Readable) -> list[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    return Invariant("X", "an example", function)


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        ("all well", Verdict.PASSED, "all well"),
        (["bad"], Verdict.FAILED, "bad"),
        (["bad", "worse"], Verdict.FAILED, "bad (and 1 more)"),
        ([], Verdict.UNKNOWN, "the check said nothing"),
        (HistoryInsufficient("too short"), Verdict.UNKNOWN, "too short"),
        (KeyError("hash"), Verdict.UNKNOWN, "the check crashed: KeyError: 'hash'"),
    ],
)
def test_findings_become_a_verdict(story: Story, answer: object, verdict: Verdict, reason: str) -> None:
    assert run_check(judge(answer), story.devnet, story.history) == CheckResult("X", verdict, reason)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Verdict.UNKNOWN),
        ([Verdict.PASSED], Verdict.PASSED),
        ([Verdict.PASSED, Verdict.UNKNOWN], Verdict.UNKNOWN),
        ([Verdict.UNKNOWN, Verdict.FAILED, Verdict.PASSED], Verdict.FAILED),
    ],
)
def test_the_worst_verdict_wins(verdicts: list[Verdict], expected: Verdict) -> None:
    assert worst(verdicts) is expected
