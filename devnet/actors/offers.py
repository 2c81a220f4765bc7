"""What a sender hands to a facilitator off chain: its signed transfer, and later the secret (R62, R67)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devnet.errors import UsageError
from devnet.mosaic.transfers import Direction, Transfer, parse_hex
from devnet.types import Hash32, Json


@dataclass(frozen=True, slots=True)
class Offer:
    """A transfer with its sender's signature: whoever has it may declare it, and locks the bounty (R67).

    It stays good until another message of that nonce is declared.
    """

    direction: Direction
    """Which way."""
    pair: str
    """Name of the pair."""
    transfer: Transfer
    """What was signed."""
    signature: bytes
    """The sender's, of the message under the core's domain (R2, R62)."""

    def as_json(self) -> dict[str, Json]:
        """As it travels."""
        return _head(self.direction, self.pair, self.transfer) | {"signature": "0x" + self.signature.hex()}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The secret of a transfer, for the facilitator that declared it, so that it gets its bounty back."""

    direction: Direction
    """Which way."""
    pair: str
    """Name of the pair."""
    transfer: Transfer
    """Whose lock it opens."""
    secret: Hash32
    """Opens it."""

    def as_json(self) -> dict[str, Json]:
        """As it travels."""
        return _head(self.direction, self.pair, self.transfer) | {"secret": "0x" + self.secret.hex()}


def parse_handed(told: Mapping[str, Any]) -> Offer | Disclosure:
    """What was handed over. Raises UsageError if it is neither."""
    try:
        direction, pair = Direction(told["direction"]), str(told["pair"])
        transfer = Transfer.of_json(told["transfer"])
        if "secret" in told:
            return Disclosure(direction, pair, transfer, parse_hex(told["secret"]))
        return Offer(direction, pair, transfer, parse_hex(told["signature"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"expected a signed transfer or its secret, found something else: {error!r}"[:200]) from error


def _head(direction: Direction, pair: str, transfer: Transfer) -> dict[str, Json]:
    return {"direction": direction.value, "pair": pair, "transfer": transfer.as_json()}
