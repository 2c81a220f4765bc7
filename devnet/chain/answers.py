"""What a node said since its head last moved.

Actors follow the same chain through links of their own and ask the same within a block: whoever asks first is
answered by the node, the others are told what it said. It lies behind the links: who is cut off, or sees another
node, is told nothing by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from devnet.chain.client import Call

STANDING: Final = frozenset({"eth_getBlockByNumber", "eth_getLogs", "eth_getTransactionCount", "eth_getBalance"})
"""Methods whose answers follow from the canonical blocks and the choice of head alone."""

MOST_ANSWERS: Final = 256
"""Answers that are kept; a network of ten actors needs fifty for a block."""

Ask = Callable[[Sequence[Call]], list[Any]]


class Answers:
    """Answers of one node. Any thread may read; one thread moves the head."""

    def __init__(self) -> None:
        self._known: dict[str, Any] | None = None

    def drop(self) -> None:
        """The head may move from now on: nothing is kept until it stands."""
        self._known = None

    def keep(self) -> None:
        """The head stands."""
        self._known = {}

    def read(self, calls: Sequence[Call], ask: Ask) -> list[Any]:
        """The results in order, of ``ask`` where none is known. Nobody may change them.

        What ``ask`` raises is raised.
        """
        # This very dict: an answer that was under way when the head moved is not kept.
        known = self._known
        if known is None:
            return ask(calls)
        keys = [repr((method, *params)) if method in STANDING else "" for method, params in calls]
        missing = [index for index, key in enumerate(keys) if key not in known]
        results = [known.get(key) for key in keys]
        for index, answer in zip(missing, ask([calls[index] for index in missing]) if missing else (), strict=True):
            results[index] = answer
            if keys[index] and len(known) < MOST_ANSWERS:
                known[keys[index]] = answer
        return results
