"""What a plain test costs once its world runs."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figure import Figure

TEST = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_height_grows(world, origin, number):
    height = origin.height
    assert origin.mine() == height + 1
"""

DURATION = re.compile(r"^\s*([0-9.]+)s (setup|call|teardown)\s.*\[(\d+)\]")


def measure(runs: int) -> list[Figure]:
    """Seconds per test after the first: set-up, call and rewind."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "test_plain.py"
        file.write_text(TEST.format(count=runs + 1))
        command = [sys.executable, "-m", "pytest", "-q", "--durations=0", "-vv", "-p", "no:cacheprovider", str(file)]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    spent = [0.0] * (runs + 1)
    for line in done.stdout.splitlines():
        if found := DURATION.match(line):
            # The world ends with the last test; its end is not a test's.
            spent[int(found[3])] += float(found[1])
    return [
        Figure("a plain test with the world fixture, after the first", "s", tuple(spent[1:]), 0.4),
        Figure("the first such test, which starts the world", "s", (spent[0],)),
    ]
