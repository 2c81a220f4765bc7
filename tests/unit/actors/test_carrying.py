"""What a facilitator does about a message, over every status on both chains and every order of events (R63-R68)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest

from devnet.actors.boxes import Entry
from devnet.actors.carrying import (
    DECLARED,
    DECLARED_REVOCATION,
    FUNCTIONS,
    PATIENCE_BLOCKS,
    PROGRESSED,
    REVOKED,
    UNDECLARED,
    Due,
    Flight,
    Operation,
    Root,
    decide,
    decide_settlement,
)
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Direction

SECRET = b"\x5e" * 32
OUTBOX = (UNDECLARED, DECLARED, PROGRESSED, DECLARED_REVOCATION, REVOKED)
INBOX = (UNDECLARED, DECLARED, PROGRESSED, REVOKED)
BEFORE: dict[MessageStatus, tuple[MessageStatus, ...]] = {
    UNDECLARED: (),
    DECLARED: (DECLARED,),
    PROGRESSED: (DECLARED, PROGRESSED),
    DECLARED_REVOCATION: (DECLARED, DECLARED_REVOCATION),
    REVOKED: (DECLARED, DECLARED_REVOCATION, REVOKED),
}
"""The statuses that lead to one, itself included, in an outbox."""


def entry(status: MessageStatus, secret: bytes | None = None, is_inbox: bool = False) -> Entry:
    """A message that took every step one block after the other, from block 1 on."""
    steps = [one for one in BEFORE[status] if not (is_inbox and one is DECLARED_REVOCATION)]
    return Entry(tuple(enumerate(steps, start=1)), None, secret)


def roots(shown: MessageStatus | None, of: Entry) -> tuple[Root, ...]:
    """One root, of the last block in which the message had that status; none if it never had."""
    for block in range(9, 0, -1):
        if shown is not None and of.at(block) is shown:
            return (Root(block, block, bytes(32)),)
    return ()


def flight(
    outbox: MessageStatus,
    inbox: MessageStatus,
    source_shown: MessageStatus | None = None,
    target_shown: MessageStatus | None = None,
    secret: bytes | None = None,
    abandoned: bool = False,
) -> Flight:
    at_source, at_target = entry(outbox, secret), entry(inbox, is_inbox=True)
    height = at_target.first_block + PATIENCE_BLOCKS if abandoned else 3
    return Flight(at_source, at_target, roots(source_shown, at_source), roots(target_shown, at_target), height)


def legal(operation: Operation, outbox: MessageStatus, inbox: MessageStatus, shown: MessageStatus) -> bool:
    """Whether the contracts take it: the table of operations in the reference, line by line (R63)."""
    match operation:
        case Operation.CONFIRM:
            return inbox is UNDECLARED and shown is DECLARED
        case Operation.PROGRESS_SOURCE:
            return outbox is DECLARED
        case Operation.PROGRESS_TARGET:
            return inbox is DECLARED
        case Operation.PROGRESS_SOURCE_BY_PROOF:
            is_declared = outbox is DECLARED and shown in (DECLARED, PROGRESSED)
            return is_declared or (outbox is DECLARED_REVOCATION and shown is PROGRESSED)
        case Operation.PROGRESS_TARGET_BY_PROOF:
            return inbox is DECLARED and shown in (DECLARED, PROGRESSED)
        case Operation.CONFIRM_REVOCATION:
            return inbox is DECLARED and shown is DECLARED_REVOCATION
        case Operation.PROGRESS_REVOCATION:
            return outbox is DECLARED_REVOCATION and shown is REVOKED
        case Operation.SETTLE:
            return False  # only a halted core takes it


EVERYTHING = list(product(OUTBOX, INBOX, (None, *OUTBOX), (None, *INBOX), (None, SECRET), (False, True)))


def test_nothing_is_ever_sent_that_the_contracts_would_refuse() -> None:
    """Every status here and there, whatever the roots show, with and without the secret."""
    sent = 0
    for case in EVERYTHING:
        one = flight(*case)
        for due in decide(one):
            sent += 1
            assert legal(due.operation, one.outbox.status, one.inbox.status, due.status), (case, due)
            shown = one.inbox if due.operation.is_at_source(Direction.STAKE) else one.outbox
            assert due.root is None or shown.at(due.root.block) is due.status, (case, due)
            takes_secret = due.operation in (Operation.PROGRESS_SOURCE, Operation.PROGRESS_TARGET)
            assert (due.root is None) == takes_secret, (case, due)
            assert one.secret is not None or not takes_secret, (case, due)
    assert sent > 100


def test_a_secret_is_never_used_before_the_other_side_has_confirmed() -> None:
    """A source that progresses before it is shown Declared can never be confirmed (docs/adr/0009-gateway.md)."""
    for case in EVERYTHING:
        if case[1] is UNDECLARED:
            assert not [due for due in decide(flight(*case)) if due.operation is Operation.PROGRESS_SOURCE], case


def test_a_revocation_is_respected_even_where_an_older_root_would_let_it_progress() -> None:
    """J21: the root of before still shows Declared."""
    for target, abandoned in product((None, DECLARED), (False, True)):
        assert decide(flight(DECLARED_REVOCATION, DECLARED, DECLARED, target, None, abandoned)) == ()


def test_nobody_finishes_by_proof_what_its_sender_may_still_finish_or_take_back() -> None:
    """R68 is about abandoned messages: the sender has its time after the confirmation."""
    fresh = flight(DECLARED, DECLARED, DECLARED, DECLARED)
    last = replace(fresh, target_height=fresh.inbox.first_block + PATIENCE_BLOCKS - 1)
    assert decide(fresh) == decide(last) == ()
    found = decide(replace(last, target_height=last.target_height + 1))
    assert [due.operation for due in found] == [Operation.PROGRESS_SOURCE_BY_PROOF, Operation.PROGRESS_TARGET_BY_PROOF]


@pytest.mark.parametrize("inbox", [DECLARED, PROGRESSED], ids=lambda status: status.name.lower())
def test_no_time_is_left_to_a_sender_whose_message_progressed_elsewhere(inbox: MessageStatus) -> None:
    outbox = PROGRESSED if inbox is DECLARED else DECLARED
    (due,) = decide(flight(outbox, inbox, DECLARED, DECLARED))
    assert due.status is DECLARED
    assert due.operation.is_at_source(Direction.STAKE) == (inbox is PROGRESSED)


def test_the_newest_root_that_shows_it_is_taken() -> None:
    known = flight(DECLARED, UNDECLARED)
    three = tuple(Root(height, height * 4, bytes(32)) for height in (9, 8, 7))
    assert decide(replace(known, source_roots=three)) == (Due(Operation.CONFIRM, three[0], DECLARED),)
    later = replace(known, outbox=Entry(((30, DECLARED), (34, PROGRESSED))))
    assert decide(replace(later, source_roots=three)) == (Due(Operation.CONFIRM, three[1], DECLARED),)
    assert decide(replace(later, source_roots=three[2:])) == ()


def test_a_message_that_is_over_on_both_sides_asks_for_nothing() -> None:
    for status in (PROGRESSED, REVOKED):
        one = flight(status, status, DECLARED, DECLARED, SECRET, True)
        assert decide(one) == ()


def test_every_operation_of_both_directions_has_a_function_of_its_own() -> None:
    assert set(FUNCTIONS) == set(product(Direction, Operation))
    assert len(set(FUNCTIONS.values())) == len(FUNCTIONS)


SETTLED: dict[Direction, set[tuple[MessageStatus, MessageStatus]]] = {
    Direction.STAKE: set(product((DECLARED, DECLARED_REVOCATION), INBOX)),
    Direction.REDEEM: set(product((DECLARED, PROGRESSED, DECLARED_REVOCATION), (UNDECLARED, DECLARED))),
}
"""Outbox and inbox that anybody may settle: on origin as it is, on auxiliary as the last root shows it (R74)."""


@pytest.mark.parametrize("direction", Direction)
def test_after_a_halt_exactly_what_is_open_is_settled_by_what_the_last_root_shows(direction: Direction) -> None:
    is_stake = direction is Direction.STAKE
    for outbox, inbox in product(OUTBOX, INBOX):
        shown = inbox if is_stake else outbox
        last = Root(9, 36, bytes(32))
        one = Flight(entry(outbox), entry(inbox, is_inbox=True), (last,), (last,), 40)
        found = decide_settlement(direction, one, last_height=9)
        wanted = (Due(Operation.SETTLE, last, shown),) if (outbox, inbox) in SETTLED[direction] else ()
        assert found == wanted, (outbox, inbox)
        assert decide_settlement(direction, one, last_height=10) == ()
        assert decide_settlement(direction, replace(one, source_roots=(), target_roots=()), last_height=9) == ()


def test_what_auxiliary_did_after_the_last_root_does_not_count() -> None:
    early = (Root(0, 0, bytes(32)),)
    one = Flight(entry(DECLARED), entry(PROGRESSED, is_inbox=True), early, early, 40)
    (due,) = decide_settlement(Direction.STAKE, one, last_height=0)
    assert due.status is UNDECLARED
    assert decide_settlement(Direction.REDEEM, one, last_height=0) == ()


@dataclass(frozen=True)
class State:
    """Both boxes, and the oldest thing that each chain may still show of itself."""

    outbox: tuple[MessageStatus, ...] = (DECLARED,)
    inbox: tuple[MessageStatus, ...] = ()
    source_seen: frozenset[MessageStatus] = frozenset()
    target_seen: frozenset[MessageStatus] = frozenset()
    public: bool = False

    def flight(self, abandoned: bool) -> Flight:
        """With a root for every status that was ever shown, blocks numbered by status."""
        at_source = Entry(tuple(enumerate(self.outbox, start=1)), None, SECRET if self.public else None)
        at_target = Entry(tuple(enumerate(self.inbox, start=1)))
        return Flight(
            at_source,
            at_target,
            _shown(self.outbox, self.source_seen),
            _shown(self.inbox, self.target_seen),
            at_target.first_block + (PATIENCE_BLOCKS if abandoned else 0),
        )

    def after(self, due: Due) -> State:
        """What the contracts make of it."""
        here, there = self.outbox[-1], self.inbox[-1] if self.inbox else UNDECLARED
        assert legal(due.operation, here, there, due.status), (self, due)
        if due.operation in (Operation.PROGRESS_SOURCE, Operation.PROGRESS_SOURCE_BY_PROOF):
            return replace(self, outbox=(*self.outbox, PROGRESSED))
        if due.operation is Operation.PROGRESS_REVOCATION:
            return replace(self, outbox=(*self.outbox, REVOKED))
        new = {Operation.CONFIRM: DECLARED, Operation.CONFIRM_REVOCATION: REVOKED}.get(due.operation, PROGRESSED)
        return replace(self, inbox=(*self.inbox, new))

    def others(self) -> Iterator[State]:
        """What else may happen: a chain learns of the other, the sender reveals after the confirmation or revokes."""
        yield replace(self, source_seen=self.source_seen | {self.outbox[-1]})
        if self.inbox:
            yield replace(self, target_seen=self.target_seen | {self.inbox[-1]})
        if self.outbox[-1] is DECLARED and self.inbox:
            yield replace(self, outbox=(*self.outbox, PROGRESSED), public=True)
        if self.outbox[-1] is DECLARED and (self.inbox or DECLARED in self.source_seen):
            yield replace(self, outbox=(*self.outbox, DECLARED_REVOCATION))

    @property
    def ends(self) -> tuple[MessageStatus, MessageStatus]:
        return self.outbox[-1], self.inbox[-1] if self.inbox else UNDECLARED


def _shown(statuses: tuple[MessageStatus, ...], seen: frozenset[MessageStatus]) -> tuple[Root, ...]:
    blocks = [block for block, status in enumerate(statuses, start=1) if status in seen]
    return tuple(Root(block, block, bytes(32)) for block in reversed(blocks))


def reachable() -> set[State]:
    """Everything that can come of one declared message, in whatever order."""
    found, todo = {State()}, [State()]
    while todo:
        state = todo.pop()
        following = set(state.others())
        for abandoned in (False, True):
            following |= {state.after(due) for due in decide(state.flight(abandoned))}
        todo += following - found
        found |= following
    return found


def test_every_message_that_can_be_reached_ends_the_same_on_both_sides() -> None:
    """R65 and L4: never mixed, and never for ever in between, whatever the sender and time do."""
    states = reachable()
    assert len(states) > 50
    assert (PROGRESSED, REVOKED) not in {state.ends for state in states}
    assert (REVOKED, PROGRESSED) not in {state.ends for state in states}
    for begin in states:
        state = begin
        for _ in range(8):
            for learned in list(state.others())[: 1 + bool(state.inbox)]:
                state = replace(state, source_seen=learned.source_seen | state.source_seen)
                state = replace(state, target_seen=learned.target_seen | state.target_seen)
            for due in decide(state.flight(abandoned=True))[:1]:
                state = state.after(due)
        assert state.ends in ((PROGRESSED, PROGRESSED), (REVOKED, REVOKED)), (begin, state)
