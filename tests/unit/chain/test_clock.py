"""Virtual until the network is ready, the wall's afterwards; warps rewind."""

from devnet.chain.clock import Clock


class Wall:
    def __init__(self) -> None:
        self.time = 5000.7

    def __call__(self) -> float:
        return self.time


def test_virtual_time_moves_only_by_advance() -> None:
    wall = Wall()
    clock = Clock(100, wall)
    wall.time += 50
    assert clock.now() == 100
    clock.advance(7)
    assert clock.now() == 107


def test_live_time_follows_the_wall_and_is_warped_ahead() -> None:
    wall = Wall()
    clock = Clock(100, wall)
    clock.go_live()
    assert clock.now() == 5000
    clock.advance(3600)
    wall.time += 2
    assert clock.now() == 8602


def test_rewinding_takes_back_virtual_time_and_warps_but_not_the_wall() -> None:
    wall = Wall()
    clock = Clock(100, wall)
    mark = clock.mark()
    clock.advance(9)
    clock.rewind(mark)
    assert clock.now() == 100
    clock.go_live()
    mark = clock.mark()
    clock.advance(1000)
    wall.time += 5
    clock.rewind(mark)
    assert clock.now() == 5005
