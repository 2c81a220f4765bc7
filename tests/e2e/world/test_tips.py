"""Fees of an auxiliary's blocks become its validators': exact to the wei, after a commit was proven (R75-R77)."""

from __future__ import annotations

from typing import Any

import pytest
from web3.exceptions import ContractCustomError

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


def test_validators_claim_their_shares_once_a_commit_is_proven_and_nobody_can_twice(
    world: World, auxiliaries: tuple[UserChain, ...]
) -> None:
    chain = auxiliaries[0]
    rewards: Any = chain.contract("Rewards")
    first, weights = world.devnet.validators[0], [spec.weight_wei for spec in world.devnet.validators]
    validator = first.auxiliary_key.address
    assert world.run_until(lambda: rewards.functions.paid(validator).call() > 0, 220)
    incomes = {log["args"]["targetHeight"]: log["args"]["income"] for log in settlements(chain)}
    claimed = rewards.events.ShareClaimed.get_logs(from_block=0, argument_filters={"validator": validator})
    for log in claimed:
        expected = incomes[log["args"]["targetHeight"]] * first.weight_wei // sum(weights)
        assert log["args"]["share"] == expected
    committed = chain.contract("KernelGateway").functions.committedHeight().call()
    heights = [log["args"]["targetHeight"] for log in claimed]
    assert heights == [height for height in sorted(incomes) if height <= committed]
    earned = sum(log["args"]["share"] for log in claimed)
    (paid,) = rewards.events.RewardPaid.get_logs(from_block=0, argument_filters={"validator": validator})
    assert (paid["args"]["amount"], paid["args"]["held"]) == (earned * 49 // 100, earned - earned * 49 // 100)
    with pytest.raises(ContractCustomError):
        rewards.functions.claim(validator, heights[:1]).call()
