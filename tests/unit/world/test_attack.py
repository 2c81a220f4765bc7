"""What several attacks come to, and the exit code that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.errors import ChainError, DevnetError, WaitTimeout
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import AttackReport, Series


def report(verdict: str) -> AttackReport:
    return AttackReport("double-vote", 7, Mode.LOCKSTEP, RuntimeKind.PROCESS, verdict, (), Path("history"), "0x00")


@pytest.mark.parametrize(
    ("verdicts", "errors", "expected"),
    [
        (("passed", "passed"), (), 0),
        (("passed", "failed"), (), 1),
        (("invalid", "passed"), (), 1),
        (("passed",), (WaitTimeout("auxiliary-1 stalled at height 3"),), 4),
        (("failed",), (ChainError("origin: no answer"), WaitTimeout("stalled")), 1),
    ],
    ids=["all passed", "one failed", "one invalid", "one timed out", "the first that broke off counts"],
)
def test_several_attacks_succeed_only_together(
    verdicts: tuple[str, ...], errors: tuple[DevnetError, ...], expected: int
) -> None:
    series = Series(tuple(map(report, verdicts)), {f"card-{n}": error for n, error in enumerate(errors)})
    assert series.exit_code == expected
