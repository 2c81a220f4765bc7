"""Reorgs, branches and time travel on real geth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.encoding import to_data
from devnet.errors import UsageError

pytestmark = pytest.mark.geth


def test_a_reorg_replaces_blocks_and_returns_their_transactions(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.tick(3)
    sent = [run.chain.submit(run.transfer(0, nonce)) for nonce in range(3)]
    old = [run.tick(), run.tick()]
    late = run.chain.submit(run.transfer(1, 0))
    assert run.chain.reorg(2, replacement=0).number == 3
    assert [transaction.hash for transaction in run.chain.pending()] == [*sent, late]
    new = [run.tick(), run.tick()]
    assert [block.number for block in new] == [4, 5]
    assert new[0].hash != old[0].hash
    assert new[0].transactions == (*sent, late)
    assert run.hash_at(4) == to_data(new[0].hash)
    (event,) = [event for event in run.events if event.kind == "Reorged"]
    assert (event.payload["depth"], event.block) == (2, 3)


def test_a_reorg_leaves_a_higher_chain_and_a_tip_behind(make_run: Callable[..., Any]) -> None:
    run = make_run()
    old = run.tick(5)
    new = run.chain.reorg(2)
    assert (new.number, run.chain.head.hash) == (6, new.hash)
    assert {head.block.hash for head in run.chain.heads()} == {old.hash, new.hash}
    tips = run.chain.rpc("devnet_heads")
    assert {tip["hash"]: tip["views"] for tip in tips} == {to_data(old.hash): [], to_data(new.hash): ["main"]}
    assert run.chain.rpc("eth_getBlockByHash", [to_data(old.hash), False])["number"] == "0x5"


def test_a_reorg_past_finality_must_be_meant(make_run: Callable[..., Any]) -> None:
    run = make_run()
    blocks = [run.tick() for _ in range(6)]
    run.chain.set_finality(blocks[3].hash, blocks[3].hash)
    run.tick()
    with pytest.raises(UsageError, match="would leave finalised block 4"):
        run.chain.reorg(4)
    assert run.chain.head.number == 7
    assert run.chain.reorg(4, past_finality=True, replacement=1).number == 4
    assert run.chain.rpc("eth_getBlockByNumber", ["finalized", False])["number"] == "0x3"


def test_two_nodes_show_two_branches_and_heal_to_the_longest(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    shared = run.tick(3)
    view = run.chain.branch(1)
    only_there = run.chain.submit(run.transfer(0, 0), view)
    only_here = run.chain.submit(run.transfer(1, 0))
    here = run.tick(1)
    there = run.tick(2, view)
    assert (here.transactions, there.parent == here.hash) == ((only_here,), False)
    assert run.hash_at(4) == to_data(here.hash)
    assert run.hash_at(5, view) == to_data(there.hash)
    assert [head["number"] for head in run.chain.rpc("devnet_heads")] == ["0x4"]
    assert run.chain.rpc("eth_getTransactionReceipt", [to_data(only_there)]) is None
    assert run.chain.heal().hash == there.hash
    assert run.chain.views == ("main",)
    assert [transaction.hash for transaction in run.chain.pending()] == [only_here]
    joined = run.tick()
    assert joined.transactions == (only_here,)
    for node in run.chain.nodes:
        assert node.read("eth_getBlockByNumber", ["latest", False])["hash"] == to_data(joined.hash)
        assert node.read("eth_getBlockByHash", [to_data(here.hash), False])["number"] == "0x4"
    assert run.chain.tree.common_ancestor(here.hash, there.hash).hash == shared.hash


def test_equal_content_on_two_branches_gives_different_blocks(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    view = run.chain.branch(1)
    assert run.chain.mine().hash != run.chain.mine(view=view).hash


def test_a_single_node_carries_two_branches(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.tick(2)
    view = run.chain.branch(0)
    there = run.tick(2, view)
    here = run.tick(1)
    assert run.hash_at(3) == to_data(here.hash)
    assert run.chain.view(view).head.hash == there.hash
    assert {head["hash"] for head in run.chain.rpc("devnet_heads")} == {to_data(here.hash), to_data(there.hash)}
    assert run.chain.heal().hash == there.hash
    assert run.hash_at(4) == to_data(there.hash)


def test_the_fork_choice_of_the_world_decides(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    view = run.chain.branch(1)
    run.tick(2, view)
    here = run.tick()
    run.chain._made._choose = lambda tips, tree: tips[0].block.hash
    assert run.chain.heal().hash == here.hash


def test_a_rewind_restores_everything_and_the_same_steps_give_the_same_blocks(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    run.tick(3)
    run.chain.submit(run.transfer(0, 1))
    mark, time = run.chain.mark(), run.clock.mark()

    def steps() -> list[bytes]:
        run.chain.submit(run.transfer(0, 0))
        view = run.chain.branch(1)
        hashes = [run.tick(5).hash, run.tick(6, view).hash]
        run.chain.set_finality(hashes[0], hashes[0])
        hashes.append(run.tick().hash)
        return [*hashes, run.chain.heal().hash]

    first = steps()
    later = run.chain.mark()
    for _ in range(2):
        run.chain.rewind(mark)
        run.clock.rewind(time)
        assert [(t.nonce, run.chain.head.number) for t in run.chain.pending()] == [(1, 3)]
        assert run.chain.rpc("eth_getBlockByNumber", ["finalized", False])["number"] == "0x0"
        assert [head["number"] for head in run.chain.rpc("devnet_heads")] == ["0x3"]
        assert steps() == first
    run.chain.rewind(mark)
    run.chain.rewind(later)
    assert run.chain.head.hash == first[-1]
