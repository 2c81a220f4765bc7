"""Every block is told once and in order, whatever happened between two looks."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.errors import RpcError, TransportError
from devnet.world.news import LOGS_KEPT, HeadNews, LogNews
from tests.unit.world.growing import GrowingChain


def hashes(told: list[Any]) -> list[str]:
    return [header["hash"] for header in told]


def places(told: list[Any]) -> list[tuple[str, str, bool]]:
    return [(log["blockHash"], log["logIndex"], log["removed"]) for log in told]


def kept(block: str) -> list[tuple[str, str, bool]]:
    return [(block, "0x0", False), (block, "0x1", False)]


def taken_back(block: str) -> list[tuple[str, str, bool]]:
    return [(block, "0x0", True), (block, "0x1", True)]


def test_a_subscription_begins_with_the_next_block() -> None:
    chain = GrowingChain()
    chain.mine(3, logs=2)
    heads, logs = HeadNews(chain), LogNews(chain, {})
    assert heads.take() == logs.take() == []
    (block,) = chain.mine(logs=2)
    assert hashes(heads.take()) == [block]
    assert places(logs.take()) == kept(block)
    assert heads.take() == logs.take() == []


def test_what_came_while_no_node_answered_is_told_afterwards_in_order() -> None:
    chain = GrowingChain()
    heads, logs = HeadNews(chain), LogNews(chain, {})
    chain.is_down = True
    made = chain.mine(2, logs=2)
    for take in (heads.take, logs.take):
        with pytest.raises(TransportError, match="node restarting"):
            take()
    made += chain.mine(logs=2)
    chain.is_down = False
    assert hashes(heads.take()) == made
    assert places(logs.take()) == [log for block in made for log in kept(block)]


def test_after_a_reorganisation_the_new_branch_is_told_from_the_common_ancestor_on() -> None:
    chain = GrowingChain()
    chain.mine(logs=2)
    fork = chain.head
    heads, logs = HeadNews(chain), LogNews(chain, {})
    left = chain.mine(2, logs=2)
    heads.take(), logs.take()
    chain.go(fork)
    came = chain.mine(3, logs=2)
    assert hashes(heads.take()) == came
    assert places(logs.take()) == [log for b in left for log in taken_back(b)] + [log for b in came for log in kept(b)]


def test_a_branch_that_is_taken_up_again_is_told_again() -> None:
    chain = GrowingChain()
    fork = chain.head
    heads, logs = HeadNews(chain), LogNews(chain, {})
    (first,) = chain.mine(logs=2)
    first_head = chain.head
    heads.take(), logs.take()
    chain.go(fork)
    (second,) = chain.mine(logs=2)
    heads.take(), logs.take()
    chain.go(first_head)
    assert hashes(heads.take()) == [first]
    assert places(logs.take()) == taken_back(second) + kept(first)


def test_a_head_that_only_goes_back_is_told_and_takes_its_logs_back() -> None:
    chain = GrowingChain()
    (first,) = chain.mine(logs=2)
    target = chain.head
    heads, logs = HeadNews(chain), LogNews(chain, {})
    (second,) = chain.mine(logs=2)
    heads.take(), logs.take()
    chain.go(target)
    assert hashes(heads.take()) == [first]
    assert places(logs.take()) == taken_back(second)


def test_what_was_never_told_is_not_taken_back() -> None:
    chain = GrowingChain()
    fork = chain.head
    chain.mine(2, logs=2)
    logs = LogNews(chain, {})
    chain.go(fork)
    (block,) = chain.mine(logs=2)
    assert places(logs.take()) == kept(block)


def test_only_the_newest_logs_can_be_taken_back() -> None:
    chain = GrowingChain()
    fork, logs = chain.head, LogNews(chain, {})
    made = chain.mine(LOGS_KEPT + 1, logs=2)
    logs.take()
    chain.go(fork)
    assert places(logs.take()) == [log for block in made[1:] for log in taken_back(block)]


def test_address_and_topics_reach_geth_with_the_blocks_hash_and_nothing_else() -> None:
    chain = GrowingChain()
    logs = LogNews(chain, {"address": "0xaa", "topics": [None, "0xbb"], "fromBlock": "0x1", "toBlock": "latest"})
    (block,) = chain.mine()
    logs.take()
    assert chain.asked[-1] == ("eth_getLogs", {"address": "0xaa", "topics": [None, "0xbb"], "blockHash": block})


@pytest.mark.parametrize("criteria", [None, "x", {"address": "0x12"}], ids=["none", "no object", "no address"])
def test_a_filter_that_geth_refuses_is_refused_at_once(criteria: object) -> None:
    with pytest.raises(RpcError, match="invalid argument") as refused:
        LogNews(GrowingChain(), criteria)
    assert refused.value.code == -32602


def test_a_node_without_the_block_is_asked_again() -> None:
    chain = GrowingChain()
    heads = HeadNews(chain)
    (block,) = chain.mine()
    chain.rpc_batch = lambda calls, view="main": [None]  # type: ignore[method-assign]
    with pytest.raises(TransportError, match="lacks a block"):
        heads.take()
    del chain.rpc_batch
    assert hashes(heads.take()) == [block]
