"""G2, G3, G4, G7: what becomes of a message, and what it is bound to (R62-R66)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.checks import Verdict
from tests.unit.checks.bridge import ALICE, AMOUNT, BOB, COURIER, ORIGIN, SECRET, Bridge, Flight, key, moved
from tests.unit.checks.conftest import hexed

NAMES = ("G2", "G3", "G4", "G5", "G7", "G8", "G9")


@pytest.fixture(name="bridge")
def new_bridge() -> Bridge:
    return Bridge()


def funded(bridge: Bridge) -> None:
    """Alice has tokens on auxiliary, more than one redemption takes."""
    bridge.carry(True, beneficiary=ALICE)
    bridge.carry(True, beneficiary=ALICE)


def start(bridge: Bridge, is_stake: bool) -> Flight:
    """A transfer that is declared on both sides."""
    if not is_stake:
        funded(bridge)
    flight = bridge.declare(is_stake)
    bridge.confirm(flight)
    return flight


both = pytest.mark.parametrize("is_stake", [True, False], ids=["stake", "redeem"])


@pytest.mark.parametrize("name", NAMES)
def test_passes_over_every_way_a_transfer_may_go(bridge: Bridge, name: str) -> None:
    bridge.everything()
    assert bridge.verdict(name).verdict is Verdict.PASSED


@pytest.mark.parametrize("name", NAMES)
def test_passes_where_there_is_no_gateway(name: str) -> None:
    bridge = Bridge(pairs=0)
    bridge.grow(ORIGIN, 2)
    assert bridge.verdict(name).verdict is Verdict.PASSED


@pytest.mark.parametrize("name", NAMES)
def test_is_unknown_when_nobody_declared_a_transfer(bridge: Bridge, name: str) -> None:
    bridge.observe()
    assert bridge.verdict(name).verdict is Verdict.UNKNOWN


# ------------------------------------------------------------------------------------------------ G2: the table

Act = Callable[[Bridge, Flight], None]


def revoke_twice(bridge: Bridge, flight: Flight) -> None:
    bridge.revoke(flight)
    bridge.revoke(flight)


def take_back_at_once(bridge: Bridge, flight: Flight) -> None:
    bridge.take_back(flight)


def progress_after_revocation(bridge: Bridge, flight: Flight) -> None:
    bridge.revoke(flight)
    bridge.progress_source(flight)


def progress_source_twice(bridge: Bridge, flight: Flight) -> None:
    bridge.progress_source(flight)
    bridge.progress_source(flight)


def revoke_when_progressed(bridge: Bridge, flight: Flight) -> None:
    bridge.progress_source(flight)
    bridge.revoke(flight)


def confirm_twice(bridge: Bridge, flight: Flight) -> None:
    bridge.confirm(flight)


def progress_target_twice(bridge: Bridge, flight: Flight) -> None:
    bridge.progress_target(flight)
    bridge.progress_target(flight)


def revoke_target_when_progressed(bridge: Bridge, flight: Flight) -> None:
    bridge.progress_target(flight)
    bridge.revoke(flight)
    bridge.confirm(flight, revocation=True)


def progress_target_when_revoked(bridge: Bridge, flight: Flight) -> None:
    bridge.revoke(flight)
    bridge.confirm(flight, revocation=True)
    bridge.progress_target(flight)


@both
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (revoke_twice, "was DECLARED_REVOCATION in the outbox"),
        (take_back_at_once, "was DECLARED in the outbox"),
        (progress_after_revocation, "was DECLARED_REVOCATION in the outbox"),
        (progress_source_twice, "was PROGRESSED in the outbox"),
        (revoke_when_progressed, "was PROGRESSED in the outbox"),
        (confirm_twice, "was DECLARED in the inbox"),
        (progress_target_twice, "was PROGRESSED in the inbox"),
        (revoke_target_when_progressed, "was PROGRESSED in the inbox"),
        (progress_target_when_revoked, "was REVOKED in the inbox"),
    ],
)
def test_g2_fails_on_a_step_outside_the_table(bridge: Bridge, is_stake: bool, act: Act, reason: str) -> None:
    act(bridge, start(bridge, is_stake))
    assert reason in bridge.fails("G2").reason


@both
def test_g2_fails_when_a_target_progresses_what_it_never_confirmed(bridge: Bridge, is_stake: bool) -> None:
    if not is_stake:
        funded(bridge)
    bridge.progress_target(bridge.declare(is_stake))
    assert "was UNDECLARED in the inbox" in bridge.fails("G2").reason


@both
def test_g2_fails_when_a_message_is_declared_twice(bridge: Bridge, is_stake: bool) -> None:
    flight = start(bridge, is_stake)
    bridge.nonces[is_stake, flight.sender] -= 1
    assert bridge.declare(is_stake).message == flight.message
    assert "was DECLARED in the outbox" in bridge.fails("G2").reason


@both
def test_g2_passes_when_the_inbox_progressed_before_the_revocation_came(bridge: Bridge, is_stake: bool) -> None:
    flight = start(bridge, is_stake)
    bridge.progress_target(flight)
    bridge.revoke(flight)
    if is_stake:
        bridge.commit()
    else:
        bridge.observe()
    bridge.progress_source(flight, by_proof=True)
    assert bridge.failing() == set()


# ------------------------------------------------------------------------------------------------ G3: one ending


@both
def test_g3_fails_when_the_target_progressed_and_the_source_is_revoked(bridge: Bridge, is_stake: bool) -> None:
    flight = start(bridge, is_stake)
    bridge.revoke(flight)
    bridge.progress_target(flight)
    bridge.take_back(flight)
    assert "is REVOKED in the outbox and PROGRESSED in the inbox" in bridge.fails("G3").reason


@both
def test_g3_fails_when_the_target_is_revoked_and_the_source_progressed(bridge: Bridge, is_stake: bool) -> None:
    flight = start(bridge, is_stake)
    bridge.revoke(flight)
    bridge.confirm(flight, revocation=True)
    bridge.progress_source(flight, by_proof=True)
    assert "is PROGRESSED in the outbox and REVOKED in the inbox" in bridge.fails("G3").reason


def test_g3_goes_by_the_last_root_once_the_core_halted(bridge: Bridge) -> None:
    """What auxiliary progresses after the last commit counts for nothing (R74)."""
    flight = start(bridge, is_stake=True)
    bridge.commit()
    bridge.halt()
    bridge.progress_target(flight)
    bridge.settle(flight)
    assert bridge.failing() == set()


# ------------------------------------------------------------------------------------------------ G4: the lock

PROGRESSES = ("StakeProgressed", "MintProgressed", "RedeemProgressed", "UnstakeProgressed")


@pytest.mark.parametrize("kind", PROGRESSES)
def test_g4_fails_when_the_secret_does_not_open_the_lock(bridge: Bridge, kind: str) -> None:
    bridge.changes[kind] = {"secret": hexed(b"\x11" * 32)}
    bridge.everything()
    assert "does not open" in bridge.fails("G4").reason
    assert bridge.failing() == {"G4"}


def test_g4_fails_when_a_proof_comes_with_a_secret(bridge: Bridge) -> None:
    bridge.changes["MintProgressed"] = key(by_proof=True) | {"secret": SECRET}
    bridge.everything()
    assert "by proof, and with a secret" in bridge.fails("G4").reason


def test_g4_fails_for_a_message_that_nobody_declared(bridge: Bridge) -> None:
    bridge.declare(True)
    bridge.progress_target(bridge.flight(True, BOB, BOB))
    assert "was never declared" in bridge.fails("G4").reason


# ------------------------------------------------------------------------------------------------ G7: identity

TRANSFER_CHANGES: dict[str, dict[str, str]] = {
    "amount": {"amount": str(AMOUNT + 1)},
    "beneficiary": {"beneficiary": COURIER},
    "gas price": {"gasPrice": "3"},
    "gas limit": {"gasLimit": "99"},
    "sender": {"sender": BOB},
    "lock": {"hashLock": "0x" + "01" * 32},
}


@both
@pytest.mark.parametrize("change", TRANSFER_CHANGES.values(), ids=TRANSFER_CHANGES.keys())
def test_g7_fails_when_the_hash_is_of_another_transfer(bridge: Bridge, is_stake: bool, change: dict[str, str]) -> None:
    bridge.declare(is_stake, changes=change)
    assert "its transfer hashes to" in bridge.fails("G7").reason


@both
def test_g7_fails_when_a_nonce_is_left_out(bridge: Bridge, is_stake: bool) -> None:
    bridge.nonces[is_stake, ALICE] = 1
    bridge.declare(is_stake)
    assert "nonce 1" in bridge.fails("G7").reason
    assert bridge.failing() == {"G7"}


@both
def test_g7_fails_when_the_senders_message_before_is_open(bridge: Bridge, is_stake: bool) -> None:
    first = start(bridge, is_stake)
    bridge.declare(is_stake)
    assert f"{first.message} of {ALICE} is still DECLARED" in bridge.fails("G7").reason


def test_g7_fails_when_the_hash_is_of_other_gateways(bridge: Bridge) -> None:
    bridge.append(
        "PairDeployed",
        None,
        auxiliary="auxiliary-1",
        pair="OTHER",
        gateway=hexed(b"\x01" * 20),
        coGateway=hexed(b"\x02" * 20),
        bounty=str(bridge.bounty),
    )
    flight = bridge.flight(True, ALICE, BOB)
    payload: dict[str, Any] = {"messageHash": flight.message, "sender": ALICE, "facilitator": ALICE}
    payload |= {"transfer": flight.transfer, "pair": "OTHER"}
    tokens = moved(ALICE, hexed(b"\x01" * 20), AMOUNT)
    bridge.happen(ORIGIN, ("StakeDeclared", payload), (tokens[0], tokens[1] | {"pair": "OTHER"}))
    assert "its transfer hashes to" in bridge.fails("G7").reason
    assert bridge.failing() == {"G7"}


def test_g7_fails_when_two_pairs_have_one_message(bridge: Bridge) -> None:
    bridge = Bridge(pairs=2)
    bridge.declare(True)
    bridge.nonces.clear()
    bridge.pair = bridge.devnet.pairs[1]
    bridge.declare(True)
    assert "TKN1 and TKN2 have the same message" in bridge.fails("G7").reason.replace("TKN2 and TKN1", "TKN1 and TKN2")


@both
def test_g7_fails_when_something_happens_to_a_message_that_nobody_declared(bridge: Bridge, is_stake: bool) -> None:
    bridge.declare(True)
    bridge.confirm(bridge.flight(is_stake, BOB, BOB), height=1)
    assert "was never declared" in bridge.fails("G7").reason


def test_g7_takes_nonces_of_a_reorganised_branch_anew(bridge: Bridge) -> None:
    bridge.grow(ORIGIN, 1)
    bridge.declare(True)
    number = bridge.heights[ORIGIN]
    told = {"hash": hexed(b"\x77" * 32), "parent": hexed(bridge.hash(ORIGIN, number - 1)), "view": "main"}
    bridge.append("BlockProduced", ORIGIN, number, **told)
    for event in bridge.history.events():
        if event.block == number and event.kind != "BlockProduced":
            bridge.append(event.kind, ORIGIN, number, **event.payload)
    assert bridge.failing() == set()
