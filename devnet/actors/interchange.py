"""The interchange document of slashing protection, in the shape of EIP-3076.

Checkpoint heights stand for epochs, the core identifier for the genesis root, the validator's address for
the public key, the vote digest for the signing root. One member per key is ours, optional, and ignored by
others: ``signed_transitions``, without which R52 would be forgotten on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
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
class SignedHeights:
    """One vote as a signing store remembers it."""

    validator: bytes
    """Who signed."""
    source: int
    """Checkpoint height of its source."""
    target: int
    """Checkpoint height of its target."""
    digest: Hash32 | None
    """What was signed; None if the other tool did not say, then it equals nothing."""

    def __str__(self) -> str:
        """The heights."""
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class SignedTransition:
    """Which transition was signed for a source (R52)."""

    validator: bytes
    """Who signed."""
    source: Hash32
    """Block hash of the source."""
    transition: Hash32
    """Hash of the transition at the source."""


@dataclass(frozen=True, slots=True)
class Interchange:
    """What one store tells another."""

    votes: tuple[SignedHeights, ...]
    """Votes, or what stands for them."""
    transitions: tuple[SignedTransition, ...]
    """At most one per validator and source, unless an offence was signed."""


def write_interchange(core_id: bytes, content: Interchange) -> dict[str, Json]:
    """The document, validators and heights ascending."""
    validators = sorted({vote.validator for vote in content.votes} | {one.validator for one in content.transitions})
    metadata: dict[str, Json] = {
        "interchange_format_version": FORMAT_VERSION,
        "genesis_validators_root": _text(core_id),
    }
    return {"metadata": metadata, "data": [_entry(content, validator) for validator in validators]}


def read_interchange(core_id: bytes, document: Mapping[str, Any]) -> Interchange:
    """The content of a document; signed blocks are passed over, since Mosaic validators sign none.

    Raises InterchangeRefused if it is malformed, of another version or of another core.
    """
    metadata = _member(document, "metadata", dict)
    version = metadata.get("interchange_format_version")
    if version != FORMAT_VERSION:
        raise InterchangeRefused(f"interchange version must be {FORMAT_VERSION!r}, found {version!r}")
    root = _bytes(metadata, "genesis_validators_root")
    if root != core_id:
        raise InterchangeRefused(f"interchange must be of core {_text(core_id)}, is of {_text(root)}")
    votes: list[SignedHeights] = []
    transitions: list[SignedTransition] = []
    for entry in _member(document, "data", list):
        validator = _bytes(entry, "pubkey")
        votes += [_vote(validator, one) for one in _member(entry, "signed_attestations", list)]
        if "signed_transitions" in entry:
            transitions += [_transition(validator, one) for one in _member(entry, "signed_transitions", list)]
    return Interchange(tuple(votes), tuple(transitions))


def _vote(validator: bytes, attestation: object) -> SignedHeights:
    root = None
    if isinstance(attestation, Mapping) and attestation.get("signing_root") is not None:
        root = _hash(attestation, "signing_root")
    return SignedHeights(validator, _height(attestation, "source_epoch"), _height(attestation, "target_epoch"), root)


def _transition(validator: bytes, entry: object) -> SignedTransition:
    return SignedTransition(validator, _hash(entry, "source"), _hash(entry, "transition"))


def _entry(content: Interchange, validator: bytes) -> Json:
    votes = sorted((vote for vote in content.votes if vote.validator == validator), key=lambda vote: vote.target)
    transitions = sorted((one.source, one.transition) for one in content.transitions if one.validator == validator)
    entry: dict[str, Json] = {
        "pubkey": _text(validator),
        "signed_blocks": [],
        "signed_attestations": [_attestation(vote) for vote in votes],
    }
    if transitions:
        entry["signed_transitions"] = [
            {"source": _text(source), "transition": _text(transition)} for source, transition in transitions
        ]
    return entry


def _attestation(vote: SignedHeights) -> Json:
    result: dict[str, Json] = {"source_epoch": str(vote.source), "target_epoch": str(vote.target)}
    return result if vote.digest is None else result | {"signing_root": _text(vote.digest)}


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


def _hash(parent: object, name: str) -> Hash32:
    value = _bytes(parent, name)
    if len(value) != 32:
        raise InterchangeRefused(f"interchange member {name} must have 32 bytes, found {len(value)}")
    return value


def _text(value: bytes) -> str:
    return f"0x{value.hex()}"
