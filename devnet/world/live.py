"""The live driver: a timer per chain, a thread per actor's process, everything at once.

Until the network is ready nothing waits for a timer: a chain makes its next block as soon as its mempool
holds something or every actor has said that it is idle on the chain's head. Afterwards the timer decides,
and a tick that is missed is dropped, never caught up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from devnet.chain.chain import Chain
from devnet.errors import ChainError
from devnet.world.cast import ActorHandle
from devnet.world.running import Running, mine_every_view


class Live:
    """Moves a world in real time, in threads of its own."""

    def __init__(self, running: Running, failed: Callable[[str, Exception], None]) -> None:
        self._running = running
        self._failed = failed
        self._news = threading.Condition()
        self._version = 0
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def hurry_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Run without timers until the condition holds; False after that many blocks on origin without it."""
        running = self._running
        with ThreadPoolExecutor(len(running.cast) or 1, thread_name_prefix="actors") as pool:
            for _ in range(blocks):
                if condition():
                    return True
                running.clock.advance(1)
                made = [
                    chain.later(partial(mine_every_view, chain))
                    for chain in running.chains.values()
                    if not chain.halted
                ]
                for block in made:
                    block.result()
                running.take_over()
                list(pool.map(self._step, running.cast.values()))
        return condition()

    def start(self) -> None:
        """Let timers and actors run."""
        self._stopping.clear()
        jobs: list[tuple[str, Callable[[], None]]] = [
            (f"timer-{name}", self._timer(chain)) for name, chain in self._running.chains.items()
        ]
        jobs += [(f"actor-{name}", self._stepping(handle)) for name, handle in self._running.cast.items()]
        self._threads = [threading.Thread(target=job, name=name, daemon=True) for name, job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop timers, and actors after the step they are in; idempotent."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def notice(self) -> None:
        """Something happened on a chain: whoever waits looks again."""
        with self._news:
            self._version += 1
            self._news.notify_all()

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Wait until the condition holds; False once origin has made that many blocks without it."""
        origin = self._running.chains[self._running.devnet.origin.name]
        last = origin.head.number + blocks
        while not condition():
            if origin.head.number >= last or self._stopping.is_set():
                return condition()
            self._await_news(self._version)
        return True

    def _step(self, handle: ActorHandle) -> None:
        handle.step(self._running.clock.now())

    def _await_news(self, seen: int) -> None:
        with self._news:
            self._news.wait_for(lambda: self._version != seen or self._stopping.is_set(), timeout=1)

    def _timer(self, chain: Chain) -> Callable[[], None]:
        def run() -> None:
            period = chain.spec.block_time_s
            due = time.monotonic() + period
            while not self._stopping.wait(max(0.0, due - time.monotonic())):
                due = max(due + period, time.monotonic())
                if chain.halted:
                    continue
                try:
                    chain.later(partial(mine_every_view, chain)).result()
                    self._running.take_over()
                except ChainError as error:
                    self._failed(chain.spec.name, error)
                self.notice()

        return run

    def _stepping(self, handle: ActorHandle) -> Callable[[], None]:
        def run() -> None:
            seen = -1
            while not self._stopping.is_set():
                if self._version == seen:
                    self._await_news(seen)
                    continue
                seen = self._version
                if handle.step(self._running.clock.now()) is None and handle.state != "running":
                    return

        return run
