"""What the bench writes about transfers is what their steps cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.transfers import Load, StepCost, costs, write


def transfer(direction: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"direction": direction, "steps": list(steps)}


def step(name: str, gas: int, proof: int | None = None, **more: Any) -> dict[str, Any]:
    return {"step": name, "gas_used": gas, "proof_bytes": proof, **more}


def test_steps_of_one_kind_are_taken_together_by_direction_and_by_proof() -> None:
    transfers = [
        transfer("stake", step("declared", 10), step("confirmed", 30, 900)),
        transfer("stake", step("declared", 20), step("confirmed", 50, 1000), step("progressed", 5, by_proof=False)),
        transfer("redeem", step("declared", 7), step("progressed", 9, 800, by_proof=True)),
    ]
    assert costs(transfers) == (
        StepCost("stake", "declared", 2, 15, None),
        StepCost("stake", "confirmed", 2, 40, 950),
        StepCost("stake", "progressed", 1, 5, None),
        StepCost("redeem", "declared", 1, 7, None),
        StepCost("redeem", "progressed by proof", 1, 9, 800),
    )


def test_loads_are_written_as_json_and_table(tmp_path: Path) -> None:
    cost = (StepCost("stake", "declared", 2, 15.5, None), StepCost("stake", "confirmed", 2, 40, 950))
    write(tmp_path / "results", [Load(2, 0.5, 40, cost)])
    (load,) = json.loads((tmp_path / "results" / "transfers.json").read_text())
    assert (load["transfers"], load["seconds"], load["blocks"]) == (2, 0.5, 40)
    assert load["steps"][1]["proof_bytes"] == 950
    assert (tmp_path / "results" / "transfers.csv").read_text().split() == [
        "direction,step,count,gas,proof_bytes",
        "stake,declared,2,15.5,",
        "stake,confirmed,2,40,950",
    ]
