"""What happened in a run: an append-only record, read by checks afterwards."""

from devnet.history.event import Event
from devnet.history.history import History
from devnet.history.reading import REWOUND, HistoryView, Readable, effective

__all__ = ["REWOUND", "Event", "History", "HistoryView", "Readable", "effective"]
