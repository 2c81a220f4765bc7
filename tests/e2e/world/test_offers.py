"""Signed transfers that facilitators declare with bounties of their own, on real geth (R67)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.intake import REWARDED_GAS, SOURCE_GAS, TARGET_GAS
from devnet.actors.offers import Offer
from devnet.config.network import ActorSpec, Key
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.send import Sender
from devnet.errors import ManifestError, UsageError
from devnet.mosaic.transfers import Direction
from devnet.types import TOKEN
from devnet.world.following import Following
from devnet.world.transfer_ends import GAS_PRICE, Wish
from devnet.world.world import World
from tests.e2e.world.transfers import (
    AUXILIARY,
    BLOCKS,
    FACILITATORS,
    assert_gateways_stand,
    coins,
    conserved,
    ends_of,
    finish_all,
    funded,
    halt_core,
    link_to,
    steps_of,
)

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="transfers")]

FIRST, SECOND = FACILITATORS
BURNED = b"\0" * 18 + b"\xde\xad"


@pytest.fixture(autouse=True)
def checks_of_gateways_pass(world: World) -> Iterator[None]:
    """Whatever a test does, its History must stand before G1-G9, G8 above all."""
    yield
    assert_gateways_stand(world)


def spec(world: World, name: str) -> ActorSpec:
    return world.devnet.actor(name)


def signed(world: World, amount: int = TOKEN, **more: Any) -> Offer:
    return world.transfers.sign(Wish(Direction.STAKE, AUXILIARY, amount, **more))


def send_as(world: World, key: Key, function: str, offer: Offer, word: bytes, value: int = 0) -> str:
    """Somebody's own call of the gateway about that transfer; the transaction."""
    gateway = world.handles.pair("TKN").gateway
    sender = Sender(link_to(world, "origin"), key, world.devnet.origin.chain_id)
    data = gateway.calldata(function, offer.transfer.fields(), word)
    return "0x" + sender.send(gateway.address, data, gas_limit("Gateway", function), value).hex()


def succeeded(world: World, transaction: object) -> bool:
    return bool(link_to(world, "origin").call("eth_getTransactionReceipt", (transaction,))["status"] == "0x1")


def told(world: World, kind: str) -> list[tuple[str | None, Any]]:
    return [(event.actor, event.payload) for event in world.history.effective_events(kind)]


def bounty_of(world: World) -> int:
    return world.handles.pair("TKN").deployment.bounty_wei


def locked(world: World) -> int:
    """Bounties that the gateway on origin holds."""
    return coins(world, "origin", world.handles.pair("TKN").gateway.address)


def test_facilitators_declare_both_ways_are_paid_for_it_and_have_their_bounties_back(world: World) -> None:
    """R67: the sender's base coin pays for its approval alone; the one that declared carries, too."""
    user, bounty = world.devnet.accounts[0].address, bounty_of(world)
    funded(world)
    before = coins(world, "origin", user)
    for name, declare in ((FIRST, world.transfers.stake), (SECOND, world.transfers.redeem)):
        message = declare(AUXILIARY, TOKEN, through=name)
        assert world.transfers.finish(message, blocks=BLOCKS)
        row, steps = world.transfers.find(message), steps_of(world, message)
        assert list(steps) == ["declared", "confirmed", "progressed at source", "progressed at target"]
        assert {step["by"] for step in steps.values()} == {row["bounty_owner"]} == {name}
        assert steps["declared"]["locked_bounty_wei"] == steps["progressed at source"]["bounty_wei"] == str(bounty)
        assert not steps["progressed at source"]["by_proof"]
        source = steps["declared"]["gas_used"] + steps["progressed at source"]["gas_used"]
        target = steps["confirmed"]["gas_used"] + steps["progressed at target"]["gas_used"]
        assert source <= SOURCE_GAS
        assert target <= TARGET_GAS
        assert int(steps["progressed at target"]["reward_wei"]) >= REWARDED_GAS * GAS_PRICE
    assert before - coins(world, "origin", user) < bounty // 10
    assert locked(world) == 0
    assert [actor for actor, _ in told(world, "OfferTaken")] == [FIRST, SECOND]
    assert [actor for actor, _ in told(world, "SecretTaken")] == [FIRST, SECOND]
    assert conserved(world)
    assert [row["bounty_owner"] for row in world.transfers.all()] == ["0x" + user.hex(), FIRST, SECOND]


def test_what_its_sender_takes_back_costs_the_facilitator_its_bounty_and_the_sender_more(world: World) -> None:
    """R65, R67: only the sender may, its penalty is one and a half bounties, and both are burned."""
    offer, burned = signed(world), coins(world, "origin", BURNED)
    message = world.transfers.offer(offer, FIRST)
    assert world.run_until(lambda: ends_of(world, message) == ("declared", "declared"), BLOCKS)
    gateway, penalty = world.handles.pair("TKN").gateway, 3 * bounty_of(world) // 2
    caller = spec(world, FIRST).origin_key.address
    with pytest.raises(ContractReverted, match="NotSender"):
        gateway.read(link_to(world, "origin"), "revertStake", offer.transfer.fields(), sender=caller, value=penalty)
    assert world.transfers.finish(message, revert=True, blocks=BLOCKS)
    assert ends_of(world, message) == ("revoked", "revoked")
    assert coins(world, "origin", BURNED) - burned == bounty_of(world) + penalty
    assert (locked(world), conserved(world)) == (0, True)


def test_a_facilitator_says_why_it_refuses_and_sends_nothing(world: World) -> None:
    """Each offer is sound but for one thing."""
    good = signed(world)
    unapproved = replace(good.transfer, sender=world.devnet.accounts[1].address)
    for changed, sentence in (
        ({"signature": bytes(65)}, "v must be 27 or 28"),
        ({"signature": good.signature[:64]}, "must have 65 bytes, found 64"),
        ({"transfer": replace(good.transfer, amount=2 * TOKEN)}, "may take 1 tokens .* not 2: approve it first"),
        ({"transfer": replace(good.transfer, gas_limit=999_999)}, "the signature is 0x.*, the sender is 0x"),
        ({"transfer": replace(good.transfer, nonce=1)}, "nonce 1, the gateway expects 0: sign it anew"),
        ({"transfer": replace(good.transfer, amount=TOKEN // 1000)}, "above the maximal reward"),
        ({"transfer": replace(good.transfer, amount=TOKEN * TOKEN)}, "of the token on origin, not"),
        ({"transfer": unapproved}, "may take 0 tokens"),
        ({"pair": "GOLD"}, "there is no pair 'GOLD'"),
    ):
        with pytest.raises(UsageError, match=f"facilitator-1 refuses: .*{sentence}"):
            world.transfers.offer(replace(good, **changed), FIRST)
    for more in ({"gas_price": 10**9}, {"gas_limit": 50_000}):
        with pytest.raises(
            UsageError, match=r"it does not pay: .* offer a --gas-price of .* and a --gas-limit of 300000"
        ):
            world.transfers.stake(AUXILIARY, TOKEN, through=FIRST, **more)
    with pytest.raises(ManifestError, match="did you mean 'facilitator-1'"):
        world.transfers.stake(AUXILIARY, TOKEN, through="facilitator1")
    world.dismiss(SECOND)
    with pytest.raises(UsageError, match=r"facilitator-2 is not running .*devnet revive facilitator-2"):
        world.transfers.stake(AUXILIARY, TOKEN, through=SECOND)
    assert not world.chains["origin"].rpc("devnet_pendingTransactions", [])
    assert (told(world, "OfferTaken"), locked(world)) == ([], 0)
    message = world.transfers.offer(good, FIRST)
    world.step()
    with pytest.raises(UsageError, match="only one may be open"):
        world.transfers.stake(AUXILIARY, TOKEN, through=FIRST)
    assert world.transfers.find(message)["bounty_owner"] == FIRST


def test_of_those_that_have_the_same_offer_one_locks_a_bounty(world: World) -> None:
    """R66, R67: the other sends nothing; whoever sends all the same loses the gas, never a bounty."""
    offer, stranger = signed(world), world.devnet.accounts[2]
    message = world.transfers.offer(offer, FIRST)
    with pytest.raises(UsageError, match=r"facilitator-2 refuses: transaction 0x.* waits, which declares that nonce"):
        world.transfers.offer(offer, SECOND)
    before = coins(world, "origin", stranger.address)
    late = send_as(world, stranger, "stake", offer, offer.signature, bounty_of(world))
    world.step()
    assert not succeeded(world, late)
    assert before - coins(world, "origin", stranger.address) < bounty_of(world) // 100
    assert (locked(world), world.transfers.find(message)["bounty_owner"]) == (bounty_of(world), FIRST)
    with pytest.raises(UsageError, match="has nonce 0, the gateway expects 1"):
        world.transfers.offer(offer, SECOND)
    assert world.transfers.finish(message, blocks=BLOCKS)
    assert locked(world) == 0


def test_a_facilitator_killed_at_any_moment_locks_one_bounty_and_loses_none(world: World) -> None:
    """Before it was mined it answers the same again; what is to be done then the chains tell."""
    offer, origin = signed(world), world.chains["origin"]
    origin.halt()
    message = world.transfers.offer(offer, FIRST)
    for _ in range(2):
        world.actors[FIRST].learn(world.handles)
        assert world.transfers.offer(offer, FIRST) == message
    assert len(origin.rpc("devnet_pendingTransactions", [])) == 1
    origin.resume()
    world.step()
    assert locked(world) == bounty_of(world)
    following, steps = Following(world.transfers, message), 0

    def die() -> None:
        nonlocal steps
        if len(following.row.get("steps", ())) > steps:
            steps = len(following.row["steps"])
            world.actors[FIRST].learn(world.handles)

    finish_all(world, following, between=die)
    assert ends_of(world, message) == ("progressed", "progressed")
    assert {step["by"] for step in steps_of(world, message).values()} == {FIRST}
    assert (locked(world), conserved(world)) == (0, True)


def test_a_declaration_that_a_reorganisation_takes_back_is_declared_once_more(world: World) -> None:
    """Its transaction waits again, and nobody has to be asked twice."""
    message = world.transfers.stake(AUXILIARY, TOKEN, through=FIRST)
    world.step(2)
    world.reorg("origin", 2)
    world.step()
    assert locked(world) == bounty_of(world)
    assert world.transfers.finish(message, blocks=BLOCKS)
    assert world.transfers.find(message)["bounty_owner"] == FIRST


def test_the_same_offer_from_the_same_moment_has_the_same_history(world: World) -> None:
    """Nothing of it depends on a clock, a process or a thread."""
    mark, histories = world.mark(), []
    for _ in range(2):
        begun = len(world.history.effective_events())
        message = world.transfers.stake(AUXILIARY, TOKEN, through=SECOND)
        assert world.transfers.finish(message, blocks=BLOCKS)
        events = world.history.effective_events()[begun:]
        histories.append([(one.kind, one.time, one.chain, one.block, one.actor, one.payload) for one in events])
        world.rewind(mark)
    assert histories[0] == histories[1]
    assert ("OfferTaken", SECOND) in {(kind, actor) for kind, *_, actor, _ in histories[0]}


def test_one_that_locked_its_bounty_and_vanished_loses_it_to_whoever_finishes(world: World) -> None:
    """J17, R67, R68: first wrong secrets, then nothing more; nobody reveals, the other one finishes by proof."""
    offer = signed(world)
    message = world.transfers.offer(offer, FIRST)
    world.step()
    wrong = send_as(world, spec(world, FIRST).origin_key, "progressStake", offer, b"\x66" * 32)
    world.step()
    assert not succeeded(world, wrong)
    world.dismiss(FIRST)
    finish_all(world, Following(world.transfers, message, acts=False))
    assert ends_of(world, message) == ("progressed", "progressed")
    steps = steps_of(world, message)
    assert [step["by"] for step in steps.values()] == [FIRST, SECOND, SECOND, SECOND]
    assert steps["progressed at source"]["by_proof"]
    assert steps["progressed at source"]["bounty_wei"] == str(bounty_of(world))
    assert (locked(world), conserved(world)) == (0, True)


def test_a_sender_whose_facilitator_vanished_ends_its_transfer_itself_and_has_the_bounty(world: World) -> None:
    """J17: whoever progresses the source (R67); it need not wait for anybody."""
    user = world.devnet.accounts[0].address
    message = world.transfers.stake(AUXILIARY, TOKEN, through=FIRST)
    assert world.run_until(lambda: ends_of(world, message) == ("declared", "declared"), BLOCKS)
    world.dismiss(FIRST)
    before = coins(world, "origin", user)
    assert world.transfers.finish(message, blocks=BLOCKS)
    steps = steps_of(world, message)
    assert steps["progressed at source"]["by"] == "0x" + user.hex()
    assert 0.9 * bounty_of(world) < coins(world, "origin", user) - before < bounty_of(world)
    assert (locked(world), conserved(world)) == (0, True)


def test_after_a_halt_a_facilitator_has_its_bounty_back(world: World) -> None:
    """R74: to whoever locked it, not to the sender."""
    message = world.transfers.stake(AUXILIARY, TOKEN, through=FIRST)
    for name in FACILITATORS:
        world.link(name, "origin").policy.cut = True
    world.step()
    halt_core(world)
    with pytest.raises(UsageError, match="the core of auxiliary-1 has halted"):
        world.transfers.stake(AUXILIARY, TOKEN, sender="1", through=FIRST)
    account = spec(world, FIRST).origin_key.address
    before = coins(world, "origin", account)
    for name in FACILITATORS:
        world.link(name, "origin").policy.cut = False
    finish_all(world, Following(world.transfers, message, acts=False))
    assert world.run_until(lambda: locked(world) == 0, 20)
    assert 0.9 * bounty_of(world) < coins(world, "origin", account) - before < bounty_of(world)
