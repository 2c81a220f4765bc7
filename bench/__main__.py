"""``python -m bench``: run every group of figures, or those named, and write the results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import attacks, chains, detector, origin_cost, starting, testing, transfers
from bench.figure import Figure, table
from devnet.errors import DevnetError

RESULTS = Path(__file__).parent / "results"

GROUPS: Mapping[str, Callable[[int], list[Figure]]] = {
    "starting": starting.measure,
    "chains": chains.measure,
    "testing": testing.measure,
    "attacks": attacks.measure,
    "origin-cost": origin_cost.measure,
    "transfers": transfers.measure,
    "detector": detector.measure,
}
"""Groups of figures by name; each takes the number of runs."""


def main() -> int:
    """Measure and write; 1 if a group could not be measured, or a goal was not reached."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"any of: {', '.join(GROUPS)} (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="samples per figure (default 5)")
    arguments = parser.parse_args()
    unknown = set(arguments.groups) - set(GROUPS)
    if unknown:
        parser.error(f"unknown group {sorted(unknown)[0]!r}; there are: {', '.join(GROUPS)}")
    figures: list[Figure] = []
    failed = False
    for name in arguments.groups or GROUPS:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        try:
            figures += GROUPS[name](arguments.runs)
        except DevnetError as error:
            print(f"bench: {name} could not be measured: {error}", file=sys.stderr)
            failed = True
    _write(figures)
    for figure in figures:
        if figure.verdict == "not reached":
            print(f"bench: not reached: {figure.name}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


def _write(figures: list[Figure]) -> None:
    RESULTS.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    document = {"time": int(time.time()), "machine": machine, "figures": [figure.as_json() for figure in figures]}
    (RESULTS / "figures.json").write_text(json.dumps(document, indent=2) + "\n")
    (RESULTS / "figures.md").write_text(table(figures) + "\n")
    print(table(figures))


if __name__ == "__main__":
    sys.exit(main())
