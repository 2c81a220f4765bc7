"""What the Engine makes of a node's answers about blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devnet.chain.answers import Answers
from devnet.chain.block import Envelope
from devnet.chain.encoding import to_data
from devnet.chain.engine import Engine
from devnet.errors import ChainError
from devnet.runtime.base import Endpoint


class StatelessNode:
    """Says VALID to blocks it has, ACCEPTED to children of a block whose state it lost, until that is made head."""

    def __init__(self, lost: bytes, recovers: bool = True) -> None:
        self.lost: bytes | None = lost
        self.recovers = recovers
        self.chosen: list[str] = []

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.answer(method, params) for method, params in calls]

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        if method == "engine_forkchoiceUpdatedV3":
            self.chosen.append(params[0]["headBlockHash"])
            if self.recovers and self.lost is not None and params[0]["headBlockHash"] == to_data(self.lost):
                self.lost = None
            return {"payloadStatus": {"status": "VALID"}}
        orphaned = self.lost is not None and params[0]["parentHash"] == to_data(self.lost)
        return {"status": "ACCEPTED" if orphaned else "VALID"}


def envelope(number: int) -> Envelope:
    payload = {"blockHash": to_data(bytes([number]) * 32), "parentHash": to_data(bytes([number - 1]) * 32)}
    return Envelope(payload, ())


def engine(node: StatelessNode) -> Engine:
    made = Engine.__new__(Engine)
    made._engine = node  # type: ignore[assignment]
    made._answers = Answers()
    return made


def test_blocks_that_are_taken_leave_the_head_alone() -> None:
    node = StatelessNode(lost=b"")
    assert not engine(node).import_blocks([envelope(1), envelope(2)])
    assert node.chosen == []


@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_block_without_its_state_is_made_head_once_and_its_children_are_taken(first: int) -> None:
    node = StatelessNode(lost=bytes([2]) * 32)
    assert engine(node).import_blocks([envelope(number) for number in range(first, 6)])
    assert node.chosen == [to_data(bytes([2]) * 32)]


def test_a_node_that_does_not_recover_is_an_error() -> None:
    node = StatelessNode(lost=bytes([2]) * 32, recovers=False)
    with pytest.raises(ChainError, match="ACCEPTED"):
        engine(node).import_blocks([envelope(2), envelope(3), envelope(4)])


def test_an_endpoint_without_any_way_in_is_refused() -> None:
    with pytest.raises(ChainError):
        Engine(Endpoint())
