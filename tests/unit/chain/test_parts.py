"""Clocks, waiting, the tree of blocks, base fees, the worker, the HTTP link."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from devnet.chain.block import Block, Envelope
from devnet.chain.client import HttpTransport
from devnet.chain.clock import LiveClock, VirtualClock
from devnet.chain.encoding import keccak, to_data
from devnet.chain.link import HttpLink
from devnet.chain.transaction import decode_transaction
from devnet.chain.tree import PACKED_BEFORE, BlockTree, Entry
from devnet.chain.wait import wait_until
from devnet.chain.worker import Worker
from devnet.errors import ChainError, RpcError, TransportError, UsageError, WaitTimeout
from tests.unit.chain.conftest import CHAIN_ID

GENESIS = b"\x01" * 32


def test_virtual_time_moves_when_told_and_can_go_back() -> None:
    clock = VirtualClock(100)
    mark = clock.mark()
    assert clock.advance(7) == clock.now() == 107
    clock.rewind(mark)
    assert clock.now() == 100
    with pytest.raises(UsageError):
        clock.advance(-1)


def test_live_time_is_wall_time_plus_warp() -> None:
    wall = [1_000.9]
    clock = LiveClock(lambda: wall[0])
    clock.advance(3_600)
    wall[0] += 1
    assert (clock.now(), clock.warped_s) == (4_601, 3_600)
    mark = clock.mark()
    clock.advance(5)
    clock.rewind(mark)
    assert clock.now() == 4_601
    with pytest.raises(UsageError):
        clock.advance(-1)


def test_waiting_returns_what_the_condition_said() -> None:
    answers = iter([None, 0, "", "yes"])
    assert wait_until(lambda: next(answers), 5, "answer") == "yes"


def test_waiting_in_vain_says_what_was_last_seen() -> None:
    seen: list[int] = []

    def look() -> bool:
        seen.append(len(seen))
        return False

    with pytest.raises(WaitTimeout, match=r"height 2 of 5, last saw \d+: waited 0\.\d s of 0\.0 s"):
        wait_until(look, 0.02, lambda: f"height 2 of 5, last saw {seen[-1]}")


@pytest.mark.parametrize(
    ("used", "expected"),
    [(15_000_000, 1_000), (30_000_000, 1_125), (0, 875), (15_000_001, 1_001), (22_500_000, 1_062)],
    ids=["target", "full", "empty", "just above", "half above"],
)
def test_the_base_fee_follows_the_gas_used(block: Callable[..., Block], used: int, expected: int) -> None:
    assert block(gas_limit=30_000_000, gas_used=used, base_fee=1_000).next_base_fee() == expected


@pytest.fixture
def tree(block: Callable[..., Block]) -> BlockTree:
    """Genesis - 1 - 2 - 3, and 2' - 3' on 1; hashes are the names."""
    made = BlockTree(block(number=0, hash=GENESIS, parent=b""), [0, 1])
    for name, parent, number in (
        (b"1", GENESIS, 1),
        (b"2", b"1", 2),
        (b"3", b"2", 3),
        (b"2'", b"1", 2),
        (b"3'", b"2'", 3),
    ):
        made.add(Entry(block(number=number, hash=name, parent=parent), Envelope({}, ())), [0])
    return made


def test_ancestors_and_paths(tree: BlockTree) -> None:
    assert tree.common_ancestor(b"3", b"3'").hash == b"1"
    assert tree.common_ancestor(b"3", b"1").hash == b"1"
    assert [entry.block.hash for entry in tree.path(b"1", b"3'")] == [b"2'", b"3'"]
    assert tree.is_ancestor(b"1", b"3'")
    assert tree.is_ancestor(b"3", b"3")
    assert not tree.is_ancestor(b"2", b"3'")
    assert not tree.is_ancestor(b"3", b"1")
    with pytest.raises(ChainError, match="not an ancestor"):
        tree.path(b"2", b"3'")
    with pytest.raises(ChainError, match="unknown block"):
        tree.block(b"x")


def test_leaves_are_known_per_node(tree: BlockTree, block: Callable[..., Block]) -> None:
    assert dict(tree.leaves) == {GENESIS: {1}, b"3": {0}, b"3'": {0}}
    mark = tree.leaves
    tree.share([0, 1])
    assert dict(tree.leaves) == {b"3": {0, 1}, b"3'": {0, 1}}
    tree.add(Entry(block(number=4, hash=b"4", parent=b"3"), Envelope({}, ())), [1])
    assert dict(tree.leaves) == {b"3": {0}, b"3'": {0, 1}, b"4": {1}}
    tree.restore(mark)
    assert dict(tree.leaves) == {GENESIS: {1}, b"3": {0}, b"3'": {0}}
    assert b"4" in tree


def test_the_newest_blocks_come_oldest_first(tree: BlockTree) -> None:
    assert [entry.block.hash for entry in tree.recent(2)] == [b"2'", b"3'"]
    assert len(tree.recent(100)) == 5


def test_old_blocks_take_less_memory_and_come_back_as_they_were(
    block: Callable[..., Block], sign: Callable[..., bytes]
) -> None:
    tree = BlockTree(block(number=0, hash=GENESIS, parent=b""), [0])
    payload = {"logsBloom": "0x" + "0" * 512, "transactions": ["0x02"]}
    transaction = decode_transaction(sign(0, 0), CHAIN_ID)
    entries, parent = [], GENESIS
    for number in range(1, PACKED_BEFORE + 3):
        entry = Entry(block(number=number, hash=bytes([7, *number.to_bytes(2)]), parent=parent), Envelope(payload, ()))
        entries.append(entry)
        tree.add(entry, [0])
        parent = entry.block.hash
    packed = Entry(entries[0].block, Envelope(payload, ("0x01",)), (transaction,))
    packed.pack()
    packed.pack()
    assert packed.envelope == Envelope(payload, ("0x01",))
    assert packed.transactions == (transaction,)
    assert [isinstance(entry._content, bytes) for entry in entries] == [True] * 2 + [False] * PACKED_BEFORE
    assert [entry.envelope for entry in tree.path(GENESIS, parent)] == [Envelope(payload, ())] * len(entries)
    assert tree.ancestor_at(parent, 1) == entries[0].block


def test_a_command_may_give_commands() -> None:
    worker = Worker("x")
    assert worker.run(lambda: worker.run(lambda: 7)) == 7
    worker.close()


def test_an_error_reaches_whoever_waits_and_the_worker_goes_on() -> None:
    worker = Worker("x")
    failed: Future[float] = worker.later(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(5)
    assert worker.run(lambda: 3) == 3
    worker.close()


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
