"""The validator sets behind every kernel of a History, folded from what origin opened (R42-R44, R58)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.checks.base import HistoryInsufficient
from devnet.checks.blocks import BlockTree
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.sets import ValidatorSets
from devnet.mosaic.transitions import Kernel


class KernelSets:
    """Kernels and sets of one auxiliary's core, side branches of both chains included.

    Kernel 1 is older than the recorded events: it is the set of validators that never deposited.
    """

    def __init__(self, devnet: Devnet, history: Readable, auxiliary: str) -> None:
        self._opened: dict[bytes, Kernel] = {}
        self._kernel_of_meta_block: dict[bytes, bytes] = {}
        self._opened_by: dict[str, bytes] = {}
        self._sets: dict[bytes, ValidatorSets] = {}
        self.stored: list[Event] = []
        """``KernelStored`` on the auxiliary, by sequence."""
        self.dynasties: list[Event] = []
        """Finalisations of the auxiliary itself, by sequence."""
        newcomers = set()
        for event in history.effective_events():
            if str(event.payload.get("auxiliary", "")) != auxiliary:
                continue
            if event.kind == "ValidatorRegistered":
                newcomers.add(data(event.payload["validator"]))
            self._note(event)
        initial = {one.auxiliary_key.address: one.weight_wei for one in devnet.validators}
        listed = tuple(sorted(set(initial) - newcomers))
        self._first = Kernel(1, bytes(32), listed, tuple(initial[one] for one in listed), 0)

    def opened(self, digest: bytes) -> Kernel | None:
        """The kernel with that hash, as origin opened it; None if it never did."""
        return self._opened.get(digest)

    def opened_by(self, transaction: str) -> bytes | None:
        """Hash of the kernel that a transaction opened; None if it opened none."""
        return self._opened_by.get(transaction)

    def sets(self, digest: bytes | None) -> ValidatorSets:
        """The sets up to the kernel with that hash; None stands for kernel 1.

        Raises HistoryInsufficient if a kernel before it was not recorded, and InvalidKernel if one does not fit.
        """
        key = digest or b""
        if key not in self._sets:
            self._sets[key] = ValidatorSets([self._first, *self._chain(digest)])
        return self._sets[key]

    def stored_at(self, tree: BlockTree, block: str, height: int) -> bytes | None:
        """Hash of the kernel of that height on the branch of a block; None for kernel 1."""
        if height == 1:
            return None
        for event in reversed(self.stored):
            if number(event, "height") == height and tree.is_ancestor(tree.block_of(event), block):
                return data(event.payload["kernelHash"])
        raise HistoryInsufficient(f"kernel {height} was used on auxiliary, its being stored was not recorded")

    def active(self, tree: BlockTree, block: str, before: int, last_block: int | None = None) -> int:
        """Height of the kernel active on the branch of a block, as far as events before that sequence tell (R58).

        With ``last_block`` at the end of that block of the branch, otherwise when the event of that sequence happened.
        """
        dynasty = 0
        for event in reversed(self.dynasties):
            is_early = event.sequence < before and (last_block is None or (event.block or 0) <= last_block)
            if is_early and tree.is_ancestor(tree.block_of(event), block):
                dynasty = number(event, "dynasty")
                break
        for event in reversed(self.stored):
            is_active = event.sequence < before and number(event, "activationDynasty") <= dynasty
            if is_active and tree.is_ancestor(tree.block_of(event), block):
                return number(event, "height")
        return 1

    def _note(self, event: Event) -> None:
        payload: Mapping[str, Any] = event.payload
        if event.kind == "KernelOpened":
            self._opened[data(payload["kernelHash"])] = kernel_in(payload["kernel"])
            self._opened_by[str(payload["transaction"])] = data(payload["kernelHash"])
        elif event.kind == "MetaBlockCommitted":
            self._kernel_of_meta_block[data(payload["metaBlockHash"])] = data(payload["kernelHash"])
        elif event.kind == "KernelStored":
            self.stored.append(event)
        elif event.kind == "CheckpointFinalised" and not is_origin_identifier(data(payload["coreId"])):
            self.dynasties.append(event)

    def _chain(self, digest: bytes | None) -> list[Kernel]:
        """Kernels 2 to the one with that hash, each the child of the one before."""
        found: list[Kernel] = []
        while digest is not None:
            kernel = self._opened.get(digest)
            if kernel is None:
                raise HistoryInsufficient(f"the opening of kernel 0x{digest.hex()} was not recorded")
            found.append(kernel)
            before = self._kernel_of_meta_block.get(kernel.parent)
            if before is None:
                raise HistoryInsufficient(f"the commit before kernel {kernel.height} was not recorded")
            digest = before if kernel.height > 2 else None
        return found[::-1]


def kernel_in(fields: Mapping[str, Any]) -> Kernel:
    """The kernel in an event's payload."""
    return Kernel(
        height=int(fields["height"]),
        parent=data(fields["parent"]),
        validators=tuple(data(one) for one in fields["validators"]),
        weights=tuple(int(one) for one in fields["weights"]),
        gas_target=int(fields["gasTarget"]),
    )
