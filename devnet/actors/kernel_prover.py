"""Carries every kernel that origin opened to the auxiliary chain, with the proof that it did (R57-R60, R83)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.chain.link import Link
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import parse_bytes
from devnet.errors import TransportError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.headers import Header
from devnet.mosaic.proofs import Account, InvalidProof, verify_account, verify_storage
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


@dataclass(frozen=True, slots=True)
class KernelProof:
    """The two proofs, as eth_getProof gives them and ``proveKernel`` takes them."""

    account: tuple[bytes, ...]
    """Of the core's account under the state root of an origin block."""
    storage: tuple[bytes, ...]
    """Of the core's slot ``openKernelHash``."""


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


def checked_proof(answer: Mapping[str, Any], header: Header, core: bytes, kernel: Kernel) -> KernelProof:
    """The proofs in a node's answer to eth_getProof, if they prove that this kernel is open in that block.

    Raises InvalidProof if they do not, and TransportError for an answer of another shape.
    """
    try:
        account = Account(
            nonce=int(answer["nonce"], 16),
            balance=int(answer["balance"], 16),
            storage_root=parse_bytes(answer["storageHash"]),
            code_hash=parse_bytes(answer["codeHash"]),
        )
        proof = KernelProof(
            tuple(parse_bytes(node) for node in answer["accountProof"]),
            tuple(parse_bytes(node) for node in answer["storageProof"][0]["proof"]),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise TransportError(f"expected the proof of an account, found {answer!r}"[:200]) from error
    verify_account(header.state_root, core, account, proof.account)
    slot = variable_slot(CORE_OPEN_KERNEL_HASH)
    verify_storage(account.storage_root, slot, int.from_bytes(kernel.hash()), proof.storage)
    return proof


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
        proof = self._proof(due)
        gateway = view.contracts.kernel_gateway
        data = gateway.calldata(
            "proveKernel",
            due.kernel.fields(),
            due.transition.fields(),
            due.observed.height,
            list(proof.account),
            list(proof.storage),
        )
        gas = gas_limit("KernelGateway", "proveKernel", changes=len(due.kernel.validators))
        view.sender.send(gateway.address, data, gas)
        view.attempts.sent(what, height)

    def _proof(self, due: DueKernel) -> KernelProof:
        view, core = self._view, self._view.contracts.core.address
        slot = variable_slot(CORE_OPEN_KERNEL_HASH)
        block = {"blockHash": "0x" + due.observed.hash.hex()}
        answer = self._origin.call("eth_getProof", ("0x" + core.hex(), ["0x" + slot.hex()], block))
        header = view.origin.header(due.observed.height * view.devnet.origin.epoch_length)
        try:
            return checked_proof(answer, header, core, due.kernel)
        except InvalidProof as error:
            raise TransportError(
                f"{self._origin.chain}: the proof of the open kernel does not hold: {error}"
            ) from error
