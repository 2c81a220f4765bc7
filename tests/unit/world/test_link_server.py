"""Links over a real loopback socket, with chains that only pretend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from devnet.errors import RpcError, TransportError
from devnet.world.link_server import links
from devnet.world.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def post(url: str, message: Any) -> Any:
    return requests.post(url, json=message, timeout=5).json()


class FakeLink:
    chain = "origin"

    def call(self, method: str, params: Any = ()) -> Any:
        if method == "cut":
            raise TransportError("link cut")
        if method == "bad":
            raise RpcError(3, "execution reverted")
        return [method, *params]

    def batch(self, calls: Any) -> list[Any]:
        return [self.call(*call) for call in calls]


def find_link(actor: str, key: str) -> FakeLink:
    return {("validator-1", "origin"): FakeLink(), ("validator-1", "auxiliary-1/node-1"): FakeLink()}[actor, key]


@pytest.mark.parametrize("key", ["origin", "auxiliary-1/node-1"])
def test_a_link_answers_its_actor(server: Server, key: str) -> None:
    url = server.serve(links(find_link)) + f"/link/validator-1/{key}"
    assert post(url, {"id": 5, "method": "a", "params": [1]}) == {"jsonrpc": "2.0", "id": 5, "result": ["a", 1]}


def test_an_error_of_the_chain_comes_through_a_link(server: Server) -> None:
    url = server.serve(links(find_link)) + "/link/validator-1/origin"
    assert post(url, {"id": 5, "method": "bad"})["error"]["code"] == 3


def test_a_cut_link_gives_no_answer(server: Server) -> None:
    url = server.serve(links(find_link)) + "/link/validator-1/origin"
    assert requests.post(url, json={"id": 5, "method": "cut"}, timeout=5).status_code == 503


def test_an_unknown_link_is_not_found(server: Server) -> None:
    url = server.serve(links(find_link)) + "/link/validator-9/origin"
    assert requests.post(url, json={"id": 5, "method": "a"}, timeout=5).status_code == 404
