"""Attacks on the gas rule: that their arms can fail, and that a report rests on proofs (R37-R39)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devnet.history import Event, History
from devnet.scenarios import honesty_guard, late_vote, skipped_checkpoint
from devnet.scenarios.base import ArmReport, Scenario
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_card
from devnet.world.embedded import Choice

pytestmark = pytest.mark.geth


def one_arm(card: Scenario, name: str) -> Scenario:
    (arm,) = (arm for arm in card.arms if arm.name == name)
    return replace(card, arms=(arm,))


def run(card: Scenario, directory: Path, runs: set[str]) -> tuple[ArmReport, list[Event]]:
    report = run_card(card, directory, Choice(mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS))
    with History.open(report.history) as history:
        runs.add(history.run)
        events = history.events()
    (arm,) = report.arms
    return arm, events


def test_without_the_literal_rule_a_late_vote_is_believed_nowhere(tmp_path: Path, own_runs: set[str]) -> None:
    """R37: it is the rule that punishes four honest validators, not the story."""
    card = replace(one_arm(late_vote.SCENARIO, "defence off"), variants={})
    arm, events = run(card, tmp_path, own_runs)
    assert arm.verdict == "invalid"
    assert "expected Evidence to answer '' to the accusation, found 'FinalityNotRecorded'" in arm.reasons
    assert not [event for event in events if event.kind == "ViolationRecorded"]


def test_without_a_fisherman_nobody_pays_for_a_skipped_checkpoint(tmp_path: Path, own_runs: set[str]) -> None:
    """R38 needs one fisherman: the attack's own arm is invalid without it."""
    card = one_arm(skipped_checkpoint.SCENARIO, "attack")
    card = replace(card, arms=(replace(card.arms[0], absent=("fisherman",)),))
    arm, events = run(card, tmp_path, own_runs)
    assert arm.verdict == "invalid"
    assert "expected the violation to be proven on origin, it was not" in arm.reasons
    assert not [event for event in events if event.kind == "BondForfeited"]


def test_a_guard_that_stays_away_guards_nothing(tmp_path: Path, own_runs: set[str]) -> None:
    """R39: it takes the honest validator's own transactions."""
    card = one_arm(honesty_guard.SCENARIO, "attack")
    card = replace(card, arms=(replace(card.arms[0], absent=(honesty_guard.GUARD,), play=None, done=None, blocks=60),))
    arm, events = run(card, tmp_path, own_runs)
    assert [event for event in events if event.kind == "ViolationRecorded"]
    assert not [event for event in events if event.kind == "Superseded"]
    assert arm.slashed == ()
