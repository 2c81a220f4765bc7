"""Follows one transfer to its end, doing on the way what only its sender can do: the same in a test and for the CLI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from devnet.errors import ChainError


class FollowedTransfers(Protocol):
    """A world's transfers, or the control API in front of them."""

    def find(self, message: str) -> Mapping[str, Any]:
        """One transfer with every step so far."""

    def reveal(self, message: str) -> None:
        """End it at its source with the secret."""

    def revert(self, message: str) -> None:
        """Begin to take it back."""


class Following:
    """One transfer in flight. Asked again and again by ``look``; it never waits."""

    def __init__(self, transfers: FollowedTransfers, message: str, revert: bool = False, acts: bool = True) -> None:
        self._transfers = transfers
        self._message = message
        self._revert = revert
        self._has_acted = not acts
        self._told: frozenset[tuple[Any, ...]] = frozenset()
        self.row: Mapping[str, Any] = {}
        """The transfer as it was seen last."""

    @property
    def is_declared(self) -> bool:
        """Whether a block has the declaration. Raises ChainError if the gateway refused it."""
        if self.row.get("refused"):
            raise ChainError(
                f"{self.row['source']} refused the declaration of {self._message}: the account's tokens, its bounty or"
                " its last message changed meanwhile; try again"
            )
        return bool(self.row) and self.row["outbox"] != "undeclared"

    @property
    def is_over(self) -> bool:
        """Whether it has ended on both sides."""
        return bool(self.row) and bool(self.row["over"])

    def look(self) -> list[Mapping[str, Any]]:
        """Ask once, do what has to be done, and tell the steps that are new."""
        self.row = self._transfers.find(self._message)
        is_due = (self.row["outbox"], self.row["inbox"]) == ("declared", "declared") and not self.row["halted"]
        if is_due and self.row["own"] and not self._has_acted:
            # Once: what is lost with a reorganisation is finished by proof, and so is what a stranger declared.
            self._has_acted = True
            (self._transfers.revert if self._revert else self._transfers.reveal)(self._message)
        steps = self.row["steps"]
        # A reorganisation may take steps back, which are told again when they come again, and change their order.
        places = [(step["step"], step["chain"], step["block"]) for step in steps]
        new = [step for step, place in zip(steps, places, strict=True) if place not in self._told]
        self._told = frozenset(places)
        return new
