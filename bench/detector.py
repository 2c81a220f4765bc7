"""How many votes a second the detector takes, in order and shuffled, and what a vote costs in memory."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from bench.figure import Figure
from devnet.actors.detector import OffenceDetector
from devnet.mosaic.keccak import keccak
from devnet.mosaic.votes import SignedVote, Vote

VOTES = 1_000_000
VALIDATORS = 100
FEW_VALIDATORS = 4
"""A devnet's usual number: fewer share each link, so that a vote costs most."""
VOTES_MEASURED = 200_000
"""Votes whose memory is measured: tracing makes everything slow."""
GOAL_VOTES_PER_S = 500_000
GOAL_BYTES = 200
CHUNK = 50_000
"""Votes made at a time, outside of what is measured."""
SPANS = (1,) * 17 + (2, 2, 3)
"""Heights between source and target: most links go from one checkpoint to the next."""

CORE = keccak(b"core")


def measure(runs: int) -> list[Figure]:
    """Votes a second in both orders, and bytes a vote with many validators and with few."""
    orders: tuple[tuple[str, Callable[[list[int]], None]], ...] = (
        ("in order", lambda order: None),
        ("fully shuffled", random.Random(7).shuffle),
    )
    figures = []
    for name, arrange in orders:
        speeds = tuple(_votes_per_s(arrange) for _ in range(runs))
        what = f"offence detector: {VOTES:,} votes of {VALIDATORS} validators, {name}"
        figures.append(Figure(what, "votes/s", speeds, goal=GOAL_VOTES_PER_S, more_is_better=True))
    for validators in (VALIDATORS, FEW_VALIDATORS):
        what = f"offence detector: memory with {validators} validators, shuffled"
        figures.append(Figure(what, "bytes/vote", (bytes_per_vote(validators),), goal=GOAL_BYTES))
    return figures


def _votes_per_s(arrange: Callable[[list[int]], None]) -> float:
    order = list(range(VOTES))
    arrange(order)
    detector = OffenceDetector()
    spent = 0.0
    votes = _votes(order, VALIDATORS)
    while chunk := list(islice(votes, CHUNK)):
        began = time.perf_counter()
        for signed in chunk:
            detector.add(signed)
        spent += time.perf_counter() - began
    _expect(detector, VOTES)
    return VOTES / spent


def bytes_per_vote(validators: int, count: int = VOTES_MEASURED) -> float:
    """What each of so many votes costs in memory, shuffled."""
    order = list(range(count))
    random.Random(7).shuffle(order)
    votes = _votes(order, validators)
    tracemalloc.start()
    detector = OffenceDetector()
    for signed in votes:
        detector.add(signed)
    del signed
    # What the votes were made from is garbage by now but for what the detector keeps of it.
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    _expect(detector, count)
    return kept / count


def _expect(detector: OffenceDetector, votes: int) -> None:
    if detector.guilty() or detector.votes_kept() != votes:
        raise AssertionError(f"expected {votes} honest votes to be kept, found {detector.votes_kept()}")


def _votes(order: Sequence[int], validators: int) -> Iterator[SignedVote]:
    """Honest votes, each an object of its own as decoding makes them, in the order of their numbers."""
    links = _links(len(order) // validators)
    for number in order:
        height, index = divmod(number, validators)
        source, target = links[height]
        vote = Vote(CORE, _word(b"T", source), _word(b"C", source), _word(b"C", target), source, target)
        yield SignedVote(vote, index.to_bytes(20), number.to_bytes(65))


def _links(count: int) -> list[tuple[int, int]]:
    rng, links, source = random.Random(7), [], 0
    for _ in range(count):
        links.append((source, source + rng.choice(SPANS)))
        source = links[-1][1]
    return links


def _word(kind: bytes, height: int) -> bytes:
    return kind + height.to_bytes(31)
