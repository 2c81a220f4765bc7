"""Fetches the bonds of a proposer's own proposals as soon as the core gives them back (R39b)."""

from __future__ import annotations

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.core_state import CoreState
from devnet.contracts.gas import gas_limit
from devnet.types import Address, Hash32


def bond_free_from(core: CoreState, proposal: Hash32, evidence_period: int) -> int | None:
    """First origin block that gives a bond back; None while that is not settled.

    The committed proposal answers for the gas rule until R38's period ends, every other one until the commit of its
    height, or the halt.
    """
    height = core.bonds[proposal].kernel_height
    committed = core.commits.get(height)
    if committed is None or committed.hash() != proposal:
        return None if committed is None and not core.halted else 0
    # What opened kernel n + 2 was the commit of meta-block n + 1.
    opened = core.kernels.get(height + 2)
    begins = opened[1] if opened is not None else core.halted_at
    return None if begins is None else begins + evidence_period


class BondKeeper:
    """Fetches the bonds of one proposer from one core."""

    def __init__(self, view: AuxiliaryView, proposer: Address) -> None:
        self._view = view
        self._proposer = proposer

    def act(self) -> None:
        """Ask for every bond that is free. Raises ChainError."""
        view, parameters = self._view, self._view.devnet.parameters
        height, core = view.origin.seen.height, view.contracts.core
        if parameters.proposal_bond_wei == 0:
            return
        for proposal in [one for one, bond in view.core.bonds.items() if bond.proposer == self._proposer]:
            free = bond_free_from(view.core, proposal, parameters.evidence_period)
            # A transaction sent now is in the next block at the earliest.
            if free is None or height + 1 < free or not view.origin_attempts.may_send(("bond", proposal), height):
                continue
            data = core.calldata("returnBond", proposal)
            view.origin_sender.send(core.address, data, gas_limit("Core", "returnBond"))
            view.origin_attempts.sent(("bond", proposal), height)
