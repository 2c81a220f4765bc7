"""One thread for each chain: every command that moves it passes through here, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from devnet.errors import UsageError

T = TypeVar("T")

CLOSE_DEADLINE_S = 5.0
"""How long the command under way may take when the chain closes."""


class Worker:
    """Runs commands in the order they came; a command may give others, which then run inside it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._closed = False
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=f"chain-{name}", daemon=True)
        self._thread.start()

    def later(self, command: Callable[[], T]) -> Future[T]:
        """Queue a command and return at once."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise UsageError(f"chain {self._name} is closed")
            self._queue.put((future, command))
        return future

    def run(self, command: Callable[[], T]) -> T:
        """Run a command and wait for its result; directly if called from within a command."""
        if self.is_here:
            return command()
        return self.later(command).result()

    def on_command(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every command from now on, on this thread; the returned function ends that."""
        with self._lock:
            self._listeners += (listener,)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return end

    @property
    def is_here(self) -> bool:
        """Whether the caller is a command."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish the command under way, refuse those that wait, and end; idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if not self.is_here:
            self._thread.join(CLOSE_DEADLINE_S)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            future, command = item
            if self._closed:
                future.set_exception(UsageError(f"chain {self._name} is closed"))
                continue
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(command())
            except BaseException as error:  # belongs to whoever waits for the result
                future.set_exception(error)
            for listener in self._listeners:
                listener()
