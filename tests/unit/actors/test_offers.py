"""What a sender hands to a facilitator survives its journey, and nothing else is taken for it (R67)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors.offers import Disclosure, Offer, parse_handed
from devnet.errors import UsageError
from devnet.mosaic.transfers import Direction, Transfer

TRANSFER = Transfer(2**200, b"\xbe" * 20, 3, 4, b"\x5e" * 20, 5, b"\x10" * 32)
OFFER = Offer(Direction.STAKE, "TKN", TRANSFER, b"\x51" * 65)
DISCLOSURE = Disclosure(Direction.REDEEM, "TKN", TRANSFER, b"\x5e" * 32)


@pytest.mark.parametrize("handed", [OFFER, DISCLOSURE], ids=["offer", "disclosure"])
def test_what_was_handed_over_is_read_as_it_was(handed: Offer | Disclosure) -> None:
    assert parse_handed(handed.as_json()) == handed


@pytest.mark.parametrize(
    "change",
    [
        {"direction": "sideways"},
        {"transfer": {}},
        {"transfer": None},
        {"transfer": TRANSFER.as_json() | {"amount": "many"}},
        {"transfer": TRANSFER.as_json() | {"sender": "5e" * 20}},
        {"signature": "0xzz"},
        {"signature": None},
        {"secret": 5},
    ],
    ids=str,
)
def test_anything_else_is_refused_with_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="expected a signed transfer or its secret"):
        parse_handed(OFFER.as_json() | change)


def test_neither_signature_nor_secret_is_refused() -> None:
    told = OFFER.as_json()
    del told["signature"]
    with pytest.raises(UsageError, match="expected a signed transfer or its secret"):
        parse_handed(told)
