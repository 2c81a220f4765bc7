"""A link over HTTP tries again, but not what was answered."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.chain.client import HttpTransport
from devnet.chain.encoding import keccak, to_data
from devnet.chain.link import HttpLink
from devnet.errors import RpcError, TransportError


class Flaky(HttpTransport):
    """Fails as told before it answers."""

    def __init__(self, failures: list[Exception], answers: list[Any]) -> None:
        super().__init__("http://nowhere")
        self.failures = failures
        self.answers = answers

    def batch(self, calls: Any) -> list[Any]:
        if self.failures:
            raise self.failures.pop(0)
        return self.answers


def link(failures: list[Exception], answers: list[Any]) -> HttpLink:
    made = HttpLink("origin", "http://nowhere")
    made._transport = Flaky(failures, answers)
    return made


def test_an_http_link_tries_three_times() -> None:
    assert link([TransportError("1"), TransportError("2")], ["0x1"]).call("eth_chainId") == "0x1"
    with pytest.raises(TransportError, match="3"):
        link([TransportError(str(number)) for number in (1, 2, 3)], ["0x1"]).call("eth_chainId")


def test_an_error_answer_is_not_tried_again() -> None:
    with pytest.raises(RpcError, match="reverted"):
        link([RpcError(3, "reverted")], ["0x1"]).call("eth_call")


def test_a_transaction_that_arrived_at_the_first_attempt_counts_as_sent() -> None:
    known = RpcError(-32000, "already known")
    raw = b"\x02\x03"
    assert link([TransportError("late"), known], []).call("eth_sendRawTransaction", [to_data(raw)]) == to_data(
        keccak(raw)
    )
    with pytest.raises(RpcError, match="already known"):
        link([known], []).call("eth_sendRawTransaction", [to_data(raw)])
