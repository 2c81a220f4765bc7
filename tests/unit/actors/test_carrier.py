"""A carrier on fake chains: what it sends, with which proof, whose turn it is, and what it does in trouble (R68)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.attempts import SEND_AGAIN_BLOCKS, STEP_IN_BLOCKS
from devnet.actors.carrier import MOST_ERRANDS
from devnet.actors.carrying import PATIENCE_BLOCKS
from devnet.errors import RpcError, TransportError
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX
from devnet.mosaic.transfers import Direction
from tests.unit.actors.fakes import KERNEL, any_transition, calls_in, committed, kernel_opened, proposed
from tests.unit.actors.scene import LENGTH, OTHER, PAIR, SECRET, SENDER, Scene, confirmed_scene
from tests.unit.actors.test_boxes import told


def test_a_declared_stake_is_confirmed_with_the_proof_of_the_observed_block(scene: Scene) -> None:
    message = confirmed_scene(scene)
    scene.carrier.act()
    ((name, arguments),) = calls_in(scene.auxiliary, scene.pair.co_gateway)
    assert name == "confirmStake"
    height, account, storage = arguments[1]
    assert (height, len(account), len(storage)) == (8, 1, 1)
    assert scene.told.events == [
        (
            "MessageCarried",
            {
                "auxiliary": "auxiliary-1",
                "pair": "TKN",
                "message": "0x" + message.hex(),
                "function": "confirmStake",
                "height": 8,
                "hash": scene.told.events[0][1]["hash"],
            },
        )
    ]
    assert not scene.trouble


@pytest.mark.parametrize("lacking", ["observation", "proof"])
def test_nothing_is_sent_without_a_root_or_with_a_proof_that_does_not_hold(scene: Scene, lacking: str) -> None:
    message = scene.declare()
    if lacking == "proof":
        scene.observe()
        scene.prove(True, message, GATEWAY_OUTBOX, MessageStatus.PROGRESSED)
    scene.carrier.act()
    assert scene.sent() == []
    assert [chain for chain, _ in scene.trouble] == (["origin"] if lacking == "proof" else [])


def test_a_block_that_origin_no_longer_has_proves_nothing(scene: Scene) -> None:
    """R31: what was observed and then taken back is left alone."""
    confirmed_scene(scene)
    scene.view.state.origin.finalised[:] = [
        replace(item, checkpoint=replace(item.checkpoint, hash=b"\x0f" * 32))
        for item in scene.view.state.origin.finalised
    ]
    scene.carrier.act()
    assert scene.sent() == []


def test_a_redemption_is_confirmed_on_origin_once_its_block_is_committed(scene: Scene) -> None:
    message = scene.declare(direction=Direction.REDEEM)
    scene.prove(False, message, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    scene.carrier.act()
    assert scene.sent() == []
    scene.commit()
    scene.carrier.act()
    assert scene.sent() == ["confirmRedeem"]


@pytest.mark.parametrize("lacking", ["the block", "the branch"])
def test_a_commit_that_its_own_node_does_not_have_proves_nothing(scene: Scene, lacking: str) -> None:
    """R61: the node lags behind, or follows another branch than the one that was committed."""
    message = scene.declare(direction=Direction.REDEEM)
    scene.prove(False, message, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    known = scene.view.chain.seen.blocks[32].hash if lacking == "the block" else b"\x0f" * 32
    height = LENGTH // 4 + 1 if lacking == "the block" else 8
    transition = replace(any_transition(height), checkpoint=known)
    scene.view.core.apply(kernel_opened(1, KERNEL))
    scene.view.core.apply(proposed(transition.hash(), 1, transition))
    scene.view.core.apply(committed(1, height, transition.hash()))
    scene.carrier.act()
    assert scene.sent() == []
    assert not scene.trouble


def test_a_secret_that_became_public_progresses_the_other_side(scene: Scene) -> None:
    message = scene.declare()
    scene.note(False, told("StakeConfirmed", 20, message))
    scene.note(True, told("StakeProgressed", 21, message, secret=SECRET))
    scene.carrier.act()
    ((name, arguments),) = calls_in(scene.auxiliary, scene.pair.co_gateway)
    assert (name, arguments[1]) == ("progressMint", SECRET)


def test_an_abandoned_stake_is_finished_on_both_sides_by_what_each_shows(scene: Scene) -> None:
    message = confirmed_scene(scene)
    scene.note(False, told("StakeConfirmed", LENGTH - PATIENCE_BLOCKS, message))
    scene.commit()
    scene.prove(False, message, GATEWAY_INBOX, MessageStatus.DECLARED)
    scene.carrier.act()
    assert scene.sent() == []
    scene.grow(1)
    scene.carrier.act()
    assert scene.sent() == ["progressStakeWithProof", "progressMintWithProof"]
    status = [arguments[1] for _, arguments in calls_in(scene.origin, scene.pair.gateway)]
    assert status == [MessageStatus.DECLARED]


def test_it_is_sent_once_and_again_only_if_it_is_not_there_after_a_while(scene: Scene) -> None:
    confirmed_scene(scene)
    carrier = scene.carrier
    for _ in range(3):
        carrier.act()
    assert scene.sent() == ["confirmStake"]
    scene.grow(SEND_AGAIN_BLOCKS)
    carrier.act()
    assert scene.sent() == ["confirmStake"] * 2


def waiting(scene: Scene, sender: bytes, nonce: int = 0) -> Mapping[str, Any]:
    """The first call that was sent, as a transaction that waits for a block."""
    (call,) = calls_in(scene.auxiliary, scene.pair.co_gateway)
    data = scene.pair.co_gateway.calldata(call[0], *call[1])
    to = "0x" + PAIR.co_gateway.hex()
    return {"from": "0x" + sender.hex(), "to": to, "input": "0x" + data.hex(), "nonce": hex(nonce)}


@pytest.mark.parametrize(
    ("whose", "nonce", "again"),
    [("its own", 0, False), ("a stranger's", 0, True), ("its own", 7, True)],
    ids=["its own", "a stranger's", "its own behind a gap"],
)
def test_made_again_it_finds_its_own_call_among_those_that_wait(
    scene: Scene, whose: str, nonce: int, again: bool
) -> None:
    """One behind a nonce that a lying node made up may wait for ever: it is sent again, with the next nonce."""
    confirmed_scene(scene)
    scene.carrier.act()
    sender = scene.view.sender.address if whose == "its own" else b"\x78" * 20
    scene.auxiliary.answers["devnet_pendingTransactions"] = [waiting(scene, sender, nonce)]
    scene.view.attempts.known.clear()
    scene.carrier.act()
    assert scene.sent() == ["confirmStake"] * (2 if again else 1)


def test_carriers_take_turns_by_message_and_step_in(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.count = 2
    firsts = []
    for position in (0, 1):
        scene.view.position = position
        scene.view.attempts.known.clear()
        before = len(scene.sent())
        scene.carrier.act()
        firsts.append(len(scene.sent()) - before)
    assert sorted(firsts) == [0, 1]
    scene.view.position = firsts.index(0)
    scene.view.attempts.known.clear()
    scene.carrier.act()
    scene.grow(STEP_IN_BLOCKS)
    scene.carrier.act()
    assert scene.sent() == ["confirmStake"] * 2


@pytest.mark.parametrize("is_mine", [True, False])
def test_whoever_locked_the_bounty_goes_first(scene: Scene, is_mine: bool) -> None:
    """R67: its reward has to pay for the declaration as well."""
    scene.count = 2
    message = scene.declare(facilitator=SENDER if is_mine else OTHER)
    scene.observe()
    scene.prove(True, message, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    waited = []
    for position in (0, 1):
        scene.view.position = position
        scene.view.attempts.known.clear()
        before, blocks = len(scene.sent()), 0
        scene.carrier.act()
        while len(scene.sent()) == before:
            scene.grow(1)
            blocks += 1
            scene.carrier.act()
        waited.append(blocks)
    assert sorted(waited) == ([0, 0] if is_mine else [STEP_IN_BLOCKS, 2 * STEP_IN_BLOCKS])


def test_what_the_gateway_would_refuse_is_told_and_not_sent(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.auxiliary.answers["eth_call"] = RpcError(3, "execution reverted", "0x12345678")
    scene.carrier.act()
    assert scene.sent() == []
    assert [kind for kind, _ in scene.told.events] == ["CarryRefused"]
    assert not scene.trouble


def test_trouble_with_one_message_does_not_keep_the_others(scene: Scene) -> None:
    scene.declare(nonce=0)
    second = scene.declare(nonce=1)
    scene.observe()
    scene.prove(True, second, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    scene.carrier.act()
    assert scene.sent() == ["confirmStake"]
    assert [chain for chain, _ in scene.trouble] == ["origin"]


def test_a_node_that_does_not_answer_is_trouble_of_its_chain(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.origin.answers["eth_getProof"] = TransportError("origin: link is cut")
    scene.carrier.act()
    scene.view.attempts.known.clear()
    scene.auxiliary.answers["devnet_pendingTransactions"] = TransportError("auxiliary-1: link is cut")
    scene.carrier.act()
    assert [chain for chain, _ in scene.trouble] == ["origin", "auxiliary-1"]


def test_a_step_stays_short_however_much_is_due(scene: Scene) -> None:
    for nonce in range(MOST_ERRANDS + 5):
        message = scene.declare(nonce=nonce)
        scene.note(False, told("StakeConfirmed", 20, message))
        scene.note(True, told("StakeProgressed", 21, message, secret=SECRET))
    carrier = scene.carrier
    carrier.act()
    assert len(scene.sent()) == MOST_ERRANDS
    carrier.act()
    assert len(scene.sent()) == MOST_ERRANDS + 5


def test_messages_that_are_refused_keep_no_other_waiting_however_many_there_are(scene: Scene) -> None:
    """Anybody may declare what can never be carried; only what was sent counts towards a step's most."""
    for nonce in range(MOST_ERRANDS + 5):
        message = scene.declare(nonce=nonce)
        scene.note(False, told("StakeConfirmed", 20, message))
        scene.note(True, told("StakeProgressed", 21, message, secret=SECRET))

    def refuse_all_but_the_last(call: dict[str, Any], block: object) -> str:
        decoded = scene.pair.co_gateway.decode_calldata(bytes.fromhex(call["data"][2:]))
        assert decoded is not None
        if decoded[1][0][5] < MOST_ERRANDS + 4:
            raise RpcError(3, "execution reverted", "0x12345678")
        return "0x"

    scene.auxiliary.answers["eth_call"] = refuse_all_but_the_last
    scene.carrier.act()
    assert scene.sent() == ["progressMint"]
    assert [kind for kind, _ in scene.told.events].count("CarryRefused") == MOST_ERRANDS + 4


def test_among_thousands_that_ended_the_open_one_is_finished_and_no_ended_one_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R68: it ended at the source first of all, and is still open at the target."""
    monkeypatch.setattr("devnet.actors.boxes.ENDED_KEPT", 2)
    messages = [scene.declare(nonce) for nonce in range(12)]
    for message in messages:
        scene.note(False, told("StakeConfirmed", 6, message))
        scene.note(True, told("StakeProgressed", 7, message, secret=SECRET))
    for message in messages[1:]:
        scene.note(False, told("MintProgressed", 8, message, secret=SECRET))
    scene.observe()
    for follower in (scene.view.origin, scene.view.chain):
        follower.seen.blocks.forget_headers_below(20)
    scene.carrier.act()
    assert scene.sent() == ["progressMint"]
    assert [kind for kind, _ in scene.told.events] == ["MessageCarried"]
    kept = [messages[0], *messages[-2:]]
    assert list(scene.view.origin.state.boxes["TKN"].outbox) == kept
    assert list(scene.view.state.boxes["TKN"].inbox) == kept


def test_nothing_is_done_on_half_a_view(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.view.origin.is_behind = True  # type: ignore[misc]
    scene.carrier.act()
    assert scene.sent() == []
