"""Slashing: nobody is framed (S3), a slash stands if and only if its evidence does (S7), amounts add up (S8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import Forest
from devnet.checks.votes import (
    PUBLIC_KINDS,
    SIGNED_KINDS,
    Pair,
    RecordedVote,
    by_subject,
    data,
    domains,
    first_offence,
    honest_validators,
    is_signed,
    name_of,
    number,
    recorded_votes,
)
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Domain

GRACE_BLOCKS = 4
"""Origin blocks that a fisherman has, from an offence becoming public to its slash, before S7 calls it missing."""

REWARD_DIVISOR = 25
"""The reporter gets 1/25 of the stake (R54)."""


def judge_no_framing(devnet: Devnet, history: Readable) -> Findings:
    """An honest validator is slashed on no chain, and no two of its signatures are an offence (R24)."""
    votes = recorded_votes(history, SIGNED_KINDS)
    if not votes:
        raise HistoryInsufficient("no vote was signed")
    honest = {actor.auxiliary_key.address: actor.name for actor in honest_validators(devnet, history)}
    found = [
        f"{honest[validator]} is honest and was slashed on {event.chain}, event {event.sequence}"
        for event in history.effective_events("ValidatorSlashed")
        if (validator := data(event.payload["validator"])) in honest
    ]
    known = domains(devnet, history)
    for (_, _, validator), group in by_subject(votes).items():
        pair = first_offence(group, known) if validator in honest else None
        if pair is not None:
            found.append(f"{honest[validator]} is honest and signed a {_text(pair)}")
    return found or f"{len(honest)} honest validators, {len(votes)} signed votes, no slash and no offence among them"


def judge_slashes(devnet: Devnet, history: Readable) -> Findings:
    """A slash is backed by signed votes that are an offence, happens once, and no public offence goes without.

    An offence is public from the block on that carries its second vote. One that became public less than
    ``GRACE_BLOCKS`` origin blocks before the History ends makes the verdict unknown.
    """
    votes = recorded_votes(history, SIGNED_KINDS)
    if not votes:
        raise HistoryInsufficient("no vote was signed")
    known = domains(devnet, history)
    slashes = history.effective_events("ValidatorSlashed")
    found = [text for slash in slashes for text in _unbacked(devnet, slash, votes, known)]
    found += _repeated(devnet, history, slashes)
    pairs = _public_offences(history, known)
    on_origin = {_culprit(event) for event in slashes if event.chain == devnet.origin.name}
    missing = {culprit: pair for culprit, pair in pairs.items() if culprit not in on_origin}
    late = {culprit: pair for culprit, pair in missing.items() if _blocks_since(devnet, history, pair) >= GRACE_BLOCKS}
    found += [_unpunished(devnet, culprit, pair) for culprit, pair in late.items()]
    if not found and missing:
        raise HistoryInsufficient(
            f"an offence became public less than {GRACE_BLOCKS} origin blocks before the end and is not slashed yet"
        )
    return found or f"{len(slashes)} slashes, each backed by votes; {len(pairs)} public offences, each slashed"


def judge_amounts(devnet: Devnet, history: Readable) -> Findings:
    """On origin the whole stake is lost and 1/25 of it paid to the reporter; on auxiliary nothing moves (R54)."""
    slashes = history.effective_events("ValidatorSlashed")
    if not slashes:
        raise HistoryInsufficient("nobody was slashed")
    stakes = {actor.auxiliary_key.address: actor.weight_wei for actor in devnet.validators}
    found = []
    for event in slashes:
        stake = stakes.get(data(event.payload["validator"]), 0) if event.chain == devnet.origin.name else 0
        expected = (stake, stake // REWARD_DIVISOR)
        amounts = (number(event, "amount"), number(event, "reward"))
        if amounts != expected:
            found.append(f"{event.chain}, event {event.sequence}: (amount, reward) {amounts} wei, expected {expected}")
    return found or f"{len(slashes)} slashes, amounts and rewards as they must be"


def _culprit(event: Event) -> tuple[str, bytes]:
    return str(event.payload["auxiliary"]), data(event.payload["validator"])


def _unbacked(devnet: Devnet, slash: Event, votes: list[RecordedVote], known: Mapping[str, Domain]) -> Iterator[str]:
    auxiliary, validator = _culprit(slash)
    where = f"{slash.chain}: the slash of {name_of(devnet, validator)}, event {slash.sequence},"
    if auxiliary not in known:
        raise HistoryInsufficient(f"no event tells the core of {auxiliary}")
    mine = {
        vote.signed.vote.digest(known[auxiliary]): vote
        for vote in votes
        if (vote.auxiliary, vote.signed.validator) == (auxiliary, validator)
    }
    pair = [mine.get(data(slash.payload[key])) for key in ("firstDigest", "secondDigest")]
    first, second = pair
    if first is None or second is None:
        yield f"{where} names a vote that {name_of(devnet, validator)} never signed"
        return
    if not is_signed(first, known) or not is_signed(second, known):
        yield f"{where} rests on a forged signature"
        return
    offence = classify(first.signed.vote, second.signed.vote)
    if offence is None:
        yield f"{where} rests on two votes that are no offence"
    elif int(str(slash.payload["offence"])) != list(Offence).index(offence) + 1:
        yield f"{where} names offence {slash.payload['offence']}, the votes are a {offence.value}"


def _repeated(devnet: Devnet, history: Readable, slashes: list[Event]) -> Iterator[str]:
    trees = Forest(history)
    earlier: dict[tuple[str | None, str, bytes], list[Event]] = {}
    for slash in slashes:
        auxiliary, validator = _culprit(slash)
        before = earlier.setdefault((slash.chain, auxiliary, validator), [])
        if any(trees.same_branch(other, slash) for other in before):
            yield f"{slash.chain}: {name_of(devnet, validator)} was slashed again, event {slash.sequence}"
        before.append(slash)


def _public_offences(history: Readable, known: Mapping[str, Domain]) -> dict[tuple[str, bytes], Pair]:
    """The first public offence of every validator on every core."""
    found: dict[tuple[str, bytes], Pair] = {}
    for (auxiliary, _, validator), group in by_subject(recorded_votes(history, PUBLIC_KINDS)).items():
        pair = first_offence(group, known)
        before = found.get((auxiliary, validator))
        if pair and (before is None or pair.second.event.sequence < before.second.event.sequence):
            found[auxiliary, validator] = pair
    return found


def _blocks_since(devnet: Devnet, history: Readable, pair: Pair) -> int:
    after = pair.second.event.sequence
    produced = (event for event in history.effective_events("BlockProduced") if event.sequence > after)
    return len({event.block for event in produced if event.chain == devnet.origin.name})


def _unpunished(devnet: Devnet, culprit: tuple[str, bytes], pair: Pair) -> str:
    who = name_of(devnet, culprit[1])
    return f"{who} was not slashed on origin for core of {culprit[0]}, it signed a {_text(pair)}"


def _text(pair: Pair) -> str:
    heights = " and ".join(
        f"{one.signed.vote.source_height}->{one.signed.vote.target_height}" for one in (pair.first, pair.second)
    )
    return f"{pair.offence.value} ({heights}, events {pair.first.event.sequence} and {pair.second.event.sequence})"


S3 = Invariant("S3", "no honest validator is slashed or signs an offence", judge_no_framing)
"""No framing (R24)."""
S7 = Invariant("S7", "a slash happens once, if and only if there is an offence", judge_slashes)
"""Remote accountability (Lemma 1; R53-R55)."""
S8 = Invariant("S8", "a slash takes the whole stake and rewards 1/25 of it", judge_amounts)
"""Amounts of a slash (R54)."""
