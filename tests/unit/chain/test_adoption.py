"""Transactions that users sent to a node's own port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GENESIS = b"\x01" * 32
MakeRig = Callable[..., Any]
Sign = Callable[..., bytes]


def test_what_users_sent_to_a_node_port_is_adopted_once(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig(node_port_url="http://127.0.0.1:1")
    rig.chain.mine()
    mark = rig.chain.mark()
    rig.geths[0].pool = [sign(1, 0), sign(0, 1), sign(0, 0)]
    assert len(rig.chain.mine().transactions) == 3
    assert rig.chain.mine().transactions == ()
    rig.chain.rewind(mark)
    # geth puts back what a rewind abandoned; it must not come back into blocks.
    assert rig.chain.mine().transactions == ()


def test_a_pool_without_a_node_port_is_never_read(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    rig.geths[0].pool = [sign(1, 0)]
    assert rig.chain.mine().transactions == ()
    assert "txpool_status" not in rig.geths[0].calls
