"""JSON-RPC 2.0 as bytes in, bytes out: parsing, batches, ids and errors, whatever carries the bytes.

The front of a chain (HTTP and WebSocket) and the links of actors speak it. What a call does is handed in.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from devnet.errors import DevnetError, RpcError

BATCH_LIMIT = 1000
"""Most calls in one batch, as in geth (``--rpc.batch-request-limit``)."""

BODY_LIMIT = 5 * 1024 * 1024
"""Most bytes of one request, as in geth."""

DEPTH_LIMIT = 500
"""Deepest nesting of one request."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_ERROR = -32000

Call = Callable[[str, list[object]], Awaitable[object]]
"""Does one call and returns its result. Raises ``RpcError``, or another ``DevnetError`` when it cannot."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_log = logging.getLogger(__name__)


class Answering(Protocol):
    """A chain that answers its users."""

    def rpc(self, method: str, params: list[Any], view: str = "main") -> Any:
        """The result of one call as a user sees it. Raises RpcError or TransportError."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    params: list[object]
    id: object
    is_notification: bool


async def answer(body: bytes | str, call: Call) -> bytes | None:
    """Answer one message, single or batch; None where nothing is to be sent back (notifications only).

    Calls of a batch are made one after the other and answered in their order. Nothing is raised: what
    fails becomes a JSON-RPC error.
    """
    try:
        _refuse_depth(body)
        message = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _encode(_error(None, PARSE_ERROR, "parse error"))
    if not isinstance(message, list):
        reply = await _answer_one(message, call)
        return None if reply is None else _encode(reply)
    if not message:
        return _encode(_error(None, INVALID_REQUEST, "empty batch"))
    if len(message) > BATCH_LIMIT:
        return _encode(_error(None, INVALID_REQUEST, f"batch too large: {len(message)} calls, at most {BATCH_LIMIT}"))
    replies = [reply for item in message if (reply := await _answer_one(item, call)) is not None]
    return _encode(replies) if replies else None


async def _answer_one(message: object, call: Call) -> dict[str, object] | None:
    try:
        request = _parse(message)
    except RpcError as error:
        return _error(_id_of(message), error.code, error.message)
    try:
        result = await call(request.method, request.params)
        reply: dict[str, object] = {"jsonrpc": "2.0", "id": request.id, "result": result}
    except RpcError as error:
        reply = _error(request.id, error.code, error.message, error.data)
    except DevnetError as error:
        reply = _error(request.id, SERVER_ERROR, str(error))
    except Exception:
        # A defect of ours must reach neither the client's connection nor the other calls of its batch.
        _log.exception("internal error in %s", request.method)
        reply = _error(request.id, INTERNAL_ERROR, f"internal error in {request.method}: see the world's log")
    return None if request.is_notification else reply


def _parse(message: object) -> _Request:
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise RpcError(INVALID_REQUEST, "invalid request")
    identifier = message.get("id")
    if isinstance(identifier, dict | list | bool):
        raise RpcError(INVALID_REQUEST, "invalid request: id must be a string, a number or null")
    params = message.get("params")
    if params is None:
        params = []
    if not isinstance(params, list):
        raise RpcError(INVALID_PARAMS, "non-array args")
    return _Request(message["method"], params, identifier, "id" not in message)


def _id_of(message: object) -> object:
    identifier = message.get("id") if isinstance(message, dict) else None
    return identifier if isinstance(identifier, str | int | float) else None


def _error(identifier: object, code: int, text: str, data: object = None) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": text}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identifier, "error": error}


def _refuse_depth(body: bytes | str) -> None:
    """Refuse deep nesting by ourselves: eth-account's imports raise Python's limit beyond what the C stack bears."""
    raw = body.encode() if isinstance(body, str) else body
    depth = 0
    for byte in raw.translate(None, _NO_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > DEPTH_LIMIT:
            raise ValueError(f"nested more than {DEPTH_LIMIT} deep")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _encode(reply: object) -> bytes:
    return json.dumps(reply, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
