"""Blocks per second on demand, early and late, and rewinding a world."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from devnet.chain.chain import Chain
from devnet.types import Mode, RuntimeKind
from devnet.world.embedded import Choice, embed
from devnet.world.world import World

BLOCKS = 200
EARLY, LATE = 200, 2000
REWIND = 10


def measure(runs: int) -> list[Figure]:
    """Figures of one world in lockstep, over IPC."""
    choice = Choice(manifest="demo", mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
    with tempfile.TemporaryDirectory() as directory:
        world = embed(choice, Path(directory)).world
        try:
            world.start()
            return _blocks(world, runs) + _rewinds(world, runs)
        finally:
            world.stop()


def _blocks(world: World, runs: int) -> list[Figure]:
    one = world.chains["origin"]
    start = world.chains["origin"].mark()
    early, late = [], []
    for _ in range(runs):
        one.rewind(start)
        one.mine(EARLY)
        early.append(_rate([one]))
        one.mine(LATE - one.head.number)
        late.append(_rate([one]))
    together = tuple(_rate(list(world.chains.values())) for _ in range(runs))
    ratio = tuple(slow / fast for slow, fast in zip(late, early, strict=True))
    return [
        Figure(f"blocks on one chain at height {EARLY}", "/s", tuple(early), 300, more_is_better=True),
        Figure(f"blocks on one chain at height {LATE}", "/s", tuple(late), 300, more_is_better=True),
        Figure(f"rate at height {LATE} over rate at {EARLY}", "", ratio, 0.9, more_is_better=True),
        Figure(f"blocks on {len(world.chains)} chains together", "/s", together, 400, more_is_better=True),
    ]


def _rate(chains: list[Chain]) -> float:
    begin = time.monotonic()
    for made in [chain.later(lambda chain=chain: chain.mine(BLOCKS)) for chain in chains]:  # type: ignore[misc]
        made.result()
    return BLOCKS * len(chains) / (time.monotonic() - begin)


def _rewinds(world: World, runs: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        choice = Choice(manifest="demo", mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS)
        with embed(choice, Path(directory)) as serving:
            samples = []
            for _ in range(runs):
                mark = serving.world.mark()
                serving.world.step(REWIND)
                begin = time.monotonic()
                serving.world.rewind(mark)
                samples.append(time.monotonic() - begin)
    return [Figure(f"rewind of a world by {REWIND} blocks", "s", tuple(samples), 0.2)]
