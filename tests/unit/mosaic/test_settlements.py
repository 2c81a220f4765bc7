"""R74's table, both directions, every pair of statuses; and whose account has an owner's key (R73)."""

from __future__ import annotations

from itertools import product

import pytest

from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.settlements import Ending, ending, runs_own_code
from devnet.mosaic.transfers import Direction

UNDECLARED, DECLARED, PROGRESSED = MessageStatus.UNDECLARED, MessageStatus.DECLARED, MessageStatus.PROGRESSED
REVOKING, REVOKED = MessageStatus.DECLARED_REVOCATION, MessageStatus.REVOKED

STAKES = {
    Ending.RETURNED: {*product((DECLARED, REVOKING), (UNDECLARED, DECLARED, REVOKING, REVOKED))},
    Ending.MINTED: {(DECLARED, PROGRESSED), (REVOKING, PROGRESSED)},
    Ending.CLAIMED: {*product((PROGRESSED,), (UNDECLARED, DECLARED, REVOKING, REVOKED))},
}
REDEMPTIONS = {
    Ending.PAID: {*product((DECLARED, PROGRESSED, REVOKING), (UNDECLARED, DECLARED))},
    Ending.CLAIMED: {(REVOKING, REVOKED)},
}


@pytest.mark.parametrize(
    ("direction", "rows"), [(Direction.STAKE, STAKES), (Direction.REDEEM, REDEMPTIONS)], ids=["stake", "redeem"]
)
def test_every_pair_of_statuses_has_one_ending(
    direction: Direction, rows: dict[Ending, set[tuple[MessageStatus, MessageStatus]]]
) -> None:
    for both in product(MessageStatus, MessageStatus):
        expected = [left for left, pairs in rows.items() if both in pairs] or [Ending.OVER]
        assert [ending(direction, *both)] == expected, both


@pytest.mark.parametrize(
    ("code", "own"),
    [
        (b"", False),
        (bytes.fromhex("ef0100") + b"\x11" * 20, False),
        (bytes.fromhex("ef0100") + b"\x11" * 19, True),
        (bytes.fromhex("ef0100") + b"\x11" * 21, True),
        (bytes.fromhex("ef0101") + b"\x11" * 20, True),
        (b"\x60", True),
    ],
    ids=["none", "designator", "too short", "too long", "another version", "contract"],
)
def test_only_a_designator_leaves_an_account_its_key(code: bytes, own: bool) -> None:
    assert runs_own_code(code) is own
