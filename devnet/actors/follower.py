"""A watched chain with what its events amount to, kept in step with the branch that is being read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from devnet.actors.core_state import CoreState
from devnet.actors.watch import ChainWatch, Seen
from devnet.contracts.handle import DecodedEvent


class Fold(Protocol):
    """Something that events add up to."""

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order."""


FoldType = TypeVar("FoldType", bound=Fold)


class Follower(Generic[FoldType]):
    """One chain, read block by block, and the state that follows from it."""

    def __init__(self, watch: ChainWatch, fresh: Callable[[], FoldType]) -> None:
        self._watch = watch
        self._fresh = fresh
        self._applied = 0
        self._rollbacks = 0
        self.state = fresh()
        """What the events read so far amount to."""

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
        try:
            return self._watch.look()
        finally:
            # Also after a failure: blocks may have been forgotten before it.
            self._follow()

    def mark(self) -> Seen:
        """What was read, as ``rewind`` takes it."""
        return self.seen.copy()

    def rewind(self, mark: Seen) -> None:
        """Know exactly what the mark knows."""
        self._watch.seen = mark.copy()
        self._start_over()

    def _follow(self) -> None:
        if self.seen.rollbacks != self._rollbacks:
            self._start_over()
            return
        self.state.apply_all(self.seen.events[self._applied :])
        self._applied = len(self.seen.events)

    def _start_over(self) -> None:
        self.state = self._fresh()
        self.state.apply_all(self.seen.events)
        self._applied, self._rollbacks = len(self.seen.events), self.seen.rollbacks


class OriginState:
    """All cores of a network, as origin tells of them."""

    def __init__(self, auxiliaries: Iterable[str]) -> None:
        self.cores = {name: CoreState() for name in auxiliaries}
        """By auxiliary chain."""

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order, each for the core that its contract belongs to."""
        for event in events:
            self.cores[event.auxiliary].apply(event)
