"""What origin says about one core, as the events of its Core and Stake tell it. A pure fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devnet.actors.structs import kernel_of, transition_of
from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.headers import BLOCK_HASH_WINDOW
from devnet.mosaic.transitions import Kernel, Transition
from devnet.types import Address, Hash32

META_BLOCKS_KEPT = 16
"""Meta-blocks whose proposals are kept after the commit."""

PINS_KEPT = 256
"""Pinned blocks of origin that are kept though it has forgotten them: they are used a few epochs later."""

SOON = 8
"""Blocks in which a transaction is mined; nothing is begun that would be refused by then."""


@dataclass(slots=True)
class ProposalState:
    """One proposal of a meta-height."""

    kernel_height: int
    """Meta-height it was proposed for."""
    transition: Transition
    """T."""
    signers: dict[Hash32, set[Address]] = field(default_factory=dict)
    """By target: validators whose signature is counted."""
    shown: set[Hash32] = field(default_factory=set)
    """Transactions that showed these signatures."""
    unsealed: bool = False
    """Whether it lost the candidate's place and was not sealed again since."""


@dataclass(frozen=True, slots=True)
class BondState:
    """A proposal's bond that the core still holds (R39b)."""

    proposer: Address
    """Who gets it back."""
    kernel_height: int
    """Meta-height of the proposal."""


@dataclass(frozen=True, slots=True)
class CandidateState:
    """The sealed proposal."""

    proposal: Hash32
    """hash(T)."""
    target: Hash32
    """Target of the votes that seal it."""
    committable_at: int
    """First origin block that may commit it."""


def is_in_window(number: int, height: int) -> bool:
    """Whether a transaction that is sent when origin is that high finds the hash of that block (EIP-2935)."""
    return height + SOON - number <= BLOCK_HASH_WINDOW


@dataclass(slots=True)
class CoreState:
    """One core after some events of origin."""

    open_height: int = 0
    """Meta-height that is open; 0 before the contracts are there."""
    open_kernel: Hash32 = bytes(32)
    """Hash of the open kernel."""
    gas_target: int = 0
    """Accumulated auxiliary gas at which a commit is due."""
    kernels: dict[int, tuple[Kernel, int]] = field(default_factory=dict)
    """By meta-height every kernel that was opened, and the origin block that opened it."""
    commits: dict[int, Transition] = field(default_factory=dict)
    """By meta-height the transition that was committed."""
    targets: dict[int, Hash32] = field(default_factory=dict)
    """By meta-height the target of the votes that sealed it."""
    state_roots: dict[int, Hash32] = field(default_factory=dict)
    """By meta-height the auxiliary state root that became readable with it."""
    violated: set[int] = field(default_factory=set)
    """Meta-heights that were proven to have passed over a checkpoint (R38)."""
    committed_height: int = 0
    """Checkpoint height of the last commit; 0 is the root."""
    meta_blocks: int = 0
    """Meta-blocks committed, the genesis not counted."""
    proposals: dict[Hash32, ProposalState] = field(default_factory=dict)
    """By hash(T)."""
    candidate: CandidateState | None = None
    """The sealed proposal, if there is one."""
    pinned: dict[int, Hash32] = field(default_factory=dict)
    """Origin blocks whose hash the core stored, by number."""
    members: set[Address] = field(default_factory=set)
    """Everybody that ever registered, by auxiliary address."""
    slashed: set[Address] = field(default_factory=set)
    """Validators slashed on origin, by auxiliary address."""
    withdrawn: dict[Address, int] = field(default_factory=dict)
    """Origin block in which a validator's stake was paid back, by auxiliary address."""
    bonds: dict[Hash32, BondState] = field(default_factory=dict)
    """Bonds that the core holds, by hash(T)."""
    halted_at: int | None = None
    """Origin block in which the core halted for ever (R40); None while it runs."""

    @property
    def halted(self) -> bool:
        """Whether the core halted for ever (R40)."""
        return self.halted_at is not None

    def knows_origin(self, number: int, block_hash: Hash32, height: int) -> bool:
        """Whether a transition that names this block of origin can be proposed when origin is that high (R32).

        Nothing expires a core: what was pinned inside the window, or is named by the last commit, can for ever.
        """
        last = self.commits.get(self.meta_blocks)
        is_named = last.origin_checkpoint == block_hash if last is not None else number == 0
        return is_named or self.pinned.get(number) == block_hash or is_in_window(number, height)

    def open_proposals(self) -> dict[Hash32, ProposalState]:
        """Proposals for the open height."""
        return {digest: one for digest, one in self.proposals.items() if one.kernel_height == self.open_height}

    def apply_all(self, events: Iterable[DecodedEvent]) -> None:
        """Take in events in chain order; those of other contracts change nothing."""
        for event in events:
            self.apply(event)

    def apply(self, event: DecodedEvent) -> None:
        """Take in one event."""
        args = event.args
        match event.name:
            case "Proposed":
                transition = transition_of(args["transition"])
                self.proposals[args["proposalId"]] = ProposalState(args["kernelHeight"], transition)
                self.bonds[args["proposalId"]] = BondState(args["proposer"], args["kernelHeight"])
            case "BondReturned" | "BondForfeited":
                self.bonds.pop(args["proposalId"], None)
            case "VotesVerified":
                self._verified(args, event.transaction)
            case "Sealed":
                self._sealed(args)
            case "Superseded" | "Unsealed":
                self._vacated(args["proposalId"])
            case "MetaBlockCommitted":
                self._committed(args)
            case "KernelOpened":
                kernel = kernel_of(args["kernel"])
                self.open_height, self.open_kernel = args["height"], args["kernelHash"]
                self.gas_target = kernel.gas_target
                self.kernels[kernel.height] = kernel, event.block_number
                self._forget(event.block_number)
            case "OriginPinned":
                self.pinned[args["number"]] = args["blockHash"]
            case "ValidatorRegistered" | "ValidatorSlashed" | "StakeWithdrawn":
                self._member_changed(event)
            case "ViolationRecorded":
                self.violated.add(args["height"])
            case "Halted":
                self.halted_at = event.block_number

    def _member_changed(self, event: DecodedEvent) -> None:
        validator = event.args["validator"]
        if event.name == "ValidatorRegistered":
            self.members.add(validator)
        elif event.name == "ValidatorSlashed":
            self.slashed.add(validator)
        else:
            self.withdrawn[validator] = event.block_number

    def _forget(self, height: int) -> None:
        """Let go of proposals of meta-heights that were committed long ago, and of blocks pinned for them.

        What could be pinned again when origin is that high is kept: it would be taken for missing.
        """
        oldest = self.open_height - META_BLOCKS_KEPT
        self.proposals = {digest: one for digest, one in self.proposals.items() if one.kernel_height >= oldest}
        forgotten = [number for number in self.pinned if not is_in_window(number, height)]
        for number in forgotten[: max(0, len(forgotten) - PINS_KEPT)]:
            del self.pinned[number]

    def _committed(self, args: Mapping[str, Any]) -> None:
        self.meta_blocks, self.committed_height = args["height"], args["checkpointHeight"]
        self.candidate = None
        self.targets[args["height"]], self.state_roots[args["height"]] = args["target"], args["stateRoot"]
        proposal = self.proposals.get(args["transitionHash"])
        if proposal is not None:
            self.commits[args["height"]] = proposal.transition

    def _verified(self, args: Mapping[str, Any], transaction: Hash32) -> None:
        proposal = self.proposals.get(args["proposalId"])
        if proposal is not None:
            proposal.signers.setdefault(args["target"], set()).update(args["signers"])
            proposal.shown.add(transaction)

    def _sealed(self, args: Mapping[str, Any]) -> None:
        self.candidate = CandidateState(args["proposalId"], args["target"], args["committableAt"])
        proposal = self.proposals.get(args["proposalId"])
        if proposal is not None:
            proposal.unsealed = False

    def _vacated(self, digest: Hash32) -> None:
        # A superseding proposal's Sealed may come before or after; only the named one leaves the place.
        if self.candidate is not None and self.candidate.proposal == digest:
            self.candidate = None
        proposal = self.proposals.get(digest)
        if proposal is not None:
            proposal.unsealed = True
