"""The boxes of a gateway, folded from its events (R63)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.boxes import ENDED_KEPT, UNKNOWN, Boxes, over
from devnet.actors.follower import OriginState
from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Transfer
from tests.unit.actors.fakes import CORE, event

MESSAGE = b"\x3e" * 32
STRUCT = {
    "amount": 5,
    "beneficiary": b"\xbe" * 20,
    "gasPrice": 1,
    "gasLimit": 2,
    "sender": b"\x5e" * 20,
    "nonce": 3,
    "hashLock": b"\x10" * 32,
}
TRANSFER = Transfer(5, b"\xbe" * 20, 1, 2, b"\x5e" * 20, 3, b"\x10" * 32)


def told(name: str, block: int = 1, message: bytes = MESSAGE, **args: Any) -> DecodedEvent:
    """An event of a gateway; ``facilitator`` is whoever caused it."""
    args = {"facilitator": b"\xfa" * 20} | args
    return replace(event(name, block, "Gateway", messageHash=message, **args), pair="TKN")


def boxes_after(*events: DecodedEvent) -> Boxes:
    boxes = Boxes()
    for one in events:
        boxes.apply(one)
    return boxes


def test_a_message_has_the_status_of_the_last_event_up_to_a_block() -> None:
    boxes = boxes_after(told("StakeDeclared", 5, transfer=STRUCT), told("StakeRevocationDeclared", 9))
    entry = boxes.outbox[MESSAGE]
    assert [entry.at(block).name for block in (4, 5, 8, 9, 70)] == [
        "UNDECLARED",
        "DECLARED",
        "DECLARED",
        "DECLARED_REVOCATION",
        "DECLARED_REVOCATION",
    ]
    assert entry.transfer == TRANSFER
    assert entry.first_block == 5
    assert not boxes.inbox


def test_of_two_events_in_a_block_the_last_counts_at_its_end() -> None:
    boxes = boxes_after(told("RedeemConfirmed", 5), told("UnstakeProgressed", 5, secret=b"\x5e" * 32))
    assert boxes.inbox[MESSAGE].at(5) is MessageStatus.PROGRESSED
    assert boxes.inbox[MESSAGE].at(4) is MessageStatus.UNDECLARED


def test_a_secret_is_public_only_where_one_was_used() -> None:
    by_proof = boxes_after(told("StakeConfirmed"), told("MintProgressed", 2, secret=bytes(32)))
    assert by_proof.inbox[MESSAGE].secret is None
    by_secret = boxes_after(told("StakeConfirmed"), told("MintProgressed", 2, secret=b"\x5e" * 32))
    assert by_secret.inbox[MESSAGE].secret == b"\x5e" * 32


def test_what_a_halt_ended_is_known_as_settled() -> None:
    boxes = boxes_after(told("StakeDeclared", transfer=STRUCT), told("StakeSettled", 2, returned=True))
    entry = boxes.outbox[MESSAGE]
    assert (entry.status, entry.settled) == (MessageStatus.REVOKED, True)
    stays = boxes_after(told("StakeDeclared", transfer=STRUCT), told("StakeSettled", 2, returned=False))
    assert stays.outbox[MESSAGE].status is MessageStatus.PROGRESSED


def test_events_that_name_no_message_change_nothing() -> None:
    boxes = boxes_after(told("GatewayDeactivated"), told("BountyReturned"), told("TransferClaimed"))
    assert not boxes.outbox
    assert not boxes.inbox
    assert UNKNOWN.status is MessageStatus.UNDECLARED
    assert not UNKNOWN.settled


def filled(count: int) -> tuple[Boxes, Boxes]:
    """Both ends of that many stakes, each of which ended at the source in block 3 and at the target in block 5."""
    source, target = Boxes(), Boxes()
    for number in range(count):
        digest = number.to_bytes(32)
        source.apply(told("StakeDeclared", 2, digest, transfer=STRUCT))
        source.apply(told("StakeProgressed", 3, digest, secret=bytes(32)))
        target.apply(told("StakeConfirmed", 4, digest))
        target.apply(told("MintProgressed", 5, digest, secret=bytes(32)))
    return source, target


def test_one_end_alone_forgets_nothing() -> None:
    source, target = filled(4 * ENDED_KEPT)
    assert len(source.outbox) == len(target.inbox) == 4 * ENDED_KEPT


def test_what_ended_long_ago_on_both_sides_may_be_forgotten_but_the_newest() -> None:
    source, target = filled(2 * ENDED_KEPT + 1)
    ended = over(source, target, 4, 6)
    assert ended == [number.to_bytes(32) for number in range(ENDED_KEPT + 1)]
    for boxes in (source, target):
        boxes.forget(ended)
    assert len(source.outbox) == len(target.inbox) == ENDED_KEPT
    assert over(source, target, 4, 6) == []


@pytest.mark.parametrize(("source_block", "target_block"), [(3, 6), (4, 5)])
def test_what_a_reorg_may_open_again_is_not_forgotten(source_block: int, target_block: int) -> None:
    assert over(*filled(2 * ENDED_KEPT + 1), source_block, target_block) == []


def test_what_is_open_on_one_side_is_not_forgotten() -> None:
    """R68: somebody has to finish it."""
    source, target = filled(2 * ENDED_KEPT + 3)
    first, second = bytes(32), (1).to_bytes(32)
    target.inbox[first] = boxes_after(told("StakeConfirmed", 4, first)).inbox[first]
    del target.inbox[second]
    assert over(source, target, 4, 6)[0] == (2).to_bytes(32)


def test_both_chains_keep_the_boxes_of_every_pair_apart_from_the_core() -> None:
    other = replace(told("StakeDeclared", transfer=STRUCT), pair="OTHER")
    origin, auxiliary = OriginState(["auxiliary-1"]), AuxiliaryState(CORE)
    origin.apply_all([told("StakeDeclared", transfer=STRUCT), other])
    auxiliary.apply_all([told("StakeConfirmed")])
    assert {pair: list(boxes.outbox) for pair, boxes in origin.boxes.items()} == {"TKN": [MESSAGE], "OTHER": [MESSAGE]}
    assert list(auxiliary.boxes["TKN"].inbox) == [MESSAGE]
