"""Every attack card goes as it says, in lockstep on real geth; double-vote has a test of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.history import History
from devnet.scenarios.catalogue import SCENARIOS
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_attack

pytestmark = pytest.mark.geth


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"double-vote"}))
def test_every_arm_goes_as_its_card_says(name: str, tmp_path: Path, own_runs: set[str]) -> None:
    report = run_attack(name, tmp_path, mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
    with History.open(report.history) as history:
        own_runs.add(history.run)
    assert {arm.arm: (arm.verdict, arm.reasons) for arm in report.arms if arm.verdict != "passed"} == {}
    assert [arm.arm for arm in report.arms] == [arm.name for arm in SCENARIOS[name].arms]
    assert report.verdict == "passed"
