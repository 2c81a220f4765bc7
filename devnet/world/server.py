"""The HTTP server of a world: one aiohttp loop in a thread of its own, any number of loopback ports.

It serves the front of every chain (JSON-RPC over HTTP and WebSocket), the links of actors in processes, and
the control API. Whatever blocks runs in threads beside the loop.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from aiohttp import web

from devnet.errors import EnvironmentFailure, UsageError
from devnet.listeners import listener_of

HOST = "127.0.0.1"
"""The only address anything listens on."""

STOP_TIMEOUT_S = 5.0
"""How long a request that is under way may hold up the end."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Server:
    """Applications on loopback ports, from ``start`` until ``stop``."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runners: list[web.AppRunner] = []

    def __enter__(self) -> Server:
        """Start."""
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start the loop; idempotent."""
        if self._loop is not None:
            return
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="server", daemon=True)
        self._thread.start()

    def serve(self, application: web.Application, port: int = 0, purpose: str = "this network") -> str:
        """Serve an application on a port (0: any free one) and return its address, without a path.

        Raises EnvironmentFailure naming the port if it is taken.
        """
        return self._run(self._serve(application, port, purpose))

    def stop(self) -> None:
        """Close every port and connection and end the thread; idempotent."""
        if self._loop is None or self._thread is None:
            return
        with suppress(TimeoutError):
            self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise UsageError("the server is not running: start it first")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(4 * STOP_TIMEOUT_S)

    async def _serve(self, application: web.Application, port: int, purpose: str) -> str:
        listener = _listen(port, purpose)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_TIMEOUT_S)
        await runner.setup()
        self._runners.append(runner)
        await web.SockSite(runner, listener).start()
        return f"http://{HOST}:{listener.getsockname()[1]}"

    async def _close(self) -> None:
        await asyncio.gather(*(runner.cleanup() for runner in self._runners), return_exceptions=True)
        self._runners.clear()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _listen(port: int, purpose: str) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            holder = listener_of(port) or "another process"
            raise EnvironmentFailure(
                f"port {port} ({purpose}) is taken by {holder}: end that process, or set ports: in the manifest"
            ) from error
        raise EnvironmentFailure(f"port {port} on {HOST} cannot be opened for {purpose}: {error}") from error
    listener.setblocking(False)
    return listener
