"""The state follows the branch that is read, also when a look fails half-way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from eth_abi.abi import encode

from devnet.actors.follower import Follower
from devnet.actors.watch import ChainWatch
from devnet.contracts.handle import ContractHandle, DecodedEvent
from devnet.errors import RpcError, TransportError
from devnet.mosaic.keccak import keccak
from tests.unit.actors.fakes import FakeLink, chain_of

STORE = ContractHandle(
    "Store",
    b"\x03" * 20,
    [{"type": "event", "name": "Noted", "inputs": [{"name": "value", "type": "uint256", "indexed": False}]}],
)


class Sum:
    """A fold that shows what was applied, and in which order."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        self.values += [event.args["value"] for event in events]


def log(link: FakeLink, number: int, value: int) -> dict[str, Any]:
    return {
        "address": "0x" + STORE.address.hex(),
        "topics": ["0x" + keccak(b"Noted(uint256)").hex()],
        "data": "0x" + encode(["uint256"], [value]).hex(),
        "blockNumber": hex(number),
        "blockHash": "0x" + link.headers[number].hash.hex(),
        "logIndex": "0x0",
        "transactionHash": "0x" + bytes(32).hex(),
    }


def followed() -> tuple[FakeLink, Follower[Sum]]:
    link = FakeLink(chain_of(6))
    link.logs = [log(link, 2, 2), log(link, 5, 5)]
    follower = Follower(ChainWatch(link, [STORE]), Sum)
    follower.look()
    return link, follower


def test_events_are_applied_once() -> None:
    link, follower = followed()
    follower.look()
    assert follower.state.values == [2, 5]
    link.headers = chain_of(8, base=link.headers)
    link.logs.append(log(link, 7, 7))
    follower.look()
    assert follower.state.values == [2, 5, 7]


def test_a_reorg_takes_back_what_its_events_did() -> None:
    link, follower = followed()
    link.headers = chain_of(7, b"other", base=link.headers[:4])
    link.logs = [log(link, 2, 2), log(link, 6, 6)]
    follower.look()
    assert follower.state.values == [2, 6]


def test_after_a_failed_look_the_state_is_that_of_the_blocks_still_known() -> None:
    link, follower = followed()
    link.headers = chain_of(9, b"other", base=link.headers[:4])
    link.answers["eth_getLogs"] = RpcError(-32000, "too busy")
    with pytest.raises(TransportError, match="too busy"):
        follower.look()
    assert follower.seen.height == 3
    assert follower.state.values == [2]
    del link.answers["eth_getLogs"]
    link.logs = [log(link, 2, 2), log(link, 8, 8)]
    follower.look()
    assert follower.state.values == [2, 8]


def test_a_rewound_follower_knows_what_its_mark_knew_any_number_of_times() -> None:
    link, follower = followed()
    mark = follower.mark()
    before = list(link.headers)
    for salt in (b"one", b"two"):
        link.headers = chain_of(9, salt, base=link.headers[:4])
        link.logs = [log(link, 8, 8)]
        follower.look()
        assert follower.state.values == [2, 8]
        follower.rewind(mark)
        link.headers = list(before)
        assert follower.state.values == [2, 5]
        assert not follower.look()
