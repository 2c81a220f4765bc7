"""G1: what is locked is what was minted and what is in flight (R70, R73, R74)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.checks import Verdict
from tests.unit.checks.bridge import (
    ALICE,
    AMOUNT,
    AUXILIARY,
    BOB,
    CO_GATEWAY,
    COURIER,
    GATEWAY,
    NOBODY,
    ORIGIN,
    REWARD,
    Bridge,
    moved,
)
from tests.unit.checks.conftest import EPOCH, Story, hexed


def test_g1_passes_over_every_way_a_transfer_may_go() -> None:
    bridge = Bridge()
    bridge.everything()
    assert bridge.verdict("G1").verdict is Verdict.PASSED


def test_g1_passes_where_there_is_no_gateway(story: Story) -> None:
    story.honest_run(2)
    result = story.verdict("G1")
    assert (result.verdict, result.reason) == (Verdict.PASSED, "the network has no gateway")


def test_g1_passes_before_the_first_transfer() -> None:
    bridge = Bridge()
    bridge.observe()
    assert bridge.verdict("G1").verdict is Verdict.PASSED


def test_g1_passes_when_somebody_gives_tokens_to_a_gateway() -> None:
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    bridge.happen(ORIGIN, moved(BOB, hexed(GATEWAY), 3))
    bridge.happen(AUXILIARY, moved(ALICE, hexed(CO_GATEWAY), 3))
    assert bridge.verdict("G1").verdict is Verdict.PASSED


def test_g1_does_not_care_for_what_the_token_on_origin_mints() -> None:
    bridge = Bridge()
    bridge.happen(ORIGIN, moved(NOBODY, BOB, 3))
    assert bridge.verdict("G1").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("Transfer", {"value": str(AMOUNT - 1)}, "1000 were due"),
        ("Transfer", {"to": BOB}, "1000 were due"),
        ("Transfer", {"from": BOB}, "1000 were due"),
        ("Transfer", {"transaction": "0xother"}, "nothing moved"),
        ("MintProgressed", {"minted": "801"}, "801 were due"),
        ("MintProgressed", {"reward": "0"}, "for no message"),
        ("RedeemProgressed", {"amount": "999"}, "999 were due"),
        ("UnstakeProgressed", {"released": "801"}, "801 were due"),
        ("UnstakeProgressed", {"reward": "0"}, "for no message"),
        ("StakeReverted", {"amount": "1"}, "1 were due"),
        ("RedeemReverted", {"amount": "1"}, "1 were due"),
    ],
)
def test_g1_fails_when_tokens_do_not_move_as_the_message_says(kind: str, change: dict[str, Any], reason: str) -> None:
    bridge = Bridge()
    bridge.changes[kind] = change
    bridge.everything()
    assert reason in bridge.fails("G1").reason


@pytest.mark.parametrize(
    ("chain", "payer", "payee"),
    [(ORIGIN, hexed(GATEWAY), BOB), (AUXILIARY, NOBODY, BOB), (AUXILIARY, hexed(CO_GATEWAY), NOBODY)],
    ids=["released", "minted", "burned"],
)
def test_g1_fails_when_tokens_move_for_no_message(chain: str, payer: str, payee: str) -> None:
    bridge = Bridge()
    bridge.declare(True)
    bridge.happen(chain, moved(payer, payee, 1))
    assert "for no message" in bridge.fails("G1").reason


def test_g1_fails_by_one_wei_that_nobody_locked() -> None:
    """Not even to the co-gateway, where it would pass for a gift."""
    bridge = Bridge()
    bridge.happen(AUXILIARY, moved(NOBODY, hexed(CO_GATEWAY), 1))
    assert "0 locked on origin, 1 held on auxiliary-1 and 0 in flight" in bridge.fails("G1").reason


def test_g1_fails_when_a_stake_is_minted_that_was_never_locked() -> None:
    bridge = Bridge()
    flight = bridge.flight(True, ALICE, BOB)
    bridge.progress_target(flight)
    assert "0 locked on origin, 1000 held" in bridge.fails("G1").reason


def test_g1_fails_when_a_stake_is_both_taken_back_and_minted() -> None:
    bridge = Bridge()
    flight = bridge.declare(True)
    bridge.take_back(flight)
    bridge.progress_target(flight)
    assert "0 locked on origin, 1000 held" in bridge.fails("G1").reason


def test_g1_fails_when_a_redemption_is_both_taken_back_and_released() -> None:
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    bridge.carry(True, beneficiary=ALICE)
    flight = bridge.declare(False)
    bridge.confirm(flight)
    bridge.progress_target(flight)
    bridge.take_back(flight)
    assert f"{AMOUNT} locked on origin, {2 * AMOUNT} held" in bridge.fails("G1").reason


def test_g1_fails_when_what_was_released_was_never_redeemed() -> None:
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    bridge.progress_target(bridge.flight(False, ALICE, BOB))
    assert f"0 locked on origin, {AMOUNT} held" in bridge.fails("G1").reason


def test_g1_fails_at_a_pair_of_roots_alone() -> None:
    """The main branches never show what this branch of auxiliary minted, but the core commits it."""
    bridge = Bridge()
    bridge.grow(AUXILIARY, 3)
    side = bridge.block(AUXILIARY, EPOCH, "side", "main")
    tokens = {"from": NOBODY, "to": hexed(CO_GATEWAY), "value": "1", "contract": "UtilityToken", "view": "side"}
    bridge.append("Transfer", AUXILIARY, EPOCH, auxiliary=AUXILIARY, pair=bridge.pair.name, transaction="0x1", **tokens)
    sealed = {"height": "1", "checkpoint": hexed(side), "checkpointHeight": "1"}
    bridge.happen(ORIGIN, ("MetaBlockCommitted", sealed), contract="Core")
    assert "at the roots of commit 1 0 locked on origin, 1 held" in bridge.fails("G1").reason


def test_g1_is_unknown_when_an_events_block_was_not_recorded() -> None:
    bridge = Bridge()
    known = {"auxiliary": AUXILIARY, "pair": bridge.pair.name, "view": "main", "transaction": "0x1"}
    bridge.append("Transfer", ORIGIN, 9, **{**known, **moved(BOB, ALICE, 1)[1]})
    assert bridge.verdict("G1").verdict is Verdict.UNKNOWN


def test_g1_is_unknown_when_a_block_is_missing() -> None:
    bridge = Bridge()
    bridge.block(ORIGIN, 7)
    assert bridge.verdict("G1").verdict is Verdict.UNKNOWN


def test_g1_is_unknown_when_the_networks_pair_was_not_recorded() -> None:
    story = Story(gateways=1)
    story.honest_run(2)
    assert story.verdict("G1").verdict is Verdict.UNKNOWN
    story.history.close()


# ------------------------------------------------------------------------------------------------ branches


def test_g1_follows_origin_over_a_reorg_that_takes_a_stake_back_and_brings_it_again() -> None:
    bridge = Bridge()
    bridge.grow(ORIGIN, 1)
    flight = bridge.declare(True)
    number = bridge.heights[ORIGIN]
    other = {"hash": hexed(b"\x77" * 32), "parent": hexed(bridge.hash(ORIGIN, number - 1)), "view": "main"}
    bridge.append("BlockProduced", ORIGIN, number, **other)
    again = {"hash": hexed(b"\x78" * 32), "parent": other["hash"], "view": "main"}
    bridge.append("BlockProduced", ORIGIN, number + 1, **again)
    for event in bridge.history.events():
        if event.block == number and event.kind != "BlockProduced":
            bridge.append(event.kind, ORIGIN, number + 1, **event.payload)
    assert bridge.verdicts() == dict.fromkeys(bridge.verdicts(), Verdict.PASSED)
    assert flight.message in bridge.history.events("StakeDeclared")[1].payload.values()


def test_g1_fails_when_a_reorg_leaves_what_was_minted_without_its_stake() -> None:
    bridge = Bridge()
    flight = bridge.declare(True)
    declared = bridge.heights[ORIGIN]
    bridge.confirm(flight)
    bridge.progress_target(flight)
    assert bridge.verdict("G1").verdict is Verdict.PASSED
    other, parent = hexed(b"\x77" * 32), hexed(bridge.hash(ORIGIN, declared - 1))
    bridge.append("BlockProduced", ORIGIN, declared, hash=other, parent=parent, view="main")
    assert "0 locked on origin, 1000 held" in bridge.fails("G1").reason


def test_g1_counts_a_block_once_that_two_views_tell_of() -> None:
    bridge = Bridge()
    bridge.declare(True)
    number = bridge.heights[ORIGIN]
    told = {"hash": hexed(bridge.hash(ORIGIN, number)), "parent": hexed(bridge.hash(ORIGIN, number - 1))}
    bridge.append("BlockProduced", ORIGIN, number, view="second", **told)
    for event in bridge.history.events():
        if event.block == number and event.kind != "BlockProduced":
            bridge.append(event.kind, ORIGIN, number, **{**event.payload, "view": "second"})
    assert bridge.failing() == set()


def test_g1_ignores_what_a_rewind_undid() -> None:
    bridge = Bridge()
    bridge.observe()
    to = bridge.history.sequence
    bridge.happen(AUXILIARY, moved(NOBODY, BOB, 1))
    bridge.fails("G1")
    bridge.append("Rewound", None, to=to)
    assert bridge.verdict("G1").verdict is Verdict.PASSED


def test_g1_keeps_two_pairs_apart() -> None:
    bridge = Bridge(pairs=2)
    bridge.declare(True)
    bridge.pair = bridge.devnet.pairs[1]
    bridge.happen(AUXILIARY, moved(NOBODY, BOB, AMOUNT))
    assert bridge.fails("G1").reason.startswith(bridge.pair.name)


# ------------------------------------------------------------------------------------------------ after a halt


def test_g1_passes_while_everything_leaves_a_halted_core() -> None:
    """In flight, minted, and minted on auxiliary after the last root, which counts for nothing."""
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    late, open_one = bridge.declare(True, sender=BOB), bridge.declare(True, sender=COURIER)
    bridge.confirm(late)
    bridge.commit()
    bridge.halt()
    bridge.progress_target(late)
    bridge.settle(late)
    bridge.settle(open_one)
    bridge.leave(ALICE, AMOUNT - REWARD)
    bridge.leave(COURIER, REWARD)
    assert bridge.failing() == set()


@pytest.mark.parametrize(("amount", "left"), [(AMOUNT - REWARD - 1, 201), (AMOUNT, 0)], ids=["less", "more"])
def test_g1_fails_when_a_holder_takes_another_amount(amount: int, left: int) -> None:
    bridge = Bridge()
    bridge.carry(True, beneficiary=ALICE)
    bridge.commit()
    bridge.halt()
    bridge.leave(ALICE, amount)
    assert f"{left} locked on origin, {REWARD} held" in bridge.fails("G1").reason


def test_g1_is_unknown_when_the_last_root_is_of_no_recorded_block() -> None:
    bridge = Bridge()
    bridge.declare(True)
    sealed = {"height": "1", "checkpoint": "0x" + "0f" * 32, "checkpointHeight": "1"}
    bridge.happen(ORIGIN, ("MetaBlockCommitted", sealed), contract="Core")
    assert bridge.verdict("G1").verdict is Verdict.PASSED
    bridge.halt()
    assert bridge.verdict("G1").verdict is Verdict.UNKNOWN


def test_g1_holds_against_genesis_when_nothing_was_ever_committed() -> None:
    bridge = Bridge()
    flight = bridge.declare(True)
    bridge.confirm(flight)
    bridge.progress_target(flight)
    bridge.halt()
    bridge.settle(flight)
    assert bridge.failing() == set()
