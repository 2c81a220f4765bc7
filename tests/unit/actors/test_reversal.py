"""Who proves to a core that origin blocks were signed and taken back, and what is left alone (R31, R40)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.attempts import STEP_IN_BLOCKS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.reversal import ReversalProver, reversals
from devnet.errors import RpcError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.headers import Header
from tests.unit.actors.fakes import calls_in, event, kernel_opened, make_view, make_vote, seen_chain, vote_event
from tests.unit.actors.nodes import FakeLink, chain_of, header
from tests.unit.actors.told import Told

LOST = chain_of(41, salt=b"lost")
"""Blocks of origin that were taken back."""
REPORT = b"\x7e" * 32
VOTERS = (b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20)


def own(view: AuxiliaryView, height: int) -> bytes:
    return view.origin.seen.blocks[4 * height].hash


def justify(
    view: AuxiliaryView, source: int, target: int, *, target_hash: bytes, source_hash: bytes | None = None
) -> None:
    """Three validators voted for a link about origin, which justified its target."""
    about, start = view.contracts.deployment.origin_core_id, source_hash or own(view, source)
    vote = make_vote(source, target, core_id=about, transition=bytes(32), source=start, target=target_hash)
    view.state.apply_all([vote_event(vote, voter) for voter in VOTERS])
    view.state.apply(event("CheckpointJustified", coreId=about, height=target, blockHash=target_hash))


def report(view: AuxiliaryView, header: Header) -> None:
    about = view.contracts.deployment.origin_core_id
    told = event("OriginCheckpointReported", coreId=about, height=header.number // 4, blockHash=header.hash)
    view.state.apply(replace(told, transaction=REPORT))


def grow_origin(view: AuxiliaryView) -> None:
    following = header(len(view.origin.seen.blocks), view.origin.seen.head.hash)
    view.origin.seen.append(following, following.hash)


def watching(
    answers: Any = "0x", calldata_of: Header = LOST[20], is_validator: bool = False
) -> tuple[AuxiliaryView, ReversalProver, FakeLink, Told]:
    """Checkpoint 5 of origin was justified on auxiliary; origin has another block there."""
    view, _, to_origin = make_view(seen_chain(41), seen_chain(41))
    view.core.apply(kernel_opened(3, b"\x4b" * 32))
    justify(view, 4, 5, target_hash=LOST[20].hash)
    report(view, LOST[20])
    calldata = view.contracts.observer.calldata("reportCheckpoint", calldata_of.encode())
    to_auxiliary = FakeLink([], answers={"eth_getTransactionByHash": {"input": "0x" + calldata.hex()}})
    to_origin.answers["eth_call"] = answers
    told = Told()
    return view, ReversalProver(view, to_auxiliary, to_origin, told, is_validator), to_origin, told


def test_votes_that_name_a_lost_block_as_target_or_as_source_prove_it_newest_first() -> None:
    view, _, _, _ = watching()
    justify(view, 5, 6, target_hash=own(view, 6), source_hash=LOST[20].hash)
    found = [(one.reverted, one.vote.source_height, len(one.signatures)) for one in reversals(view)]
    lost = Checkpoint(LOST[20].hash, 5)
    assert found == [(lost, 5, 3), (lost, 4, 3)]


@pytest.mark.parametrize("name", ["origin's own", "not justified", "not there yet"])
def test_there_is_nothing_to_prove(name: str) -> None:
    view, _, _ = make_view(seen_chain(41), seen_chain(41))
    if name == "not justified":
        justify(view, 4, 5, target_hash=LOST[20].hash)
        view.state.origin.justified.clear()
    elif name == "not there yet":
        view.origin.seen.forget_above(19)
        justify(view, 4, 5, target_hash=LOST[20].hash)
    else:
        justify(view, 4, 5, target_hash=own(view, 5))
    assert list(reversals(view)) == []


def test_a_reversal_is_reported_once_with_the_header_that_auxiliary_was_told() -> None:
    view, prover, to_origin, told = watching()
    prover.act()
    justify(view, 5, 6, target_hash=own(view, 6), source_hash=LOST[20].hash)
    prover.act()
    ((function, (vote, signatures, header, meta_height)),) = calls_in(to_origin, view.contracts.evidence)
    assert function == "reportReversal"
    assert (vote[3], len(signatures), header, meta_height) == (LOST[20].hash, 3, LOST[20].encode(), 3)
    assert [kind for kind, _ in told.events] == ["ReversalReported"]


def test_a_validator_lets_the_fisherman_go_first_and_then_proves_it_itself() -> None:
    view, prover, to_origin, _ = watching(is_validator=True)
    turns, first = 1 + view.turn_at(view.core.open_height), view.origin.seen.height
    for height in range(first, first + turns * STEP_IN_BLOCKS):
        prover.act()
        assert not to_origin.sent, f"sent at {height}, before its turn"
        grow_origin(view)
    prover.act()
    assert [function for function, _ in calls_in(to_origin, view.contracts.evidence)] == ["reportReversal"]


def test_a_validator_sends_nothing_once_somebody_else_halted_the_core() -> None:
    view, prover, to_origin, _ = watching(is_validator=True)
    prover.act()
    view.core.apply(event("Halted", 43, height=1, reason=3))
    for _ in range(20):
        grow_origin(view)
        prover.act()
    assert not to_origin.sent


def test_the_sets_of_the_height_before_are_tried_where_the_open_ones_are_no_quorum() -> None:
    asked: list[object] = []

    def answer(*params: object) -> str:
        asked.append(params)
        if len(asked) == 1:
            raise RpcError(3, "execution reverted", "0x12345678")
        return "0x"

    view, prover, to_origin, _ = watching(answer)
    prover.act()
    ((_, (_, _, _, meta_height)),) = calls_in(to_origin, view.contracts.evidence)
    assert meta_height == 2


def test_what_origin_would_refuse_is_not_sent() -> None:
    _, prover, to_origin, told = watching(RpcError(3, "execution reverted", "0x12345678"))
    prover.act()
    assert not to_origin.sent
    assert not told.events


@pytest.mark.parametrize("name", ["halted", "report unknown", "another header"])
def test_nothing_is_sent_after_a_halt_or_without_the_reported_header(name: str) -> None:
    view, prover, to_origin, _ = watching(calldata_of=LOST[24 if name == "another header" else 20])
    if name == "halted":
        view.core.apply(event("Halted", 30, height=1, reason=3))
    elif name == "report unknown":
        view.state.reports.clear()
    prover.act()
    assert not to_origin.sent
