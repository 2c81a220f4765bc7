"""The state follows the branch that is read, also when a look fails half-way."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from devnet.actors.auxiliary_state import Observed
from devnet.actors.follower import Follower, begin_together, twin
from devnet.actors.watch import ChainWatch
from devnet.contracts.handle import DecodedEvent
from devnet.errors import RpcError, TransportError
from devnet.mosaic.finality import Checkpoint
from tests.unit.actors.fakes import make_vote, signed
from tests.unit.actors.nodes import FakeLink, chain_of
from tests.unit.actors.noted import STORE, log


class Sum:
    """A fold that shows what was applied, and in which order."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        self.values += [event.args["value"] for event in events]


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


KEPT = 8


def long_followed(length: int = 30) -> tuple[FakeLink, Follower[Sum]]:
    """A follower that keeps 8 blocks, after as many as given, each with an event that names it."""
    link = FakeLink(chain_of(length))
    link.logs = [log(link, number, number) for number in range(1, length)]
    follower = Follower(ChainWatch(link, [STORE]), Sum, KEPT)
    follower.look()
    follower.forget()
    return link, follower


def fork(link: FakeLink, at: int, length: int) -> None:
    """Another branch from that block on, with events of other values."""
    link.headers = chain_of(length, b"other", base=link.headers[:at])
    link.logs = [log(link, number, number if number < at else 100 + number) for number in range(1, length)]


def test_blocks_far_behind_are_let_go_of_and_the_state_stays() -> None:
    link, follower = long_followed()
    assert follower.seen.blocks.first == 30 - KEPT
    assert [event.block_number for event in follower.seen.events] == list(range(30 - KEPT, 30))
    assert follower.state.values == list(range(1, 30))
    link.headers = chain_of(31, base=link.headers)
    link.logs.append(log(link, 30, 30))
    follower.look()
    assert follower.state.values == list(range(1, 31))


def test_a_few_blocks_too_many_are_not_worth_a_copy() -> None:
    _, follower = long_followed(KEPT + 1)
    assert follower.seen.blocks.first == 0


@pytest.mark.parametrize("at", [29, 25, 22], ids=lambda at: f"fork at {at}")
def test_a_reorg_among_the_blocks_kept_is_undone_exactly(at: int) -> None:
    link, follower = long_followed()
    fork(link, at, 32)
    follower.look()
    assert follower.state.values == [*range(1, at), *range(100 + at, 132)]
    assert follower.seen.blocks.first == 22


@pytest.mark.parametrize("at", [1, 10, 21], ids=lambda at: f"fork at {at}")
def test_a_deeper_reorg_begins_at_block_0_again(at: int) -> None:
    link, follower = long_followed()
    fork(link, at, 32)
    follower.look()
    assert follower.state.values == [*range(1, at), *range(100 + at, 132)]
    assert follower.seen.blocks.first == 0


def test_a_header_let_go_of_is_read_again() -> None:
    link, follower = long_followed()
    assert follower.header(3) == link.headers[3]
    assert follower.header(29) == link.headers[29]
    fork(link, 2, 30)
    with pytest.raises(TransportError, match="block 3 is not the one that was read before"):
        follower.header(3)


def test_nothing_is_forgotten_before_its_reader_took_it() -> None:
    link, follower = long_followed(5)
    follower.begin_taking()
    link.headers = chain_of(30, base=link.headers)
    link.logs = [log(link, number, number) for number in range(1, 30)]
    follower.look()
    follower.forget()
    assert [event.args["value"] for event in follower.untaken()] == list(range(1, 30))
    follower.take()
    follower.forget()
    assert follower.seen.blocks.first == 30 - KEPT
    assert follower.untaken() == []
    fork(link, 25, 32)
    follower.look()
    assert [event.args["value"] for event in follower.untaken()] == [22, 23, 24, *range(125, 132)]


def test_a_mark_is_reached_from_before_and_after_its_blocks_were_let_go_of() -> None:
    link = FakeLink(chain_of(9))
    link.logs = [log(link, number, number) for number in range(1, 9)]
    follower = Follower(ChainWatch(link, [STORE]), Sum, KEPT)
    follower.look()
    marks = [follower.mark()]
    before = [list(link.headers)]
    link.headers = chain_of(30, base=link.headers)
    link.logs = [log(link, number, number) for number in range(1, 30)]
    follower.look()
    follower.forget()
    marks.append(follower.mark())
    before.append(list(link.headers))
    for which, length in ((0, 9), (1, 30), (0, 9)):
        follower.rewind(marks[which])
        link.headers = before[which]
        assert follower.state.values == list(range(1, length))
        assert not follower.look()


def test_a_twin_of_a_state_changes_apart_from_it() -> None:
    observed = Observed(Checkpoint(b"\x01" * 32, 0))
    vote = make_vote(0, 1)
    observed.links[vote.source, vote.target] = [signed(vote, b"\x02" * 20)]
    other = twin(observed)
    assert other == observed
    other.links[vote.source, vote.target].append(signed(vote, b"\x03" * 20))
    other.justified[b"\x04" * 32] = 1
    assert len(observed.links[vote.source, vote.target]) == 1
    assert len(observed.justified) == 1


def test_what_was_amended_stays_so_after_a_reorg_and_not_in_an_older_mark() -> None:
    link, follower = long_followed()
    mark, before = follower.mark(), list(link.headers)
    follower.amend(lambda state: state.values.remove(2))
    assert follower.state.values == [1, *range(3, 30)]
    fork(link, 25, 32)
    follower.look()
    assert follower.state.values == [1, *range(3, 25), *range(125, 132)]
    follower.rewind(mark)
    link.headers = before
    assert follower.state.values == list(range(1, 30))


def test_what_was_forgotten_at_both_ends_is_known_again_at_both_after_a_deep_reorg() -> None:
    """R68: a message that only one end knows of would be taken for one that is still to be confirmed."""
    (first, one), (_, other) = ends = long_followed(), long_followed()
    for _, follower in ends:
        follower.amend(lambda state: state.values.remove(2))
    fork(first, 21, 32)
    for _, follower in ends:
        follower.look()
    assert one.state.values == [*range(1, 21), *range(121, 132)]
    assert begin_together([one, other])
    for _, follower in ends:
        follower.look()
    assert one.state.values == [*range(1, 21), *range(121, 132)]
    assert other.state.values == list(range(1, 30))
    assert not begin_together([one, other])


@pytest.mark.parametrize(("kept", "at"), [(KEPT, 25), (40, 3)], ids=["among the blocks kept", "on a young chain"])
def test_after_a_reorg_of_what_is_kept_nobody_begins_again(kept: int, at: int) -> None:
    link = FakeLink(chain_of(30))
    link.logs = [log(link, number, number) for number in range(1, 30)]
    follower = Follower(ChainWatch(link, [STORE]), Sum, kept)
    follower.look()
    follower.forget()
    fork(link, at, 32)
    follower.look()
    assert not begin_together([follower])
