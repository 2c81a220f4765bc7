"""G2 after a halt: everything ends by the table of R74, once, by the last committed root alone (R73, R74)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.mosaic.messages import MessageStatus
from tests.unit.checks.bridge import ALICE, AMOUNT, BOB, CO_GATEWAY, CONTRACT, COURIER, REWARD, Bridge, Flight
from tests.unit.checks.conftest import hexed

UNDECLARED, DECLARED, PROGRESSED = MessageStatus.UNDECLARED, MessageStatus.DECLARED, MessageStatus.PROGRESSED
REVOKING, REVOKED = MessageStatus.DECLARED_REVOCATION, MessageStatus.REVOKED


def stake_in(bridge: Bridge, outbox: MessageStatus, inbox: MessageStatus) -> Flight:
    """A stake with these statuses, on a core that halted right after a commit of the inbox."""
    flight = bridge.declare(True)
    if inbox is not UNDECLARED:
        bridge.confirm(flight)
    if inbox is PROGRESSED:
        bridge.progress_target(flight)
    if outbox in (REVOKING, REVOKED):
        bridge.revoke(flight)
    if inbox is REVOKED:
        bridge.confirm(flight, revocation=True)
    bridge.commit()
    if outbox is REVOKED:
        bridge.take_back(flight)
    elif outbox is PROGRESSED:
        bridge.progress_source(flight)
    bridge.halt()
    return flight


def redeem_in(bridge: Bridge, outbox: MessageStatus, inbox: MessageStatus) -> Flight:
    """A redemption with these statuses, likewise; Alice's and the courier's other tokens stay on auxiliary."""
    bridge.carry(True, beneficiary=ALICE)
    bridge.carry(True, beneficiary=ALICE)
    flight = bridge.flight(False, ALICE, BOB) if outbox is UNDECLARED else bridge.declare(False)
    if outbox in (REVOKING, REVOKED):
        height = bridge.commit()
        bridge.confirm(flight, height) if inbox is not UNDECLARED else None
        bridge.revoke(flight)
        if inbox is REVOKED:
            bridge.confirm(flight, revocation=True)
            bridge.observe()
        if outbox is REVOKED:
            bridge.take_back(flight)
    elif outbox is PROGRESSED:
        if inbox is not UNDECLARED:
            bridge.confirm(flight)
        bridge.progress_source(flight)
    bridge.commit()
    if inbox is not UNDECLARED and outbox is DECLARED:
        bridge.confirm(flight)
    if inbox is PROGRESSED:
        bridge.progress_target(flight)
    bridge.halt()
    return flight


ENDINGS = [
    (True, DECLARED, UNDECLARED, "returned"),
    (True, DECLARED, DECLARED, "returned"),
    (True, DECLARED, PROGRESSED, "kept"),
    (True, REVOKING, UNDECLARED, "returned"),
    (True, REVOKING, DECLARED, "returned"),
    (True, REVOKING, PROGRESSED, "kept"),
    (True, REVOKING, REVOKED, "returned"),
    (True, PROGRESSED, UNDECLARED, "claimed"),
    (True, PROGRESSED, DECLARED, "claimed"),
    (True, PROGRESSED, PROGRESSED, ""),
    (True, REVOKED, REVOKED, ""),
    (False, DECLARED, UNDECLARED, "paid"),
    (False, DECLARED, DECLARED, "paid"),
    (False, DECLARED, PROGRESSED, ""),
    (False, PROGRESSED, UNDECLARED, "paid"),
    (False, PROGRESSED, DECLARED, "paid"),
    (False, PROGRESSED, PROGRESSED, ""),
    (False, REVOKING, UNDECLARED, "paid"),
    (False, REVOKING, DECLARED, "paid"),
    (False, REVOKING, PROGRESSED, ""),
    (False, REVOKING, REVOKED, "claimed"),
    (False, REVOKED, REVOKED, ""),
]
"""Whether it is a stake, its outbox, its inbox, and what may be done (R74)."""
ACTS: dict[str, Callable[[Bridge, Flight], None]] = {
    "returned": lambda bridge, flight: bridge.settle(flight),
    "kept": lambda bridge, flight: bridge.settle(flight, returned=False),
    "claimed": lambda bridge, flight: bridge.claim(flight, BOB if flight.is_stake else ALICE),
    "paid": lambda bridge, flight: bridge.settle(flight),
}


def ending(is_stake: bool, outbox: MessageStatus, inbox: MessageStatus, right: str) -> tuple[Bridge, Flight]:
    """A message that ended by one of the rows, if it is one by which it ends."""
    bridge = Bridge()
    flight = (stake_in if is_stake else redeem_in)(bridge, outbox, inbox)
    if right:
        ACTS[right](bridge, flight)
    return bridge, flight


def in_words(column: Any) -> str:
    if isinstance(column, bool):
        return "stake" if column else "redemption"
    return column.name if isinstance(column, MessageStatus) else column or "nothing"


@pytest.mark.parametrize(("is_stake", "outbox", "inbox", "right"), ENDINGS, ids=in_words)
def test_a_message_ends_as_its_row_says_and_no_token_stays(
    is_stake: bool, outbox: MessageStatus, inbox: MessageStatus, right: str
) -> None:
    bridge, _ = ending(is_stake, outbox, inbox, right)
    if is_stake and inbox is PROGRESSED:
        bridge.leave(BOB, AMOUNT - REWARD)
        bridge.leave(COURIER, REWARD)
    if not is_stake:
        kept = 2 * (AMOUNT - REWARD)
        bridge.leave(ALICE, kept if outbox is REVOKED else kept - AMOUNT)
        bridge.leave(COURIER, 2 * REWARD)
    assert bridge.failing() == set()


@pytest.mark.parametrize(
    ("is_stake", "outbox", "inbox", "wrong"),
    [
        (is_stake, outbox, inbox, wrong)
        for is_stake, outbox, inbox, right in ENDINGS
        for wrong in (("returned", "kept", "claimed") if is_stake else ("paid", "claimed"))
        if wrong != right
    ],
    ids=in_words,
)
def test_g2_fails_when_a_message_ends_by_another_row(
    is_stake: bool, outbox: MessageStatus, inbox: MessageStatus, wrong: str
) -> None:
    bridge, _ = ending(is_stake, outbox, inbox, wrong)
    assert f"was {outbox.name} in the outbox and {inbox.name} in the inbox" in bridge.fails("G2").reason


@pytest.mark.parametrize(("is_stake", "outbox", "inbox", "right"), [row for row in ENDINGS if row[3]], ids=in_words)
def test_g2_fails_when_a_message_ends_twice(
    is_stake: bool, outbox: MessageStatus, inbox: MessageStatus, right: str
) -> None:
    bridge, flight = ending(is_stake, outbox, inbox, right)
    ACTS[right](bridge, flight)
    assert flight.message in bridge.fails("G2").reason


def left(bridge: Bridge) -> None:
    bridge.carry(True, beneficiary=ALICE)
    bridge.commit()
    bridge.halt()
    bridge.leave(ALICE, AMOUNT - REWARD)


def test_g2_fails_when_a_holder_leaves_twice() -> None:
    bridge = Bridge()
    left(bridge)
    bridge.leave(ALICE, AMOUNT - REWARD)
    assert f"{ALICE} had left before" in bridge.fails("G2").reason


def test_g2_fails_when_the_co_gateway_leaves() -> None:
    bridge = Bridge()
    redeem_in(bridge, DECLARED, UNDECLARED)
    bridge.leave(hexed(CO_GATEWAY), AMOUNT)
    assert "the co-gateway's tokens are those of open transfers" in bridge.fails("G2").reason


def test_g2_fails_when_somebody_leaves_a_core_that_runs() -> None:
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    bridge.commit()
    bridge.leave(ALICE, AMOUNT - REWARD)
    assert "the core runs" in bridge.fails("G2").reason


@pytest.mark.parametrize("act", [Bridge.progress_source, Bridge.revoke, Bridge.take_back])
def test_g2_fails_when_a_gateway_goes_on_after_the_halt(act: Callable[[Bridge, Flight], None]) -> None:
    bridge = Bridge()
    flight = stake_in(bridge, DECLARED, DECLARED)
    act(bridge, flight)
    assert "the core had halted" in bridge.fails("G2").reason


def test_g2_fails_when_a_stake_is_declared_after_the_halt() -> None:
    bridge = Bridge()
    bridge.halt()
    bridge.declare(True)
    assert "the core had halted" in bridge.fails("G2").reason


def test_g2_passes_when_auxiliary_goes_on_after_the_halt() -> None:
    bridge = Bridge()
    flight = stake_in(bridge, DECLARED, DECLARED)
    bridge.progress_target(flight)
    assert bridge.failing() == set()


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("TransferClaimed", {"claimant": COURIER}, "neither sender nor beneficiary"),
        ("TransferClaimed", {"amount": "999"}, "the transfer is of 1000"),
    ],
)
def test_g2_fails_when_a_claim_is_not_the_transfers(kind: str, change: dict[str, str], reason: str) -> None:
    bridge = Bridge()
    bridge.changes[kind] = change
    bridge.claim(stake_in(bridge, PROGRESSED, UNDECLARED), BOB)
    assert reason in bridge.fails("G2").reason


@pytest.mark.parametrize("is_stake", [True, False])
def test_g2_fails_when_the_wrong_one_of_two_accounts_claims(is_stake: bool) -> None:
    """R74: neither account has code of its own, so a stake is the beneficiary's and a redemption the redeemer's."""
    bridge = Bridge()
    flight = stake_in(bridge, PROGRESSED, UNDECLARED) if is_stake else redeem_in(bridge, REVOKING, REVOKED)
    right, wrong = (BOB, ALICE) if is_stake else (ALICE, BOB)
    bridge.claim(flight, wrong)
    assert f"which is for {right}" in bridge.fails("G2").reason


def test_g2_passes_when_a_staker_claims_what_was_for_a_contract() -> None:
    """R74: nobody has a key of that beneficiary, so that its account may have had code of its own."""
    bridge = Bridge()
    flight = bridge.declare(True, beneficiary=CONTRACT)
    bridge.commit()
    bridge.progress_source(flight)
    bridge.halt()
    bridge.claim(flight, ALICE)
    assert bridge.failing() == set()


def test_g2_fails_when_a_stake_is_settled_as_a_redemption() -> None:
    bridge = Bridge()
    flight = stake_in(bridge, DECLARED, UNDECLARED)
    bridge.settle(Flight(flight.message, False, ALICE, BOB, flight.transfer))
    assert "goes the other way" in bridge.fails("G2").reason


def test_g2_fails_when_what_is_settled_was_never_declared() -> None:
    bridge = Bridge()
    stake_in(bridge, DECLARED, UNDECLARED)
    bridge.settle(bridge.flight(True, BOB, BOB))
    assert "was never declared" in bridge.fails("G2").reason
