"""Subscribers are told every block once and in order, whatever happens to geth."""

from __future__ import annotations

import pytest

from devnet.world.user_chain import UserChain
from devnet.world.world import World
from tests.e2e.subscriber import assert_all_is_told_once_and_in_order

pytestmark = pytest.mark.geth


def test_heads_and_logs_are_told_once_and_in_order_however_often_geth_dies(
    world: World, auxiliaries: tuple[UserChain, ...]
) -> None:
    assert_all_is_told_once_and_in_order(world, auxiliaries[0])
