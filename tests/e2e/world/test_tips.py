"""Fees of an auxiliary's blocks become its validators': exact to the wei, after a commit was proven (R75-R77)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.world.user_chain import UserChain
from devnet.world.world import World

pytestmark = pytest.mark.geth


def tips_before(chain: UserChain, block: int, index: int) -> int:
    """Tips of all transactions before that one, in wei; the base fee is burned by the node."""
    total = 0
    for number in range(1, block + 1):
        header = chain.w3.eth.get_block(number)
        for receipt in chain.w3.eth.get_block_receipts(number):
            if number < block or receipt["transactionIndex"] < index:
                total += (receipt["effectiveGasPrice"] - header["baseFeePerGas"]) * receipt["gasUsed"]
    return total


def settlements(chain: UserChain) -> list[Any]:
    rewards: Any = chain.contract("Rewards")
    return list(rewards.events.LinkSettled.get_logs(from_block=0))


def test_every_settlement_has_the_tips_since_the_one_before(world: World, auxiliaries: tuple[UserChain, ...]) -> None:
    chain = auxiliaries[0]
    assert world.run_until(lambda: len(settlements(chain)) >= 3, 60)
    received = 0
    for log in settlements(chain):
        received += log["args"]["income"]
        assert received == tips_before(chain, log["blockNumber"], log["transactionIndex"])
    assert received > 0


def test_a_share_is_claimed_once_its_commit_is_proven_and_paid_to_the_validator(
    world: World, auxiliaries: tuple[UserChain, ...]
) -> None:
    chain = auxiliaries[0]
    rewards, gateway = chain.contract("Rewards").functions, chain.contract("KernelGateway").functions
    validators = [spec.auxiliary_key.address for spec in world.devnet.validators]
    weights = [spec.weight_wei for spec in world.devnet.validators]
    assert world.run_until(lambda: gateway.committedHeight().call() >= 2, 200)
    committed = gateway.committedHeight().call()
    link = next(log["args"] for log in settlements(chain) if log["args"]["targetHeight"] <= committed)
    for validator, weight in zip(validators, weights, strict=True):
        share = link["income"] * weight // sum(weights)
        assert rewards.shareOf(validator, link["targetHeight"]).call() == share
    claimed = rewards.claim(validators[0], [link["targetHeight"]]).transact({"from": chain.accounts[0]})
    chain.mine()
    receipt = chain.w3.eth.get_transaction_receipt(claimed)
    assert receipt["status"] == 1
    (paid,) = chain.contract("Rewards").events.RewardPaid.get_logs(from_block=receipt["blockNumber"])
    share = link["income"] * weights[0] // sum(weights)
    assert paid["args"]["amount"] == share * 49 // 100
    assert paid["args"]["held"] == share - share * 49 // 100
    assert rewards.paid(validators[0]).call() == share * 49 // 100
