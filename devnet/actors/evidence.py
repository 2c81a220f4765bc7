"""What a fisherman found, kept on disk before anything is sent: an offence seen once must not be lost with the process.

The votes may stand on a branch that nobody keeps, or in a transaction that is never mined.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devnet.actors.voter import vote_payload
from devnet.errors import EnvironmentFailure
from devnet.mosaic.offences import Offence
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address, Json


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two votes that cost a validator its stake."""

    auxiliary: str
    """Name of the auxiliary chain whose core judges them."""
    offence: Offence
    """What they prove."""
    first: SignedVote
    """One vote."""
    second: SignedVote
    """The other."""

    @property
    def validator(self) -> Address:
        """Who signed both."""
        return self.first.validator

    def arguments(self) -> tuple[object, ...]:
        """Arguments of ``slash``, the same on both chains."""
        return (
            self.first.vote.fields(),
            self.first.signature,
            self.second.vote.fields(),
            self.second.signature,
        )

    def payload(self) -> dict[str, Json]:
        """As the History and the file keep it."""
        return {
            "auxiliary": self.auxiliary,
            "offence": self.offence.value,
            "validator": "0x" + self.validator.hex(),
            "first": vote_payload(self.first),
            "second": vote_payload(self.second),
        }


class EvidenceStore:
    """A file of evidence, replaced as a whole; there is little of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.all: tuple[Evidence, ...] = tuple(_read(path))
        """Everything found so far, in the order it was found."""

    def add(self, evidence: Evidence) -> None:
        """Keep it; when this returns it is on disk. Raises EnvironmentFailure if the disk refuses."""
        self.restore((*self.all, evidence))

    def restore(self, evidence: tuple[Evidence, ...]) -> None:
        """Keep exactly this, as after a rewind."""
        if evidence == self.all:
            return
        unfinished = self._path.with_suffix(".new")
        try:
            with unfinished.open("w") as file:
                json.dump([one.payload() for one in evidence], file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
        except OSError as error:
            raise EnvironmentFailure(f"evidence cannot be kept in {self._path}: {error}") from error
        self.all = evidence


def _read(path: Path) -> list[Evidence]:
    try:
        rows = json.loads(path.read_text())
        return [
            Evidence(row["auxiliary"], Offence(row["offence"]), _vote(row["first"]), _vote(row["second"]))
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EnvironmentFailure(f"evidence in {path} cannot be read: {error}; remove it to start anew") from error


def _vote(row: dict[str, Any]) -> SignedVote:
    vote = Vote(
        core_id=_bytes(row["core_id"]),
        transition=_bytes(row["transition"]),
        source=_bytes(row["source"]),
        target=_bytes(row["target"]),
        source_height=row["source_height"],
        target_height=row["target_height"],
    )
    return SignedVote(vote, _bytes(row["validator"]), _bytes(row["signature"]))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
