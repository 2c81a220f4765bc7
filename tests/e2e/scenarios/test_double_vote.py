"""The whole attack, in lockstep on real geth: three arms, and the same digest for the same seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devnet.history import History
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_attack

pytestmark = pytest.mark.geth


def test_double_vote_goes_as_its_card_says(tmp_path: Path, nothing_left: list[str]) -> None:
    report = run_attack("double-vote", tmp_path, mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
    history = History.open(report.history)
    nothing_left.append(history.run)
    arms = {arm.arm: arm for arm in report.arms}
    assert report.verdict == "passed", report.as_json()
    assert arms["attack"].slashed == ("validator-2",)
    assert arms["defence off"].slashed == ()
    assert {result.check for result in arms["defence off"].checks if result.verdict.value == "failed"} == {"S7"}
    assert arms["honest control"].slashed == ()


def test_evidence_was_never_sent_to_origin_as_votes(tmp_path: Path, nothing_left: list[str]) -> None:
    """Lemma 1: origin learns of the two votes only by the fisherman's evidence, which carries both in full."""
    report = run_attack("double-vote", tmp_path, mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
    history = History.open(report.history)
    nothing_left.append(history.run)
    slashes = [event for event in history.events("ValidatorSlashed") if event.chain == "origin"]
    assert len(slashes) == 1
    first_on_origin = min(event.sequence for event in history.events() if event.chain == "origin" and "Vote" in event.kind) \
        if any(event.chain == "origin" and "Vote" in event.kind for event in history.events()) else None
    assert first_on_origin is None or first_on_origin > slashes[0].sequence


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
