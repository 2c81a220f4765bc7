"""The lockstep driver: the World alone decides what happens next.

One tick is one second of virtual time: every chain that is due makes a block on each of its views, the
History takes over what the blocks tell, then every actor steps once, in an order drawn from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from devnet.config.network import ChainSpec
from devnet.world.running import Running, mine_every_view

TICK_S = 1
"""Block times are whole seconds, so no chain is ever due between two ticks."""


class Lockstep:
    """Moves a world tick by tick, in one thread, in virtual time."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.ticks = 0
        """Ticks so far; part of a mark."""
        self.due: dict[str, float] = {spec.name: self._next(spec) for spec in running.devnet.chains}
        """Per chain the virtual time of its next block; part of a mark."""

    def tick(self) -> None:
        """One second of virtual time."""
        running = self._running
        running.clock.advance(TICK_S)
        self.ticks += 1
        self._make_blocks()
        running.take_over()
        for name in self._order():
            running.cast[name].step(running.clock.now())

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Tick until the condition holds; False once origin has made that many blocks without it."""
        last = self._running.chains[self._running.devnet.origin.name].head.number + blocks
        while not condition():
            if self._running.chains[self._running.devnet.origin.name].head.number >= last:
                return False
            self.tick()
        return True

    def _make_blocks(self) -> None:
        now = self._running.clock.now()
        due = [
            spec
            for spec in self._running.devnet.chains
            if self.due[spec.name] <= now and not self._running.chains[spec.name].halted
        ]
        made = [
            self._running.chains[spec.name].later(partial(mine_every_view, self._running.chains[spec.name]))
            for spec in due
        ]
        for spec, block in zip(due, made, strict=True):
            block.result()
            self.due[spec.name] = self._next(spec)

    def _order(self) -> list[str]:
        names = list(self._running.cast)
        random.Random(f"{self._running.devnet.seed}:{self.ticks}").shuffle(names)
        return names

    def _next(self, spec: ChainSpec) -> float:
        return self._running.clock.now() + spec.block_time_s
