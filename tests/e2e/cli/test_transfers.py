"""Value across the chains of a live network by the commands of the README, in both runtimes (R64, R65)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.cli.command_line import NAME, CommandLine

OWN = f"{NAME}-transfers"

WATCHED_S = 240
"""In which a transfer ends that waits for two meta-blocks; seen: 97 for the whole test on a busy machine."""

MANIFEST = """
name: crossing
runtime: {runtime}
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
accounts: 4
gateways:
  - auxiliary: auxiliary-1
facilitators: 1
parameters:
  commit_every: 1
  commit_window: 1
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


def begun(line: CommandLine, *transfers: str) -> list[subprocess.Popen[str]]:
    """Several transfers at once, each watched."""
    return [
        line.start("transfer", *one.split(), "--chain", "auxiliary-1", "--json", "--name", OWN) for one in transfers
    ]


def ended(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    """The steps of a transfer that is watched, and how it ended."""
    out, err = process.communicate(timeout=WATCHED_S)
    assert process.returncode == 0, err
    *steps, end = (json.loads(said) for said in out.splitlines())
    return [step["step"] for step in steps], end["result"]


def test_a_stake_and_a_redemption_end_and_both_can_be_taken_back(line: CommandLine) -> None:
    """Whatever need not wait for another goes on beside it; what is locked in the end is what was minted."""
    carried = "stake 2 --watch --from 3 --through facilitator"
    own = "stake 5 --watch", "stake 3 --watch --from 1", "stake 1 --revert --from 2"
    *stakes, returning = begun(line, carried, *own)
    assert [ended(one) for one in stakes] == [(ENDED, "progressed")] * 3
    redeemed, kept = begun(line, "redeem 2 --watch", "redeem 1 --revert --from 1")
    assert ended(redeemed) == (ENDED, "progressed")
    assert [ended(one) for one in (returning, kept)] == [(TAKEN_BACK, "revoked")] * 2
    listed = json.loads(line.run("transfer", "ls", "--name", OWN, "--json"))
    assert [one["over"] for one in listed] == [True] * 6
    (declared_for,) = (one for one in listed if one["bounty_owner"] != one["sender"])
    assert declared_for["bounty_owner"] == "facilitator"
    (pair,) = json.loads(line.run("gateway", "ls", "--name", OWN, "--json"))
    assert pair["locked_wei"] == pair["minted_wei"] == str(8 * 10**18)

    late = line.say("transfer", "watch", declared_for["message"], "--revert", "--name", OWN)
    assert (late.code, "to be taken back, found it progressed on origin" in late.sentence) == (1, True)

    with line.start("transfer", "stake", "1", "--chain", "auxiliary-1", "--watch", "--name", OWN) as watched:
        assert watched.stdout is not None
        assert any(said.startswith("declared") for said in watched.stdout)
        line.run("down", "--name", OWN)
        _, complaint = watched.communicate(timeout=WATCHED_S)
    assert watched.returncode == 3
    assert re.fullmatch(r"error: the network has ended: transfer 0x\w{64} is left as it was\n", complaint)
