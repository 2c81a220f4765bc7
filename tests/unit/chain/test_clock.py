"""Virtual time is told, live time is wall time and what was warped."""

from __future__ import annotations

import pytest

from devnet.chain.clock import LiveClock, VirtualClock
from devnet.errors import UsageError


def test_virtual_time_moves_when_told_and_can_go_back() -> None:
    clock = VirtualClock(100)
    mark = clock.mark()
    assert clock.advance(7) == clock.now() == 107
    clock.rewind(mark)
    assert clock.now() == 100
    with pytest.raises(UsageError):
        clock.advance(-1)


def test_live_time_is_wall_time_plus_warp() -> None:
    wall = [1_000.9]
    clock = LiveClock(lambda: wall[0])
    clock.advance(3_600)
    wall[0] += 1
    assert (clock.now(), clock.warped_s) == (4_601, 3_600)
    mark = clock.mark()
    clock.advance(5)
    clock.rewind(mark)
    assert clock.now() == 4_601
    with pytest.raises(UsageError):
        clock.advance(-1)
