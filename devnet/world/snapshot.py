"""All of a world at one moment: what ``World.mark`` gives and ``World.rewind`` takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from devnet.contracts.handles import Handles
from devnet.world.live import Live
from devnet.world.lockstep import Lockstep
from devnet.world.running import Running


@dataclass(frozen=True, slots=True)
class Mark:
    """Chains, actors, clock and driver, together: never a chain alone.

    A signing store that remembers votes which its chain has forgotten would refuse to vote again, and
    finality would stop without a word.
    """

    sequence: int
    """The last event of the History that belongs to it."""
    contracts: Handles
    """The contracts that there were: a pair of gateways that is added later is gone after the rewind."""
    chains: Mapping[str, Any]
    """Per chain: heads with safe and finalised, mempools, branches."""
    actors: Mapping[str, object]
    """Per actor: behaviour, memory, durable store; None where it had ended."""
    links: Mapping[tuple[str, str], tuple[str, bool]]
    """Per actor and key: how its link is bent."""
    clock: tuple[float, float]
    """Virtual time and warps."""
    due: Mapping[str, float]
    """Per chain the time of its next block."""
    ticks: int
    """Steps of the lockstep loop so far."""


def take_mark(running: Running, driver: Lockstep | Live | None) -> Mark:
    """Everything of a world that stands still."""
    running.take_over()
    return Mark(
        sequence=running.history.sequence,
        contracts=running.contracts,
        chains={name: chain.mark() for name, chain in running.chains.items()},
        actors={name: handle.mark() for name, handle in running.cast.items()},
        links=running.links.marks() if running.links is not None else {},
        clock=running.clock.mark(),
        due=dict(driver.due) if isinstance(driver, Lockstep) else {},
        ticks=driver.ticks if isinstance(driver, Lockstep) else 0,
    )


def rewind_to(mark: Mark, running: Running, driver: Lockstep | Live | None) -> None:
    """Put everything of a world that stands still back; the History says so by ``Rewound``."""
    running.take_over()
    rewinds = [chain.later(partial(chain.rewind, mark.chains[name])) for name, chain in running.chains.items()]
    for rewind in rewinds:
        rewind.result()
    running.know(mark.contracts)
    running.clock.rewind(mark.clock)
    if running.links is not None:
        running.links.rewind(mark.links)
    for name in [name for name in running.cast if name not in mark.actors]:
        running.cast.pop(name).end()
    for name, handle in running.cast.items():
        handle.rewind(mark.actors[name])
    if isinstance(driver, Lockstep):
        driver.due, driver.ticks = dict(mark.due), mark.ticks
    running.watcher.flush()
    running.history.append("Rewound", time=running.clock.now(), payload={"to": mark.sequence})
    running.finality.refresh()
