"""JSON-RPC over any carrier: every malformed message has its answer, and nothing gets lost."""

import asyncio
import json
from typing import Any

import pytest

from devnet.errors import RpcError, TransportError
from devnet.world.jsonrpc import BATCH_LIMIT, answer


async def call(method: str, params: list[object]) -> object:
    if method == "revert":
        raise RpcError(3, "execution reverted", "0x1234")
    if method == "dead":
        raise TransportError("node restarting")
    if method == "defect":
        raise ZeroDivisionError
    return [method, *params]


def ask(message: object) -> Any:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    reply = asyncio.run(answer(body, call))
    return None if reply is None else json.loads(reply)


def request(method: str, *params: object, identifier: object = 1) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}


def test_a_call_is_answered_with_its_id() -> None:
    reply = ask(request("eth_x", 1, "a", identifier="seven"))
    assert reply == {"jsonrpc": "2.0", "id": "seven", "result": ["eth_x", 1, "a"]}


def test_missing_params_are_an_empty_list() -> None:
    assert ask({"id": 1, "method": "eth_x"})["result"] == ["eth_x"]


def test_a_batch_is_answered_in_its_order() -> None:
    replies = ask([request("a", identifier=9), request("revert", identifier=3), request("b", identifier=5)])
    assert [reply["id"] for reply in replies] == [9, 3, 5]
    assert "error" in replies[1]
    assert replies[2]["result"] == ["b"]


def test_an_error_keeps_code_message_and_data() -> None:
    assert ask(request("revert"))["error"] == {"code": 3, "message": "execution reverted", "data": "0x1234"}


def test_a_node_that_is_gone_is_a_server_error() -> None:
    assert ask(request("dead"))["error"] == {"code": -32000, "message": "node restarting"}


def test_a_defect_is_an_internal_error_without_details() -> None:
    error = ask(request("defect"))["error"]
    assert error["code"] == -32603
    assert "ZeroDivision" not in error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"NaN", b"[" * 100_000, b'{"id":' + b"9" * 5000 + b"}"])
def test_malformed_json_is_a_parse_error(body: bytes) -> None:
    assert ask(body) == {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}


@pytest.mark.parametrize("message", [1, "x", None, {"id": 1}, {"id": 1, "method": 5}, {"id": [], "method": "x"}, []])
def test_what_is_no_request_is_refused(message: object) -> None:
    assert ask(message)["error"]["code"] == -32600


def test_params_by_name_are_refused_under_the_same_id() -> None:
    reply = ask({"id": 4, "method": "x", "params": {"a": 1}})
    assert (reply["id"], reply["error"]["code"]) == (4, -32602)


def test_a_batch_that_is_too_large_is_refused_as_a_whole() -> None:
    assert ask([request("a")] * (BATCH_LIMIT + 1))["error"]["code"] == -32600


def test_a_notification_is_carried_out_and_not_answered() -> None:
    assert ask({"method": "a"}) is None
    assert ask([{"method": "a"}, request("b")]) == [{"jsonrpc": "2.0", "id": 1, "result": ["b"]}]


def test_text_and_numbers_come_through_as_they_were() -> None:
    body = json.dumps(request("x", "é<>\u2028", 10**40), ensure_ascii=False).encode()
    reply = asyncio.run(answer(body, call))
    assert reply is not None
    assert b'["x","\xc3\xa9<>\xe2\x80\xa8",' + b"1" + b"0" * 40 in reply
