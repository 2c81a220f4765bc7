"""Which kernel is proven on auxiliary, and that nothing is sent which does not prove it (R57-R60)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.kernel_prover import KernelProver, due_kernel
from devnet.actors.structs import kernel_of
from devnet.errors import TransportError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.slots import CORE_OPEN_KERNEL_HASH, variable_slot
from devnet.mosaic.transitions import Kernel
from tests.unit.actors.fakes import (
    any_transition,
    calls_in,
    committed,
    event,
    kernel_opened,
    kernel_stored,
    kernel_struct,
    make_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.tries import proof_of

KERNEL = kernel_of(kernel_struct(2))
TRANSITION = any_transition(5)


def prepared(opened_in: int = 10, observed: int = 3) -> AuxiliaryView:
    """The first meta-block is committed in block 10 of origin, and auxiliary has finalised origin's block 12."""
    view, _, _ = make_view(seen_chain(41), seen_chain(41))
    view.state.apply(kernel_stored(1, b"\x4b" * 32))
    view.core.apply(kernel_opened(1, b"\x4b" * 32))
    view.core.apply(proposed(TRANSITION.hash(), 1, TRANSITION))
    view.core.apply(committed(1, 5, TRANSITION.hash()))
    view.core.apply(kernel_opened(2, KERNEL.hash(), block=opened_in))
    view.state.transitions[TRANSITION.checkpoint] = TRANSITION.hash()
    observe(view, observed)
    return view


def observe(view: AuxiliaryView, height: int) -> None:
    about, digest = view.contracts.deployment.origin_core_id, view.origin.seen.blocks[4 * height].hash
    view.state.apply(event("CheckpointFinalised", 30, coreId=about, height=height, blockHash=digest, dynasty=1))


def test_an_opened_kernel_is_due_once_a_finalised_observation_shows_it() -> None:
    view = prepared()
    due = due_kernel(view)
    assert due is not None
    assert (due.kernel, due.transition) == (KERNEL, TRANSITION)
    assert due.observed == Checkpoint(view.origin.seen.blocks[12].hash, 3)


def test_the_block_that_opens_it_shows_it_already() -> None:
    assert due_kernel(prepared(opened_in=12)) is not None
    assert due_kernel(prepared(opened_in=13)) is None


def test_of_several_observations_the_newest_is_taken_in_which_the_kernel_is_still_open() -> None:
    view = prepared()
    observe(view, 4)
    observe(view, 5)
    due = due_kernel(view)
    assert due is not None
    assert due.observed.height == 5
    view.core.apply(kernel_opened(3, b"\x4d" * 32, block=19))
    due = due_kernel(view)
    assert due is not None
    assert due.observed.height == 4


@pytest.mark.parametrize(
    "name", ["none stored", "one pending", "none opened", "another branch", "nothing observed", "another origin"]
)
def test_no_kernel_is_due_while_something_of_its_proof_is_missing(name: str) -> None:
    view = prepared()
    if name == "none stored":
        view.state.kernels.clear()
    elif name == "one pending":
        view.state.apply(kernel_stored(2, KERNEL.hash(), activation=2))
    elif name == "none opened":
        del view.core.kernels[2]
    elif name == "another branch":
        view.state.transitions[TRANSITION.checkpoint] = b"\x99" * 32
    elif name == "nothing observed":
        view.state.origin.finalised.clear()
    else:
        view.origin.seen.forget_above(11)
    assert due_kernel(view) is None


def test_the_next_kernel_is_due_when_the_one_before_became_active() -> None:
    view = prepared()
    view.state.apply(kernel_stored(2, KERNEL.hash(), activation=1))
    about = view.contracts.deployment.core_id
    view.state.apply(event("CheckpointFinalised", 31, coreId=about, height=6, blockHash=b"\x06" * 32, dynasty=1))
    assert due_kernel(view) is None
    second = any_transition(7)
    view.core.apply(proposed(second.hash(), 2, second))
    view.core.apply(committed(2, 7, second.hash()))
    view.core.apply(kernel_opened(3, b"\x4d" * 32, block=20))
    view.state.transitions[second.checkpoint] = second.hash()
    observe(view, 5)
    due = due_kernel(view)
    assert due is not None
    assert due.kernel.height == 3


def provable(kernel: Kernel = KERNEL) -> tuple[AuxiliaryView, FakeLink, FakeLink]:
    """The observed block has a state in which that kernel is open; the first to try; links to both chains."""
    view = prepared()
    answer, root = proof_of(view.contracts.core.address, variable_slot(CORE_OPEN_KERNEL_HASH), kernel.hash())
    header = replace(view.origin.header(12), state_root=root)
    view.origin.header = lambda number: header  # type: ignore[method-assign]
    to_auxiliary, origin = FakeLink([]), FakeLink([], chain="origin", answers={"eth_getProof": answer})
    view.sender._link = to_auxiliary
    view.position = next(at for at in range(4) if _is_first(view, at))
    return view, to_auxiliary, origin


def _is_first(view: AuxiliaryView, position: int) -> bool:
    view.position = position
    return view.turn_at(2) == 0


def test_the_kernel_is_sent_once_with_its_proofs() -> None:
    view, to_auxiliary, origin = provable()
    prover = KernelProver(view, origin)
    prover.act()
    prover.act()
    ((function, arguments),) = calls_in(to_auxiliary, view.contracts.kernel_gateway)
    assert function == "proveKernel"
    assert arguments[2] == 3
    assert [len(proof) for proof in arguments[3:]] == [1, 1]


def test_others_wait_for_the_first() -> None:
    view, to_auxiliary, origin = provable()
    view.position += 1
    KernelProver(view, origin).act()
    assert to_auxiliary.sent == []


def test_a_proof_of_another_kernel_is_not_sent() -> None:
    view, to_auxiliary, origin = provable(kernel_of(kernel_struct(2, gas_target=7)))
    with pytest.raises(TransportError, match="does not hold"):
        KernelProver(view, origin).act()
    assert to_auxiliary.sent == []
