"""The control API: what the command line, a dashboard and other languages ask of a running World.

JSON over HTTP on loopback. Every request carries ``Authorization: Bearer <token>``; Host and Origin are
checked too, so that no web page reaches it through the user's browser. An error is answered as
``{"error": sentence, "kind": class, "exit_code": n}``.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from devnet.errors import DevnetError, NetworkEnded, UsageError
from devnet.world.control_requests import COMMANDS, READS, Answer, Asked
from devnet.world.controlled import ControlledNetwork

CALLERS = 4
"""Threads for commands; a chain carries out its own one after the other."""

_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})

_log = logging.getLogger(__name__)


class Control:
    """Serves the requests of ``control_requests`` to whoever may ask, and ``POST /stop``."""

    def __init__(self, network: ControlledNetwork, token: str, stop: Callable[[], None]) -> None:
        self._network = network
        self._token = token
        self._stop = stop
        self._is_ending = False
        self._pool = ThreadPoolExecutor(CALLERS, thread_name_prefix="control")

    def end(self) -> None:
        """From now on what fails is said to fail because the network ends; also what is under way."""
        self._is_ending = True

    def application(self) -> web.Application:
        """An application for one server; it ends this object's threads when it ends."""
        application = web.Application(middlewares=[_errors_as_json, self._guard], client_max_size=64 * 1024)
        for path, answer in READS.items():
            application.router.add_get(path, self._handler(answer))
        for path, answer in {**COMMANDS, "/stop": self._end}.items():
            application.router.add_post(path, self._handler(answer))
        application.on_shutdown.append(self._close)
        return application

    async def _close(self, application: web.Application) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in only who knows the token and did not come through a web page."""
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            return web.json_response({"error": "no or wrong bearer token"}, status=401)
        origin = request.headers.get("Origin")
        if not _is_local(f"//{request.headers.get('Host', '')}") or (origin is not None and not _is_local(origin)):
            return web.json_response({"error": "only local requests are answered"}, status=403)
        try:
            return await handler(request)
        except Exception as error:
            if self._is_ending:
                raise NetworkEnded("the network is ending") from error
            raise

    def _handler(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            asked = dict(request.query) if request.method == "GET" else _parse(await request.read())
            loop = asyncio.get_running_loop()
            return web.json_response(await loop.run_in_executor(self._pool, lambda: dict(answer(self._network, asked))))

        return handle

    def _end(self, network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
        self._stop()
        return {"stopping": True}


def _is_local(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOCAL
    except ValueError:
        return False


def _parse(body: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise UsageError(f"the request is not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise UsageError(f"the request must be a JSON object, found {type(asked).__name__}")
    return asked


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": f"{request.method} {request.path}: {error.reason}"}, status=error.status)
    except DevnetError as error:
        status = 400 if error.exit_code == UsageError.exit_code else 500
        said = {"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}
        return web.json_response(said, status=status)
    except Exception as error:
        _log.exception("internal error in %s %s", request.method, request.path)
        return web.json_response({"error": f"internal error: {type(error).__name__}", "exit_code": 1}, status=500)
