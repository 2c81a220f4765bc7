"""The interchange document of slashing protection, in the shape of EIP-3076.

Checkpoint heights stand for epochs, the core identifier for the genesis root, the validator's address for
the public key, the vote digest for the signing root. Two members are ours, optional, and ignored by others:
``source`` and ``transition`` of an attestation, without which R52 would be forgotten on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from devnet.errors import DevnetError
from devnet.types import Hash32, Json

FORMAT_VERSION: Final = "5"
"""The interchange version that is written and read."""

_HEIGHT_LIMIT: Final = 1 << 63


class InterchangeRefused(DevnetError):
    """An interchange document was not taken, not even in part."""


@dataclass(frozen=True, slots=True)
class Record:
    """One vote as a signing store remembers it."""

    validator: bytes
    """Who signed."""
    source_height: int
    """Source of the vote."""
    target_height: int
    """Target of the vote."""
    digest: Hash32 | None
    """What was signed; None if the other tool did not say, then it equals nothing."""
    source: Hash32 | None = None
    """Block hash of the source, for R52."""
    transition: Hash32 | None = None
    """Transition at the source, for R52."""


def write_interchange(core_id: bytes, records: Iterable[Record]) -> dict[str, Json]:
    """The document that holds these records, validators and heights ascending."""
    by_validator: dict[bytes, list[Json]] = {}
    for record in sorted(records, key=lambda one: (one.validator, one.target_height)):
        by_validator.setdefault(record.validator, []).append(_attestation(record))
    data: list[Json] = [
        {"pubkey": _text(validator), "signed_blocks": [], "signed_attestations": attestations}
        for validator, attestations in by_validator.items()
    ]
    metadata: dict[str, Json] = {
        "interchange_format_version": FORMAT_VERSION,
        "genesis_validators_root": _text(core_id),
    }
    return {"metadata": metadata, "data": data}


def read_interchange(core_id: bytes, document: Mapping[str, Any]) -> tuple[Record, ...]:
    """The records of a document; signed blocks are passed over, since Mosaic validators sign none.

    Raises InterchangeRefused if it is malformed, of another version or of another core.
    """
    metadata = _member(document, "metadata", dict)
    version = metadata.get("interchange_format_version")
    if version != FORMAT_VERSION:
        raise InterchangeRefused(f"interchange version must be {FORMAT_VERSION!r}, found {version!r}")
    root = _bytes(metadata, "genesis_validators_root")
    if root != core_id:
        raise InterchangeRefused(f"interchange must be of core {_text(core_id)}, is of {_text(root)}")
    return tuple(
        _record(_bytes(entry, "pubkey"), attestation)
        for entry in _member(document, "data", list)
        for attestation in _member(entry, "signed_attestations", list)
    )


def _record(validator: bytes, attestation: object) -> Record:
    return Record(
        validator,
        _height(attestation, "source_epoch"),
        _height(attestation, "target_epoch"),
        _hash(attestation, "signing_root"),
        _hash(attestation, "source"),
        _hash(attestation, "transition"),
    )


def _attestation(record: Record) -> dict[str, Json]:
    result: dict[str, Json] = {
        "source_epoch": str(record.source_height),
        "target_epoch": str(record.target_height),
    }
    optional = {"signing_root": record.digest, "source": record.source, "transition": record.transition}
    return result | {name: _text(value) for name, value in optional.items() if value is not None}


def _member(parent: object, name: str, kind: type) -> Any:
    if not isinstance(parent, Mapping):
        raise InterchangeRefused(f"interchange member around {name} must be an object, found {type(parent).__name__}")
    value = parent.get(name)
    if not isinstance(value, kind):
        raise InterchangeRefused(f"interchange member {name} must be a {kind.__name__}, found {type(value).__name__}")
    return value


def _height(parent: object, name: str) -> int:
    text = _member(parent, name, str)
    if not (text.isascii() and text.isdigit() and int(text) < _HEIGHT_LIMIT):
        raise InterchangeRefused(f"interchange member {name} must be a decimal string below 2**63, found {text!r}")
    return int(text)


def _bytes(parent: object, name: str) -> bytes:
    text = _member(parent, name, str)
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise InterchangeRefused(f"interchange member {name} must be 0x hex, found {text!r}") from error
    if not value or not text.startswith("0x"):
        raise InterchangeRefused(f"interchange member {name} must be 0x hex, found {text!r}")
    return value


def _hash(parent: object, name: str) -> Hash32 | None:
    if isinstance(parent, Mapping) and parent.get(name) is None:
        return None
    value = _bytes(parent, name)
    if len(value) != 32:
        raise InterchangeRefused(f"interchange member {name} must have 32 bytes, found {len(value)}")
    return value


def _text(value: bytes) -> str:
    return f"0x{value.hex()}"
