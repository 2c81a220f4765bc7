"""A slasher's table: which pairs are offences and of whom, by ``classify`` and by the detector."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

from devnet.actors.detector import OffenceDetector
from devnet.mosaic.keccak import keccak
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import SignedVote, Vote
from tests.vectors.rows import read

CORE = keccak(b"core")


def as_vote(entry: dict[str, Any]) -> Vote:
    source, target = entry["source"], entry["target"]
    target_hash = keccak(f"{target} {entry['root']}".encode())
    return Vote(CORE, keccak(f"t{source}".encode()), keccak(f"c{source}".encode()), target_hash, source, target)


def name_of(first: Vote, later: Vote) -> str | None:
    offence = classify(first, later)
    if offence is Offence.SURROUND_VOTE:
        return "surrounds" if later.source_height < first.source_height else "surrounded"
    return {Offence.DOUBLE_VOTE: "double", None: None}[offence]


def address(number: int) -> bytes:
    return number.to_bytes(20, "big")


def test_every_pair_of_every_row(vectors: Path) -> None:
    rows = read(vectors, "slasher_table.json")
    assert len(rows) == 14
    for row in rows:
        entries = [entry for step in row["steps"] for entry in step]
        found = {}
        for (i, first), (j, later) in combinations(enumerate(entries), 2):
            guilty = set(first["validators"]) & set(later["validators"])
            name = name_of(as_vote(first), as_vote(later))
            if guilty and name:
                found[i, j] = (name, guilty)
        expected = {
            (one["first"], one["second"]): (one["offence"], set(one["validators"]))
            for one in row["expected"]
            if one["offence"] != "none"
        }
        assert found == expected, row["name"]


def test_the_detector_finds_exactly_the_slashed(vectors: Path) -> None:
    for row in read(vectors, "slasher_table.json"):
        entries = [entry for step in row["steps"] for entry in step]
        for order in (entries, entries[::-1]):
            detector = OffenceDetector()
            for entry in order:
                for validator in entry["validators"]:
                    detector.add(SignedVote(as_vote(entry), address(validator), bytes(65)))
            assert detector.guilty() == {(address(one), CORE) for one in row["slashed"]}, row["name"]
