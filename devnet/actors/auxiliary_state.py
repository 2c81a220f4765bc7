"""What an auxiliary chain says about itself and about origin, as its contracts' events tell it.

A pure fold: the same events give the same state, on whichever branch they were read. It does not grow for ever:
what was settled many kernels ago is let go of, for nobody has anything to do about it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devnet.actors.boxes import Boxes
from devnet.actors.earnings import Earnings
from devnet.actors.structs import kernel_of, vote_of
from devnet.contracts.deployment import CoreDeployment
from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.sets import ValidatorSets
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address, Hash32

KERNELS_KEPT = 16
"""Kernels back to which votes and checkpoints are kept: a meta-block that is being sealed, committed or reported for
what it passed over (R38) is a few kernels old."""


@dataclass(frozen=True, slots=True)
class Finalised:
    """One finalisation, as recorded by the chain."""

    checkpoint: Checkpoint
    """What was finalised."""
    dynasty: int
    """Finalisations so far, this one included."""
    block: int
    """Block of the auxiliary chain that recorded it."""


@dataclass(slots=True)
class Observed:
    """The checkpoints of one chain, as the auxiliary chain knows them: its own, or origin's."""

    root: Checkpoint
    """Justified and finalised from the start."""
    reported: dict[Hash32, int] = field(default_factory=dict)
    """Height by hash of every reported checkpoint."""
    justified: dict[Hash32, int] = field(default_factory=dict)
    """Height by hash of every justified checkpoint, in the order of events."""
    finalised: list[Finalised] = field(default_factory=list)
    """Every finalisation, in the order of events; without the root."""
    links: dict[tuple[Hash32, Hash32], list[SignedVote]] = field(default_factory=dict)
    """Counted votes by source and target."""
    conflicting: list[SignedVote] = field(default_factory=list)
    """Votes that were made public, not counted (R13), in the order of events."""
    counted: dict[tuple[Vote, Address], int] = field(default_factory=dict)
    """Kernel height under which each vote was counted last (R15)."""

    def __post_init__(self) -> None:
        """The root counts as reported and justified."""
        self.reported[self.root.hash] = self.root.height
        self.justified[self.root.hash] = self.root.height

    @property
    def last_finalised(self) -> Checkpoint:
        """The highest finalised checkpoint: a chain finalises upwards only (R10)."""
        return self.finalised[-1].checkpoint if self.finalised else self.root

    def forget(self, height: int, block: int) -> None:
        """Let go of votes and checkpoints below a height, and of what was in force before a block of auxiliary."""
        self.reported = {digest: own for digest, own in self.reported.items() if own >= height}
        self.justified = {digest: own for digest, own in self.justified.items() if own >= height}
        self.links = {ends: votes for ends, votes in self.links.items() if votes[0].vote.target_height >= height}
        self.counted = {signed: kernel for signed, kernel in self.counted.items() if signed[0].target_height >= height}
        self.conflicting = [signed for signed in self.conflicting if signed.vote.target_height >= height]
        before = sum(1 for item in self.finalised if item.block <= block)
        del self.finalised[: max(0, before - 1)]

    def in_force(self, block: int) -> tuple[int, Checkpoint]:
        """Dynasty and latest finalised checkpoint at the end of an auxiliary block (R27)."""
        for item in reversed(self.finalised):
            if item.block <= block:
                return item.dynasty, item.checkpoint
        return 0, self.root

    def is_public(self, vote: Vote, validator: Address) -> bool:
        """Whether this validator's vote is on the chain, counted or as a conflicting one."""
        return (vote, validator) in self.counted or any(
            known.validator == validator and known.vote == vote for known in self.conflicting
        )

    def is_void(self, vote: Vote, validator: Address, kernel: int) -> bool:
        """Whether the vote was counted, its target is not justified, and a kernel came since: then the tally is void.

        That is so for votes about origin only; the same vote may be sent again (R15).
        """
        return vote.target not in self.justified and self.counted.get((vote, validator), kernel) < kernel


class AuxiliaryState:
    """One core's contracts on its auxiliary chain, after some events."""

    def __init__(self, core: CoreDeployment) -> None:
        self._core = core
        self.tip = 0
        """Number of the last block reported to the store."""
        self.backfilled: range = range(0)
        """Blocks whose hashes were backfilled last, without a gap; empty if there were none."""
        self.own = Observed(Checkpoint(core.auxiliary_root, 0))
        """The auxiliary chain itself."""
        self.origin = Observed(Checkpoint(core.origin_root, 0))
        """Origin, as observed."""
        self.kernels: list[tuple[int, int, Hash32]] = []
        """Height, activation dynasty and hash of every stored kernel."""
        self.sets = ValidatorSets()
        """Who votes with which weight under each of them."""
        self.transitions: dict[Hash32, Hash32] = {}
        """hash(T) by checkpoint, as the store computed it."""
        self.slashed: set[Address] = set()
        """Validators slashed on this chain."""
        self.earnings = Earnings()
        """What finalising it earns."""
        self.reports: dict[Hash32, Hash32] = {}
        """Transaction that reported a checkpoint of origin, by checkpoint: its calldata has the header."""
        self.boxes: dict[str, Boxes] = {}
        """Of every CoGateway that is followed and has any message, by pair."""

    def observed(self, about: bytes) -> Observed | None:
        """The chain with that core identifier; None if it is neither of the two."""
        if about == self._core.core_id:
            return self.own
        return self.origin if about == self._core.origin_core_id else None

    def kernel_at(self, dynasty: int) -> tuple[int, Hash32]:
        """Height and hash of the kernel active at a dynasty (R58); height 0 before the first is stored."""
        for height, activation, digest in reversed(self.kernels):
            if activation <= dynasty:
                return height, digest
        return 0, bytes(32)

    @property
    def active_kernel(self) -> int:
        """Height of the kernel active now: votes about origin are weighed by it (R15)."""
        return self.kernel_at(self.own.finalised[-1].dynasty if self.own.finalised else 0)[0]

    @property
    def last_kernel(self) -> int:
        """Height of the last stored kernel, active or pending; 0 before the first."""
        return self.kernels[-1][0] if self.kernels else 0

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order; those of other contracts change nothing."""
        for event in events:
            if event.pair:
                self.boxes.setdefault(event.pair, Boxes()).apply(event)
            else:
                self.apply(event)

    def apply(self, event: DecodedEvent) -> None:
        """Take in one event of a contract of the core."""
        args = event.args
        match event.name:
            case "BlocksReported":
                self.tip = max(self.tip, args["last"])
            case "BlocksBackfilled":
                self.backfilled = _joined(self.backfilled, range(args["oldest"], args["newest"] + 1))
            case "CheckpointReported":
                self.own.reported[args["blockHash"]] = args["height"]
                self.transitions[args["blockHash"]] = args["transitionHash"]
            case "OriginCheckpointReported":
                self.origin.reported[args["blockHash"]] = args["height"]
                self.reports[args["blockHash"]] = event.transaction
            case "CheckpointJustified" | "CheckpointFinalised":
                self._progress(event)
            case "VoteCast" | "ConflictingVote":
                self._publish(event.name, args)
                if event.name == "VoteCast" and args["coreId"] == self._core.core_id:
                    self.earnings.voted(event, self.sets)
            case "KernelStored":
                self.kernels.append((args["height"], args["activationDynasty"], args["kernelHash"]))
                self.sets.apply(kernel_of(args["kernel"]))
                self._forget()
            case "ValidatorSlashed":
                self.slashed.add(args["validator"])
                self.earnings.forfeit(args["validator"])
            case _:
                self.earnings.apply(event, self.sets, self.slashed)

    def _forget(self) -> None:
        """Keep what belongs to the newest kernels, and twice as far back what was in force (R27)."""
        settled = self._activation(KERNELS_KEPT)
        if settled is None:
            return
        begin = self._activation(2 * KERNELS_KEPT)
        block = 0 if begin is None else begin.block
        observed = self.origin.in_force(settled.block)[1]
        self.own.forget(settled.checkpoint.height, block)
        self.origin.forget(observed.height, block)
        self.transitions = {digest: one for digest, one in self.transitions.items() if digest in self.own.reported}
        self.reports = {digest: one for digest, one in self.reports.items() if digest in self.origin.reported}

    def _activation(self, back: int) -> Finalised | None:
        """The finalisation that made the kernel active which is so many before the newest; None if there is none."""
        if len(self.kernels) <= back:
            return None
        dynasty = self.kernels[-1 - back][1]
        return next((item for item in self.own.finalised if item.dynasty >= dynasty), None)

    def _progress(self, event: DecodedEvent) -> None:
        observed = self.observed(event.args["coreId"])
        if observed is None:
            return
        checkpoint = Checkpoint(event.args["blockHash"], event.args["height"])
        if event.name == "CheckpointJustified":
            observed.justified.setdefault(checkpoint.hash, checkpoint.height)
        else:
            observed.finalised.append(Finalised(checkpoint, event.args["dynasty"], event.block_number))

    def _publish(self, name: str, args: Mapping[str, Any]) -> None:
        signed = signed_vote_of(args)
        observed = self.observed(signed.vote.core_id)
        if observed is None:
            return
        known = observed.is_public(signed.vote, signed.validator)
        if name == "VoteCast":
            observed.counted[signed.vote, signed.validator] = args["kernelHeight"]
        if known:
            return
        if name == "VoteCast":
            observed.links.setdefault((signed.vote.source, signed.vote.target), []).append(signed)
        else:
            observed.conflicting.append(signed)


def _joined(known: range, added: range) -> range:
    """Both without a gap between them; else the added one alone."""
    if added.start > known.stop or added.stop < known.start:
        return added
    return range(min(known.start, added.start), max(known.stop, added.stop))


def signed_vote_of(args: Mapping[str, Any]) -> SignedVote:
    """The vote in the parameters of ``VoteCast`` or ``ConflictingVote``."""
    return SignedVote(vote_of(args["vote"]), args["validator"], args["signature"])
