"""A watched chain is read once, undone after a reorg, and never believed when it does not hang together."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors.watch import BLOCKS_PER_LOOK, ChainWatch
from devnet.errors import RpcError, TransportError
from devnet.mosaic.transitions import accumulate
from tests.unit.actors.nodes import FakeLink, chain_of, rpc_block
from tests.unit.actors.noted import STORE, log


def watched(length: int, **fields: Any) -> tuple[FakeLink, ChainWatch]:
    link = FakeLink(chain_of(length, gas_used=100), **fields)
    return link, ChainWatch(link, [STORE])


def values(watch: ChainWatch) -> list[int]:
    return [event.args["value"] for event in watch.seen.events]


def test_every_block_is_read_once_with_its_sums() -> None:
    link, watch = watched(6, finalized=2)
    assert watch.look()
    assert watch.seen.height == 5
    assert watch.seen.finalized == 2
    assert watch.seen.head.sums == accumulate(link.headers[1:])
    assert watch.seen.blocks[0].sums.gas == 0
    asked = len(link.asked)
    assert not watch.look()
    assert len(link.asked) == asked + 2


def test_new_blocks_bring_their_events_in_chain_order() -> None:
    link, watch = watched(3)
    watch.look()
    link.headers = chain_of(6, gas_used=100, base=link.headers)
    link.logs = [log(link, 5, 2), log(link, 4, 1, logIndex="0x3"), log(link, 4, 0)]
    assert watch.look()
    assert values(watch) == [0, 1, 2]


def test_a_change_of_the_finalized_block_alone_is_a_change() -> None:
    link, watch = watched(6)
    watch.look()
    link.finalized = 4
    assert watch.look()
    assert not watch.look()


@pytest.mark.parametrize("length", [4, 5, 6, 9, 40], ids=lambda length: f"new chain of {length}")
@pytest.mark.parametrize("fork", [1, 3])
def test_a_reorg_forgets_the_blocks_and_events_that_are_gone(fork: int, length: int) -> None:
    link, watch = watched(30)
    link.logs = [log(link, 1, 1), log(link, 20, 2)]
    watch.look()
    link.headers = chain_of(length, b"other", base=link.headers[:fork])
    link.logs = [log(link, number, 3) for number in (1, length - 1)]
    assert watch.look()
    assert [block.hash for block in watch.seen.blocks] == [header.hash for header in link.headers]
    assert values(watch) == [3, 3] if fork == 1 else [1, 3]
    assert watch.seen.rollbacks == 1


def test_a_chain_that_became_shorter_is_followed_back() -> None:
    link, watch = watched(10)
    watch.look()
    link.headers = link.headers[:4]
    assert watch.look()
    assert watch.seen.height == 3


def test_a_long_way_is_read_in_bounded_steps() -> None:
    _, watch = watched(2 * BLOCKS_PER_LOOK + 5)
    heights: list[int] = []
    while not heights or watch.is_behind:
        watch.look()
        heights.append(watch.seen.height)
    assert heights == [BLOCKS_PER_LOOK - 1, 2 * BLOCKS_PER_LOOK - 1, 2 * BLOCKS_PER_LOOK + 4]


def test_another_genesis_is_refused() -> None:
    link, watch = watched(3)
    watch.look()
    link.headers = chain_of(5, b"another genesis")
    with pytest.raises(TransportError, match="block 0 differs"):
        watch.look()


def test_a_reorg_between_headers_and_logs_is_noticed_and_nothing_is_kept() -> None:
    link, watch = watched(3)
    watch.look()
    link.headers = chain_of(6, base=link.headers)
    fork = chain_of(6, b"other", base=link.headers[:3])
    link.before_logs = lambda: setattr(link, "headers", fork)
    with pytest.raises(TransportError, match="changed while its logs were read"):
        watch.look()
    assert watch.seen.height == 2
    link.before_logs = lambda: None
    watch.look()
    assert watch.seen.head.hash == fork[-1].hash


def test_a_log_of_another_branch_is_refused() -> None:
    link, watch = watched(3)
    link.logs = [log(link, 1, 1, blockHash="0x" + "ee" * 32)]
    with pytest.raises(TransportError, match="a log of block 1 is of another branch"):
        watch.look()


def test_blocks_that_do_not_hang_together_are_refused() -> None:
    link, watch = watched(6)
    link.headers[3] = chain_of(6, b"other")[3]
    with pytest.raises(TransportError, match="does not follow block"):
        watch.look()


@pytest.mark.parametrize(
    "answer",
    [None, 7, "x", {}, {"number": "0x1"}, rpc_block(chain_of(2)[1]) | {"gasUsed": "0x5"}, RpcError(-32000, "no")],
    ids=["null", "number", "text", "empty", "no hash", "wrong hash", "error"],
)
def test_malformed_answers_are_transport_errors(answer: object) -> None:
    link, watch = watched(3)
    link.answers["eth_getBlockByNumber"] = answer
    with pytest.raises(TransportError):
        watch.look()


@pytest.mark.parametrize("logs", [None, {}, ["x"], [{}], [{"address": 7}]])
def test_malformed_logs_are_transport_errors(logs: object) -> None:
    link, watch = watched(3)
    link.answers["eth_getLogs"] = logs
    with pytest.raises(TransportError):
        watch.look()


def test_a_copy_of_what_was_seen_does_not_change_with_it() -> None:
    _, watch = watched(6)
    watch.look()
    copy = watch.seen.copy()
    watch.seen.forget_above(2)
    assert copy.height == 5
    assert copy.rollbacks == 0
