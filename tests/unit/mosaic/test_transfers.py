"""Transfers as the gateways take them (R62), and what every event of a gateway does to a message (R63)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import EFFECTS, Box, Direction, Effect, Ends, Transfer, effect_of
from tests.unit.mosaic.test_messages_vectors import ROWS, intent_of, message_of, unhex

CONTRACTS = Path(__file__).parents[3] / "chains/contracts/src"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}-{row['message']['nonce'][:6]}")
def test_a_transfer_between_two_ends_is_the_message_of_the_vectors(row: dict[str, Any]) -> None:
    intent, message = intent_of(row), message_of(row)
    ends = Ends(intent.origin_chain_id, intent.gateway, intent.auxiliary_chain_id, intent.co_gateway)
    transfer = Transfer(
        intent.amount,
        intent.beneficiary,
        message.gas_price,
        message.gas_limit,
        message.sender,
        message.nonce,
        message.hash_lock,
    )
    direction = Direction.STAKE if row["kind"] == "StakeIntent" else Direction.REDEEM
    other = Direction.REDEEM if direction is Direction.STAKE else Direction.STAKE
    assert transfer.message(direction, ends) == message
    assert transfer.hash(direction, ends) == unhex(row["messageHash"])
    assert transfer.hash(other, ends) != unhex(row["messageHash"])


def test_the_members_are_in_the_order_of_the_struct() -> None:
    text = (CONTRACTS / "types/Messages.sol").read_text()
    struct = re.search(r"struct Transfer \{(.*?)\}", text, re.DOTALL)
    assert struct is not None
    names = re.findall(r"(\w+);", struct[1])
    snake = [re.sub(r"(?=[A-Z])", "_", name).lower() for name in names]
    values = (1, b"\x02" * 20, 3, 4, b"\x05" * 20, 6, b"\x07" * 32)
    transfer = Transfer(*values)
    assert tuple(getattr(transfer, name) for name in snake) == transfer.fields() == values


def test_every_event_that_names_a_message_has_an_effect() -> None:
    """An event that nobody knows would leave a message where it was for whoever follows it."""
    named = set()
    for name in ("IGateway", "ICoGateway", "IExits"):
        text = (CONTRACTS / f"interfaces/{name}.sol").read_text()
        named |= set(re.findall(r"event (\w+)\(\s*bytes32 indexed messageHash", text))
    assert named - {"TransferClaimed", "BountyReturned"} == EFFECTS.keys() | {"StakeSettled"}


def test_a_settled_stake_is_returned_or_stays() -> None:
    assert effect_of("StakeSettled", returned=True) == Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.REVOKED)
    assert effect_of("StakeSettled") == Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.PROGRESSED)
    assert effect_of("VoteCast") is None
