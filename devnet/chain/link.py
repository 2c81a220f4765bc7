"""The way from an actor to a chain, and the one place where the network can lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from devnet.chain.block import MAIN
from devnet.chain.client import Call, HttpTransport
from devnet.chain.encoding import from_data, keccak, to_data
from devnet.chain.wait import pause
from devnet.config.network import ChainSpec
from devnet.errors import RpcError, TransportError

ATTEMPTS = 3
"""How often a call over HTTP is made before the chain counts as not answering."""

RETRY_PAUSE_S = 0.05
"""Pause before the second attempt, doubled before the third."""

SEND = "eth_sendRawTransaction"


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


@dataclass(slots=True)
class LinkPolicy:
    """How a link treats what passes; one object, shared by the link and by the faults that bend it."""

    view: str = MAIN
    """The view of the chain that answers."""
    cut: bool = False
    """Whether nothing passes."""
    affected: int = 0
    """Calls that a fault has touched so far: the proof that it took effect."""

    def is_bent(self) -> bool:
        """Whether calls get anything else than the chain's own view, at once and unchanged."""
        return self.cut or self.view != MAIN

    def admit(self, where: str) -> None:
        """Let a call pass, counting it if it is touched. Raises TransportError when the link is cut."""
        if self.is_bent():
            self.affected += 1
        if self.cut:
            raise TransportError(f"{where}: link is cut")


class AnsweringChain(Protocol):
    """The end of a direct link."""

    @property
    def spec(self) -> ChainSpec:
        """What chain it is."""

    def rpc(self, method: str, params: Sequence[object] = (), view: str = MAIN) -> Any:
        """One call as users of that view make it."""

    def rpc_batch(self, calls: Sequence[tuple[str, Sequence[object]]], view: str = MAIN) -> list[Any]:
        """Several calls, in order; the first error is raised."""


class DirectLink:
    """A link inside the World's process (lockstep): a call of the chain's front under a policy, open at first."""

    def __init__(self, chain: AnsweringChain, policy: LinkPolicy | None = None) -> None:
        self._chain = chain
        self.policy = policy or LinkPolicy()
        """May be exchanged or changed at any time."""

    @property
    def chain(self) -> str:
        """Name of the chain at the other end."""
        return self._chain.spec.name

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results in order; the first error is raised."""
        for _ in calls:
            self.policy.admit(self.chain)
        return self._chain.rpc_batch(calls, self.view)

    @property
    def view(self) -> str:
        """The view that answers now."""
        return self.policy.view


class HttpLink:
    """A link over HTTP to the path that the World serves for one actor and one chain (live).

    Makes each call up to three times. A transaction may therefore arrive twice: that it is known already
    then counts as sent.
    """

    def __init__(self, name: str, url: str, timeout_s: float = 5.0) -> None:
        self._name = name
        self._transport = HttpTransport(url, timeout_s=timeout_s)

    @property
    def chain(self) -> str:
        """Name of the chain at the other end."""
        return self._name

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results in order; the first error is raised."""
        for attempt in range(ATTEMPTS - 1):
            try:
                return self._once(calls, is_again=attempt > 0)
            except TransportError:
                pause(RETRY_PAUSE_S * 2**attempt)
        return self._once(calls, is_again=True)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def _once(self, calls: Sequence[Call], is_again: bool) -> list[Any]:
        try:
            return self._transport.batch(calls)
        except RpcError as error:
            if is_again and len(calls) == 1 and calls[0][0] == SEND and error.message == "already known":
                return [to_data(keccak(from_data(calls[0][1][0])))]
            raise
