"""A watched chain with what its events amount to, kept in step with the branch that is being read.

Only the newest blocks are kept in full, with their events. What the events before them amount to is the base: a
state that is only ever replaced, from which the present one follows by the events that are kept. So a reorg among
these blocks is undone exactly, and one that goes deeper begins at block 0 again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, Generic, Protocol, TypeVar

from devnet.actors.boxes import Boxes
from devnet.actors.core_state import CoreState
from devnet.actors.watch import ChainWatch, Seen
from devnet.config.network import BLOCKS_KEPT
from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.headers import Header

_PARTS = 4
"""The base moves up once it lags behind by a quarter more than the blocks that are kept: moving it means copying it."""


class Fold(Protocol):
    """Something that events add up to."""

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order."""


FoldType = TypeVar("FoldType", bound=Fold)


@dataclass(frozen=True, slots=True)
class FollowerMark(Generic[FoldType]):
    """What a follower knew; nothing in it is ever changed."""

    seen: Seen
    """The branch as read."""
    base: FoldType
    """What the events amount to that are not kept."""
    state: FoldType
    """What all events amount to."""
    taken: int | None
    """Events taken by a reader."""


class Follower(Generic[FoldType]):
    """One chain, read block by block, and the state that follows from it."""

    def __init__(self, watch: ChainWatch, fresh: Callable[[], FoldType], blocks_kept: int = BLOCKS_KEPT) -> None:
        self._watch = watch
        self._fresh = fresh
        self._blocks_kept = blocks_kept
        self._applied = 0
        self._rollbacks = 0
        self._base = fresh()
        self._taken: int | None = None
        self.state = fresh()
        """What the events read so far amount to."""
        self.began_again = False
        """Whether the last look had to begin at block 0 again, below what was forgotten."""

    @property
    def chain(self) -> str:
        """Name of the chain."""
        return self._watch.chain

    @property
    def seen(self) -> Seen:
        """The branch read so far."""
        return self._watch.seen

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read than one look reads."""
        return self._watch.is_behind

    def look(self) -> bool:
        """Read what is new; returns whether anything changed. Raises TransportError like ``ChainWatch.look``."""
        dropped = self.seen.dropped
        try:
            return self._watch.look()
        finally:
            # Also after a failure: blocks may have been forgotten before it.
            self.began_again = self.seen.dropped < dropped
            self._follow()

    def begin_again(self) -> None:
        """Forget everything: the next look begins at block 0."""
        self.seen.forget_above(-1)
        self._follow()

    def header(self, number: int) -> Header:
        """The header of a block that was read, however old. Raises TransportError like ``ChainWatch.header``."""
        return self._watch.header(number)

    def begin_taking(self) -> None:
        """From now on there is a reader: no event is forgotten before it took it."""
        self._taken = 0

    def untaken(self) -> list[DecodedEvent]:
        """The events that the reader has not taken; after a rollback all that are kept, of the branch read now."""
        return self.seen.events[max(0, (self._taken or 0) - self.seen.dropped) :]

    def take(self) -> None:
        """Take note that the reader has taken every event so far."""
        self._taken = self.seen.told

    def forget(self) -> None:
        """Let go of what lies far behind; to be called between steps, for it costs a copy of the base now and then."""
        seen = self.seen
        lowest = seen.height + 1 - self._blocks_kept
        is_late = lowest - seen.blocks.first >= max(1, self._blocks_kept // _PARTS)
        if not is_late or (self._taken is not None and self._taken < seen.told):
            return
        base = twin(self._base)
        base.apply_all(seen.forget_below(lowest))
        self._base = base

    def amend(self, change: Callable[[FoldType], None]) -> None:
        """Change the state, and the base that a reorg goes back to, in the same way; costs a copy of the base.

        Only for what all events amount to that are not kept: others are applied again after a reorg. What was
        changed on several chains at once asks for ``begin_together``.
        """
        base = twin(self._base)
        change(base)
        self._base = base
        change(self.state)

    def mark(self) -> FollowerMark[FoldType]:
        """What was read, as ``rewind`` takes it."""
        return FollowerMark(self.seen.copy(), self._base, twin(self.state), self._taken)

    def rewind(self, mark: FollowerMark[FoldType]) -> None:
        """Know exactly what the mark knows."""
        self._watch.seen, self._base = mark.seen.copy(), mark.base
        if self._taken is not None:
            # A mark of somebody who takes no events: then all that are kept are new.
            self._taken = mark.seen.dropped if mark.taken is None else mark.taken
        self.state = twin(mark.state)
        self._applied, self._rollbacks = mark.seen.told, mark.seen.rollbacks

    def _follow(self) -> None:
        if self.seen.rollbacks != self._rollbacks:
            if self.seen.dropped == 0:
                self._base = self._fresh()
            if self._taken is not None:
                self._taken = self.seen.dropped
            self._start_over()
            return
        self.state.apply_all(self.seen.events[self._applied - self.seen.dropped :])
        self._applied = self.seen.told

    def _start_over(self) -> None:
        self.state = twin(self._base)
        self.state.apply_all(self.seen.events)
        self._applied, self._rollbacks = self.seen.told, self.seen.rollbacks


class Followed(Protocol):
    """A follower, whatever its chain's events add up to."""

    @property
    def began_again(self) -> bool:
        """See ``Follower``."""

    def begin_again(self) -> None:
        """See ``Follower``."""


def begin_together(followers: Sequence[Followed]) -> bool:
    """Let all begin again where one did in its last look; whether they have to look once more.

    That one knows again what it had forgotten, and the others would take it for news that concerns nobody else.
    """
    is_due = any(follower.began_again for follower in followers)
    for follower in followers:
        if is_due and not follower.began_again:
            follower.begin_again()
    return is_due


class OriginState:
    """All cores and gateways of a network, as origin tells of them."""

    def __init__(self, auxiliaries: Iterable[str]) -> None:
        self.cores = {name: CoreState() for name in auxiliaries}
        """By auxiliary chain."""
        self.boxes: dict[str, Boxes] = {}
        """Of every Gateway that is followed and has any message, by pair."""

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order, each for the core or the pair that its contract belongs to."""
        for event in events:
            if event.pair:
                self.boxes.setdefault(event.pair, Boxes()).apply(event)
            else:
                self.cores[event.auxiliary].apply(event)


Copied = TypeVar("Copied")


def twin(value: Copied) -> Copied:
    """A copy that changes apart from the original: containers and objects are copied, what cannot change is shared."""
    return _twin(value)  # type: ignore[no-any-return]


def _twin(value: Any) -> Any:
    match value:
        case bytes() | int() | str() | None | tuple() | frozenset() | range():
            return value
        case dict():
            return {key: _twin(item) for key, item in value.items()}
        case list() | set():
            return type(value)(_twin(item) for item in value)
    if is_dataclass(value) and getattr(type(value), "__dataclass_params__").frozen:  # noqa: B009
        return value
    other = copy.copy(value)
    for name in _names(value):
        setattr(other, name, _twin(getattr(value, name)))
    return other


def _names(value: object) -> tuple[str, ...]:
    slots = tuple(name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ()))
    return slots + tuple(getattr(value, "__dict__", ()))
