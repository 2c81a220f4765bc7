"""The way from an actor to a chain, and the one place where the network can lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Link(Protocol):
    """JSON-RPC calls to one chain, as one actor sees it.

    Calls raise ``RpcError`` for an error answer and ``TransportError`` when no usable answer came.
    """

    @property
    def chain(self) -> str:
        """Name of the chain at the other end."""

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of several calls in one round trip, in order; the first error is raised."""
