"""G8: bounties and penalties are exact and paid once, rewards within the gas used (R64, R65, R67, R74)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.checks import Verdict
from tests.unit.checks.bridge import ALICE, AMOUNT, BOB, COURIER, GAS_PRICE, GAS_USED, REWARD, Bridge


@pytest.fixture(name="bridge")
def new_bridge() -> Bridge:
    return Bridge()


@pytest.mark.parametrize("kind", ["StakeRevocationDeclared", "RedeemRevocationDeclared"])
@pytest.mark.parametrize("difference", [-1, 1])
def test_g8_fails_when_the_penalty_is_not_150_percent_of_the_bounty(bridge: Bridge, kind: str, difference: int) -> None:
    bridge.changes[kind] = {"burned": str(bridge.bounty * 3 // 2 + difference)}
    bridge.everything()
    assert f"expected {bridge.bounty * 3 // 2}" in bridge.fails("G8").reason
    assert bridge.failing() == {"G8"}


@pytest.mark.parametrize("is_stake", [True, False])
def test_g8_fails_when_a_bounty_is_paid_twice(bridge: Bridge, is_stake: bool) -> None:
    flight = bridge.declare(is_stake)
    bridge.progress_source(flight)
    bridge.progress_source(flight)
    assert f"no bounty of {flight.message} is locked" in bridge.fails("G8").reason


@pytest.mark.parametrize("is_stake", [True, False])
def test_g8_fails_when_a_bounty_is_paid_and_burned(bridge: Bridge, is_stake: bool) -> None:
    flight = bridge.declare(is_stake)
    bridge.progress_source(flight)
    bridge.take_back(flight)
    assert f"no bounty of {flight.message} is locked" in bridge.fails("G8").reason


@pytest.mark.parametrize(
    ("paid", "reward", "reason"),
    [
        (AMOUNT - REWARD, REWARD - GAS_PRICE, "the transfer is of 1000"),
        (AMOUNT - REWARD - GAS_PRICE, REWARD + GAS_PRICE, "reward 202"),
        (AMOUNT - GAS_USED * GAS_PRICE + GAS_PRICE, GAS_USED * GAS_PRICE - GAS_PRICE, "reward 118"),
        (AMOUNT - REWARD + 1, REWARD - 1, "in steps of 2"),
    ],
    ids=["lost", "above the limit", "below the confirmation", "no multiple of the price"],
)
@pytest.mark.parametrize(("kind", "word"), [("MintProgressed", "minted"), ("UnstakeProgressed", "released")])
def test_g8_fails_when_a_reward_is_out_of_bounds(
    bridge: Bridge, kind: str, word: str, paid: int, reward: int, reason: str
) -> None:
    bridge.changes[kind] = {word: str(paid), "reward": str(reward)}
    bridge.everything()
    assert reason in bridge.fails("G8").reason


def test_g8_passes_at_the_least_reward(bridge: Bridge) -> None:
    least = GAS_USED * GAS_PRICE
    bridge.changes["MintProgressed"] = {"minted": str(AMOUNT - least), "reward": str(least)}
    bridge.carry(True)
    assert "G8" not in bridge.failing()


@pytest.mark.parametrize("kind", ["MintProgressed", "UnstakeProgressed"])
@pytest.mark.parametrize(("transaction_gas", "excess"), [(16_832, 0), (16_831, 2), (16_800, 40), (1, 40)])
def test_g8_fails_when_a_reward_is_for_more_gas_than_the_transaction_can_have_used(
    bridge: Bridge, kind: str, transaction_gas: int, excess: int
) -> None:
    """R64: the call is paid for 40 units of gas, so that its transaction costs four fifths of 21,040 at least."""
    bridge.changes[kind] = {"transactionGas": transaction_gas}
    bridge.everything()
    if excess == 0:
        assert bridge.failing() == set()
    else:
        bounds = f"{GAS_USED * GAS_PRICE} to {REWARD - excess * GAS_PRICE}"
        assert f"reward {REWARD}, expected {bounds}" in bridge.fails("G8").reason
        assert bridge.failing() == {"G8"}


def test_g8_is_unknown_when_the_gas_of_a_rewarded_call_was_not_recorded(bridge: Bridge) -> None:
    bridge.changes["MintProgressed"] = {"transactionGas": None}
    bridge.carry(True)
    assert bridge.verdict("G8").verdict is Verdict.UNKNOWN


def test_g8_fails_when_what_was_rewarded_was_never_declared(bridge: Bridge) -> None:
    bridge.declare(True)
    bridge.progress_target(bridge.flight(True, BOB, BOB))
    assert "was never declared" in bridge.fails("G8").reason


# ------------------------------------------------------------------------------------------------ after a halt


def halted(bridge: Bridge) -> None:
    """A stake that never went further than its declaration, and a core that halted."""
    flight = bridge.declare(True)
    bridge.commit()
    bridge.halt()
    bridge.settle(flight)
    bridge.withdraw(ALICE, bridge.bounty)


def test_g8_passes_when_a_bounty_comes_back_and_is_fetched(bridge: Bridge) -> None:
    halted(bridge)
    assert bridge.failing() == set()


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("BountyReturned", {"owner": COURIER}, "are locked"),
        ("BountyReturned", {"amount": "1"}, "1 wei for"),
        ("BountyWithdrawn", {"amount": "1"}, "had come back"),
        ("BountyWithdrawn", {"owner": BOB}, "0 had come back"),
        ("BountyReturned", {"transaction": "0xother"}, "and 1 more"),
    ],
)
def test_g8_fails_when_a_returned_bounty_is_wrong(
    bridge: Bridge, kind: str, change: dict[str, Any], reason: str
) -> None:
    bridge.changes[kind] = change
    halted(bridge)
    assert reason in bridge.fails("G8").reason


def test_g8_fails_when_a_bounty_stays_after_its_stake_ended(bridge: Bridge) -> None:
    bridge.omitted.add("BountyReturned")
    halted(bridge)
    assert "0 had come back (and 1 more)" in bridge.fails("G8").reason


def test_g8_fails_when_a_bounty_is_fetched_twice(bridge: Bridge) -> None:
    halted(bridge)
    bridge.withdraw(ALICE, bridge.bounty)
    assert "0 had come back" in bridge.fails("G8").reason


def test_g8_fails_when_a_paid_bounty_comes_back_as_well(bridge: Bridge) -> None:
    flight = bridge.declare(True)
    bridge.progress_source(flight)
    bridge.commit()
    bridge.halt()
    bridge.settle(flight)
    assert "none is locked" in bridge.fails("G8").reason
