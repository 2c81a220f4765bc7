"""Value across the chains of a live network by the commands of the README, in both runtimes (R64, R65)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.cli.command_line import NAME, CommandLine

OWN = f"{NAME}-transfers"

WATCHED_S = 240
"""In which a transfer ends that waits for two meta-blocks; seen: 93 for the whole test, start and end included."""

MANIFEST = """
name: crossing
runtime: {runtime}
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
accounts: 2
gateways:
  - auxiliary: auxiliary-1
facilitators: 1
parameters:
  commit_every: 2
  commit_window: 2
"""

ENDED = ["declared", "confirmed", "progressed at source", "progressed at target"]
TAKEN_BACK = ["declared", "confirmed", "revocation declared", "revocation confirmed", "reverted"]


@pytest.fixture(
    params=[pytest.param("process", marks=pytest.mark.live), pytest.param("docker", marks=pytest.mark.docker)]
)
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("crossing") / "home"
    with CommandLine(home).running(MANIFEST.format(runtime=request.param), OWN) as running:
        assert running.status(OWN)["runtime"] == request.param
        yield running


def moved(line: CommandLine, *transfers: str) -> list[tuple[list[str], dict[str, Any]]]:
    """Watch several transfers at once: the steps of each, and how it ended."""
    begun = [
        line.start("transfer", *one.split(), "--chain", "auxiliary-1", "--json", "--name", OWN) for one in transfers
    ]
    told = []
    for process in begun:
        out, err = process.communicate(timeout=WATCHED_S)
        assert process.returncode == 0, err
        *steps, end = (json.loads(said) for said in out.splitlines())
        told.append(([step["step"] for step in steps], end))
    return told


def test_a_stake_and_a_redemption_end_and_both_can_be_taken_back(line: CommandLine) -> None:
    """Two transfers of each direction; what is locked in the end is what was minted."""
    for steps, end in moved(line, "stake 5 --watch", "stake 3 --watch --from 1"):
        assert (steps, end["result"]) == (ENDED, "progressed")
    begun = moved(line, "redeem 2 --watch", "redeem 1 --revert --from 1", "stake 1 --revert")
    assert [(steps, end["result"]) for steps, end in begun] == [
        (ENDED, "progressed"),
        (TAKEN_BACK, "revoked"),
        (TAKEN_BACK, "revoked"),
    ]
    listed = json.loads(line.run("transfer", "ls", "--name", OWN, "--json"))
    assert [one["over"] for one in listed] == [True] * 5
    (pair,) = json.loads(line.run("gateway", "ls", "--name", OWN, "--json"))
    assert pair["locked_wei"] == pair["minted_wei"] == str(6 * 10**18)
