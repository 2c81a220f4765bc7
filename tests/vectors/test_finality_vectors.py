"""Links with a supermajority and what they justify and finalise, in several orders."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from devnet.mosaic.finality import Checkpoint, FinalityTracker
from devnet.mosaic.keccak import keccak
from tests.vectors.rows import read


def line(height: int) -> Checkpoint:
    return Checkpoint(keccak(f"checkpoint {height}".encode()), height)


def orders(links: list[Any]) -> list[list[Any]]:
    shuffled = []
    for seed in range(10):
        shuffled.append(list(links))
        random.Random(seed).shuffle(shuffled[-1])
    return [links, links[::-1], *shuffled]


def test_every_row_in_many_orders(vectors: Path) -> None:
    rows = read(vectors, "ffg_links_tiny.json")
    assert len(rows) == 15
    for row in rows:
        for order in orders(row["sm_links"]):
            tracker = FinalityTracker(line(0))
            for source, target in order:
                tracker.add_link(line(source), line(target))
            assert tracker.justified == {line(height) for height in row["justified"]}, row["id"]
            # Genesis is finalised by definition here (R35b), which the file leaves open.
            assert tracker.finalised == {line(height) for height in {0, *row["finalised"]}}, row["id"]
