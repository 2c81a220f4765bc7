"""G5 and G9: what a gateway was shown of the other chain was so, and was final there (R61, R69, R73)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.checks import Verdict
from tests.unit.checks.bridge import ALICE, AMOUNT, AUXILIARY, BOB, COURIER, ORIGIN, REWARD, Bridge, Flight
from tests.unit.checks.conftest import EPOCH, hexed

both = pytest.mark.parametrize("is_stake", [True, False], ids=["stake", "redeem"])
FORGED = "0x" + "0f" * 32


@pytest.fixture(name="bridge")
def new_bridge() -> Bridge:
    return Bridge()


def declared(bridge: Bridge, is_stake: bool) -> Flight:
    if not is_stake:
        bridge.carry(True, beneficiary=ALICE)
        bridge.carry(True, beneficiary=ALICE)
    return bridge.declare(is_stake)


def show_target(bridge: Bridge, is_stake: bool) -> None:
    """A root under which the target is as it is now."""
    if is_stake:
        bridge.commit()
    else:
        bridge.observe()


# ------------------------------------------------------------------------------------------------ G5: it was so


@both
def test_g5_fails_when_a_root_is_older_than_what_it_is_to_show(bridge: Bridge, is_stake: bool) -> None:
    height = bridge.observe() if is_stake else 0
    if not is_stake:
        bridge.carry(True, beneficiary=ALICE)
        bridge.carry(True, beneficiary=ALICE)
        height = bridge.commit()
    bridge.confirm(bridge.declare(is_stake), height)
    assert "was UNDECLARED, expected DECLARED" in bridge.fails("G5").reason
    assert bridge.failing() == {"G5"}


@both
def test_g5_passes_with_an_old_root_that_shows_a_later_status_no_more(bridge: Bridge, is_stake: bool) -> None:
    """Declared under an old root stays provable once the source has moved on (J21)."""
    flight = declared(bridge, is_stake)
    height = bridge.show(flight)
    bridge.progress_source(flight)
    bridge.show(flight)
    bridge.confirm(flight, height)
    assert bridge.failing() == set()


@both
def test_g5_fails_when_a_revocation_was_not_declared_under_the_root(bridge: Bridge, is_stake: bool) -> None:
    flight = declared(bridge, is_stake)
    height = bridge.show(flight)
    bridge.confirm(flight, height)
    bridge.revoke(flight)
    bridge.confirm(flight, height, revocation=True)
    assert "was DECLARED, expected DECLARED_REVOCATION" in bridge.fails("G5").reason


@both
def test_g5_fails_when_the_source_progresses_by_a_proof_of_nothing(bridge: Bridge, is_stake: bool) -> None:
    flight = declared(bridge, is_stake)
    show_target(bridge, is_stake)
    bridge.progress_source(flight, by_proof=True)
    assert "DECLARED or PROGRESSED" in bridge.fails("G5").reason


@both
def test_g5_fails_when_a_revoking_source_progresses_by_a_proof_of_declared(bridge: Bridge, is_stake: bool) -> None:
    flight = declared(bridge, is_stake)
    bridge.confirm(flight)
    show_target(bridge, is_stake)
    bridge.revoke(flight)
    bridge.progress_source(flight, by_proof=True)
    assert f"shows {flight.message} PROGRESSED" in bridge.fails("G5").reason


@both
def test_g5_fails_when_a_target_progresses_by_a_proof_of_nothing(bridge: Bridge, is_stake: bool) -> None:
    show_target(bridge, not is_stake)
    flight = declared(bridge, is_stake)
    bridge.progress_target(flight, by_proof=True)
    assert "DECLARED or PROGRESSED" in bridge.fails("G5").reason


@both
def test_g5_fails_when_tokens_come_back_that_the_target_never_revoked(bridge: Bridge, is_stake: bool) -> None:
    flight = declared(bridge, is_stake)
    bridge.confirm(flight)
    bridge.revoke(flight)
    show_target(bridge, is_stake)
    bridge.take_back(flight)
    assert f"shows {flight.message} REVOKED" in bridge.fails("G5").reason


@pytest.mark.parametrize("amount", [AMOUNT - REWARD - 1, AMOUNT])
def test_g5_fails_when_a_holder_leaves_with_another_balance_than_the_last_roots(bridge: Bridge, amount: int) -> None:
    bridge.carry(True, beneficiary=ALICE)
    bridge.commit()
    bridge.halt()
    bridge.leave(ALICE, amount)
    assert f"took {amount}, the last root has {AMOUNT - REWARD}" in bridge.fails("G5").reason


def test_g5_is_unknown_when_the_block_of_a_root_was_not_recorded(bridge: Bridge) -> None:
    flight = bridge.declare(True)
    bridge.changes["CheckpointFinalised"] = {"blockHash": FORGED}
    bridge.confirm(flight)
    assert bridge.verdict("G5").verdict is Verdict.UNKNOWN


def test_a_stake_that_was_declared_in_a_forged_state_alone_escapes_no_check_that_looks_for_it(bridge: Bridge) -> None:
    """R61, R70: what an auxiliary mints once it believes in an origin that never was."""
    bridge.carry(True, beneficiary=ALICE)
    flight = bridge.flight(True, sender=BOB, beneficiary=BOB)
    bridge.changes["CheckpointFinalised"] = {"blockHash": FORGED}
    bridge.confirm(flight)
    bridge.progress_target(flight)
    assert bridge.fails("G5").reason.endswith(f"{flight.message} was never declared")
    assert bridge.failing() == {"G1", "G4", "G5", "G7", "G8", "G9"}


# ------------------------------------------------------------------------------------------------ G9: it was final


@both
def test_g9_fails_when_the_root_is_unknown_on_that_branch(bridge: Bridge, is_stake: bool) -> None:
    bridge.confirm(declared(bridge, is_stake), height=77)
    assert "no root of height 77 was known" in bridge.fails("G9").reason


def test_g9_fails_when_origin_did_not_call_the_checkpoint_final(bridge: Bridge) -> None:
    """As deep as some bridges wait, and not as deep as origin's own finality (R30)."""
    flight = bridge.declare(True)
    bridge.grow(ORIGIN, EPOCH - bridge.heights[ORIGIN] % EPOCH)
    height = bridge.heights[ORIGIN] // EPOCH
    bridge.grow(ORIGIN, 2 * EPOCH - 1)
    seen = {"coreId": hexed(bridge.origin_id), "height": str(height), "dynasty": "1"}
    seen["blockHash"] = hexed(bridge.hash(ORIGIN, height * EPOCH))
    bridge.happen(AUXILIARY, ("CheckpointFinalised", seen), contract="OriginObserver")
    bridge.confirm(flight, height)
    assert "origin did not call it final" in bridge.fails("G9").reason
    assert bridge.failing() == {"G9"}


def test_g9_fails_when_origin_took_the_checkpoint_back_later(bridge: Bridge) -> None:
    flight = bridge.declare(True)
    height = bridge.observe()
    bridge.confirm(flight, height)
    told: dict[str, Any] = {"hash": hexed(b"\x77" * 32), "view": "main"}
    told["parent"] = hexed(bridge.hash(ORIGIN, height * EPOCH - 1))
    bridge.append("BlockProduced", ORIGIN, height * EPOCH, **told)
    assert f"origin's own block is 0x{'77' * 32}" in bridge.fails("G9").reason


def test_g9_fails_when_auxiliary_never_finalised_the_checkpoint(bridge: Bridge) -> None:
    bridge.carry(True, beneficiary=ALICE)
    bridge.carry(True, beneficiary=ALICE)
    flight = bridge.declare(False)
    bridge.changes["CheckpointFinalised"] = {"height": "1", "blockHash": FORGED}
    bridge.confirm(flight)
    assert "auxiliary-1 never finalised it" in bridge.fails("G9").reason
    assert bridge.failing() == {"G9"}


def test_g9_fails_when_somebody_leaves_by_a_root_that_auxiliary_never_finalised(bridge: Bridge) -> None:
    bridge.carry(True, beneficiary=ALICE)
    bridge.changes["CheckpointFinalised"] = {"height": "1", "blockHash": FORGED}
    bridge.commit()
    bridge.halt()
    bridge.leave(COURIER, REWARD)
    assert "auxiliary-1 never finalised it" in bridge.fails("G9").reason


def test_g9_fails_when_an_observation_is_another_auxiliarys(bridge: Bridge) -> None:
    """Finality of a checkpoint counts for the chain that finalised it alone."""
    bridge.carry(True, beneficiary=ALICE)
    bridge.carry(True, beneficiary=ALICE)
    flight = bridge.declare(False)
    bridge.changes["CheckpointFinalised"] = {"auxiliary": "auxiliary-2"}
    bridge.confirm(flight)
    assert "auxiliary-1 never finalised it" in bridge.fails("G9").reason
