"""Goes round the museum: plays every exhibit, all of them together, and judges what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from devnet.config.network import Devnet
from devnet.contracts.errors import ContractReverted
from devnet.errors import ChainError
from devnet.faults.base import World
from devnet.history import Event, History
from devnet.scenarios.museum.hall import Hall, Steps, Wait
from devnet.types import Json

SHOWN = "ExhibitShown"
"""Kind of the event in which a run says how one exhibit ended."""

BROKEN, OURS = "broken", "ours"
"""Which contracts an exhibit was played on."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One way in which bridges were robbed, or could have been."""

    name: str
    """What went wrong."""
    mechanism: str
    """How that is used, in a few words."""
    incident: str
    """Where it happened, and when; empty if no loss is known."""
    refusal: str
    """Name of the error with which our contracts refuse it; empty if they must not."""
    attack: Callable[[Hall], Steps[int]]
    """Plays it; answers what was lost, in the token's smallest unit."""


def tour(world: World, exhibits: Sequence[Exhibit], is_broken: bool) -> tuple[str, ...]:
    """Play all exhibits, note how each ended, and answer which could not be played, one sentence each."""
    hall = Hall(world, is_broken)
    running = {exhibit.name: (exhibit.attack(hall), Wait.MINED) for exhibit in exhibits}
    troubles: list[str] = []
    while running:
        wait = Wait.MINED if any(wait is Wait.MINED for _, wait in running.values()) else Wait.FINALISED
        hall.settle() if wait is Wait.MINED else hall.await_root()
        for name, (attack, waiting) in list(running.items()):
            if waiting is wait:
                del running[name]
                try:
                    running[name] = attack, next(attack)
                except StopIteration as end:
                    _note(world, hall, name, lost=end.value)
                except ContractReverted as error:
                    _note(world, hall, name, error=error)
                except ChainError as error:
                    troubles.append(f"{name}: {error}")
    return tuple(troubles)


def _note(world: World, hall: Hall, name: str, lost: int = 0, error: ContractReverted | None = None) -> None:
    payload: dict[str, Json] = {
        "exhibit": name,
        "contracts": BROKEN if hall.is_broken else OURS,
        "lost": str(lost),
        "refusal": "" if error is None else error.reason.name,
        "message": "" if error is None else str(error),
    }
    world.history.append(SHOWN, time=world.chains[hall.origin].clock.now(), chain=None, payload=payload)


def objections(exhibits: Sequence[Exhibit], contracts: str) -> Callable[[Devnet, History], tuple[str, ...]]:
    """Says which exhibits did not end as they must: robbed if broken, else refused with their error."""

    def say(devnet: Devnet, history: History) -> tuple[str, ...]:
        found = {str(event.payload["exhibit"]): event for event in history.effective_events(SHOWN)}
        return tuple(
            f"{exhibit.name}: expected {_expected(exhibit, contracts)}, found {_shown(found.get(exhibit.name))}"
            for exhibit in exhibits
            if not _is_as_expected(exhibit, contracts, found.get(exhibit.name))
        )

    return say


def findings(exhibits: Sequence[Exhibit]) -> Callable[[History], tuple[dict[str, Json], ...]]:
    """Makes the museum's table: a row for each exhibit, from all arms of a run."""

    def rows(history: History) -> tuple[dict[str, Json], ...]:
        ends = {(e.payload["exhibit"], e.payload["contracts"]): e.payload for e in history.events(SHOWN)}
        return tuple(
            {
                "exhibit": exhibit.name,
                "mechanism": exhibit.mechanism,
                "incident": exhibit.incident,
                "lost": _member(ends, exhibit, BROKEN, "lost"),
                "refusal": _member(ends, exhibit, OURS, "refusal"),
                "message": _member(ends, exhibit, OURS, "message"),
            }
            for exhibit in exhibits
        )

    return rows


def _member(ends: Any, exhibit: Exhibit, contracts: str, member: str) -> Json:
    end: Any = ends.get((exhibit.name, contracts), {})
    return str(end.get(member, ""))


def _is_as_expected(exhibit: Exhibit, contracts: str, event: Event | None) -> bool:
    if event is None:
        return False
    lost, refusal = int(str(event.payload["lost"])), event.payload["refusal"]
    if contracts == BROKEN:
        return lost > 0 and not event.payload["message"]
    return refusal == exhibit.refusal and bool(event.payload["message"]) == bool(exhibit.refusal) and lost == 0


def _expected(exhibit: Exhibit, contracts: str) -> str:
    if contracts == BROKEN:
        return "a loss"
    return exhibit.refusal or "no loss"


def _shown(event: Event | None) -> str:
    if event is None:
        return "nothing"
    return str(event.payload["message"]) or f"a loss of {event.payload['lost']}"
