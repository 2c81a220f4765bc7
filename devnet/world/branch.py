"""What one branch of an auxiliary chain says of votes: its own contracts, asked at its newest block (R10, R11, R15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from devnet.chain.joining import Tip
from devnet.chain.link import Link
from devnet.chain.tree import BlockTree
from devnet.contracts.handles import CoreHandles
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.quorum import Tally
from devnet.mosaic.votes import Vote
from devnet.types import Address, Hash32


class Branch:
    """The branch below one tip. Every answer is kept: the tip never changes."""

    def __init__(self, core: CoreHandles, link: Link, tip: Tip, tree: BlockTree, epoch_length: int) -> None:
        self._core = core
        self._link = link
        self._tip = tip.block
        self._tree = tree
        self._epoch_length = epoch_length
        self._stored: dict[Hash32, Any] = {}
        self._weights: dict[tuple[int, Address], int] = {}
        self._slashed: dict[Address, bool] = {}
        self.justified_height = self._height_of("lastJustified")
        """Height of the highest checkpoint that votes in the branch's blocks justify."""
        self.finalised_height = self._height_of("lastFinalised")
        """Height of the highest checkpoint that they finalise."""

    def has(self, checkpoint: Checkpoint) -> bool:
        """Whether the checkpoint is a block of the branch, reported or not."""
        number = checkpoint.height * self._epoch_length
        return number <= self._tip.number and self._tree.ancestor_at(self._tip.hash, number).hash == checkpoint.hash

    def admits(self, vote: Vote) -> bool:
        """Whether the PollingPlace would count the vote once its source is justified and its target reported.

        It names T(source) as the branch's own store computed it: nothing else is a vote here (R11).
        """
        source, target = Checkpoint(vote.source, vote.source_height), Checkpoint(vote.target, vote.target_height)
        return (
            self.finalised_height <= source.height < target.height
            and self.has(source)
            and self.has(target)
            and self._checkpoint(source.hash)["transitionHash"] == vote.transition
        )

    def is_justified(self, checkpoint: Hash32) -> bool:
        """Whether votes in the branch's blocks justify it."""
        return bool(self._checkpoint(checkpoint)["justified"])

    def tally(self, source: Hash32, validators: Iterable[Address]) -> Tally:
        """Weight of some validators, less those slashed here, in the sets of the kernel in T(source) (R15)."""
        kernel = int(self._checkpoint(source)["kernelHeight"])
        forward_total, rear_total = self._read("kernel_gateway", "totals", kernel)
        free = [validator for validator in sorted(validators) if not self._is_slashed(validator)]
        forward = sum(self._weight(kernel, validator) for validator in free)
        rear = sum(self._weight(kernel - 1, validator) for validator in free) if kernel else 0
        return Tally(forward, int(forward_total), rear, int(rear_total))

    def _height_of(self, function: str) -> int:
        return int(self._read("block_store", function)["height"])

    def _checkpoint(self, digest: Hash32) -> Any:
        """What the store has of a checkpoint; zeros if it was not reported yet."""
        if digest not in self._stored:
            self._stored[digest] = self._read("block_store", "checkpoint", digest)
        return self._stored[digest]

    def _weight(self, kernel: int, validator: Address) -> int:
        key = kernel, validator
        if key not in self._weights:
            self._weights[key] = int(self._read("kernel_gateway", "weightAt", kernel, validator))
        return self._weights[key]

    def _is_slashed(self, validator: Address) -> bool:
        if validator not in self._slashed:
            self._slashed[validator] = bool(self._read("polling_place", "isSlashed", validator))
        return self._slashed[validator]

    def _read(self, contract: str, function: str, *arguments: object) -> Any:
        return getattr(self._core, contract).read(self._link, function, *arguments, block=self._tip.hash)
