"""What the report of a failed test says of its world."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from devnet.types import Mode
from devnet.world.serving import Serving
from devnet.world.worlds import Shared


def transfer(message: str, outbox: str, inbox: str) -> dict[str, Any]:
    over = outbox == inbox == "progressed"
    sides = {"source": "origin", "target": "auxiliary-1", "outbox": outbox, "inbox": inbox}
    return {"message": message, "over": over, **sides}


def shared(transfers: Any) -> Shared:
    world = SimpleNamespace(
        mark=object,
        directory=Path("/some/where"),
        devnet=SimpleNamespace(name="demo", mode=Mode.LOCKSTEP, seed=7),
        transfers=transfers,
    )
    return Shared(cast(Serving, SimpleNamespace(world=world, chains={"origin": SimpleNamespace(height=9)})))


def test_a_report_says_where_to_look_how_far_it_got_and_which_transfers_are_open() -> None:
    rows = [transfer("0x0a", "progressed", "progressed"), transfer("0x0b", "declared", "undeclared")]
    assert shared(SimpleNamespace(all=lambda: rows)).describe().splitlines() == [
        "run directory: /some/where (history.sqlite, logs/)",
        "network demo: lockstep, seed 7",
        "origin: height 9",
        "transfer 0x0b: declared on origin, undeclared on auxiliary-1",
    ]


def test_a_world_that_does_not_answer_is_part_of_the_report() -> None:
    said = shared(None).describe().splitlines()
    assert said[2] == "origin: height 9"
    assert said[3].startswith("the world does not answer: ")
