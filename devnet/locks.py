"""A lock between processes, held while something shared is made: a cache entry, compiled contracts."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold_lock(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file ``path`` exclusively, after calling ``on_wait`` once if somebody else holds it.

    The wait has no deadline of its own: the kernel releases the lock when its holder ends, however it ends. Threads
    of one process exclude each other too. A child forked inside the block shares the lock, so do not fork in it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
