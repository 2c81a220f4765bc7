"""A proposer fetches its bonds when the core gives them back, not before (R39b)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.bonds import BondKeeper, bond_free_from
from tests.unit.actors.fakes import (
    PROPOSER,
    any_transition,
    calls_in,
    committed,
    event,
    kernel_opened,
    make_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.nodes import FakeLink

COMMITTED, RIVAL = any_transition(5), any_transition(6)
KERNEL = b"\x4b" * 32
PERIOD = 20


def prepared() -> tuple[AuxiliaryView, FakeLink]:
    """Origin is at block 60; two proposals of height 1."""
    view, _, to_origin = make_view(seen_chain(61), seen_chain(61))
    view.devnet = replace(view.devnet, parameters=replace(view.devnet.parameters, evidence_period=PERIOD))
    for one in (COMMITTED, RIVAL):
        view.core.apply(proposed(one.hash(), 1, one))
    return view, to_origin


def commit(view: AuxiliaryView, next_committed_in: int | None = None) -> None:
    view.core.apply(committed(1, 5, COMMITTED.hash()))
    view.core.apply(kernel_opened(2, KERNEL, block=30))
    if next_committed_in is not None:
        view.core.apply(kernel_opened(3, KERNEL, block=next_committed_in))


def test_no_bond_is_free_while_its_height_is_open() -> None:
    view, _ = prepared()
    assert [bond_free_from(view.core, one.hash(), PERIOD) for one in (COMMITTED, RIVAL)] == [None, None]


def test_a_rival_is_free_at_the_commit_and_the_committed_one_after_the_next_and_the_evidence_period() -> None:
    view, _ = prepared()
    commit(view)
    assert [bond_free_from(view.core, one.hash(), PERIOD) for one in (COMMITTED, RIVAL)] == [None, 0]
    view.core.apply(kernel_opened(3, KERNEL, block=41))
    assert bond_free_from(view.core, COMMITTED.hash(), PERIOD) == 61


def test_a_halt_frees_what_is_open_at_once_and_the_last_committed_one_after_the_evidence_period() -> None:
    view, _ = prepared()
    view.core.apply(event("Halted", 50, height=1, reason=0))
    assert bond_free_from(view.core, RIVAL.hash(), PERIOD) == 0
    commit(view)
    assert bond_free_from(view.core, COMMITTED.hash(), PERIOD) == 70


@pytest.mark.parametrize(("next_committed_in", "fetched"), [(41, [COMMITTED, RIVAL]), (42, [RIVAL])])
def test_free_bonds_are_fetched_once(next_committed_in: int, fetched: list[object]) -> None:
    view, to_origin = prepared()
    commit(view, next_committed_in)
    keeper = BondKeeper(view, PROPOSER)
    keeper.act()
    keeper.act()
    calls = calls_in(to_origin, view.contracts.core)
    assert calls == [("returnBond", (one.hash(),)) for one in fetched]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["another proposer", "returned", "forfeited", "no bonds"])
def test_there_is_nothing_to_fetch(name: str) -> None:
    view, to_origin = prepared()
    commit(view, 41)
    proposer = b"\x51" * 20 if name == "another proposer" else PROPOSER
    for one in (COMMITTED, RIVAL):
        if name == "returned":
            view.core.apply(event("BondReturned", proposalId=one.hash()))
        elif name == "forfeited":
            view.core.apply(event("BondForfeited", proposalId=one.hash()))
    if name == "no bonds":
        view.devnet = replace(view.devnet, parameters=replace(view.devnet.parameters, proposal_bond_wei=0))
    BondKeeper(view, proposer).act()
    assert not to_origin.sent
