"""Votes as a History holds them, and the offences among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from devnet.checks.base import HistoryInsufficient
from devnet.config.network import ActorSpec, Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier, split_identifier
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Domain, InvalidSignature, SignedVote, Vote, recover
from devnet.types import Address

REFUSED = "VoteRefused"
"""Names a vote by its digest only; the vote itself stands in the transaction's calldata."""
DEVIATED = "BehaviourTook"
"""Carries the votes that a deviating validator sent, and the views it sent them to."""
PUBLIC_KINDS = ("VoteCast", "ConflictingVote", REFUSED, DEVIATED)
"""Votes that anybody could read on an auxiliary chain, in a block or waiting for one."""
SIGNED_KINDS = ("VoteSigned", *PUBLIC_KINDS)
"""Every vote known to have been signed."""

Subject: TypeAlias = tuple[str, bytes, Address]
"""Auxiliary, core id, validator: only votes of one subject can be an offence (R2, R55)."""


@dataclass(frozen=True, slots=True)
class RecordedVote:
    """One signed vote and the event that recorded it."""

    auxiliary: str
    """The auxiliary whose core's domain it was signed under."""
    signed: SignedVote
    """The vote."""
    event: Event
    """Where it was recorded first."""

    @property
    def subject(self) -> Subject:
        """Whose vote about what it is."""
        return self.auxiliary, self.signed.vote.core_id, self.signed.validator


@dataclass(frozen=True, slots=True)
class Pair:
    """Two votes that are an offence."""

    first: RecordedVote
    """The one recorded earlier."""
    second: RecordedVote
    """The one that made it an offence."""
    offence: Offence
    """Which."""


def recorded_votes(history: Readable, kinds: Sequence[str]) -> list[RecordedVote]:
    """Every distinct vote of those kinds of events, in the order of first being recorded.

    What a refused vote says is known from the record of its being signed; one that no actor of the network
    recorded stays unknown.
    """
    found: dict[tuple[Subject, Vote], RecordedVote] = {}
    signed: dict[str, RecordedVote] = {}
    for event in history.effective_events():
        if event.kind == "VoteSigned":
            signed.setdefault(str(event.payload["digest"]), _recorded(event))
        if event.kind not in kinds:
            continue
        for vote in _votes_of(event, signed):
            found.setdefault((vote.subject, vote.signed.vote), vote)
    return list(found.values())


def _votes_of(event: Event, signed: Mapping[str, RecordedVote]) -> Iterator[RecordedVote]:
    if event.kind == REFUSED:
        vote = signed.get(str(event.payload["digest"]))
        if vote is not None:
            yield replace(vote, event=event)
    elif event.kind == DEVIATED:
        votes: Any = event.payload.get("votes", [])
        for payload in votes:
            yield replace(_recorded(replace(event, payload=payload)), event=event)
    else:
        yield _recorded(event)


def by_subject(votes: Iterable[RecordedVote]) -> dict[Subject, list[RecordedVote]]:
    """Votes that can offend against each other, together."""
    groups: dict[Subject, list[RecordedVote]] = {}
    for vote in votes:
        groups.setdefault(vote.subject, []).append(vote)
    return groups


def domains(devnet: Devnet, history: Readable) -> dict[str, Domain]:
    """The domain of every core by its auxiliary, from the core id that votes and checkpoints carry (R1, R2)."""
    found: dict[str, Domain] = {}
    for event in history.effective_events():
        core_id = event.payload.get("coreId", event.payload.get("core_id"))
        auxiliary = str(event.payload.get("auxiliary", ""))
        if core_id is None or auxiliary in found:
            continue
        identifier = data(core_id)
        if not is_origin_identifier(identifier):
            found[auxiliary] = Domain(*split_identifier(identifier))
        if len(found) == len(devnet.auxiliaries):
            break
    return found


def is_signed(vote: RecordedVote, known: Mapping[str, Domain]) -> bool:
    """Whether the signature is the validator's own."""
    if vote.auxiliary not in known:
        raise HistoryInsufficient(f"no event tells the core of {vote.auxiliary}: signatures cannot be checked")
    try:
        return recover(vote.signed, known[vote.auxiliary]) == vote.signed.validator
    except InvalidSignature:
        return False


def first_offence(votes: Sequence[RecordedVote], known: Mapping[str, Domain]) -> Pair | None:
    """The offence among votes of one subject that was complete first; forged votes do not count.

    Linear for votes in rising order, as honest ones are.
    """
    kept: list[RecordedVote] = []
    highest_source = highest_target = -1
    transitions: dict[bytes, bytes] = {}
    for vote in votes:
        one = vote.signed.vote
        rising = one.source_height >= highest_source and one.target_height > highest_target
        agreeing = transitions.get(one.source, one.transition) == one.transition
        if not (rising and agreeing):
            pair = _offence_with(vote, kept, known)
            if pair is not None:
                return pair
        kept.append(vote)
        transitions.setdefault(one.source, one.transition)
        highest_source = max(highest_source, one.source_height)
        highest_target = max(highest_target, one.target_height)
    return None


def honest_validators(devnet: Devnet, history: Readable) -> tuple[ActorSpec, ...]:
    """Validators that no ``BehaviourTook`` names."""
    deviated = {event.actor for event in history.effective_events("BehaviourTook")}
    return tuple(actor for actor in devnet.validators if actor.name not in deviated)


def name_of(devnet: Devnet, validator: Address) -> str:
    """The validator's name, or its address if it is none of the network's."""
    names = {actor.auxiliary_key.address: actor.name for actor in devnet.validators}
    return names.get(validator, "0x" + validator.hex())


def data(value: object) -> bytes:
    """A 0x string of an event as bytes."""
    text = str(value)
    if not text.startswith("0x"):
        raise ValueError(f"expected a 0x string, found {text[:80]!r}")
    return bytes.fromhex(text[2:])


def number(event: Event, key: str) -> int:
    """A whole number of an event's payload, however it was written."""
    return int(str(event.payload[key]))


def _offence_with(vote: RecordedVote, earlier: list[RecordedVote], known: Mapping[str, Domain]) -> Pair | None:
    for other in earlier:
        offence = classify(other.signed.vote, vote.signed.vote)
        if offence is not None and is_signed(other, known) and is_signed(vote, known):
            return Pair(other, vote, offence)
    return None


def _recorded(event: Event) -> RecordedVote:
    payload: Mapping[str, Any] = event.payload
    fields: Mapping[str, Any] = payload.get("vote", payload)
    vote = Vote(
        core_id=data(_either(fields, "core_id", "coreId")),
        transition=data(fields["transition"]),
        source=data(fields["source"]),
        target=data(fields["target"]),
        source_height=int(_either(fields, "source_height", "sourceHeight")),
        target_height=int(_either(fields, "target_height", "targetHeight")),
    )
    signed = SignedVote(vote, data(payload["validator"]), data(payload["signature"]))
    return RecordedVote(str(payload["auxiliary"]), signed, event)


def _either(fields: Mapping[str, Any], python: str, solidity: str) -> Any:
    return fields[python] if python in fields else fields[solidity]
