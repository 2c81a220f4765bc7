"""Value across the chains on real geth: moved, taken back, abandoned, carried by facilitators that die (R61-R68)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devnet.actors.attempts import STEP_IN_BLOCKS
from devnet.errors import ManifestError, UsageError
from devnet.types import TOKEN
from devnet.world.following import Following
from devnet.world.transfer_ends import GAS_LIMIT, GAS_PRICE
from devnet.world.world import World
from tests.e2e.world.transfers import (
    AUXILIARY,
    BLOCKS,
    FACILITATORS,
    assert_gateways_stand,
    balance,
    calls_of_facilitators,
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


MOST_OF_LIMIT = 0.8
"""Of its gas limit, that any call of a facilitator may use."""


@pytest.fixture(autouse=True)
def checks_of_gateways_pass(world: World) -> Iterator[None]:
    """Whatever a test does, its History must stand before G1-G9."""
    yield
    assert_gateways_stand(world)


def test_a_stake_and_a_redemption_move_exactly_what_they_say(world: World) -> None:
    """R64, R67: the amount less the reward arrives, the bounty returns to who progresses the source."""
    pair, user = world.handles.pair("TKN"), world.devnet.accounts[0].address
    before = balance(world, pair.token, "origin", user)
    staked = world.transfers.stake(AUXILIARY, 5 * TOKEN)
    assert world.transfers.finish(staked, blocks=BLOCKS)
    steps = steps_of(world, staked)
    assert list(steps) == ["declared", "confirmed", "progressed at source", "progressed at target"]
    received, reward = (int(steps["progressed at target"][key]) for key in ("received_wei", "reward_wei"))
    assert received + reward == 5 * TOKEN
    assert 0 < reward <= GAS_PRICE * GAS_LIMIT
    assert balance(world, pair.token, "origin", user) == before - 5 * TOKEN
    assert balance(world, pair.utility_token, AUXILIARY, user) == received
    earner = world.devnet.actor(steps["progressed at target"]["by"]).auxiliary_key.address
    assert balance(world, pair.utility_token, AUXILIARY, earner) == reward
    assert steps["confirmed"]["proof_bytes"] > 0

    redeemed = world.transfers.redeem(AUXILIARY, 2 * TOKEN, beneficiary="0x" + "57" * 20)
    assert world.transfers.finish(redeemed, blocks=BLOCKS)
    released = int(steps_of(world, redeemed)["progressed at target"]["received_wei"])
    assert balance(world, pair.token, "origin", b"\x57" * 20) == released
    assert balance(world, pair.utility_token, AUXILIARY, user) == received - 2 * TOKEN
    assert conserved(world)
    assert [row["over"] for row in world.transfers.all()] == [True, True]
    made = calls_of_facilitators(world)
    assert [name for name, *_ in made] == ["confirmStake", "progressMint", "confirmRedeem", "progressUnstake"]
    assert [call for call in made if not call[3] or call[1] > MOST_OF_LIMIT * call[2]] == []

    last = world.transfers.stake(AUXILIARY, TOKEN)
    assert world.run_until(lambda: len(world.transfers.all()) == 3, BLOCKS)
    assert [row["message"] for row in world.transfers.all()] == [staked, redeemed, last]


def test_both_directions_can_be_taken_back(world: World) -> None:
    """R65: all of the amount returns, bounty and penalty are burned, both sides end in Revoked."""
    funded(world)
    pair, (user, other) = world.handles.pair("TKN"), (account.address for account in world.devnet.accounts[:2])
    tokens = balance(world, pair.token, "origin", other), balance(world, pair.utility_token, AUXILIARY, user)
    burned_before = [coins(world, chain, b"\0" * 18 + b"\xde\xad") for chain in ("origin", AUXILIARY)]
    messages = world.transfers.stake(AUXILIARY, TOKEN, sender="1"), world.transfers.redeem(AUXILIARY, TOKEN)
    finish_all(world, *(Following(world.transfers, message, revert=True) for message in messages))
    for message in messages:
        assert ends_of(world, message) == ("revoked", "revoked")
        assert list(steps_of(world, message)) == [
            "declared",
            "confirmed",
            "revocation declared",
            "revocation confirmed",
            "reverted",
        ]
    found = balance(world, pair.token, "origin", other), balance(world, pair.utility_token, AUXILIARY, user)
    assert found == tokens
    bounty, penalty = pair.deployment.bounty_wei, 3 * pair.deployment.bounty_wei // 2
    burned = [coins(world, chain, b"\0" * 18 + b"\xde\xad") for chain in ("origin", AUXILIARY)]
    assert [now - then for now, then in zip(burned, burned_before, strict=True)] == [bounty + penalty] * 2
    assert conserved(world)
    made = calls_of_facilitators(world)
    assert {name for name, *_ in made} >= {
        "confirmRevertStake",
        "progressRevertStake",
        "confirmRevertRedeem",
        "progressRevertRedeem",
    }
    assert [call for call in made if not call[3] or call[1] > MOST_OF_LIMIT * call[2]] == []


def test_abandoned_messages_are_finished_by_proof(world: World) -> None:
    """R68, J14, J17: nobody reveals anything; both sides end all the same, and the facilitators take the bounty."""
    funded(world)
    messages = world.transfers.stake(AUXILIARY, TOKEN, sender="1"), world.transfers.redeem(AUXILIARY, TOKEN)
    finish_all(world, *(Following(world.transfers, message, acts=False) for message in messages))
    for message in messages:
        assert ends_of(world, message) == ("progressed", "progressed")
        steps = steps_of(world, message)
        for name in ("progressed at source", "progressed at target"):
            assert steps[name]["by_proof"]
            assert steps[name]["by"] in FACILITATORS
            assert steps[name]["proof_bytes"] > 0
        assert steps["progressed at source"]["bounty_wei"] == str(world.handles.pair("TKN").deployment.bounty_wei)
    assert conserved(world)
    made = calls_of_facilitators(world)
    assert {name for name, *_ in made} >= {
        "progressStakeWithProof",
        "progressMintWithProof",
        "progressRedeemWithProof",
        "progressUnstakeWithProof",
    }
    assert [call for call in made if not call[3] or call[1] > MOST_OF_LIMIT * call[2]] == []


def test_facilitators_that_die_after_every_call_lose_nothing_and_send_nothing_twice(world: World) -> None:
    """A kill -9 leaves what the disk has, which is nothing: the chains say what is to be done."""
    funded(world)
    already, deaths = len(calls_of_facilitators(world)), 0

    def die() -> None:
        """With the call on its way, and again once it was mined."""
        nonlocal deaths
        carried = world.history.effective_events("MessageCarried")[-1]
        if world.clock.now() <= carried.time + 1:
            for name in FACILITATORS:
                world.actors[name].learn(world.handles)
            deaths += 1

    messages = world.transfers.redeem(AUXILIARY, TOKEN), world.transfers.stake(AUXILIARY, TOKEN, sender="1")
    finish_all(world, *(Following(world.transfers, message) for message in messages), between=die)
    assert deaths >= 8
    assert {ends_of(world, message) for message in messages} == {("progressed", "progressed")}
    assert conserved(world)
    made = calls_of_facilitators(world)[already:]
    assert sorted(name for name, *_ in made) == ["confirmRedeem", "confirmStake", "progressMint", "progressUnstake"]
    assert all(succeeded for *_, succeeded in made)


def test_a_facilitator_made_again_while_its_call_waits_does_not_send_it_again(world: World) -> None:
    """What it cannot remember it finds among the transactions that wait."""
    world.transfers.stake(AUXILIARY, TOKEN)
    assert world.run_until(lambda: bool(world.history.effective_events("MessageCarried")), BLOCKS)
    chain = world.chains[AUXILIARY]
    chain.halt()
    for _ in range(3):
        for name in FACILITATORS:
            world.actors[name].learn(world.handles)
        world.step(4)
    senders = {event.actor for event in world.history.effective_events("MessageCarried")}
    sent = len(world.history.effective_events("MessageCarried"))
    chain.resume()
    # The other one's turn may have come: it does not know whether the first will ever be mined.
    assert sent == len(senders)
    (message,) = (str(row["message"]) for row in world.transfers.all())
    assert world.transfers.finish(message, blocks=BLOCKS)
    assert conserved(world)


def test_what_waited_for_dead_facilitators_goes_on_once_they_are_revived(world: World) -> None:
    """R68: paid once, though whoever carries it died in the middle."""
    message = world.transfers.stake(AUXILIARY, TOKEN)
    assert world.run_until(lambda: ends_of(world, message) == ("declared", "declared"), BLOCKS)
    for name in FACILITATORS:
        world.dismiss(name)
    world.transfers.reveal(message)
    world.step(20)
    assert ends_of(world, message) == ("progressed", "declared")
    for name in FACILITATORS:
        world.revive(name)
    with pytest.raises(UsageError, match="facilitator-1 is running"):
        world.revive("facilitator-1")
    with pytest.raises(ManifestError, match="did you mean 'facilitator-1'"):
        world.revive("facilitator1")
    assert world.transfers.finish(message, blocks=BLOCKS)
    assert list(steps_of(world, message)) == ["declared", "confirmed", "progressed at source", "progressed at target"]
    assert conserved(world)


def test_the_other_facilitator_steps_in_for_one_that_is_gone(world: World) -> None:
    """Whose turn it is depends on the message, which is the same both times: once the other one has to wait."""
    mark, confirmed = world.mark(), []
    for gone in FACILITATORS:
        world.dismiss(gone)
        message = world.transfers.stake(AUXILIARY, TOKEN)
        assert world.transfers.finish(message, blocks=BLOCKS)
        steps = steps_of(world, message)
        (other,) = {step["by"] for step in steps.values()} & set(FACILITATORS)
        assert other != gone
        confirmed.append(steps["confirmed"]["block"])
        world.rewind(mark)
    assert abs(confirmed[0] - confirmed[1]) == STEP_IN_BLOCKS


def test_a_reorganisation_of_either_chain_costs_nothing(world: World) -> None:
    """What was taken back is sent again, or waits again; nothing is proven from a block that is gone."""
    message = world.transfers.stake(AUXILIARY, TOKEN)
    seen: list[str] = []
    following = Following(world.transfers, message)

    def disturb() -> None:
        new = [step["step"] for step in following.row.get("steps", ())]
        if len(new) > len(seen):
            seen[:] = new
            world.reorg("origin", 2)
            world.reorg(AUXILIARY, 1)

    finish_all(world, following, between=disturb)
    assert ends_of(world, message) == ("progressed", "progressed")
    assert conserved(world)


def test_what_a_halt_found_in_flight_is_settled_by_the_last_committed_root(world: World) -> None:
    """R74: the stake returns with its bounty, the redemption is paid; nothing else can be begun."""
    funded(world)
    pair, (user, other) = world.handles.pair("TKN"), (account.address for account in world.devnet.accounts[:2])
    for name in FACILITATORS:
        world.link(name, "origin").policy.cut = True
    redeemed = world.transfers.redeem(AUXILIARY, TOKEN)
    world.step()
    declared_in = int(str(world.transfers.find(redeemed)["declared_in"]))
    commits = world.history.effective_events
    epoch = world.devnet.chain(AUXILIARY).epoch_length
    assert world.run_until(
        lambda: any(
            int(str(e.payload["checkpointHeight"])) * epoch >= declared_in for e in commits("MetaBlockCommitted")
        ),
        BLOCKS,
    )
    staked = world.transfers.stake(AUXILIARY, TOKEN, sender=1)
    world.step()
    before = balance(world, pair.token, "origin", user), balance(world, pair.token, "origin", other)
    halt_core(world)
    for name in FACILITATORS:
        world.link(name, "origin").policy.cut = False
    finish_all(world, *(Following(world.transfers, message, acts=False) for message in (redeemed, staked)))
    after = balance(world, pair.token, "origin", user), balance(world, pair.token, "origin", other)
    assert [now - then for now, then in zip(after, before, strict=True)] == [TOKEN, TOKEN]
    assert pair.gateway.read(link_to(world, "origin"), "returnedBounties", other) == pair.deployment.bounty_wei
    assert ends_of(world, staked)[0] == "revoked"
    assert ends_of(world, redeemed)[1] == "progressed"
    with pytest.raises(
        UsageError, match=r"the core of auxiliary-1 has halted.*devnet transfer exit --chain auxiliary-1"
    ):
        world.transfers.stake(AUXILIARY, TOKEN)


def test_what_cannot_be_is_refused_before_anything_is_sent(world: World) -> None:
    transfers, pair = world.transfers, world.deployment.pair("TKN")
    for wish, error, sentence in (
        (("nowhere", TOKEN, {}), ManifestError, "no auxiliary chain"),
        ((AUXILIARY, TOKEN, {"pair": "NONE"}), ManifestError, "there are: TKN"),
        ((AUXILIARY, TOKEN, {"sender": "77"}), ManifestError, "expected 0 to 2"),
        ((AUXILIARY, TOKEN, {"sender": "3"}), ManifestError, "expected 0 to 2"),
        ((AUXILIARY, TOKEN, {"beneficiary": "0x" + "00" * 20}), ManifestError, "nobody could ever use"),
        ((AUXILIARY, TOKEN, {"beneficiary": "0x" + pair.gateway.hex()}), ManifestError, "nobody could ever use"),
        ((AUXILIARY, TOKEN, {"beneficiary": "0x" + pair.co_gateway.hex()}), ManifestError, "nobody could ever use"),
        ((AUXILIARY, 10**15, {}), UsageError, "above the maximal reward"),
        ((AUXILIARY, 2_000_000 * TOKEN, {}), UsageError, "has 1000000 of the token on origin"),
    ):
        chain, amount, more = wish
        with pytest.raises(error, match=sentence):
            transfers.stake(chain, amount, **more)
    assert not world.chains["origin"].rpc("devnet_pendingTransactions", [])
    message = transfers.stake(AUXILIARY, TOKEN)
    with pytest.raises(UsageError, match="before the other chain has confirmed"):
        transfers.reveal(message)
    with pytest.raises(UsageError, match="is being declared, and only one may be open"):
        transfers.stake(AUXILIARY, TOKEN)
    world.step()
    with pytest.raises(UsageError, match="only one may be open"):
        transfers.stake(AUXILIARY, TOKEN)
    with pytest.raises(UsageError, match="before the other chain has confirmed"):
        transfers.revert(message)
    secrets = list((world.directory / "transfers").iterdir())
    assert [path.stat().st_mode & 0o777 for path in secrets] == [0o600] * len(secrets)
