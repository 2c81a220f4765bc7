"""What is reported, by whom, and when (R25, R28, R83)."""

from __future__ import annotations

import pytest

from devnet.actors.attempts import STEP_IN_BLOCKS
from devnet.actors.auxiliary_view import deep_height
from devnet.actors.reporter import (
    ORIGIN_REPORTS_PER_STEP,
    WINDOW_MARGIN,
    Reporter,
    due_backfill,
    due_blocks,
    due_origin_heights,
)
from devnet.actors.watch import Seen
from devnet.contracts.gas import MAX_HEADERS
from devnet.mosaic.headers import BLOCK_HASH_WINDOW, decode_header
from tests.unit.actors.fakes import calls_in, event, make_view, seen_chain


@pytest.mark.parametrize(
    ("height", "epoch", "deep"),
    [(0, 4, 0), (4, 4, 0), (5, 4, 1), (8, 4, 1), (9, 4, 2), (17, 16, 0), (20, 16, 1), (2, 2, 0), (3, 2, 1)],
)
def test_a_checkpoint_counts_once_it_is_a_quarter_epoch_deep(height: int, epoch: int, deep: int) -> None:
    """R24."""
    assert deep_height(height, epoch) == deep


@pytest.mark.parametrize(
    ("height", "tip", "due"),
    [
        (4, 0, range(1, 1)),
        (5, 0, range(1, 5)),
        (8, 4, range(5, 5)),
        (9, 4, range(5, 9)),
        (9, 8, range(9, 9)),
        (1_000, 0, range(1, MAX_HEADERS + 1)),
    ],
)
def test_blocks_are_reported_up_to_the_newest_deep_checkpoint(height: int, tip: int, due: range) -> None:
    assert list(due_blocks(height, tip, 4)) == list(due)


def test_backfill_goes_back_from_the_window_to_the_tip_of_the_store() -> None:
    height, tip = 20_000, 500
    assert not due_backfill(BLOCK_HASH_WINDOW - WINDOW_MARGIN, 0, range(0))
    edge = height - BLOCK_HASH_WINDOW + 2 * WINDOW_MARGIN
    newest = edge // MAX_HEADERS * MAX_HEADERS
    assert edge - newest < WINDOW_MARGIN
    assert due_backfill(height, tip, range(0)) == range(newest, newest - MAX_HEADERS, -1)
    assert due_backfill(height, tip, range(700, newest + 1)) == range(700, 700 - MAX_HEADERS, -1)
    assert due_backfill(height, tip, range(520, newest + 1)) == range(520, 500, -1)
    assert not due_backfill(height, tip, range(501, newest + 1))
    assert not due_backfill(height, 900, range(501, newest + 1))
    assert due_backfill(40_000, newest, range(501, newest + 1))


def test_whoever_is_first_to_backfill_is_asked_for_the_same_while_the_chain_grows() -> None:
    """R83: otherwise every block of the chain would begin another wait, and several would begin at once."""
    begins = {due_backfill(height, 500, range(0)).start for height in range(20_000, 20_000 + MAX_HEADERS)}
    assert len(begins) == 2


def test_a_gap_is_closed_by_headers_that_each_begin_with_one_the_store_knows() -> None:
    """R25: a store that knows its chain's last blocks only, and what was backfilled; gaps of any length."""
    for gap in (BLOCK_HASH_WINDOW, 10_000, 30_000):
        height, tip, known = 100 + gap, 100, range(0)
        while due := due_backfill(height, tip, known):
            assert due[0] in known or height + 1 - due[0] <= BLOCK_HASH_WINDOW
            assert list(due) == list(range(due[0], due[0] - len(due), -1))
            known = range(due[-1], max(known.stop, due[0] + 1))
            # Three blocks until it is mined and seen: the window moves on.
            height += 3
        assert known.start == tip + 1


def test_origin_checkpoints_are_reported_when_origin_calls_them_finalized() -> None:
    """R30."""
    origin, auxiliary = seen_chain(30, finalized=13), seen_chain(30)
    view, _, _ = make_view(auxiliary, origin)
    observed = view.state.origin
    assert list(due_origin_heights(origin, origin.finalized, 4, observed)) == [1, 2, 3]
    observed.reported[origin.blocks[8].hash] = 2
    assert list(due_origin_heights(origin, origin.finalized, 4, observed)) == [1, 3]


def test_a_long_gap_of_origin_checkpoints_is_jumped_over() -> None:
    origin = seen_chain(100, finalized=90)
    view, _, _ = make_view(seen_chain(5), origin)
    due = due_origin_heights(origin, origin.finalized, 4, view.state.origin)
    assert list(due) == list(range(23 - ORIGIN_REPORTS_PER_STEP, 23))


def test_the_first_in_turn_reports_the_blocks_and_sends_them_once() -> None:
    auxiliary = seen_chain(10)
    views = [make_view(auxiliary, seen_chain(3), position) for position in range(4)]
    for view, _, _ in views:
        Reporter(view).act()
        Reporter(view).act()
    sent = [(view, link) for view, link, _ in views if link.sent]
    assert len(sent) == 1
    (function, (headers,)) = calls_in(sent[0][1], sent[0][0].contracts.block_store)[0]
    assert function == "reportBlocks"
    assert [decode_header(one).number for one in headers] == list(range(1, 9))
    assert len(sent[0][1].sent) == 1


def grow(seen: Seen) -> None:
    longer = seen_chain(seen.height + 2)
    seen.append(longer.head.header, longer.head.hash)


def test_a_wait_goes_on_while_the_chain_grows_past_further_checkpoints() -> None:
    auxiliary = seen_chain(10)
    view, link, _ = next(
        made for made in (make_view(auxiliary, seen_chain(3), at) for at in range(4)) if made[0].turn_at(0) == 3
    )
    blocks = 0
    while not link.sent:
        Reporter(view).act()
        grow(auxiliary)
        blocks += 1
    assert blocks == 3 * STEP_IN_BLOCKS + 1


def test_another_steps_in_when_nothing_landed() -> None:
    """R83."""
    auxiliary = seen_chain(10)
    view, link, _ = next(
        made for made in (make_view(auxiliary, seen_chain(3), at) for at in range(4)) if made[0].turn_at(0) == 1
    )
    Reporter(view).act()
    assert not link.sent
    for _ in range(STEP_IN_BLOCKS - 1):
        grow(auxiliary)
        Reporter(view).act()
        assert not link.sent
    grow(auxiliary)
    Reporter(view).act()
    assert len(link.sent) == 1


def test_nothing_is_reported_twice() -> None:
    view, link, _ = make_view(seen_chain(10), seen_chain(10, finalized=4))
    view.state.apply(event("BlocksReported", first=1, last=8, tip=bytes(32)))
    view.state.origin.reported[view.origin.seen.blocks[4].hash] = 1
    Reporter(view).act()
    assert not link.sent
