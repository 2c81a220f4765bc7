"""Committers that pass over a due checkpoint, and what honest ones do about it (R37, R39)."""

from __future__ import annotations

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.behaviour import Honest
from devnet.actors.behaviours import SkipCheckpoint
from devnet.actors.committer import Commit, Committer, Propose, decide
from tests.unit.actors.commits import GAS_TARGET, TARGET, prepared, propose, transition
from tests.unit.actors.fakes import calls_in, event
from tests.unit.actors.told import Told


def sealed(view: AuxiliaryView, height: int) -> bytes:
    """A candidate that ends at that height, with all its window before it."""
    digest = propose(view, height)
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=60))
    return digest


def test_a_colluder_passes_over_two_due_checkpoints_and_proposes_the_third() -> None:
    view, _ = prepared(gas_used=GAS_TARGET // 8)
    action = decide(view, SkipCheckpoint())
    assert isinstance(action, Propose)
    assert action.transition.height == 4


def test_a_colluder_waits_until_it_can_pass_over_two() -> None:
    view, _ = prepared(finalised=3, gas_used=GAS_TARGET // 8)
    assert decide(view, SkipCheckpoint()) is None


def test_a_colluder_lets_its_candidate_be_and_commits_it() -> None:
    view, _ = prepared(gas_used=GAS_TARGET // 8)
    digest = propose(view, 4)
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=41))
    assert decide(view, SkipCheckpoint()) == Commit(digest)


def test_passing_over_a_due_checkpoint_is_told_once_and_an_honest_committer_has_nothing_to_tell() -> None:
    view, _ = prepared(finalised=3, gas_used=GAS_TARGET // 8)
    told = Told()
    for behaviour in (SkipCheckpoint(), SkipCheckpoint(), Honest()):
        Committer(view, behaviour, told).act()
    assert [(kind, payload["behaviour"], payload["passed_over"]) for kind, payload in told.events] == [
        ("BehaviourTook", "skip-checkpoint", 2)
    ]


@pytest.mark.parametrize("position", range(4))
def test_nobody_waits_its_turn_to_supersede_a_candidate_that_passed_over_a_checkpoint(position: int) -> None:
    """R39, R83."""
    view, to_origin = prepared(gas_used=GAS_TARGET // 8)
    view.position = position
    sealed(view, 4)
    Committer(view, Honest(), Told()).act()
    ((function, arguments),) = calls_in(to_origin, view.contracts.core)
    assert function == "propose"
    assert arguments[0] == transition(view, 2).fields()
