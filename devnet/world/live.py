"""The live driver: a timer per chain, a thread per actor's process, everything at once.

What fails in a thread is told once, and again only after it went well in between; the thread goes on.
Until the network is ready nothing waits for a timer: a chain makes its next block as soon as its mempool
holds something or every actor has said that it is idle on the chain's head. Afterwards the timer decides,
and a tick that is missed is dropped, never caught up. Pauses move no deadline, however many there are.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from devnet.chain.chain import Chain
from devnet.errors import DevnetError, WaitTimeout
from devnet.world.cast import ActorHandle
from devnet.world.running import Running, mine_every_view

STEP_ENDS_S = 3.0
"""Time in which actors end the step they are in, when everything ends; seen: 0.1 s."""

STALLED_BLOCKS = 120
"""Block times without a block after which a chain counts as stalled."""

_log = logging.getLogger(__name__)


class Deadline:
    """When something periodic is due; goes on whether or not anybody waits for it."""

    def __init__(self, period_s: float, now: Callable[[], float]) -> None:
        self._period_s = period_s
        self._now = now
        self._due = now() + period_s

    def left_s(self) -> float:
        """Seconds until it is due; 0 once it is."""
        return max(0.0, self._due - self._now())

    def next(self) -> None:
        """Take the next one that is still to come; those missed meanwhile are dropped."""
        missed = max(0.0, self._now() - self._due) // self._period_s
        self._due += (missed + 1) * self._period_s


class Live:
    """Moves a world in real time, in threads of its own; ``now`` is the seconds of a clock that never jumps."""

    def __init__(
        self, running: Running, failed: Callable[[str, Exception], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._running = running
        self._failed = failed
        self._now = now
        self._deadlines: dict[str, Deadline] = {}
        self._told: dict[str, str] = {}
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

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop timers, and actors after the step they are in; idempotent.

        With a time limit, whoever is still busy then is left to find out by itself that everything ends.
        """
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        until = None if timeout_s is None else self._now() + timeout_s
        for thread in self._threads:
            thread.join(None if until is None else max(0.0, until - self._now()))
        self._threads = []

    def notice(self) -> None:
        """Something happened on a chain: whoever waits looks again."""
        with self._news:
            self._version += 1
            self._news.notify_all()

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Wait until the condition holds; False once origin has made that many blocks without it.

        Raises WaitTimeout when origin makes no block at all any more.
        """
        origin = self._running.chains[self._running.devnet.origin.name]
        last, patience = origin.head.number + blocks, STALLED_BLOCKS * origin.spec.block_time_s
        seen, since = origin.head.number, self._now()
        while not condition():
            if origin.head.number >= last or self._stopping.is_set():
                return condition()
            if origin.head.number != seen:
                seen, since = origin.head.number, self._now()
            elif self._now() - since > patience:
                raise WaitTimeout(f"{origin.spec.name} stalled at height {seen}: no block for {patience} s")
            self._await_news(self._version)
        return True

    def _step(self, handle: ActorHandle) -> None:
        handle.step(self._running.clock.now())

    def _await_news(self, seen: int) -> None:
        with self._news:
            self._news.wait_for(lambda: self._version != seen or self._stopping.is_set(), timeout=1)

    def _timer(self, chain: Chain) -> Callable[[], None]:
        name = chain.spec.name
        deadline = self._deadlines.setdefault(name, Deadline(chain.spec.block_time_s, self._now))

        def run() -> None:
            # What became due in a pause is done even if the next pause is here: pausing must not stop a chain.
            left_s = deadline.left_s()
            stopped = left_s > 0 and self._stopping.wait(left_s)
            while not stopped:
                deadline.next()
                if not chain.halted:
                    self._attempt(name, partial(self._tick, chain))
                stopped = self._stopping.wait(deadline.left_s())

        return run

    def _tick(self, chain: Chain) -> None:
        chain.later(partial(mine_every_view, chain)).result()
        self._running.take_over()
        self.notice()

    def _attempt(self, who: str, act: Callable[[], None]) -> None:
        """Do it; what goes wrong is told, and ends neither the thread nor the network."""
        try:
            act()
        except Exception as error:
            if self._stopping.is_set() or self._told.get(who) == str(error):
                return
            if not isinstance(error, DevnetError):
                _log.exception("internal error: %s", who)
            self._told[who] = str(error)
            self._failed(who, error)
        else:
            self._told.pop(who, None)

    def _stepping(self, handle: ActorHandle) -> Callable[[], None]:
        def run() -> None:
            seen = -1
            while not self._stopping.is_set():
                if self._version == seen and handle.state == "running":
                    self._await_news(seen)
                    continue
                seen = self._version
                # One that has died is stepped, too: its handle then tells the History.
                self._attempt(handle.spec.name, partial(self._step, handle))
                if handle.state != "running":
                    return

        return run
