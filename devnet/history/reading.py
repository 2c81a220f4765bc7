"""Reading a History: what checks get, whether the run goes on or ended long ago."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devnet.history.event import Event

REWOUND = "Rewound"
"""Kind of the event that undoes every event after sequence ``payload["to"]``."""


class Readable(Protocol):
    """Events in order; the only thing a check may look at besides the Devnet."""

    def events(self, kind: str | None = None, after: int = 0) -> list[Event]:
        """Events with a sequence above ``after``, of one kind or of all, by sequence."""

    def effective_events(self, kind: str | None = None) -> list[Event]:
        """Events that no later ``Rewound`` undid, of one kind or of all, by sequence."""


class HistoryView:
    """A fixed run of events: a prefix of a History, or a history made by hand."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = tuple(events)
        self._effective = effective(self._events)

    def events(self, kind: str | None = None, after: int = 0) -> list[Event]:
        """See ``Readable``."""
        return [event for event in self._events if event.sequence > after and kind in (None, event.kind)]

    def effective_events(self, kind: str | None = None) -> list[Event]:
        """See ``Readable``."""
        return [event for event in self._effective if kind in (None, event.kind)]


class Effective:
    """The events that still count, kept up to date as events are added in order.

    ``Rewound{to}`` undoes what came after ``to`` and before itself; it stays to be seen, unless a later one
    goes back further.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        """What counts now, by sequence."""
        self.last = 0
        """Every event up to this sequence is accounted for."""

    def add(self, event: Event) -> None:
        """Take the next event."""
        if event.kind == REWOUND:
            to = _rewound_to(event)
            while self.events and self.events[-1].sequence > to:
                self.events.pop()
        self.events.append(event)
        self.last = event.sequence


def effective(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events that still count after every ``Rewound`` among them."""
    state = Effective()
    for event in events:
        state.add(event)
    return tuple(state.events)


def _rewound_to(event: Event) -> int:
    to = event.payload.get("to")
    if isinstance(to, str) and to.isdecimal():
        to = int(to)
    if isinstance(to, bool) or not isinstance(to, int) or not 0 <= to < event.sequence:
        raise ValueError(f"event {event.sequence} Rewound: expected 'to' as an earlier sequence, found {to!r}")
    return to
