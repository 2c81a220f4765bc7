"""Safety of votes and finality: S1, S2, S5, S6."""

from __future__ import annotations

from collections.abc import Iterator

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import Forest
from devnet.checks.conflicts import Conflicts
from devnet.checks.votes import data, honest_validators, name_of, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier


def judge_conflicting_finality(devnet: Devnet, history: Readable) -> Findings:
    """No two finalised checkpoints of one chain, on any branch, such that neither descends from the other.

    Said only while less than a third of a set deviates (R21); with more, conflicts are what S2 judges.
    """
    conflicts = Conflicts(devnet, history)
    honest = {actor.name for actor in honest_validators(devnet, history)}
    byzantine = {actor.auxiliary_key.address for actor in devnet.validators if actor.name not in honest}
    excused = []
    for conflict in conflicts.first:
        if not any(share.is_third for share in conflicts.shares(conflict, byzantine)):
            return [str(one) for one in conflicts.all]
        excused.append(f"a third of the weight or more deviated, so nothing is promised; {conflict}")
    return excused[0] if excused else f"{conflicts.finalised} finalised checkpoints, no two conflict"


def judge_accountable_safety(devnet: Devnet, history: Readable) -> Findings:
    """If two conflicting checkpoints were finalised, a third of every set that finalised both was slashed on origin.

    Without a conflict the promise was not put to the test, and holds (R21).
    """
    conflicts = Conflicts(devnet, history)
    if not conflicts.first:
        return "no two finalised checkpoints conflict"
    on_origin = [event for event in history.effective_events("ValidatorSlashed") if event.chain == devnet.origin.name]
    found, paid = [], []
    for conflict in conflicts.first:
        slashed = {
            data(event.payload["validator"]) for event in on_origin if event.payload["auxiliary"] == conflict.auxiliary
        }
        shares = conflicts.shares(conflict, slashed)
        found += [
            f"{conflict}; only {one} were slashed on origin, less than a third" for one in shares if not one.is_third
        ]
        paid += [f"{conflict}; {len(slashed)} validators with {one} were slashed for it" for one in shares]
    return found or paid[0]


def judge_one_weight_per_height(devnet: Devnet, history: Readable) -> Findings:
    """On one branch a validator's weight is counted once per core and target height (R13).

    A vote about origin may be counted again under another kernel, if it is the same vote (R15).
    """
    slots: dict[tuple[str, ...], list[Event]] = {}
    for event in history.effective_events("VoteCast"):
        fields = event.payload["vote"]
        assert isinstance(fields, dict)
        key = (str(event.payload["auxiliary"]), str(event.payload["coreId"]), str(event.payload["validator"]))
        slots.setdefault((*key, str(fields["targetHeight"])), []).append(event)
    if not slots:
        raise HistoryInsufficient("no vote was counted")
    trees = Forest(history)
    found = [text for events in slots.values() for text in _counted_twice(devnet, trees, events)]
    return found or f"{len(slots)} votes, each counted once"


def judge_monotone(devnet: Devnet, history: Readable) -> Findings:
    """Along every branch finalised heights, dynasties, kernels and commits only rise, and kernels follow commits."""
    trees = Forest(history)
    found: list[str] = []
    looked_at = 0
    for events in _series(history):
        earlier: list[Event] = []
        for event in events:
            before = trees.predecessor(event, earlier)
            if before is not None:
                found += _falls(before, event)
            earlier.append(event)
            looked_at += 1
    if not looked_at:
        raise HistoryInsufficient("nothing was finalised, committed or stored")
    return found or f"{looked_at} steps, each above the one before"


def _counted_twice(devnet: Devnet, trees: Forest, events: list[Event]) -> Iterator[str]:
    for index, second in enumerate(events):
        for first in events[:index]:
            if _may_both_count(first, second) or not trees.same_branch(first, second):
                continue
            who = name_of(devnet, data(second.payload["validator"]))
            yield (
                f"{second.chain}: the weight of {who} was counted twice at one target height, "
                f"events {first.sequence} and {second.sequence}"
            )


def _may_both_count(first: Event, second: Event) -> bool:
    about_origin = is_origin_identifier(data(first.payload["coreId"]))
    same_vote = first.payload["digest"] == second.payload["digest"]
    return about_origin and same_vote and first.payload["kernelHeight"] != second.payload["kernelHeight"]


def _series(history: Readable) -> list[list[Event]]:
    """Events that must rise among each other."""
    series: dict[tuple[str, ...], list[Event]] = {}
    key: tuple[str, ...]
    for event in history.effective_events():
        if event.kind in ("MetaBlockCommitted", "KernelOpened"):
            key = ("Core", str(event.chain))
        elif event.kind in ("CheckpointFinalised", "KernelStored"):
            key = (event.kind, str(event.chain), str(event.payload.get("coreId")))
        else:
            continue
        series.setdefault((*key, str(event.payload["auxiliary"])), []).append(event)
    return list(series.values())


def _falls(before: Event, event: Event) -> Iterator[str]:
    where = f"{event.chain}, event {event.sequence} {event.kind}"
    if event.kind == "CheckpointFinalised":
        if number(event, "height") <= number(before, "height"):
            yield f"{where}: height {event.payload['height']} after {before.payload['height']}"
        if number(event, "dynasty") != number(before, "dynasty") + 1:
            yield f"{where}: dynasty {event.payload['dynasty']} after {before.payload['dynasty']}"
    elif event.kind == "KernelStored":
        if number(event, "height") != number(before, "height") + 1:
            yield f"{where}: kernel {event.payload['height']} after {before.payload['height']}"
    else:
        yield from _breaks_chain(where, before, event)


def _breaks_chain(where: str, before: Event, event: Event) -> Iterator[str]:
    """KernelOpened(n), MetaBlockCommitted(n), KernelOpened(n + 1), ... with the meta-block as the kernel's parent."""
    opened = event.kind == "KernelOpened"
    expected = number(before, "height") + (1 if opened else 0)
    if before.kind == event.kind or number(event, "height") != expected:
        yield f"{where} of height {event.payload['height']} after {before.kind} of height {before.payload['height']}"
        return
    kernel = event.payload.get("kernel")
    if opened and isinstance(kernel, dict) and kernel["parent"] != before.payload["metaBlockHash"]:
        yield f"{where}: parent {kernel['parent']} is not the meta-block {before.payload['metaBlockHash']}"
    if not opened and before.payload.get("kernelHash") != event.payload.get("kernelHash"):
        yield f"{where}: commits kernel {event.payload['kernelHash']}, open was {before.payload['kernelHash']}"


S1 = Invariant("S1", "no two conflicting checkpoints are finalised", judge_conflicting_finality)
"""Accountable safety, first half (R21)."""
S2 = Invariant("S2", "conflicting finality costs a third of the weight or more", judge_accountable_safety)
"""Accountable safety, second half (R21)."""
S5 = Invariant("S5", "a validator's weight counts once per core and target height", judge_one_weight_per_height)
"""One slot per height (R13)."""
S6 = Invariant("S6", "finalised heights, dynasties, kernels and commits only rise", judge_monotone)
"""History is a chain (R17, R36)."""
