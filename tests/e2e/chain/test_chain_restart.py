"""A geth that is killed comes back to the tip, and what was asked meanwhile happens once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.encoding import to_data
from devnet.chain.wait import wait_until
from devnet.errors import ChainError, EnvironmentFailure

pytestmark = pytest.mark.geth


def test_a_killed_node_is_revived_by_the_next_command_which_runs_once(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.tick(30)
    run.chain.submit(run.transfer(0, 0))
    run.nodes[0].kill()
    waiting = [run.chain.later(run.chain.mine) for _ in range(3)]
    assert [future.result(60).number for future in waiting] == [31, 32, 33]
    assert run.hash_at(33) == to_data(run.chain.head.hash)
    assert run.kinds() == ["NodeDied", "NodeRestarted"]
    assert [seen.block.number for seen in run.seen] == list(range(1, 34))


def test_kills_in_the_middle_of_mining_change_no_block(make_run: Callable[..., Any]) -> None:
    run, quiet = make_run(nodes=2), make_run()
    for user in range(4):
        raw = run.transfer(user, 0)
        run.chain.submit(raw)
        quiet.chain.submit(raw)
    mining = run.chain.later(lambda: run.chain.mine(300))
    for node, height in ((run.nodes[0], 60), (run.nodes[1], 130), (run.nodes[0], 200)):
        wait_until(lambda height=height: run.chain.head.number >= height, 60, f"height {height}")  # type: ignore[misc]
        node.kill()
    assert mining.result(120).hash == quiet.chain.mine(300).hash
    assert [seen.block.number for seen in run.seen] == list(range(1, 301))
    assert {node.engine.head() for node in run.chain.nodes} == {run.chain.head.hash}


def test_a_killed_node_is_revived_for_a_reader(make_run: Callable[..., Any]) -> None:
    run = make_run()
    head = run.tick(10)
    run.nodes[0].kill()
    assert run.hash_at(10) == to_data(head.hash)


def test_side_branches_survive_a_kill(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    run.tick(5)
    view = run.chain.branch(1)
    here, there = run.tick(4), run.tick(3, view)
    run.chain.heal()
    run.nodes[1].kill()
    run.chain.revive()
    for block in (here, there):
        assert run.chain.nodes[1].read("eth_getBlockByHash", [to_data(block.hash), False]) is not None
    assert run.chain.nodes[1].engine.head() == here.hash


def test_a_node_that_keeps_dying_fails_and_its_followers_go_on(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    for _ in range(2):
        run.nodes[1].kill()
        run.chain.mine()
    run.nodes[1].kill()
    block = run.chain.mine()
    assert block.number == 3
    assert run.chain.nodes[1].state.value == "failed"
    for number in (4, 5):
        run.nodes[0].kill()
        assert run.chain.mine().number == number
    run.nodes[0].kill()
    with pytest.raises(ChainError, match=r"died 3 times within 60 s"):
        run.chain.mine()
    with pytest.raises(ChainError, match="no node of view main is up"):
        run.chain.mine()


def test_a_node_held_down_stays_down_and_catches_up(make_run: Callable[..., Any]) -> None:
    run = make_run(nodes=2)
    run.tick(2)
    run.chain.hold_node(1)
    run.nodes[1].kill()
    head = run.tick(5)
    assert not run.nodes[1].is_alive()
    run.chain.release_node(1)
    assert run.chain.nodes[1].engine.head() == head.hash
    assert run.tick().number == 8
    assert run.chain.nodes[1].engine.head() == run.chain.head.hash


def test_a_node_that_ends_at_once_shows_its_log(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.tick()
    run.nodes[0].kill()
    with pytest.raises(EnvironmentFailure, match="ended early"):
        run.chain.nodes[0].await_answer(run.chain.spec.chain_id)


def test_a_rewind_below_frozen_blocks_takes_them_out_again(make_run: Callable[..., Any]) -> None:
    """geth moves finalised blocks to a store of their own, at its start and once a minute, and never back."""
    run = make_run("origin")
    run.tick(3)
    mark = run.chain.mark()
    run.tick(21)
    run.nodes[0].kill()
    run.tick()
    wait_until(lambda: run.chain.nodes[0].engine.frozen() > 8, 30, "nothing is frozen")
    run.chain.rewind(mark)
    run.clock.advance(100)
    run.tick(21)
    assert int(run.chain.rpc("eth_getBlockByNumber", ["finalized", False])["number"], 16) == 16
    for number in (3, 4, 8, 16, 24):
        assert run.hash_at(number) == "0x" + run.chain.tree.ancestor_at(run.chain.head.hash, number).hash.hex()


def test_a_node_that_dies_after_a_rewind_comes_back_to_the_branch_it_was_on(make_run: Callable[..., Any]) -> None:
    """A death may undo a rewind inside geth, which then freezes blocks that were left."""
    run = make_run("origin")
    run.tick(6)
    mark = run.chain.mark()
    run.tick(60)
    run.chain.rewind(mark)
    run.clock.advance(100)
    run.tick(3)
    run.nodes[0].kill()
    run.tick(2)
    run.chain.reorg(3)
    run.tick(20)
    head = run.chain.head
    for number in range(head.number + 1):
        assert run.hash_at(number) == "0x" + run.chain.tree.ancestor_at(head.hash, number).hash.hex()
