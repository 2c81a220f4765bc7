"""How stakes leave: paid back where the rules give them back, refused where they do not (R40, R41, R54)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devnet.config.network import Devnet
from devnet.contracts.errors import ContractReverted
from devnet.faults.base import World
from devnet.history import History
from devnet.scenarios.ends import halted_in

BLOCKS = 24
"""Origin blocks that a core has to halt, with room: seen 5."""


def leave_halted(world: World, names: Sequence[str]) -> tuple[str, ...]:
    """Withdraw these stakes as soon as the halted core gives them back: the delay after the halt (R40)."""
    if not world.run_until(lambda: halted_in(world.history) is not None, BLOCKS):
        return (f"expected the core to halt within {BLOCKS} blocks, it runs",)
    origin, delay = world.chains[world.devnet.origin.name], world.devnet.parameters.withdrawal_delay
    free = (halted_in(world.history) or 0) + delay
    early = _refusal(world, names[0])
    if early != "StakeLocked":
        return (f"{names[0]}: expected StakeLocked before origin block {free}, found {early or 'its stake paid'}",)
    if not world.run_until(lambda: origin.head.number + 1 >= free, delay + BLOCKS):
        return (f"expected origin to reach block {free}, it is at {origin.head.number}",)
    for name in names:
        world.membership.withdraw(name)
    return ()


def stays_slashed(world: World, name: str) -> tuple[str, ...]:
    """Ask for a stake that was slashed: it is refused by name."""
    found = _refusal(world, name)
    return () if found == "AlreadySlashed" else (f"{name}: expected AlreadySlashed, found {found or 'its stake paid'}",)


def withdrawn(names: Sequence[str]) -> Callable[[Devnet, History], bool]:
    """The end of an arm that is over once all of these got their stakes back, and nobody else."""

    def came_about(devnet: Devnet, history: History) -> bool:
        paid = {str(event.payload["validator"]) for event in history.effective_events("StakeWithdrawn")}
        return paid == {"0x" + devnet.actor(name).auxiliary_key.address.hex() for name in names}

    return came_about


def _refusal(world: World, name: str) -> str:
    """Name of the error with which a withdrawal is refused now; empty if it is paid."""
    try:
        world.membership.withdraw(name)
    except ContractReverted as error:
        return error.reason.name
    return ""
