"""A carrier on fake chains: what it sends, with which proof, whose turn it is, and what it does in trouble (R68)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.attempts import SEND_AGAIN_BLOCKS, STEP_IN_BLOCKS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings
from devnet.actors.carrier import MOST_ERRANDS, Carrier
from devnet.actors.carrying import PATIENCE_BLOCKS
from devnet.config.network import ActorSpec, Key
from devnet.contracts.deployment import Deployment, PairDeployment
from devnet.contracts.handles import Handles, PairHandles
from devnet.errors import ChainError, RpcError, TransportError
from devnet.mosaic.keccak import uint_word
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Direction, Transfer
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.fakes import (
    CORE,
    KERNEL,
    FakeLink,
    any_transition,
    calls_in,
    committed,
    event,
    header,
    kernel_opened,
    make_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.test_boxes import told
from tests.unit.actors.told import Told
from tests.unit.actors.tries import proof_of

PAIR = PairDeployment("TKN", "auxiliary-1", b"\x11" * 20, b"\x12" * 20, b"\x13" * 20, b"\x14" * 20, 7)
SECRET = b"\x5e" * 32
LENGTH = 41
SENDER, OTHER = b"\x77" * 20, b"\x78" * 20


def struct_of(transfer: Transfer) -> dict[str, Any]:
    names = ("amount", "beneficiary", "gasPrice", "gasLimit", "sender", "nonce", "hashLock")
    return dict(zip(names, transfer.fields(), strict=True))


@dataclass
class Scene:
    """One carrier between two fake chains of 41 blocks."""

    view: AuxiliaryView
    pair: PairHandles
    origin: FakeLink
    auxiliary: FakeLink
    told: Told
    trouble: list[tuple[str, ChainError]]
    count: int = 1

    @property
    def carrier(self) -> Carrier:
        """Made anew, as after a restart; what was tried is the view's."""
        keys = [Key(bytes(32), address) for address in (SENDER, OTHER)[: self.count]]
        specs = tuple(ActorSpec(f"facilitator-{number}", "facilitator", key, key) for number, key in enumerate(keys))
        surroundings = Surroundings(
            spec=specs[0],
            devnet=replace(self.view.devnet, actors=specs),
            deployment=Deployment((CORE,), (PAIR,)),
            links={"origin": self.origin, "auxiliary-1": self.auxiliary},
            directory=Path(),
            record=self.told,
        )

        def note(chain: str, error: ChainError) -> None:
            self.trouble.append((chain, error))

        return Carrier(self.view, self.pair, surroundings, note)

    def declare(
        self, nonce: int = 0, direction: Direction = Direction.STAKE, block: int = 5, facilitator: bytes = b"\x5e" * 20
    ) -> bytes:
        transfer = Transfer(10**18, b"\xbe" * 20, 1, 2, b"\x5e" * 20, nonce, b"\x10" * 32)
        message = transfer.hash(direction, PAIR.ends(self.view.devnet))
        name = "StakeDeclared" if direction is Direction.STAKE else "RedeemDeclared"
        one = told(name, block, message, transfer=struct_of(transfer), facilitator=facilitator)
        self.note(direction is Direction.STAKE, one)
        return message

    def note(self, on_origin: bool, one: Any) -> None:
        (self.view.origin.state if on_origin else self.view.state).apply_all([one])

    def observe(self, height: int = 8) -> None:
        """Auxiliary finalised that checkpoint of origin."""
        about, digest = self.view.contracts.deployment.origin_core_id, self.view.origin.seen.blocks[4 * height].hash
        args = {"coreId": about, "height": height, "blockHash": digest, "dynasty": 1}
        self.view.state.apply(event("CheckpointFinalised", 30, **args))

    def commit(self, height: int = 8) -> None:
        """Origin committed that checkpoint of auxiliary."""
        digest = self.view.chain.seen.blocks[4 * height].hash
        transition = replace(any_transition(height), checkpoint=digest)
        self.view.core.apply(kernel_opened(1, b"\x4b" * 32))
        self.view.core.apply(proposed(transition.hash(), 1, transition))
        self.view.core.apply(committed(1, height, transition.hash()))

    def prove(self, on_origin: bool, message: bytes, box: int, status: MessageStatus, height: int = 8) -> None:
        """The node of that chain proves what its gateway stores in the block of that checkpoint."""
        gateway = PAIR.gateway if on_origin else PAIR.co_gateway
        answer, root = proof_of(gateway, mapping_slot(message, box), uint_word(status))
        follower: Any = self.view.origin if on_origin else self.view.chain
        before = follower.header
        proven = replace(before(4 * height), state_root=root)
        follower.header = lambda number: proven if number == 4 * height else before(number)
        link = self.origin if on_origin else self.auxiliary
        link.answers["eth_getProof"] = answer

    def grow(self, blocks: int) -> None:
        """Both chains go on."""
        for follower in (self.view.origin, self.view.chain):
            for _ in range(blocks):
                one = header(follower.seen.height + 1, follower.seen.head.hash)
                follower.seen.append(one, one.hash)

    def sent(self) -> list[str]:
        """Functions called on both chains, those on origin first."""
        calls = calls_in(self.origin, self.pair.gateway) + calls_in(self.auxiliary, self.pair.co_gateway)
        return [name for name, _ in calls]


@pytest.fixture
def scene() -> Scene:
    view, auxiliary, origin = make_view(seen_chain(LENGTH), seen_chain(LENGTH))
    handles = Handles(Deployment((CORE,), (PAIR,)), FakeCompiled())  # type: ignore[arg-type]
    for link in (auxiliary, origin):
        link.answers |= {"devnet_pendingTransactions": [], "eth_call": "0x"}
    return Scene(view, handles.pair("TKN"), origin, auxiliary, Told(), [])


def confirmed_scene(scene: Scene) -> bytes:
    """A stake that origin shows Declared to auxiliary."""
    message = scene.declare()
    scene.observe()
    scene.prove(True, message, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    return message


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


def waiting(scene: Scene, sender: bytes) -> Mapping[str, Any]:
    """The first call that was sent, as a transaction that waits for a block."""
    (call,) = calls_in(scene.auxiliary, scene.pair.co_gateway)
    data = scene.pair.co_gateway.calldata(call[0], *call[1])
    return {"from": "0x" + sender.hex(), "to": "0x" + PAIR.co_gateway.hex(), "input": "0x" + data.hex()}


@pytest.mark.parametrize(("sender", "again"), [(SENDER, False), (b"\x78" * 20, True)], ids=["its own", "a stranger's"])
def test_made_again_it_finds_its_own_call_among_those_that_wait(scene: Scene, sender: bytes, again: bool) -> None:
    confirmed_scene(scene)
    scene.carrier.act()
    scene.auxiliary.answers["devnet_pendingTransactions"] = [waiting(scene, sender)]
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


@pytest.mark.parametrize("confirmed", [False, True])
def test_after_a_halt_a_stake_is_settled_by_the_last_committed_root(scene: Scene, confirmed: bool) -> None:
    """R74; what auxiliary would still take is left alone."""
    message = confirmed_scene(scene)
    scene.commit()
    if confirmed:
        scene.note(False, told("StakeConfirmed", 20, message))
        scene.prove(False, message, GATEWAY_INBOX, MessageStatus.DECLARED)
    else:
        # A trie with one other entry shows that this one is absent.
        scene.prove(False, b"\x99" * 32, GATEWAY_INBOX, MessageStatus.DECLARED)
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    ((name, arguments),) = calls_in(scene.origin, scene.pair.gateway)
    assert name == "settleStake"
    assert [len(nodes) for nodes in arguments[1]] == [1, 1]
    assert not calls_in(scene.auxiliary, scene.pair.co_gateway)


def test_after_a_halt_without_any_commit_a_stake_is_settled_by_the_genesis(scene: Scene) -> None:
    """R74: the last committed root is then the one that the core began with."""
    confirmed_scene(scene)
    scene.prove(False, b"\x99" * 32, GATEWAY_INBOX, MessageStatus.DECLARED, height=0)
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    assert scene.sent() == ["settleStake"]
    assert [item["height"] for _, item in scene.told.events] == [0]
    assert not scene.trouble


def test_after_a_halt_nothing_is_settled_by_a_root_that_is_not_the_last(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.commit()
    scene.view.core.committed_height = 9
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    assert scene.sent() == []
