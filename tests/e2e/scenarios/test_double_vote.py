"""The whole attack, in lockstep on real geth: three arms, and the same digest for the same seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.checks import GATEWAY_CHECKS, Verdict
from devnet.history import History
from devnet.scenarios.catalogue import find_scenario
from devnet.types import TOKEN, Mode, RuntimeKind
from devnet.world.attack import AttackReport, run_card
from devnet.world.embedded import Choice

pytestmark = pytest.mark.geth


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> AttackReport:
    choice = Choice(mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
    return run_card(find_scenario("double-vote"), tmp_path_factory.mktemp("attack"), choice)


@pytest.fixture
def history(report: AttackReport, own_runs: set[str]) -> Iterator[History]:
    with History.open(report.history) as history:
        own_runs.add(history.run)
        yield history


def test_double_vote_goes_as_its_card_says(report: AttackReport, history: History) -> None:
    arms = {arm.arm: arm for arm in report.arms}
    assert report.verdict == "passed", report.as_json()
    assert arms["attack"].slashed == ("validator-2",)
    assert arms["defence off"].slashed == ()
    assert [r.check for r in arms["defence off"].checks if r.verdict is Verdict.FAILED] == ["S7"]
    assert arms["honest control"].slashed == ()
    assert not [r.check for r in arms["honest control"].checks if r.verdict is not Verdict.PASSED]
    judged = [*find_scenario("double-vote").checks, *GATEWAY_CHECKS]
    assert all([r.check for r in arm.checks] == judged for arm in report.arms)


def test_origin_slashes_from_votes_that_were_never_sent_there(history: History) -> None:
    """Lemma 1: until the slash no vote at all has reached origin, by whatever way votes go there."""
    slash = next(event for event in history.events("ValidatorSlashed") if event.chain == "origin")
    before = [event for event in history.events() if event.chain == "origin" and event.sequence < slash.sequence]
    assert before
    assert not [event for event in before if event.kind in ("VotesVerified", "VoteCast", "ConflictingVote")]
    public = [event for event in history.events("ConflictingVote") if event.sequence < slash.sequence]
    assert public[0].chain == "auxiliary-1"
    assert slash.payload["secondDigest"] in (public[0].payload["digest"], public[0].payload["counted"])


def test_slash_burns_all_but_the_reporters_twenty_fifth(history: History) -> None:
    """R54."""
    slash = next(event for event in history.events("ValidatorSlashed") if event.chain == "origin")
    assert int(str(slash.payload["amount"])) == 38 * TOKEN
    assert int(str(slash.payload["reward"])) == 38 * TOKEN // 25


@pytest.mark.parametrize("seeds", [(7, 7), (7, 8)], ids=["same seed", "other seed"])
def test_digest_repeats_with_the_seed_and_nothing_else(tmp_path: Path, seeds: tuple[int, int]) -> None:
    digests = [_run_in_process(tmp_path / str(index), seed, hash_seed=index) for index, seed in enumerate(seeds)]
    assert (digests[0] == digests[1]) == (seeds[0] == seeds[1])


def _run_in_process(home: Path, seed: int, hash_seed: int) -> str:
    home.mkdir()
    command = [sys.executable, "-m", "devnet.cli", "attack", "run", "double-vote", "--json", "--seed", str(seed)]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "DEVNET_HOME": str(home)}
    done = subprocess.run(
        [*command, "--mode", "lockstep", "--runtime", "process"],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["history_digest"])
