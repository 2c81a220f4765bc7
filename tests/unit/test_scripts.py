"""The scripts that judge what forge measured can fail, and say what to do."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest

from devnet.config.networks import project_directory

SCRIPTS = project_directory() / "scripts"
LCOV = "SF:src/A.sol\nDA:3,7\nDA:4,0\nDA:9,1\nend_of_record\nSF:src/B.sol\nDA:1,1\nend_of_record\n"


def line_coverage(file: Path, percent: int) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPTS / "line-coverage"), str(file), str(percent)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("percent", "code"), [(75, 0), (76, 1)])
def test_line_coverage_fails_below_the_minimum_and_names_the_lines(tmp_path: Path, percent: int, code: int) -> None:
    (tmp_path / "lcov").write_text(LCOV)
    done = line_coverage(tmp_path / "lcov", percent)
    assert done.returncode == code
    assert done.stdout == "src/A.sol: not covered: 4\ncontracts: 3 of 4 lines covered, 75.00 %\n"
    assert ("to do" in done.stderr) == bool(code)


def test_line_coverage_of_nothing_is_no_success(tmp_path: Path) -> None:
    assert line_coverage(tmp_path / "missing", 0).returncode == 3
    (tmp_path / "empty").write_text("end_of_record\n")
    assert line_coverage(tmp_path / "empty", 0).returncode == 3


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({"Core.commit": 102_000}, []),
        ({"Core.commit": 98_000}, []),
        ({"Core.commit": 102_001}, ["Core.commit: kept 100,000 gas, found 102,001 (+2.0%)"]),
        ({"Core.commit": 90_000}, ["Core.commit: kept 100,000 gas, found 90,000 (-10.0%)"]),
        ({"Core.commit": 100_000, "Core.propose": 5}, ["Core.propose: 5 gas, not kept yet"]),
        ({}, ["Core.commit: kept 100,000 gas, not called any more"]),
    ],
)
def test_gas_may_change_by_two_percent(seen: dict[str, int], found: list[str]) -> None:
    differences = runpy.run_path(str(SCRIPTS / "gas-snapshot"))["differences"]
    assert differences(seen, {"Core.commit": 100_000}) == found
