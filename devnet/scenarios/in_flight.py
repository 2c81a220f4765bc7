"""Value that is under way between the chains while an attack goes on: nothing it does may lose or double it (R70)."""

from __future__ import annotations

from devnet.errors import WaitTimeout
from devnet.faults.base import World
from devnet.types import TOKEN, Wei

AMOUNT: Wei = 10 * TOKEN
"""Of every stake."""

BLOCKS = 10
"""Origin blocks in which a stake is declared; seen: 1."""


def set_out(world: World, account: int = 0) -> None:
    """Have an account declare a stake on every pair of gateways; it is in flight on return.

    Its sender is not heard of again, so that facilitators bring it to its end by proof (R68). An account has one open
    message a pair (R66): whoever sets out a second time takes another one. Raises WaitTimeout.
    """
    pairs = world.devnet.pairs
    sent = {world.transfers.stake(one.auxiliary, AMOUNT, pair=one.name, sender=str(account)) for one in pairs}

    def is_declared() -> bool:
        return sent <= {one.payload["messageHash"] for one in world.history.effective_events("StakeDeclared")}

    if not world.run_until(is_declared, BLOCKS):
        raise WaitTimeout(f"the stakes on {len(pairs)} pairs of gateways were not declared within {BLOCKS} blocks")
