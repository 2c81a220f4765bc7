"""What the control API answers about transfers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from devnet.errors import UsageError
from devnet.mosaic.transfers import Direction
from devnet.world.asked import number, word
from devnet.world.exits import Departure
from devnet.world.transfer_ends import GAS_LIMIT, GAS_PRICE, Wish

_MOST: Final = 2**256 - 1


class ControlledTransfers(Protocol):
    """Transfers of a running world."""

    def declare(self, wish: Wish) -> str:
        """Declare a message and return its hash."""

    def warnings(self) -> Sequence[str]:
        """What may keep it from ending."""

    def all(self) -> Sequence[Mapping[str, Any]]:
        """Every transfer."""

    def find(self, message: str) -> Mapping[str, Any]:
        """One transfer with every step."""

    def reveal(self, message: str) -> None:
        """End it at its source with the secret."""

    def revert(self, message: str) -> None:
        """Begin to take it back."""

    def exit(self, auxiliary: str, *, pair: str | None, sender: str | None) -> Departure:
        """Leave a halted core with what an account held."""

    def claim(self, message: str, *, sender: str | None) -> Departure:
        """End a message on a halted core."""

    def steps_in(self, transactions: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """What these did."""


def _declare(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        direction = Direction(word(asked, "direction") or "")
    except ValueError as error:
        raise UsageError(f"direction must be stake or redeem, found {asked.get('direction')!r}") from error
    wish = Wish(
        direction,
        word(asked, "auxiliary") or "",
        number(asked, "amount", 0, _MOST),
        word(asked, "pair"),
        word(asked, "sender"),
        word(asked, "beneficiary"),
        number(asked, "gas_price", 0, _MOST, GAS_PRICE),
        number(asked, "gas_limit", 0, _MOST, GAS_LIMIT),
        word(asked, "through"),
    )
    return {"message": transfers.declare(wish), "warnings": list(transfers.warnings())}


def _find(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return transfers.find(word(asked, "message") or "")


def _reveal(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    transfers.reveal(word(asked, "message") or "")
    return {}


def _revert(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    transfers.revert(word(asked, "message") or "")
    return {}


def _exit(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    auxiliary, pair, sender = (word(asked, name) for name in ("auxiliary", "pair", "sender"))
    return _told(transfers.exit(auxiliary or "", pair=pair, sender=sender))


def _claim(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return _told(transfers.claim(word(asked, "message") or "", sender=word(asked, "sender")))


def _told(departure: Departure) -> Mapping[str, Any]:
    return asdict(departure) | {"amount_wei": str(departure.amount_wei)}


def _steps(transfers: ControlledTransfers, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    transactions = asked.get("transactions")
    if not isinstance(transactions, list) or not all(isinstance(one, str) for one in transactions):
        raise UsageError(f"transactions must be a list of hashes, found {transactions!r}")
    return {"steps": list(transfers.steps_in(transactions))}


Answer: TypeAlias = Callable[[ControlledTransfers, Mapping[str, Any]], Mapping[str, Any]]
"""What a request of that name does."""

TRANSFER_REQUESTS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "declare": _declare,
        "find": _find,
        "reveal": _reveal,
        "revert": _revert,
        "exit": _exit,
        "claim": _claim,
        "steps": _steps,
    }
)
"""By the last part of the path, ``POST /transfers/<name>``."""
