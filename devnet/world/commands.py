"""What can be asked of a world that runs: to go on, to make blocks, to bend chains and actors, to go back."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TypeAlias

from devnet.actors.registry import check_behaviour
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink
from devnet.errors import ManifestError, UsageError
from devnet.faults.base import Depth
from devnet.types import Json
from devnet.world.casting import Casting
from devnet.world.live import Live
from devnet.world.lockstep import Lockstep
from devnet.world.running import Running
from devnet.world.snapshot import Mark, rewind_to, take_mark
from devnet.world.surroundings import Links, view_of

Driver: TypeAlias = Lockstep | Live


class Commands:
    """Carries out what ``World`` promises under the same names, whoever drives the world."""

    def __init__(self, running: Running, driver: Driver, casting: Casting, links: Links, directory: Path) -> None:
        self._running = running
        self._driver = driver
        self._casting = casting
        self._links = links
        self._directory = directory
        self._pausing = threading.Lock()

    def link(self, actor: str, key: str) -> DirectLink:
        """The link of an actor by its key. Raises KeyError if there is none."""
        return self._links.find(actor, key)

    def step(self, ticks: int) -> None:
        """That many seconds of virtual time. Raises UsageError in live mode."""
        if not isinstance(self._driver, Lockstep):
            raise UsageError("step: expected a lockstep world that runs; a live one moves by itself (use run_until)")
        for _ in range(ticks):
            self._driver.tick()

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Run until the condition holds; False if it did not within that many origin blocks."""
        return self._driver.run_until(condition, blocks)

    def mine(self, chain: str, count: int) -> int:
        """Make blocks on one chain at once; returns the new height."""
        block = self._running.chains[chain].mine(count)
        self._moved()
        return block.number

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain."""
        clock = self._running.clock
        clock.advance(seconds)
        self._running.history.append("Warped", time=clock.now(), payload={"seconds": seconds})

    def reorg(self, chain: str, depth: Depth, past_finality: bool) -> None:
        """Replace the last blocks of a chain by others. Raises ChainError past finality, unless that is wanted."""
        moved = self._running.chains[chain]
        command = partial(_reorg, moved, depth, past_finality)
        moved.later(command).result()
        self._moved()

    def branch(self, chain: str, node: int) -> str:
        """Give a node its own branch from the head on, and return the view's name."""
        return self._running.chains[chain].branch(node, name=view_of(node))

    def heal(self, chain: str) -> None:
        """Join the branches of a chain again."""
        self._running.take_over()
        self._running.chains[chain].heal(partial(self._running.finality.goes_first, chain))
        self._moved()

    def twin(self, actor: str, chain: str, view: str) -> None:
        """A second instance of an actor that sees another view.

        Both are honest in what they see; together they are not, which the History says by ``BehaviourTook``.
        """
        running, name = self._running, f"{actor}~{view}"
        with self.paused():
            # A twin of an earlier arm may have left its store, which remembers votes of another history.
            shutil.rmtree(self._directory / "actors" / name, ignore_errors=True)
            self._links.add(name)
            self._links.find(name, chain).policy.view = view
            running.cast[name] = self._casting.make(running.cast[actor].spec, name)
            payload: dict[str, Json] = {"behaviour": "twin", "auxiliary": chain, "view": view, "votes": [], "views": []}
            running.history.append("BehaviourTook", time=running.clock.now(), chain=chain, actor=actor, payload=payload)

    def recast(self, actor: str, behaviour: str) -> None:
        """Let an actor go on with another behaviour. Raises ManifestError for an unknown one."""
        check_behaviour(self._running.cast[actor].spec.kind, behaviour)
        with self.paused():
            self._running.cast[actor].recast(behaviour)

    def dismiss(self, actor: str) -> None:
        """End an actor."""
        with self.paused():
            self._running.cast[actor].end()

    def revive(self, actor: str) -> None:
        """Let an actor that has ended begin again."""
        cast = self._running.cast
        if actor not in cast:
            near = get_close_matches(actor, cast, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ManifestError(f"no actor {actor!r} in this network{hint} (there are: {', '.join(cast)})")
        if cast[actor].state == "running":
            raise UsageError(f"{actor} is running: only an actor that has ended can be revived")
        with self.paused():
            cast[actor].revive()

    def mark(self) -> Mark:
        """All of the world at this moment."""
        with self.paused():
            return take_mark(self._running, self._driver)

    def rewind(self, mark: Mark) -> None:
        """Take everything back to a mark, together."""
        with self.paused():
            rewind_to(mark, self._running, self._driver)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing moves inside, one command at a time: live timers and actors stand still and go on afterwards."""
        with self._pausing:
            if isinstance(self._driver, Live):
                self._driver.stop()
            try:
                yield
            finally:
                if isinstance(self._driver, Live):
                    self._driver.start()

    def _moved(self) -> None:
        self._running.take_over()
        if isinstance(self._driver, Live):
            self._driver.notice()


def _reorg(chain: Chain, depth: Depth, past_finality: bool) -> None:
    chain.reorg(depth() if callable(depth) else depth, past_finality)
