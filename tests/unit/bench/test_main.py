"""The bench says by its exit code whether every goal was reached."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench.__main__ as command
from bench.figure import Figure
from devnet.errors import ChainError


def failing(runs: int) -> list[Figure]:
    raise ChainError("no node")


@pytest.mark.parametrize(
    ("group", "code", "said"),
    [
        (lambda runs: [Figure("blocks", "1/s", (float(runs),), goal=4, more_is_better=True)], 0, ""),
        (lambda runs: [Figure("blocks", "1/s", (float(runs),), goal=6, more_is_better=True)], 1, "not reached: blocks"),
        (lambda runs: [Figure("blocks", "1/s", (float(runs),))], 0, ""),
        (failing, 1, "could not be measured: no node"),
    ],
    ids=["reached", "missed", "no goal", "failed"],
)
def test_a_missed_goal_and_a_failure_are_named_and_end_with_1(
    group: object,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "GROUPS", {"blocks": group})
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["bench", "--runs", "5"])
    assert command.main() == code
    assert said in capsys.readouterr().err
    assert (tmp_path / "figures.json").is_file()
