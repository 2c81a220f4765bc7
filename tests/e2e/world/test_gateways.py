"""Pairs of gateways in a running network: deployed with it or added to it, told in the History, gone after a rewind."""

from __future__ import annotations

from typing import Any

import pytest
from web3.types import TxParams, Wei

from devnet.errors import ChainError, ManifestError, UsageError
from devnet.mosaic.keccak import keccak
from devnet.types import TOKEN
from devnet.world.user_chain import UserChain
from devnet.world.world import World

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="transfers")]

AMOUNT = 5 * TOKEN

BLOCKS = 120
"""Origin blocks in which any message ends; seen: 40."""


def stake(world: World, origin: UserChain, pair: str) -> None:
    """Stake tokens of the first user account, for itself and without a reward, and make the block."""
    user, gateway = origin.accounts[0], origin.contract(f"{pair}:Gateway")
    transfer = (AMOUNT, user, 0, 0, user, gateway.functions.nextNonce(user).call(), keccak(bytes(32)))
    origin.contract(f"{pair}:OriginToken").functions.approve(gateway.address, AMOUNT).transact({"from": user})
    sent: TxParams = {"from": user, "value": Wei(world.deployment.pair(pair).bounty_wei), "gas": 400_000}
    gateway.functions.stake(transfer, b"").transact(sent)
    origin.mine()


def told(world: World, kind: str) -> list[dict[str, Any]]:
    return [dict(event.payload) for event in world.history.effective_events(kind)]


def test_the_manifests_pair_is_there_and_its_core_names_its_co_gateway(
    world: World, origin: UserChain, auxiliaries: tuple[UserChain, ...]
) -> None:
    (pair,) = world.deployment.pairs
    assert (pair.name, pair.auxiliary, pair.bounty_wei) == ("TKN", "auxiliary-1", TOKEN // 10)
    assert origin.contract("Core").functions.coGateway().call() == auxiliaries[0].addresses["TKN:CoGateway"]
    token = origin.contract("TKN:OriginToken").functions
    assert [token.balanceOf(user).call() for user in origin.accounts] == [1_000_000 * TOKEN] * 3
    assert auxiliaries[0].contract("TKN:UtilityToken").functions.symbol().call() == "uTKN"


def test_what_happens_on_a_pair_is_told_with_its_name(world: World, origin: UserChain) -> None:
    assert [(one["pair"], one["bounty"]) for one in told(world, "PairDeployed")] == [("TKN", str(TOKEN // 10))]
    stake(world, origin, "TKN")
    (declared,) = told(world, "StakeDeclared")
    assert (declared["pair"], declared["auxiliary"], declared["contract"]) == ("TKN", "auxiliary-1", "Gateway")
    assert declared["transfer"]["amount"] == str(AMOUNT)
    (moved,) = told(world, "Transfer")
    assert (moved["pair"], moved["contract"], moved["value"]) == ("TKN", "OriginToken", str(AMOUNT))
    assert all("pair" not in one for one in told(world, "VoteCast"))
    (row,) = world.status()["pairs"]
    assert (row["locked_wei"], row["minted_wei"]) == (str(AMOUNT), "0")


def test_an_added_pair_works_like_the_first_one_and_is_gone_after_a_rewind(world: World, origin: UserChain) -> None:
    mark = world.mark()
    added = world.gateways.add()
    assert (added["name"], added["auxiliary"], added["locked_wei"]) == ("TKN1", "auxiliary-1", "0")
    stake(world, origin, "TKN1")
    assert [one["pair"] for one in told(world, "StakeDeclared")] == ["TKN1"]
    assert [one["locked_wei"] for one in world.status()["pairs"]] == ["0", str(AMOUNT)]
    world.step(8)
    world.rewind(mark)
    assert [pair.name for pair in world.deployment.pairs] == ["TKN"]
    assert "TKN1:Gateway" not in origin.addresses
    assert [one["pair"] for one in told(world, "PairDeployed")] == ["TKN"]
    assert world.gateways.add() == added
    assert [pair.deployment.name for pair in world.handles.pairs] == ["TKN", "TKN1"]


def test_adding_a_pair_after_the_same_mark_gives_the_same_blocks(world: World) -> None:
    mark, heads = world.mark(), []
    for _ in range(2):
        world.gateways.add(symbol="GOLD", bounty_wei=0)
        world.step(5)
        heads.append({name: chain.head.hash for name, chain in world.chains.items()})
        world.rewind(mark)
    assert heads[0] == heads[1]


def test_an_added_pair_survives_a_reorg_that_undoes_its_deployment(world: World, origin: UserChain) -> None:
    world.gateways.add(symbol="GOLD")
    before = origin.height
    origin.reorg(2)
    assert origin.height >= before
    stake(world, origin, "GOLD")
    assert [one["pair"] for one in told(world, "StakeDeclared")] == ["GOLD"]


def test_a_validator_that_joins_after_a_pair_was_added_knows_it(world: World) -> None:
    world.gateways.add(symbol="GOLD")
    world.membership.join("carol", 40 * TOKEN)
    world.step(4)
    assert world.actors["carol"].state == "running"
    assert not told(world, "ActorFailed")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"symbol": "TKN"}, "symbol 'TKN' is taken.*there are: TKN"),
        ({"symbol": "gold"}, "capital letters and digits"),
        ({"auxiliary": "origin"}, "no auxiliary chain 'origin'.*there are: auxiliary-1"),
        ({"auxiliary": "auxiliary-2"}, "no auxiliary chain 'auxiliary-2'"),
    ],
    ids=str,
)
def test_a_pair_that_cannot_be_is_refused_and_nothing_is_sent(
    world: World, asked: dict[str, Any], problem: str
) -> None:
    heads = {name: chain.head for name, chain in world.chains.items()}
    with pytest.raises(ManifestError, match=problem):
        world.gateways.add(**asked)
    assert {name: chain.head for name, chain in world.chains.items()} == heads
    assert [pair.name for pair in world.deployment.pairs] == ["TKN"]


def test_no_pair_is_added_to_a_chain_that_makes_no_blocks(world: World) -> None:
    world.chains["auxiliary-1"].halt()
    with pytest.raises(UsageError, match="auxiliary-1 is halted"):
        world.gateways.add()
    world.chains["auxiliary-1"].resume()
    assert world.gateways.add()["name"] == "TKN1"


def test_a_censored_deployment_ends_with_a_sentence(world: World) -> None:
    world.chains["auxiliary-1"].censor(lambda transaction: transaction.to is None)
    with pytest.raises(ChainError, match="auxiliary-1: expected the pair's contracts in 30 blocks"):
        world.gateways.add()
    world.chains["auxiliary-1"].censor(None)
    assert [pair.name for pair in world.deployment.pairs] == ["TKN"]
    world.step(1)
    assert world.gateways.add(symbol="GOLD")["name"] == "GOLD"


def test_facilitators_serve_a_pair_that_was_added_later(world: World, origin: UserChain) -> None:
    world.step(3)
    world.gateways.add(symbol="GOLD")
    stake(world, origin, "GOLD")
    assert world.run_until(lambda: bool(told(world, "MintProgressed")), BLOCKS), told(world, "MessageCarried")
    assert [one["pair"] for one in told(world, "MintProgressed")] == ["GOLD"]
    row = world.status()["pairs"][1]
    assert (row["name"], row["locked_wei"], row["minted_wei"]) == ("GOLD", str(AMOUNT), str(AMOUNT))


def test_a_transfer_names_its_pair_where_there_are_several(world: World) -> None:
    world.gateways.add(symbol="GOLD")
    with pytest.raises(ManifestError, match=r"several pairs on auxiliary-1: choose one with --pair \(TKN, GOLD\)"):
        world.transfers.stake("auxiliary-1", TOKEN)
    world.transfers.stake("auxiliary-1", TOKEN, pair="GOLD")
    world.step()
    assert [one["pair"] for one in told(world, "StakeDeclared")] == ["GOLD"]
