"""When a validator takes what it earned, and when the others prove that one of them left (R75-R77)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.claimer import Claimer, committed_height, dearest, due_claim
from devnet.actors.withdrawal_prover import WITHDRAWN, WithdrawalProver, due_withdrawal
from devnet.contracts.gas import MAX_CLAIMS, gas_limit
from devnet.mosaic.slots import STAKE_WITHDRAWN, mapping_slot
from devnet.types import TOKEN
from tests.unit.actors.fakes import (
    any_transition,
    calls_in,
    committed,
    event,
    kernel_stored,
    make_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.tries import proof_of

OWN, OTHER = b"\xaa" * 20, b"\xbb" * 20
KERNEL = b"\x4b" * 32


def prepared(committed_at: int = 5, share: int = TOKEN, links: int = 8) -> tuple[AuxiliaryView, FakeLink]:
    """A validator with a share in links 1 to ``links``, where a commit of some checkpoint was proven."""
    view, to_auxiliary, _ = make_view(seen_chain(41), seen_chain(41))
    transition = any_transition(committed_at)
    view.core.apply(proposed(transition.hash(), 1, transition))
    view.core.apply(committed(1, committed_at, transition.hash()))
    view.state.apply(kernel_stored(1, KERNEL))
    view.state.apply(kernel_stored(2, KERNEL))
    view.state.earnings.unclaimed[OWN] = dict.fromkeys(range(1, links + 1), share)
    return view, to_auxiliary


def test_links_up_to_the_proven_commit_are_claimed_once() -> None:
    view, to_auxiliary = prepared()
    claimer = Claimer(view, OWN)
    claimer.act()
    claimer.act()
    ((function, (validator, heights)),) = calls_in(to_auxiliary, view.contracts.rewards)
    assert (function, validator, list(heights)) == ("claim", "0x" + OWN.hex(), [1, 2, 3, 4, 5])


def test_nothing_is_claimed_before_a_kernel_proves_the_first_commit() -> None:
    view, _ = prepared()
    view.state.kernels.pop()
    assert committed_height(view) == 0
    assert due_claim(view, OWN) is None


def test_what_is_due_is_49_percent_until_the_withdrawal_is_proven() -> None:
    view, _ = prepared(share=101)
    due = due_claim(view, OWN)
    assert due is not None
    assert due.amount == 5 * 101 * 49 // 100
    view.state.earnings.withdrawn.add(OWN)
    due = due_claim(view, OWN)
    assert due is not None
    assert due.amount == 5 * 101


@pytest.mark.parametrize(("more", "sent"), [(0, False), (1, True)])
def test_a_claim_is_sent_if_it_pays_more_than_it_can_cost(more: int, sent: bool) -> None:
    view, to_auxiliary = prepared(share=0)
    cost = dearest(view, gas_limit("Rewards", "claim", links=5))
    view.state.earnings.withdrawn.add(OWN)
    view.state.earnings.unclaimed[OWN][1] = cost + more
    Claimer(view, OWN).act()
    assert bool(to_auxiliary.sent) == sent


def test_the_slashed_claim_nothing() -> None:
    view, _ = prepared()
    view.state.slashed.add(OWN)
    assert due_claim(view, OWN) is None


def test_one_claim_has_so_many_links_at_most() -> None:
    view, _ = prepared(committed_at=100, links=100)
    due = due_claim(view, OWN)
    assert due is not None
    assert due.target_heights == tuple(range(1, MAX_CLAIMS + 1))


def withdrawing(held: int = TOKEN, block: int = 10, observed: int | None = 3) -> tuple[AuxiliaryView, FakeLink]:
    """Another validator was paid its stake back in a block of origin; auxiliary has finalised an observation."""
    view, to_auxiliary = prepared()
    view.state.earnings.earned[OTHER] = held
    view.core.apply(event("StakeWithdrawn", block, validator=OTHER))
    if observed is not None:
        about, digest = view.contracts.deployment.origin_core_id, view.origin.seen.blocks[4 * observed].hash
        view.state.apply(event("CheckpointFinalised", 30, coreId=about, height=observed, blockHash=digest, dynasty=1))
    while view.turn_at(block):
        view.position += 1
    return view, to_auxiliary


def test_a_withdrawal_is_due_once_a_finalised_observation_shows_it() -> None:
    view, _ = withdrawing(block=12)
    due = due_withdrawal(view)
    assert due is not None
    assert (due.validator, due.observed.height) == (OTHER, 3)
    assert due_withdrawal(withdrawing(block=13)[0]) is None
    assert due_withdrawal(withdrawing(observed=None)[0]) is None


@pytest.mark.parametrize("name", ["nothing held", "proven", "slashed", "another origin"])
def test_a_withdrawal_is_not_due(name: str) -> None:
    view, _ = withdrawing()
    if name == "nothing held":
        view.state.earnings.earned[OTHER] = dearest(view, gas_limit("Rewards", "proveWithdrawal"))
    elif name == "proven":
        view.state.earnings.withdrawn.add(OTHER)
    elif name == "slashed":
        view.state.slashed.add(OTHER)
    else:
        view.origin.seen.forget_above(11)
    assert due_withdrawal(view) is None


def test_the_proof_is_sent_once_by_whose_turn_it_is() -> None:
    view, to_auxiliary = withdrawing()
    stake = view.contracts.stake.address
    answer, root = proof_of(stake, mapping_slot(OTHER, STAKE_WITHDRAWN), WITHDRAWN)
    header = replace(view.origin.header(12), state_root=root)
    view.origin.header = lambda number: header  # type: ignore[method-assign]
    prover = WithdrawalProver(view, FakeLink([], chain="origin", answers={"eth_getProof": answer}))
    prover.act()
    prover.act()
    ((function, arguments),) = calls_in(to_auxiliary, view.contracts.rewards)
    assert function == "proveWithdrawal"
    assert (arguments[0], arguments[1], [len(nodes) for nodes in arguments[2:]]) == ("0x" + OTHER.hex(), 3, [1, 1])
    second, to_second = withdrawing()
    second.position += 1
    WithdrawalProver(second, FakeLink([])).act()
    assert not to_second.sent
