"""Somebody who listens to a chain in lockstep while its geth is killed, and what must have been heard."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from websockets.sync.client import ClientConnection, connect

from devnet.world.user_chain import UserChain
from devnet.world.world import World

KILLS = 3
HEARD_WITHIN_S = 30


class Subscriber:
    """One connection with a subscription to heads and one to a contract's logs."""

    def __init__(self, connection: ClientConnection, address: str) -> None:
        self._connection = connection
        self._heard: dict[str, list[Any]] = {}
        self._heads = self._subscribe("newHeads")
        self._logs = self._subscribe("logs", {"address": address})

    def hear(self, heads: int, logs: int) -> tuple[list[Any], list[Any]]:
        """The next that come, exactly so many of each."""
        while [len(self._heard[name]) for name in (self._heads, self._logs)] != [heads, logs]:
            news = json.loads(self._connection.recv(timeout=HEARD_WITHIN_S))["params"]
            self._heard[news["subscription"]].append(news["result"])
        heard = self._heard[self._heads], self._heard[self._logs]
        self._heard = {self._heads: [], self._logs: []}
        return heard

    def _subscribe(self, *params: object) -> str:
        self._connection.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": params}))
        identifier = str(json.loads(self._connection.recv(timeout=HEARD_WITHIN_S))["result"])
        self._heard[identifier] = []
        return identifier


def logs_of(chain: UserChain, address: str, first: int, last: int) -> list[Any]:
    asked = {"address": address, "fromBlock": hex(first), "toBlock": hex(last)}
    return list(chain.chain.rpc("eth_getLogs", [asked]))


def headers_of(chain: UserChain, first: int, last: int) -> list[Any]:
    return [chain.chain.rpc("eth_getHeaderByNumber", [hex(number)]) for number in range(first, last + 1)]


def assert_all_is_told_once_and_in_order(world: World, chain: UserChain) -> None:
    """Over several deaths of geth, each with blocks right after it, and over a reorganisation while it is dead."""
    address = chain.addresses["PollingPlace"]
    node = world.nodes[chain.name][0]
    first = chain.height + 1
    with connect(chain.ws) as connection:
        subscriber = Subscriber(connection, address)
        for _ in range(KILLS):
            # A geth that dies three times within a minute has failed for good.
            world.warp(61)
            os.kill(node.pid, signal.SIGKILL)
            for _ in range(4):
                world.step()
        expected = headers_of(chain, first, chain.height), logs_of(chain, address, first, chain.height)
        assert expected[1]
        assert subscriber.hear(*map(len, expected)) == expected

        fork = chain.height - 2
        left = logs_of(chain, address, fork + 1, chain.height)
        world.warp(61)
        os.kill(node.pid, signal.SIGKILL)
        chain.reorg(2)
        removed = [log | {"removed": True} for log in left]
        came = logs_of(chain, address, fork + 1, chain.height)
        expected = headers_of(chain, fork + 1, chain.height), removed + came
        assert subscriber.hear(*map(len, expected)) == expected
