"""What origin is to remember for a transition is pinned whatever else goes on (R32, R38, R83)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.attempts import MOST_TURNS, STEP_IN_BLOCKS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.core_state import PINS_KEPT, SOON, CoreState
from devnet.actors.pinner import PINS_AT_ONCE, Pinner, due_pins
from devnet.mosaic.headers import BLOCK_HASH_WINDOW
from tests.unit.actors.fakes import (
    any_transition,
    calls_in,
    committed,
    event,
    kernel_opened,
    make_ruled_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.nodes import FakeLink


def prepared(*observed: int) -> tuple[AuxiliaryView, FakeLink]:
    """Auxiliary finalised these checkpoints of origin, each recorded in the block of its number plus 7."""
    view, to_origin = make_ruled_view()
    for height in observed:
        observe(view, height)
    return view, to_origin


def observe(view: AuxiliaryView, height: int) -> None:
    about, digest = view.contracts.deployment.origin_core_id, view.origin.seen.blocks[4 * height].hash
    args: dict[str, Any] = {"coreId": about, "height": height, "blockHash": digest, "dynasty": height}
    view.state.apply(event("CheckpointFinalised", 4 * height + 7, **args))


def pin(view: AuxiliaryView, number: int) -> None:
    view.core.apply(event("OriginPinned", number=number, blockHash=view.origin.seen.blocks[number].hash))


def commit(view: AuxiliaryView, meta_height: int, height: int) -> None:
    transition = any_transition(height)
    view.core.apply(proposed(transition.hash(), meta_height, transition))
    view.core.apply(committed(meta_height, height, transition.hash()))


def grow_origin(view: AuxiliaryView, height: int) -> None:
    for block in seen_chain(height + 1).blocks:
        if block.number > view.origin.seen.height:
            view.origin.seen.append(block.header, block.hash)


def test_origin_checkpoints_are_due_as_soon_as_auxiliary_finalised_them() -> None:
    """R83."""
    view, _ = prepared()
    assert list(due_pins(view)) == []
    observe(view, 3)
    assert list(due_pins(view)) == [12]
    pin(view, 12)
    assert list(due_pins(view)) == []


def test_every_one_is_due_not_only_the_newest() -> None:
    """A transition that waits, or was passed over, names an older one (R38)."""
    assert list(due_pins(prepared(1, 2, 3)[0])) == [12, 8, 4]


@pytest.mark.parametrize("busy", ["with a candidate", "with a checkpoint that is due", "before the kernel came over"])
def test_nothing_else_holds_a_pin_up(busy: str) -> None:
    """R83: a set that lets a candidate wait cannot let origin forget what proves that it broke the gas rule (R38)."""
    view, _ = prepared(3)
    if busy == "with a candidate":
        view.core.apply(event("Sealed", proposalId=b"\x11" * 32, target=b"\x22" * 32, committableAt=9_000))
    elif busy == "with a checkpoint that is due":
        for height in range(1, 8):
            core_id, block = view.contracts.deployment.core_id, view.chain.seen.blocks[4 * height].hash
            args: dict[str, Any] = {"coreId": core_id, "height": height, "blockHash": block, "dynasty": height}
            view.state.apply(event("CheckpointFinalised", 4 * height + 7, **args))
    else:
        view.core.apply(kernel_opened(2, b"\x4c" * 32))
    assert list(due_pins(view)) == [12]


def test_what_the_last_but_one_commit_named_is_settled_and_what_came_after_may_be_evidence() -> None:
    """R38: what the last commit passed over names something between the two, and may be proven much later."""
    view, _ = prepared(1, 2, 3)
    commit(view, 1, 4)
    assert list(due_pins(view)) == [12, 8, 4]
    # Checkpoint 4, block 16 of auxiliary, names the second observation, which block 15 recorded.
    commit(view, 2, 7)
    assert list(due_pins(view)) == [12]
    commit(view, 3, 9)
    assert list(due_pins(view)) == []


def test_a_block_that_is_not_origins_own_is_never_pinned() -> None:
    view, _ = prepared(3)
    view.origin.seen.forget_above(11)
    assert list(due_pins(view)) == []


@pytest.mark.parametrize(
    ("height", "is_due"), [(12 + BLOCK_HASH_WINDOW - SOON, True), (13 + BLOCK_HASH_WINDOW - SOON, False)]
)
def test_a_block_that_origin_has_forgotten_is_not_due(height: int, is_due: bool) -> None:
    view, _ = prepared(3)
    grow_origin(view, height)
    assert (list(due_pins(view)) == [12]) == is_due


@pytest.mark.parametrize("name", ["halted", "not deployed"])
def test_nothing_is_pinned_for_a_core_that_takes_nothing(name: str) -> None:
    view, _ = prepared(3)
    if name == "halted":
        view.core.apply(event("Halted", height=1, reason=1))
    else:
        view.core.open_height = 0
    assert list(due_pins(view)) == []


def pins_sent(view: AuxiliaryView, to_origin: FakeLink) -> list[int]:
    calls = calls_in(to_origin, view.contracts.core)
    assert {function for function, _ in calls} <= {"pinOrigin"}
    return [arguments[0] for _, arguments in calls]


def test_one_pins_and_pins_once() -> None:
    sent = []
    for position in range(4):
        view, to_origin = prepared(3)
        view.position = position
        pinner = Pinner(view)
        pinner.act()
        pinner.act()
        sent += pins_sent(view, to_origin)
    assert sent == [12]


@pytest.mark.parametrize(
    ("waited", "pins"), [(MOST_TURNS * STEP_IN_BLOCKS - 1, []), (MOST_TURNS * STEP_IN_BLOCKS, [12])]
)
def test_a_fisherman_pins_what_a_whole_set_left_alone(waited: int, pins: list[int]) -> None:
    """R38: nobody but it may want the proof."""
    view, to_origin = prepared(3)
    pinner = Pinner(view, is_last=True)
    pinner.act()
    grow_origin(view, view.origin.seen.height + waited)
    pinner.act()
    assert pins_sent(view, to_origin) == pins


def test_nothing_is_sent_while_a_chain_is_not_read_to_its_head() -> None:
    view, to_origin = prepared(3)
    view.position = next(at for at in range(4) if replace(view, position=at).turn_at(3) == 0)
    view.origin.is_behind = True  # type: ignore[misc]
    Pinner(view).act()
    assert to_origin.sent == []


def test_many_that_nobody_pinned_are_pinned_by_and_by() -> None:
    view, to_origin = make_ruled_view()
    grow_origin(view, 4 * 40)
    for height in range(1, 40):
        observe(view, height)
    grow_origin(view, view.origin.seen.height + 1)
    pinner = Pinner(view)
    pinner.act()
    grow_origin(view, view.origin.seen.height + 2 * MOST_TURNS)
    pinner.act()
    newest = set(range(4 * (40 - PINS_AT_ONCE), 4 * 40, 4))
    assert set(pins_sent(view, to_origin)) == newest
    for number in newest:
        pin(view, number)
    to_origin.sent.clear()
    pinner.act()
    grow_origin(view, view.origin.seen.height + 2 * MOST_TURNS)
    pinner.act()
    assert set(pins_sent(view, to_origin)) == {number - 4 * PINS_AT_ONCE for number in newest}


def test_what_could_be_pinned_again_is_never_let_go_of() -> None:
    core, last = CoreState(), 3 * BLOCK_HASH_WINDOW
    for number in range(4, last, 4):
        core.apply(event("OriginPinned", number=number, blockHash=b"\x08" * 32))
    core.apply(kernel_opened(1, b"\x4b" * 32, block=last))
    inside = [number for number in range(4, last, 4) if last + SOON - number <= BLOCK_HASH_WINDOW]
    assert set(inside) <= set(core.pinned)
    assert len(core.pinned) == PINS_KEPT + len(inside)
