"""Carries every kernel that origin opened to the auxiliary chain, with the proof that it did (R57-R60, R83)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.state_proofs import fetch_proofs
from devnet.chain.link import Link
from devnet.contracts.gas import gas_limit
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.slots import CORE_OPEN_KERNEL_HASH, variable_slot
from devnet.mosaic.transitions import Kernel, Transition


@dataclass(frozen=True, slots=True)
class DueKernel:
    """A kernel that the auxiliary chain can take now."""

    kernel: Kernel
    """What origin opened after the kernel that is active on auxiliary."""
    transition: Transition
    """What was committed under the active one."""
    observed: Checkpoint
    """An origin checkpoint, finalised on auxiliary, in whose state the kernel is open."""


def due_kernel(view: AuxiliaryView) -> DueKernel | None:
    """The kernel to be proven next; None while there is none, or one is pending, or nothing observed shows it yet."""
    core, state = view.core, view.state
    active = state.active_kernel
    if active == 0 or state.last_kernel != active:
        return None
    opened, transition = core.kernels.get(active + 1), core.commits.get(active)
    if opened is None or transition is None or state.transitions.get(transition.checkpoint) != transition.hash():
        # A branch without the committed checkpoint must not take the kernel that follows it.
        return None
    kernel, since = opened
    _, until = core.kernels.get(active + 2, (kernel, view.origin.seen.height + 1))
    for item in reversed(state.origin.finalised):
        number = item.checkpoint.height * view.devnet.origin.epoch_length
        if number < since:
            return None
        if number < until and view.origin_block(item.checkpoint) == item.checkpoint.hash:
            return DueKernel(kernel, transition, item.checkpoint)
    return None


class KernelProver:
    """Proves kernels on one auxiliary chain."""

    def __init__(self, view: AuxiliaryView, origin: Link) -> None:
        self._view = view
        self._origin = origin

    def act(self) -> None:
        """Send the next kernel, if it is due and this actor's turn. Raises ChainError."""
        view, due = self._view, due_kernel(self._view)
        if due is None:
            return
        what, height = ("kernel", due.kernel.hash()), view.chain.seen.height
        if not view.attempts.may_send(what, height, view.turn_at(due.kernel.height)):
            return
        account, (storage,) = self._proofs(due)
        gateway = view.contracts.kernel_gateway
        data = gateway.calldata(
            "proveKernel",
            due.kernel.fields(),
            due.transition.fields(),
            due.observed.height,
            list(account),
            list(storage),
        )
        gas = gas_limit("KernelGateway", "proveKernel", changes=len(due.kernel.validators))
        view.sender.send(gateway.address, data, gas)
        view.attempts.sent(what, height)

    def _proofs(self, due: DueKernel) -> tuple[tuple[bytes, ...], tuple[tuple[bytes, ...], ...]]:
        view, core = self._view, self._view.contracts.core.address
        root = view.origin.header(due.observed.height * view.devnet.origin.epoch_length).state_root
        words = ((variable_slot(CORE_OPEN_KERNEL_HASH), due.kernel.hash()),)
        return fetch_proofs(self._origin, due.observed.hash, root, core, words)
