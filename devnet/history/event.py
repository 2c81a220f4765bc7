"""One thing that happened in a run, and its canonical form."""

from __future__ import annotations

import json
from dataclasses import dataclass

from devnet.errors import UsageError
from devnet.types import Json


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a History. Never changed once written."""

    run: str
    """Id of the run; not part of the digest."""
    sequence: int
    """Position in the History, from 1, without gaps."""
    time: int
    """Virtual time in seconds."""
    chain: str | None
    """Name of the chain it concerns, if one."""
    block: int | None
    """Number of the block it happened in, if one."""
    actor: str | None
    """Name of the actor that did it, if one."""
    kind: str
    """What happened, in CamelCase: ``VoteCast``, ``BlockProduced``."""
    payload: dict[str, Json]
    """Everything else; bytes as 0x strings, large integers as decimal strings."""

    def canonical(self) -> bytes:
        """The bytes that the digest covers: JSON with sorted keys and integers as decimal strings."""
        document: dict[str, Json] = {
            "sequence": self.sequence,
            "time": self.time,
            "chain": self.chain,
            "block": self.block,
            "actor": self.actor,
            "kind": self.kind,
            "payload": self.payload,
        }
        return json.dumps(_stringed(document), sort_keys=True, separators=(",", ":")).encode()


def payload_text(kind: str, payload: dict[str, Json]) -> str:
    """A payload as it is stored.

    Raises UsageError for what cannot be repeated exactly: floats, bytes, objects, keys that are no strings.
    """
    _refuse_inexact(kind, payload, "payload")
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _refuse_inexact(kind: str, value: object, path: str) -> None:
    if value is None or isinstance(value, (bool, int, str)):
        return
    if isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str):
                raise UsageError(f"event {kind}: {path} has the key {key!r}, expected text")
            _refuse_inexact(kind, entry, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            _refuse_inexact(kind, entry, f"{path}[{index}]")
    else:
        hint = (
            "write bytes as a 0x string" if isinstance(value, (bytes, bytearray)) else "write it as an integer or text"
        )
        raise UsageError(f"event {kind}: {path} is a {type(value).__name__}, which has no exact JSON form; {hint}")


def _stringed(value: Json) -> Json:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return {key: _stringed(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_stringed(entry) for entry in value]
    return value
