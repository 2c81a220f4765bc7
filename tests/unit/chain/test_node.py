"""A node in memory that is moved below what it holds to be final, and one that dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.errors import ChainError, EnvironmentFailure

GENESIS = b"\x01" * 32
MakeRig = Callable[..., Any]
Sign = Callable[..., bytes]


def test_a_rewind_below_finality_lowers_a_node_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    mark = rig.chain.mark()
    rig.chain.mine(5)
    final = rig.chain.tree.ancestor_at(rig.chain.head.hash, 4)
    rig.chain.set_finality(final.hash, final.hash)
    rig.chain.mine()
    (geth,) = rig.geths
    geth.calls.clear()
    rig.chain.rewind(mark)
    assert geth.heads.head == GENESIS
    assert geth.calls.count("set heads") == 2


def test_a_node_at_a_block_that_nobody_knows_of_can_be_rewound_below_finality(make_rig: MakeRig) -> None:
    rig = make_rig()
    mark = rig.chain.mark()
    final = rig.chain.mine(4)
    rig.chain.set_finality(final.hash, final.hash)
    known = rig.chain.mine()
    (geth,) = rig.geths
    geth.is_mute = True
    with pytest.raises(ChainError, match="no answer"):
        rig.chain.mine()
    assert geth.blocks[geth.heads.head].parent == known.hash
    geth.is_mute = False
    rig.chain.rewind(mark)
    assert geth.heads.head == GENESIS
    assert rig.chain.mine().number == 1


def test_a_dead_node_loses_blocks_and_gets_them_back(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.chain.mine(5)
    rig.geths[0].die(lost=3)
    assert rig.chain.mine().number == 6
    assert rig.geths[0].heads.head == rig.chain.head.hash
    assert rig.kinds() == ["NodeDied", "NodeRestarted"]


def test_the_third_death_in_a_minute_fails_the_node(make_rig: MakeRig) -> None:
    rig = make_rig()
    for _ in range(2):
        rig.geths[0].die()
        rig.chain.revive()
    rig.geths[0].die()
    with pytest.raises(ChainError, match="died 3 times within 60 s"):
        rig.chain.mine()
    with pytest.raises(ChainError, match="failed"):
        rig.chain.mine()


def test_deaths_long_ago_are_forgotten(make_rig: MakeRig) -> None:
    rig = make_rig()
    for _ in range(5):
        rig.geths[0].die()
        rig.chain.revive()
        rig.clock.advance(31)
    assert rig.chain.mine().number == 1


def test_a_node_that_dies_before_it_answers_is_an_early_exit(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.geths[0].node.lines = ["Fatal: no disk"]
    rig.geths[0].die()
    with pytest.raises(EnvironmentFailure, match="Fatal: no disk"):
        rig.chain.nodes[0].await_answer(4242)


def test_another_chain_id_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig()
    with pytest.raises(EnvironmentFailure, match="expected chain id 5, found 4242"):
        rig.chain.nodes[0].await_answer(5)
