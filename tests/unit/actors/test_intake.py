"""A facilitator's intake on fake chains: what it declares, what it refuses and why, what it never sends twice (R67)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.base import Surroundings
from devnet.actors.intake import REWARDED_GAS, SOURCE_GAS, TARGET_GAS, Intake
from devnet.actors.offers import Disclosure, Offer
from devnet.config.keys import derive_key
from devnet.config.network import ActorSpec
from devnet.contracts.deployment import Deployment, PairDeployment
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import CoreHandles, Handles, PairHandles
from devnet.contracts.send import PRIORITY_FEE_WEI, transaction_hash
from devnet.errors import RpcError, TransportError, UsageError
from devnet.mosaic.keccak import uint_word
from devnet.mosaic.messages import MessageStatus, hash_lock
from devnet.mosaic.signatures import sign_digest
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import TOKEN
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.fakes import CORE, calls_in, make_view, seen_chain
from tests.unit.actors.nodes import FakeLink, chain_of
from tests.unit.actors.told import Told

PAIR = PairDeployment("TKN", "auxiliary-1", b"\x11" * 20, b"\x12" * 20, b"\x13" * 20, b"\x14" * 20, TOKEN // 10)
SENDER, MINE, OTHER = (derive_key(1, name) for name in ("sender", "facilitator-1", "facilitator-2"))
SECRET = b"\x5e" * 32
FEE = 7 + PRIORITY_FEE_WEI
"""Of the fake chains' blocks."""


@dataclass
class Desk:
    """One intake between two fake chains, whose contracts answer what ``words`` says."""

    intake: Intake
    pair: PairHandles
    links: Mapping[str, FakeLink]
    told: Told
    words: dict[str, int] = field(default_factory=dict)
    domain: Any = None
    ends: Any = None

    def offer(self, direction: Direction = Direction.STAKE, key: Any = SENDER, **changes: Any) -> Offer:
        """Signed by that key."""
        sound = Transfer(TOKEN, b"\xbe" * 20, 3 * 10**9, 1_000_000, SENDER.address, 0, hash_lock(SECRET))
        transfer = replace(sound, **changes)
        digest = transfer.message(direction, self.ends).digest(self.domain)
        return Offer(direction, "TKN", transfer, sign_digest(digest, key.secret))

    def sent(self) -> list[str]:
        """Functions called on both chains, those on origin first."""
        calls = calls_in(self.links["origin"], self.pair.gateway)
        return [name for name, _ in calls + calls_in(self.links["auxiliary-1"], self.pair.co_gateway)]

    def waits(self, offer: Offer, key: Any, function: str = "stake", word: bytes = b"") -> str:
        """Somebody's call waits on origin; its hash."""
        data = self.pair.gateway.calldata(function, offer.transfer.fields(), word)
        waiting = {"from": key.address, "to": PAIR.gateway, "input": data, "hash": b"\x7a" * 32}
        self.links["origin"].answers["devnet_pendingTransactions"] = [
            {name: "0x" + value.hex() for name, value in waiting.items()}
        ]
        return "7a" * 32


def answering(desk: Desk, contracts: list[ContractHandle]) -> Any:
    """Plays the contracts: views by ``words``, everything else succeeds."""

    def call(request: Mapping[str, str], block: object) -> str:
        contract = next(one for one in contracts if "0x" + one.address.hex() == request["to"])
        decoded = contract.decode_calldata(bytes.fromhex(request["data"][2:]))
        assert decoded is not None
        return "0x" + uint_word(desk.words.get(decoded[0], 0)).hex()

    return call


@pytest.fixture
def desk() -> Desk:
    view, auxiliary, origin = make_view(seen_chain(8), seen_chain(8))
    handles = Handles(Deployment((CORE,), (PAIR,)), FakeCompiled())  # type: ignore[arg-type]
    pair, core = handles.pair("TKN"), handles.core_of("auxiliary-1")
    assert isinstance(core, CoreHandles)
    told, links = Told(), {"origin": origin, "auxiliary-1": auxiliary}
    spec = ActorSpec("facilitator-1", "facilitator", MINE, MINE)
    surroundings = Surroundings(spec, view.devnet, handles, links, Path(), told)
    made = Desk(Intake(view, pair, surroundings), pair, links, told, {"balanceOf": TOKEN, "allowance": TOKEN})
    made.domain, made.ends = view.domain, PAIR.ends(view.devnet)
    contracts = [core.core, *pair.on_origin, *pair.on_auxiliary]
    for link in links.values():
        link.headers = chain_of(8)
        link.answers |= {"devnet_pendingTransactions": [], "eth_getBalance": hex(TOKEN)}
        link.answers["eth_call"] = answering(made, contracts)
    return made


@pytest.mark.parametrize(("direction", "chain"), [(Direction.STAKE, "origin"), (Direction.REDEEM, "auxiliary-1")])
def test_a_sound_offer_is_declared_at_its_source(desk: Desk, direction: Direction, chain: str) -> None:
    offer = desk.offer(direction)
    digest = desk.intake.declare(offer)
    assert desk.sent() == [direction.value]
    (raw,) = desk.links[chain].sent
    assert transaction_hash(raw) == digest
    ((kind, told),) = desk.told.events
    assert (kind, told["function"], told["hash"]) == ("OfferTaken", direction.value, "0x" + digest.hex())
    assert told["message"] == "0x" + offer.transfer.hash(direction, desk.ends).hex()


def refusal(desk: Desk, offer: Offer) -> str:
    with pytest.raises(UsageError) as refused:
        desk.intake.declare(offer)
    assert desk.sent() == []
    assert [kind for kind, _ in desk.told.events] == ["OfferRefused"]
    return str(refused.value)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"isHalted": 1}, "the core of auxiliary-1 has halted"),
        ({"isDeactivated": 1}, "takes no new stakes"),
        ({"nextNonce": 1}, "has nonce 0, the gateway expects 1: sign it anew"),
        ({"balanceOf": TOKEN - 1}, "has 0.999999999999999999 of the token on origin, not 1"),
        ({"allowance": TOKEN - 1}, "may take 0.999999999999999999 tokens"),
        ({"lastMessage": 5, "outbox": int(MessageStatus.DECLARED)}, "only one may be open"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_the_gateway_would_refuse_is_refused_first(desk: Desk, words: dict[str, int], sentence: str) -> None:
    desk.words |= words
    assert sentence in refusal(desk, desk.offer())


def test_redeeming_goes_on_where_staking_was_deactivated(desk: Desk) -> None:
    """R72."""
    desk.words["isDeactivated"] = 1
    desk.intake.declare(desk.offer(Direction.REDEEM))
    assert desk.sent() == ["redeem"]


def test_a_signature_counts_for_its_sender_message_and_direction(desk: Desk) -> None:
    """R2, R62, R67."""
    sound = desk.offer()
    assert "the signature is 0x" in refusal(desk, desk.offer(key=OTHER))
    for wrong in (
        replace(sound, transfer=replace(sound.transfer, gas_limit=999_999)),
        replace(sound, direction=Direction.REDEEM),
        replace(sound, signature=sound.signature[:-1]),
    ):
        with pytest.raises(UsageError, match=r"the signature is 0x|signature .* refused"):
            desk.intake.declare(wrong)
    assert desk.sent() == []


def test_it_pays_from_the_wei_on_at_which_the_reward_is_what_the_gas_costs(desk: Desk) -> None:
    cost = (SOURCE_GAS + TARGET_GAS) * FEE
    least = -(-cost // REWARDED_GAS)
    said = refusal(desk, desk.offer(gas_price=least - 1))
    assert said.startswith("it does not pay: ")
    assert f"a --gas-price of {least} " in said
    desk.intake.declare(desk.offer(gas_price=least, gas_limit=REWARDED_GAS))
    assert desk.sent() == ["stake"]


def test_it_refuses_what_it_cannot_afford(desk: Desk) -> None:
    desk.links["origin"].answers["eth_getBalance"] = hex(TOKEN // 10)
    said = refusal(desk, desk.offer())
    assert "it has 0.1 of origin's base coin, bounty and gas may take 0.5" in said
    assert f": send some to 0x{MINE.address.hex()} there, " in said
    assert said.endswith(" there, choose another facilitator, or declare without --through")


def test_its_own_declaration_that_waits_is_the_answer(desk: Desk) -> None:
    """After a kill -9 it is asked again: one bounty, not two."""
    offer = desk.offer()
    waiting = desk.waits(offer, MINE)
    assert desk.intake.declare(offer).hex() == waiting
    assert desk.sent() == []


@pytest.mark.parametrize("whose", ["another's", "its own of another amount"])
def test_a_nonce_that_somebody_is_about_to_use_is_refused(desk: Desk, whose: str) -> None:
    waiting = desk.offer() if whose == "another's" else desk.offer(amount=TOKEN // 2)
    desk.waits(waiting, OTHER if whose == "another's" else MINE, word=waiting.signature)
    assert "waits, which declares that nonce" in refusal(desk, desk.offer())


def test_the_senders_own_declaration_needs_no_signature(desk: Desk) -> None:
    desk.waits(desk.offer(amount=TOKEN // 2), SENDER)
    assert "waits, which declares that nonce" in refusal(desk, desk.offer())


@pytest.mark.parametrize("word", [b"", b"\x5e" * 65, "another's"], ids=["none", "nonsense", "another's"])
def test_nobody_keeps_a_sender_from_being_carried_by_declaring_in_its_name(desk: Desk, word: bytes | str) -> None:
    """R67: without the sender's signature it reverts if it is mined at all, and it may wait for ever."""
    offer = desk.offer()
    signed = desk.offer(key=OTHER).signature if isinstance(word, str) else word
    desk.waits(offer, OTHER, word=signed)
    desk.intake.declare(offer)
    assert desk.sent() == ["stake"]


@pytest.mark.parametrize("method", ["devnet_pendingTransactions", "eth_getBalance"])
@pytest.mark.parametrize("nonsense", [None, 7, "-0x1", [None], {}], ids=str)
def test_nonsense_from_a_node_is_a_chain_that_does_not_answer(desk: Desk, method: str, nonsense: object) -> None:
    desk.links["origin"].answers[method] = nonsense
    with pytest.raises(TransportError):
        desk.intake.declare(desk.offer())
    assert desk.sent() == []


def test_what_others_declare_is_no_hindrance(desk: Desk) -> None:
    desk.waits(desk.offer(sender=OTHER.address), OTHER)
    desk.intake.declare(desk.offer())
    assert desk.sent() == ["stake"]


def test_what_reverts_when_it_is_tried_is_not_sent(desk: Desk) -> None:
    plays = desk.links["origin"].answers["eth_call"]

    def reverting(request: Mapping[str, str], block: object) -> str:
        if "value" in request:
            assert (int(request["value"], 16), request["from"]) == (PAIR.bounty_wei, "0x" + MINE.address.hex())
            raise RpcError(3, "execution reverted", "0x12345678")
        return str(plays(request, block))

    desk.links["origin"].answers["eth_call"] = reverting
    assert "Gateway.stake reverted" in refusal(desk, desk.offer())


def test_a_chain_that_does_not_answer_is_no_refusal(desk: Desk) -> None:
    desk.links["origin"].answers["devnet_pendingTransactions"] = TransportError("origin: link is cut")
    with pytest.raises(TransportError):
        desk.intake.declare(desk.offer())
    assert not desk.told.events


def test_the_secret_ends_the_message_at_its_source_once(desk: Desk) -> None:
    offer = desk.offer()
    disclosure = Disclosure(Direction.STAKE, "TKN", offer.transfer, SECRET)
    desk.intake.progress(disclosure)
    assert desk.sent() == ["progressStake"]
    waiting = desk.waits(offer, MINE, "progressStake", SECRET)
    assert desk.intake.progress(disclosure).hex() == waiting
    assert desk.sent() == ["progressStake"]
    assert [kind for kind, _ in desk.told.events] == ["SecretTaken"]
    assert all(SECRET.hex() not in str(told) for _, told in desk.told.events)
