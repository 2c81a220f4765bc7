"""Proves to a core that a quorum signed an origin block which origin no longer has: the core then halts (R31, R40).

The votes are auxiliary's own record, and so is the header: whoever reported it put it into a transaction there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record
from devnet.actors.links import contradicted
from devnet.chain.link import Link
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import parse_bytes
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.keccak import keccak
from devnet.mosaic.votes import Vote
from devnet.types import Hash32


@dataclass(frozen=True, slots=True)
class Reversal:
    """Votes about an origin block that was taken back."""

    reverted: Checkpoint
    """The block, source or target of the votes."""
    vote: Vote
    """What was signed."""
    signatures: tuple[bytes, ...]
    """By whom."""


def reversals(view: AuxiliaryView) -> Iterator[Reversal]:
    """Links that justified something about origin and name a block which the own node has another one for.

    Newest first: a core weighs votes by its last two sets only.
    """
    observed = view.state.origin
    taken_back = contradicted(observed, view.origin.seen.blocks, view.devnet.origin.epoch_length)
    lost = {one.hash: one for one in taken_back}
    if not lost:
        return
    links = [votes for (_, target), votes in observed.links.items() if target in observed.justified]
    for votes in sorted(links, key=lambda votes: -votes[0].vote.target_height):
        vote, signatures = votes[0].vote, tuple(signed.signature for signed in votes)
        yield from (Reversal(lost[end], vote, signatures) for end in (vote.target, vote.source) if end in lost)


class ReversalProver:
    """Watches over what one auxiliary believes about origin.

    A fisherman goes first; validators, ``is_validator``, take turns after it: their stakes hang on it, and a network
    may have no fisherman.
    """

    def __init__(
        self, view: AuxiliaryView, auxiliary: Link, origin: Link, record: Record, is_validator: bool = False
    ) -> None:
        self._view = view
        self._auxiliary = auxiliary
        self._origin = origin
        self._record = record
        self._is_validator = is_validator

    def act(self) -> None:
        """Prove a reversal, if there is one, the core still runs and it is this actor's turn. Raises ChainError."""
        view = self._view
        if not view.is_complete or view.core.halted:
            return
        found = list(reversals(view))
        # One proof is enough, whichever votes it rests on: while it is on its way no other is sent.
        what, height = "reversal", view.origin.seen.height
        if not found or not view.origin_attempts.may_send(what, height, self._turns()):
            return
        if any(self._report(one) for one in found):
            view.origin_attempts.sent(what, height)

    def _turns(self) -> int:
        """How many go first."""
        return 1 + self._view.turn_at(self._view.core.open_height) if self._is_validator else 0

    def _report(self, reversal: Reversal) -> bool:
        """Send the proof; False if origin would refuse it, so that other votes may be tried."""
        view, height = self._view, self._view.origin.seen.height
        what = ("reversal", reversal.vote.digest(view.domain), reversal.reverted.hash)
        if not view.origin_attempts.may_send(what, height):
            return False
        view.origin_attempts.sent(what, height)
        header = self._header(reversal.reverted.hash)
        meta_height = None if header is None else self._accepting(reversal, header)
        if header is None or meta_height is None:
            return False
        data = view.contracts.evidence.calldata("reportReversal", *_arguments(reversal, header, meta_height))
        gas = gas_limit("Evidence", "reportReversal", signatures=len(reversal.signatures))
        digest = view.origin_sender.send(view.contracts.evidence.address, data, gas)
        self._record(
            "ReversalReported",
            chain=self._origin.chain,
            block=height,
            auxiliary=view.name,
            hash="0x" + digest.hex(),
            reverted="0x" + reversal.reverted.hash.hex(),
            height=reversal.reverted.height,
            meta_height=meta_height,
        )
        return True

    def _header(self, block: Hash32) -> bytes | None:
        """The header as it was reported to auxiliary; None if a contract, not a transaction, reported it."""
        reported_by = self._view.state.reports.get(block)
        if reported_by is None:
            return None
        transaction = self._auxiliary.call("eth_getTransactionByHash", ("0x" + reported_by.hex(),))
        if transaction is None:
            return None
        call = self._view.contracts.observer.decode_calldata(parse_bytes(transaction["input"]))
        header = call[1][0] if call is not None and call[0] == "reportCheckpoint" else None
        return header if isinstance(header, bytes) and keccak(header) == block else None

    def _accepting(self, reversal: Reversal, header: bytes) -> int | None:
        """The height whose sets the signatures are a quorum of; None if they are of neither (R40)."""
        evidence, newest = self._view.contracts.evidence, self._view.core.open_height
        for meta_height in range(newest, max(0, newest - 2), -1):
            try:
                evidence.read(self._origin, "reportReversal", *_arguments(reversal, header, meta_height))
                return meta_height
            except ContractReverted:
                continue
        return None


def _arguments(reversal: Reversal, header: bytes, meta_height: int) -> tuple[object, ...]:
    return reversal.vote.fields(), list(reversal.signatures), header, meta_height
