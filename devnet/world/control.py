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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from devnet.config.manifest import DEFAULT_BOUNTY_WEI, MAX_WEIGHT_WEI
from devnet.errors import DevnetError, ManifestError, NetworkEnded, UsageError
from devnet.history import History
from devnet.world.asked import number, word
from devnet.world.transfer_requests import TRANSFER_REQUESTS, Answer, ControlledTransfers

CALLERS = 4
"""Threads for commands; a chain carries out its own one after the other."""

EVENTS_LIMIT = 1000
"""Most events in one answer of ``GET /events``; ask again after the last one's sequence."""

MINE_LIMIT = 100_000
"""Most blocks that one ``POST /mine`` makes."""

_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})

_log = logging.getLogger(__name__)


class ControlledMembership(Protocol):
    """Validators that come and go."""

    def join(self, name: str, weight_wei: int) -> Mapping[str, Any]:
        """Start a new validator and deposit its stake."""

    def leave(self, name: str) -> Mapping[str, Any]:
        """Log a validator out."""

    def withdraw(self, name: str) -> Mapping[str, Any]:
        """Pay a validator's stake back."""

    def validators(self) -> Sequence[Mapping[str, Any]]:
        """Every validator of every core."""


class ControlledGateways(Protocol):
    """Pairs of gateways."""

    def add(self, auxiliary: str | None, symbol: str | None, bounty_wei: int) -> Mapping[str, Any]:
        """Create a pair on a running network."""

    def pairs(self) -> Sequence[Mapping[str, Any]]:
        """Every pair, and what it holds."""


class ControlledWorld(Protocol):
    """What the control API needs of a world."""

    @property
    def history(self) -> History:
        """What happened so far."""

    @property
    def membership(self) -> ControlledMembership:
        """Lets validators join and leave. Raises UsageError before the world runs."""

    @property
    def gateways(self) -> ControlledGateways:
        """Adds pairs of gateways. Raises UsageError before the world runs."""

    @property
    def transfers(self) -> ControlledTransfers:
        """Moves tokens between the chains. Raises UsageError before the world runs."""

    def mine(self, chain: str, count: int = 1) -> int:
        """Make blocks and return the new height."""

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain."""

    def reorg(self, chain: str, depth: int, past_finality: bool = False) -> None:
        """Replace a chain's last blocks."""

    def revive(self, actor: str) -> None:
        """Let an actor that has ended begin again."""


class ControlledNetwork(Protocol):
    """A network that is being served: a world with addresses."""

    @property
    def world(self) -> ControlledWorld:
        """The world itself. Raises UsageError before it was made."""

    def chain_names(self) -> tuple[str, ...]:
        """Every chain, the origin first."""

    def status(self) -> Mapping[str, Any]:
        """As ``devnet status --json``; also answered while the network starts."""

    def env(self) -> Mapping[str, str]:
        """As ``devnet env``."""

    def accounts(self) -> Mapping[str, Any]:
        """As ``devnet accounts --json``."""

    def logs(self) -> Mapping[str, str]:
        """Path of every log, by the name of who writes it."""


class Control:
    """The requests and what they do; ``application`` serves them."""

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
        application.router.add_get("/status", self._read(lambda: self._network.status()))
        application.router.add_get("/env", self._read(lambda: self._network.env()))
        application.router.add_get("/accounts", self._read(lambda: self._network.accounts()))
        application.router.add_get("/logs", self._read(lambda: self._network.logs()))
        application.router.add_get("/events", self._events)
        application.router.add_get("/validators", self._read(self._validators))
        application.router.add_post("/validators/join", self._command(self._join))
        application.router.add_post("/validators/leave", self._command(self._leave))
        application.router.add_post("/validators/withdraw", self._command(self._withdraw))
        application.router.add_get("/gateways", self._read(self._gateways))
        application.router.add_post("/gateways/add", self._command(self._add_gateway))
        application.router.add_get("/transfers", self._read(self._transfers))
        for verb, answer in TRANSFER_REQUESTS.items():
            application.router.add_post(f"/transfers/{verb}", self._command(partial(self._transfer, answer)))
        application.router.add_post("/mine", self._command(self._mine))
        application.router.add_post("/warp", self._command(self._warp))
        application.router.add_post("/reorg", self._command(self._reorg))
        application.router.add_post("/revive", self._command(self._revive))
        application.router.add_post("/stop", self._command(self._end))
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

    def _read(self, read: Callable[[], Mapping[str, Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return web.json_response(await self._in_thread(lambda: dict(read())))

        return handle

    def _command(
        self, do: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            asked = _parse(await request.read())
            return web.json_response(await self._in_thread(lambda: dict(do(asked))))

        return handle

    async def _in_thread(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _events(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        after, limit = number(query, "after", 0, default=0), number(query, "limit", 1, EVENTS_LIMIT, EVENTS_LIMIT)
        found = await self._in_thread(lambda: self._history_after(query.get("kind"), after, limit))
        return web.json_response(found)

    def _history_after(self, kind: str | None, after: int, limit: int) -> dict[str, Any]:
        events = self._network.world.history.events(kind=kind, after=after)[:limit]
        names = ("sequence", "time", "chain", "block", "actor", "kind", "payload")
        return {"events": [{name: getattr(event, name) for name in names} for event in events]}

    def _mine(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        chain = self._chain(asked)
        return {"chain": chain, "height": self._network.world.mine(chain, number(asked, "blocks", 1, MINE_LIMIT, 1))}

    def _warp(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        seconds = number(asked, "seconds", 1, 2**40)
        self._network.world.warp(seconds)
        return {"seconds": seconds}

    def _reorg(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        chain, depth = self._chain(asked), number(asked, "depth", 1)
        self._network.world.reorg(chain, depth, past_finality=asked.get("past_finality") is True)
        return {"chain": chain, "depth": depth}

    def _revive(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        actor = word(asked, "actor") or ""
        self._network.world.revive(actor)
        return {"actor": actor}

    def _validators(self) -> Mapping[str, Any]:
        return {"validators": list(self._network.world.membership.validators())}

    def _join(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        weight = number(asked, "weight_wei", 1, 2**96 - 1)
        return self._network.world.membership.join(str(asked.get("validator", "")), weight)

    def _leave(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._network.world.membership.leave(str(asked.get("validator", "")))

    def _withdraw(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._network.world.membership.withdraw(str(asked.get("validator", "")))

    def _gateways(self) -> Mapping[str, Any]:
        return {"gateways": list(self._network.world.gateways.pairs())}

    def _add_gateway(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        bounty = number(asked, "bounty_wei", 0, MAX_WEIGHT_WEI, DEFAULT_BOUNTY_WEI)
        return self._network.world.gateways.add(word(asked, "auxiliary"), word(asked, "symbol"), bounty)

    def _transfers(self) -> Mapping[str, Any]:
        return {"transfers": list(self._network.world.transfers.all())}

    def _transfer(self, answer: Answer, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return answer(self._network.world.transfers, asked)

    def _end(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self._stop()
        return {"stopping": True}

    def _chain(self, asked: Mapping[str, Any]) -> str:
        name, known = str(asked.get("chain", "")), self._network.chain_names()
        if name in known:
            return name
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ManifestError(f"no chain {name!r} in this network{hint} (there are: {', '.join(known)})")


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
