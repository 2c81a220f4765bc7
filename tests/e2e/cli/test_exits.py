"""A core is halted on purpose, and left, by the commands of the README (R40, R73, R74)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from devnet.chain.wait import wait_until
from tests.e2e.cli.command_line import NAME, CommandLine

pytestmark = pytest.mark.live

OWN = f"{NAME}-exits"
AUXILIARY = "auxiliary-1"

WITHIN_S = 240
"""In which a stake is minted, a commit shows it, and the core halts; seen: 15, 15 and 3, on a busy machine 100."""

MANIFEST = """
name: leaving
runtime: process
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
accounts: 3
gateways:
  - auxiliary: auxiliary-1
fishermen: 1
facilitators: 1
parameters:
  commit_every: 1
  commit_window: 1
"""

DEPTH = "10"
"""Origin blocks to take back: more than two epochs and what auxiliary lags behind."""

YEAR_S = str(365 * 24 * 3600)


def transfer(line: CommandLine, *words: str, code: int = 0) -> Any:
    """The last JSON that a verb of transfers prints; it may watch one to its end."""
    process = line.start("transfer", *words, "--name", OWN, "--json")
    out, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == code, err
    return json.loads(out if words[0] == "ls" else out.splitlines()[-1])


def shown(line: CommandLine) -> int:
    """The block of auxiliary whose state root was committed last."""
    return next(int(chain["committed_block"]) for chain in line.status(OWN)["chains"] if chain["name"] == AUXILIARY)


@pytest.fixture
def line(devnet: CommandLine) -> Iterator[CommandLine]:
    with devnet.running(MANIFEST, OWN) as running:
        yield running


def test_a_user_halts_a_core_and_leaves_it_with_everything(line: CommandLine) -> None:
    minted_in = transfer(line, "stake", "5", "--chain", AUXILIARY, "--watch")["heads"][AUXILIARY]
    said = line.run("transfer", "exit", "--chain", AUXILIARY, "--name", OWN, expect=2)
    assert said.startswith("error: the core of auxiliary-1 runs: tokens come back with devnet transfer redeem")
    wait_until(lambda: shown(line) >= minted_in, WITHIN_S, lambda: f"shown: {shown(line)}")

    in_flight = transfer(line, "stake", "2", "--chain", AUXILIARY, "--from", "1")["message"]
    line.run("reorg", "origin", DEPTH, "--past-finality", "--name", OWN)
    wait_until(lambda: bool(line.status(OWN)["notes"]), WITHIN_S, lambda: str(line.status(OWN)["notes"]))
    (note,) = line.status(OWN)["notes"]
    assert "the core of auxiliary-1 has halted for ever" in note
    assert "devnet transfer exit --chain auxiliary-1" in note
    line.run("warp", YEAR_S, "--name", OWN)

    left = transfer(line, "exit", "--chain", AUXILIARY)
    (step,) = left["steps"]
    assert (step["step"], step["received_wei"]) == ("exited", left["amount_wei"])
    assert 4.99 < int(left["amount_wei"]) / 10**18 < 5
    said = line.run("transfer", "exit", "--chain", AUXILIARY, "--name", OWN, expect=2)
    assert said.endswith("has left already with its TKN1: every holder does so once (R73)\n")

    settled = transfer(line, "watch", in_flight, code=1)
    assert (settled["ending"], settled["outbox"]) == ("over", "revoked")
    (bounty,) = transfer(line, "claim", in_flight)["steps"]
    assert (bounty["step"], bounty["returned_wei"]) == ("bounty withdrawn", str(10**17))
    said = line.run("transfer", "claim", in_flight, "--name", OWN, expect=2)
    assert said.endswith("all of it is back with its sender\n")
    endings = [(one["ending"], one["over"], one["left"]) for one in transfer(line, "ls")]
    assert endings == [("over", True, True), ("over", True, False)]
