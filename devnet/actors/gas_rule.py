"""Proves that validators passed over a checkpoint which reached the gas target (R37, R38).

What counts is auxiliary's own record: that the checkpoint was final, early enough for everybody who sealed the
committed one to have known it. The record is proven under a state root that origin itself committed, and the
votes that finalised the checkpoint show that it could have been sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.actors.auxiliary_state import Finalised
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record
from devnet.actors.state_proofs import fetch_proofs
from devnet.actors.transition import transition_at
from devnet.chain.link import Link
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.mosaic.keccak import hash_word, keccak, uint_word
from devnet.mosaic.slots import BLOCK_STORE_CHECKPOINT_HASH, BLOCK_STORE_FINALITY, mapping_slot
from devnet.mosaic.transitions import Transition
from devnet.types import Hash32


@dataclass(frozen=True, slots=True)
class Violation:
    """A meta-block that passed over a checkpoint, with all that proves it but the trie proofs."""

    meta_height: int
    """Meta-block n."""
    transition: Transition
    """T' at the skipped checkpoint."""
    origin_number: int
    """Origin block number of its origin checkpoint."""
    target: Hash32
    """Target of the votes that finalised it."""
    signatures: tuple[bytes, ...]
    """Those votes' signatures."""
    recorded_in: int
    """Auxiliary block that recorded it as final."""
    committed_height: int
    """Checkpoint height that n committed instead."""
    proven_by: int
    """The first meta-block m >= n whose state has the record."""
    proving_block: Hash32
    """Auxiliary block that m committed."""
    state_root: Hash32
    """Its state root, as origin committed it."""
    words: tuple[tuple[bytes, bytes], ...]
    """Storage of the AuxiliaryBlockStore to be proven in that block: slots and their words."""

    def arguments(self, account: tuple[bytes, ...], storage: tuple[tuple[bytes, ...], ...]) -> tuple[object, ...]:
        """The struct that ``reportSkippedCheckpoint`` takes, with these proofs."""
        return (
            self.meta_height,
            self.transition.fields(),
            self.origin_number,
            self.target,
            list(self.signatures),
            self.recorded_in,
            self.proven_by,
            list(account),
            [list(proof) for proof in storage],
        )


def finality_word(transition: Transition, recorded_in: int) -> bytes:
    """What the store writes when a checkpoint is finalised: keccak256(abi.encode(hash(T), blockNumber)) (R27)."""
    return keccak(hash_word(transition.hash()) + uint_word(recorded_in))


def violations(view: AuxiliaryView, meta_height: int) -> Iterator[Violation]:
    """What meta-block n passed over and can be proven now, the lowest checkpoint first (R37)."""
    core, committed = view.core, view.core.commits[meta_height]
    lowest = core.commits[meta_height - 1].height if meta_height > 1 else 0
    latest_record = (committed.height + 1) * view.spec.epoch_length
    for item in sorted(view.state.own.finalised, key=lambda one: one.checkpoint.height):
        if lowest < item.checkpoint.height < committed.height and item.block <= latest_record:
            found = _violation(view, meta_height, item)
            if found is not None:
                yield found


def _violation(view: AuxiliaryView, meta_height: int, item: Finalised) -> Violation | None:
    """The violation that passing over this checkpoint was; None if it was none, or is not provable yet."""
    core, seen, epoch = view.core, view.chain.seen, view.spec.epoch_length
    kernel, _ = core.kernels[meta_height]
    skipped = transition_at(view.contracts.deployment, seen, view.state, item.checkpoint, epoch)
    origin_height = view.state.origin.justified.get(skipped.origin_checkpoint)
    target = view.checkpoint(skipped.height + 1)
    m = _proving(view, meta_height, item.block)
    if skipped.accumulated_gas < kernel.gas_target or skipped.kernel_hash != kernel.hash():
        return None
    if target is None or origin_height is None or m is None:
        return None
    committed = core.commits[meta_height]
    words = [(mapping_slot(skipped.height, BLOCK_STORE_FINALITY), finality_word(skipped, item.block))]
    if m > meta_height:
        slot = mapping_slot(committed.height + 1, BLOCK_STORE_CHECKPOINT_HASH)
        words.append((slot, core.targets[meta_height]))
    wanted, votes = skipped.hash(), view.state.own.links.get((skipped.checkpoint, target.hash), [])
    return Violation(
        meta_height=meta_height,
        transition=skipped,
        origin_number=origin_height * view.devnet.origin.epoch_length,
        target=target.hash,
        signatures=tuple(signed.signature for signed in votes if signed.vote.transition == wanted),
        recorded_in=item.block,
        committed_height=committed.height,
        proven_by=m,
        proving_block=core.commits[m].checkpoint,
        state_root=core.state_roots[m],
        words=tuple(words),
    )


def _proving(view: AuxiliaryView, meta_height: int, recorded_in: int) -> int | None:
    """The first meta-block from n on whose committed block is on this chain and not before the record.

    A later one than n proves nothing unless the votes that sealed n were for this chain too (R38).
    """
    core, seen, epoch = view.core, view.chain.seen, view.spec.epoch_length
    for m in range(meta_height, core.meta_blocks + 1):
        transition = core.commits.get(m)
        if transition is None or transition.height * epoch < recorded_in:
            continue
        number = transition.height * epoch
        if number > seen.height or seen.blocks[number].hash != transition.checkpoint:
            return None
        sealed = view.checkpoint(core.commits[meta_height].height + 1)
        is_ours = sealed is not None and sealed.hash == core.targets[meta_height]
        return m if m == meta_height or is_ours else None
    return None


class GasRule:
    """Watches over the gas rule of one core."""

    def __init__(self, view: AuxiliaryView, auxiliary: Link, origin: Link, record: Record) -> None:
        self._view = view
        self._auxiliary = auxiliary
        self._origin = origin
        self._record = record

    def act(self) -> None:
        """Report every meta-block that passed over a checkpoint, as long as it may be. Raises ChainError."""
        view = self._view
        if not view.is_complete:
            return
        for meta_height in sorted(view.core.commits):
            if meta_height in view.core.violated or self._is_over(meta_height):
                continue
            for violation in violations(view, meta_height):
                if self._report(violation):
                    break

    def _is_over(self, meta_height: int) -> bool:
        """Whether the next block is too late: the period runs from the commit after n (R38)."""
        opened = self._view.core.kernels.get(meta_height + 2)
        period = self._view.devnet.parameters.evidence_period
        return opened is not None and self._view.origin.seen.height + 1 >= opened[1] + period

    def _report(self, violation: Violation) -> bool:
        """Send the proof; False if origin would refuse it, so that another checkpoint may be tried."""
        view, height = self._view, self._view.origin.seen.height
        what = ("skipped", violation.meta_height, violation.transition.hash())
        if not view.origin_attempts.may_send(what, height):
            return True
        view.origin_attempts.sent(what, height)
        evidence, arguments = view.contracts.evidence, violation.arguments(*self._proofs(violation))
        try:
            evidence.read(self._origin, "reportSkippedCheckpoint", arguments)
        except ContractReverted:
            return False
        data = evidence.calldata("reportSkippedCheckpoint", arguments)
        gas = gas_limit("Evidence", "reportSkippedCheckpoint", signatures=len(violation.signatures))
        digest = view.origin_sender.send(evidence.address, data, gas)
        self._record(
            "ViolationReported",
            chain=self._origin.chain,
            block=height,
            auxiliary=view.name,
            hash="0x" + digest.hex(),
            meta_height=violation.meta_height,
            skipped_height=violation.transition.height,
            committed_height=violation.committed_height,
            proven_by=violation.proven_by,
        )
        return True

    def _proofs(self, violation: Violation) -> tuple[tuple[bytes, ...], tuple[tuple[bytes, ...], ...]]:
        store = self._view.contracts.block_store.address
        return fetch_proofs(self._auxiliary, violation.proving_block, violation.state_root, store, violation.words)
