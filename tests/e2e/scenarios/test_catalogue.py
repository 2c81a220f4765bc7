"""Every attack card goes as it says, in lockstep on real geth; double-vote has tests of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.checks import GATEWAY_CHECKS
from devnet.checks.gateways import NO_GATEWAY
from devnet.cli.root import run
from devnet.history import History
from devnet.scenarios.base import ArmReport
from devnet.scenarios.catalogue import SCENARIOS
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_card
from devnet.world.embedded import Choice

pytestmark = pytest.mark.geth


TOGETHER = ("surround-vote", "surrounded-vote")
"""Run by one command."""


def assert_gateways_are_judged(arm: ArmReport) -> None:
    """R70: every check of gateways says something about every arm, and nothing for want of gateways."""
    said = {result.check: result.reason for result in arm.checks}
    assert set(GATEWAY_CHECKS) <= set(said), arm.arm
    assert NO_GATEWAY not in said.values(), arm.arm


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"double-vote", *TOGETHER}))
def test_every_arm_goes_as_its_card_says(name: str, tmp_path: Path, own_runs: set[str]) -> None:
    report = run_card(SCENARIOS[name], tmp_path, Choice(mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS))
    with History.open(report.history) as history:
        own_runs.add(history.run)
    assert {arm.arm: (arm.verdict, arm.reasons) for arm in report.arms if arm.verdict != "passed"} == {}
    assert [arm.arm for arm in report.arms] == [arm.name for arm in SCENARIOS[name].arms]
    assert report.verdict == "passed"
    for arm in report.arms:
        assert_gateways_are_judged(arm)


def test_one_command_runs_several_attacks_and_sums_them_up(
    tmp_path: Path, own_runs: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEVNET_HOME", str(tmp_path))
    assert run(["attack", "run", *TOGETHER, "--runtime", "process"]) == 0
    for path in tmp_path.glob("attacks/*/*/history.sqlite"):
        with History.open(path) as history:
            own_runs.add(history.run)
            judged = [event.payload["checks"] for event in history.events("ArmEnded")]
        assert len(judged) == 3
        assert all(isinstance(said, dict) and set(GATEWAY_CHECKS) <= said.keys() for said in judged)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [[name, "passed"] for name in TOGETHER]
    assert lines[-1].startswith("2 of 2 attacks passed; histories are in ")
