"""What the bench writes about the cost on origin is what others read."""

from __future__ import annotations

import json
from pathlib import Path

from bench.origin_cost import ByGas, ByValidators, write

BY_GAS = [ByGas(10**7, 750_000), ByGas(10**10, 751_000)]
BY_VALIDATORS = [ByValidators(4, 790_000), ByValidators(10, 870_000)]


def test_the_series_are_written_as_json_table_and_picture(tmp_path: Path) -> None:
    write(tmp_path / "results", BY_GAS, BY_VALIDATORS)
    assert json.loads((tmp_path / "results" / "origin-cost.json").read_text()) == {
        "by_auxiliary_gas": [
            {"auxiliary_gas": 10**7, "commit_gas": 750_000},
            {"auxiliary_gas": 10**10, "commit_gas": 751_000},
        ],
        "by_validators": [{"validators": 4, "commit_gas": 790_000}, {"validators": 10, "commit_gas": 870_000}],
    }
    rows = (tmp_path / "results" / "origin-cost.csv").read_text().split()
    assert rows[0] == "auxiliary_gas,validators,commit_gas"
    assert rows[-1] == ",10,870000"
    assert len(rows) == 5
    assert (tmp_path / "results" / "origin-cost.png").read_bytes().startswith(b"\x89PNG")
