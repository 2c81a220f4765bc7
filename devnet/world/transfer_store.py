"""The secrets of transfers that were declared here, on disk before the declaration leaves (R62)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from devnet.artifacts.private_files import make_private, write_private
from devnet.config.network import Key
from devnet.contracts.handle import as_json
from devnet.errors import EnvironmentFailure
from devnet.mosaic.keccak import keccak, uint_word
from devnet.mosaic.transfers import Direction, Ends, Transfer, parse_hex
from devnet.types import Hash32

_DOMAIN = b"mosaic-devnet secret of a transfer\0"


def secret_of(key: Key, direction: Direction, ends: Ends, nonce: int) -> Hash32:
    """The secret of an account's transfer with that nonce: nobody else can compute it, and it cannot be lost.

    It names both ends, so that no two messages share a secret (J18).
    """
    chains = uint_word(ends.origin_chain_id) + uint_word(ends.auxiliary_chain_id)
    return keccak(
        _DOMAIN + key.secret + direction.value.encode() + chains + ends.gateway + ends.co_gateway + uint_word(nonce)
    )


@dataclass(frozen=True, slots=True)
class Declaration:
    """A transfer that was declared here."""

    direction: Direction
    """Which way."""
    pair: str
    """Name of the pair."""
    transfer: Transfer
    """The transfer."""
    secret: Hash32
    """Opens its lock."""
    transaction: Hash32 | None = None
    """The transaction that declares it, once it was sent."""

    def as_json(self) -> str:
        """As the file holds it."""
        return json.dumps(
            {
                "direction": self.direction.value,
                "pair": self.pair,
                "transfer": self.transfer.as_json(),
                "secret": as_json(self.secret),
                "transaction": as_json(self.transaction),
            },
            indent=2,
        )

    @staticmethod
    def of(text: str) -> Declaration:
        """The reverse of ``as_json``. Raises ValueError or KeyError for anything else."""
        found = json.loads(text)
        transaction = found["transaction"]
        return Declaration(
            Direction(found["direction"]),
            str(found["pair"]),
            Transfer.of_json(found["transfer"]),
            parse_hex(found["secret"]),
            None if transaction is None else parse_hex(transaction),
        )

    def sent_in(self, transaction: Hash32) -> Declaration:
        """The same, declared by that transaction."""
        return replace(self, transaction=transaction)


class TransferStore:
    """One file of mode 0600 per transfer, named after the message."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def save(self, message: Hash32, declaration: Declaration) -> None:
        """Write it, or write it anew; on disk when this returns. Raises EnvironmentFailure."""
        make_private(self._directory)
        write_private(self._path(message), declaration.as_json())

    def load(self, message: Hash32) -> Declaration | None:
        """What was declared here under that hash; None if nothing was. Raises EnvironmentFailure for a damaged file."""
        path = self._path(message)
        try:
            return Declaration.of(path.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EnvironmentFailure(f"cannot read {path}: {error}") from error

    def _path(self, message: Hash32) -> Path:
        return self._directory / f"{message.hex()}.json"
