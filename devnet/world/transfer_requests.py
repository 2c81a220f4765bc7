"""What the control API answers about transfers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from devnet.errors import UsageError
from devnet.mosaic.transfers import Direction
from devnet.world.asked import number, word
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


Answer: TypeAlias = Callable[[ControlledTransfers, Mapping[str, Any]], Mapping[str, Any]]
"""What a request of that name does."""

TRANSFER_REQUESTS: Final[Mapping[str, Answer]] = MappingProxyType(
    {"declare": _declare, "find": _find, "reveal": _reveal, "revert": _revert}
)
"""By the last part of the path, ``POST /transfers/<name>``."""
