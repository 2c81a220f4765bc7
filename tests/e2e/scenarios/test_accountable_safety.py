"""Accountable safety with numbers (R21): sets in which counting heads and weighing disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.checks import Verdict
from devnet.history import History
from devnet.scenarios.conflicting_finality import card, sides
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_card
from devnet.world.embedded import Choice

pytestmark = pytest.mark.geth

WEIGHTS = (40, 38, 36, 34, 45, 33, 41, 37, 39, 35, 52)


def manifest(directory: Path, count: int) -> Path:
    path = directory / "network.yaml"
    validators = "".join(f"  - weight: {weight}\n" for weight in WEIGHTS[:count])
    chains = "chains:\n  - role: origin\n  - role: auxiliary\n    nodes: 2\n"
    delays = "parameters:\n  evidence_period: 8\n  withdrawal_delay: 15\n"
    path.write_text(f"name: many\nmode: lockstep\n{chains}validators:\n{validators}fishermen: 1\n{delays}")
    return path


@pytest.mark.parametrize("count", [5, 7, 8, 10, 11])
def test_conflicting_finality_costs_a_third_of_the_weight(tmp_path: Path, own_runs: set[str], count: int) -> None:
    """R21."""
    weights = {f"validator-{index + 1}": WEIGHTS[index] for index in range(count)}
    twins, apart = sides(weights)
    scenario = card(str(manifest(tmp_path, count)), twins, apart)
    report = run_card(scenario, tmp_path / "run", Choice(mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS))
    with History.open(report.history) as history:
        own_runs.add(history.run)
    arms = {arm.arm: arm for arm in report.arms}
    assert report.verdict == "passed", report.as_json()
    slashed = sum(weights[name] for name in arms["attack"].slashed)
    assert 3 * slashed >= sum(weights.values())
    assert [r.verdict for r in arms["attack"].checks if r.check == "S2"] == [Verdict.PASSED]
    assert "conflict; " in next(r.reason for r in arms["attack"].checks if r.check == "S2")
