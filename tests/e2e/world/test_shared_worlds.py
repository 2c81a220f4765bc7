"""The plugin as a user's suite meets it: worlds that are rewound, replaced after a failure, and never shared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

SUITE = """
import os

import pytest


def note(world, text):
    with open(os.environ["NOTES"], "a") as file:
        file.write(f"{text} {world.run_id}\\n")


@pytest.mark.parametrize("time", range(4))
def test_every_test_starts_where_the_first_one_did(world, origin, auxiliaries, validators, fisherman, time):
    note(world, "passed")
    start = origin.height, origin.w3.eth.get_block("latest")["hash"].hex()
    known = getattr(pytest, "known", None)
    assert known in (None, start)
    pytest.known = start
    origin.w3.eth.send_transaction({"to": origin.accounts[1], "value": 1})
    world.step(10)
    assert origin.height > start[0]
    assert fisherman.spec.name == "fisherman"
    assert len(auxiliaries) == 1


def test_fails(world):
    note(world, "failed")
    assert False


def test_comes_after_it(world):
    note(world, "after")
"""


def run(directory: Path, *arguments: str) -> tuple[str, list[list[str]]]:
    suite = directory / "test_suite.py"
    suite.write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_suite.py"]
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "NOTES": str(directory / "notes")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout, [line.split() for line in (directory / "notes").read_text().splitlines()]


def test_a_world_is_rewound_after_each_test_and_replaced_after_a_failure(tmp_path: Path) -> None:
    said, notes = run(tmp_path)
    assert "1 failed, 5 passed" in said
    passed = {name for outcome, name in notes if outcome == "passed"}
    failed = {name for outcome, name in notes if outcome == "failed"}
    after = {name for outcome, name in notes if outcome == "after"}
    assert len(passed) == 1
    assert failed == passed
    assert after.isdisjoint(passed)
    (kept,) = re.findall(r"run directory: (\S+)", said)
    assert (Path(kept) / "history.sqlite").exists()


def test_workers_of_xdist_have_worlds_of_their_own(tmp_path: Path) -> None:
    said, notes = run(tmp_path, "-n", "2", "--dist", "each")
    assert "2 failed, 10 passed" in said
    assert len({name for outcome, name in notes if outcome == "passed"}) == 2
