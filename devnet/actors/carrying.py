"""What is to be done about a message in flight: pure choices from what both chains say (R63-R68).

Nothing is decided by what was done before: only by where the message is on both chains, and by which state roots of
one chain can be shown to the other. So whoever dies in the middle goes on where the chains are, and two who carry the
same message want the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from devnet.actors.boxes import Entry
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.settlements import Ending, ending
from devnet.mosaic.transfers import Direction
from devnet.types import Hash32

UNDECLARED = MessageStatus.UNDECLARED
DECLARED = MessageStatus.DECLARED
PROGRESSED = MessageStatus.PROGRESSED
DECLARED_REVOCATION = MessageStatus.DECLARED_REVOCATION
REVOKED = MessageStatus.REVOKED

PATIENCE_BLOCKS = 12
"""Blocks of the chain where a message ends, from its confirmation there, after which it counts as abandoned (R68):
until then its sender may reveal the secret, or take it back."""


class Operation(Enum):
    """What anybody may do with a message."""

    CONFIRM = auto()
    """Tell the target that the message was declared."""
    PROGRESS_SOURCE = auto()
    """End it at the source, with its secret."""
    PROGRESS_SOURCE_BY_PROOF = auto()
    """The same with a proof of what the target says."""
    PROGRESS_TARGET = auto()
    """End it at the target, with its secret."""
    PROGRESS_TARGET_BY_PROOF = auto()
    """The same with a proof of what the source says."""
    CONFIRM_REVOCATION = auto()
    """Tell the target that the sender takes it back."""
    PROGRESS_REVOCATION = auto()
    """Tell the source that the target knows."""
    SETTLE = auto()
    """After a halt: end it on origin by what the last committed root shows of auxiliary (R74)."""

    def is_at_source(self, direction: Direction) -> bool:
        """Whether it is called where a message of that direction begins."""
        return self in _AT_SOURCE or (self is Operation.SETTLE and direction is Direction.STAKE)

    @property
    def names_status(self) -> bool:
        """Whether the call says which of two statuses is proven."""
        return self in _NAMING_STATUS


_AT_SOURCE = frozenset({Operation.PROGRESS_SOURCE, Operation.PROGRESS_SOURCE_BY_PROOF, Operation.PROGRESS_REVOCATION})
_NAMING_STATUS = frozenset({Operation.PROGRESS_SOURCE_BY_PROOF, Operation.PROGRESS_TARGET_BY_PROOF})

FUNCTIONS: Mapping[tuple[Direction, Operation], str] = MappingProxyType(
    {
        (Direction.STAKE, Operation.CONFIRM): "confirmStake",
        (Direction.STAKE, Operation.PROGRESS_SOURCE): "progressStake",
        (Direction.STAKE, Operation.PROGRESS_SOURCE_BY_PROOF): "progressStakeWithProof",
        (Direction.STAKE, Operation.PROGRESS_TARGET): "progressMint",
        (Direction.STAKE, Operation.PROGRESS_TARGET_BY_PROOF): "progressMintWithProof",
        (Direction.STAKE, Operation.CONFIRM_REVOCATION): "confirmRevertStake",
        (Direction.STAKE, Operation.PROGRESS_REVOCATION): "progressRevertStake",
        (Direction.STAKE, Operation.SETTLE): "settleStake",
        (Direction.REDEEM, Operation.CONFIRM): "confirmRedeem",
        (Direction.REDEEM, Operation.PROGRESS_SOURCE): "progressRedeem",
        (Direction.REDEEM, Operation.PROGRESS_SOURCE_BY_PROOF): "progressRedeemWithProof",
        (Direction.REDEEM, Operation.PROGRESS_TARGET): "progressUnstake",
        (Direction.REDEEM, Operation.PROGRESS_TARGET_BY_PROOF): "progressUnstakeWithProof",
        (Direction.REDEEM, Operation.CONFIRM_REVOCATION): "confirmRevertRedeem",
        (Direction.REDEEM, Operation.PROGRESS_REVOCATION): "progressRevertRedeem",
        (Direction.REDEEM, Operation.SETTLE): "settleRedeem",
    }
)
"""The gateways' names for it; Gateway has those that happen on origin, CoGateway the others."""


@dataclass(frozen=True, slots=True)
class Root:
    """A checkpoint of one chain whose state root the other chain has."""

    height: int
    """Its checkpoint height."""
    block: int
    """Its block number."""
    hash: Hash32
    """Its hash, the same on the branch that the actor reads."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One message, as both chains and their knowledge of each other have it."""

    outbox: Entry
    """At the source."""
    inbox: Entry
    """At the target."""
    source_roots: Sequence[Root]
    """Checkpoints of the source that the target has, the newest first."""
    target_roots: Sequence[Root]
    """Checkpoints of the target that the source has, the newest first."""
    target_height: int
    """Number of the target's newest block."""

    @property
    def secret(self) -> Hash32 | None:
        """The secret, once it is public on either side."""
        return self.outbox.secret or self.inbox.secret

    @property
    def is_abandoned(self) -> bool:
        """Whether the sender had its time, and did nothing."""
        return bool(self.inbox.changes) and self.target_height >= self.inbox.first_block + PATIENCE_BLOCKS


@dataclass(frozen=True, slots=True)
class Due:
    """One call that is to be made now."""

    operation: Operation
    """What to do."""
    root: Root | None = None
    """Under which root of the other chain to prove it; None if no proof is needed."""
    status: MessageStatus = UNDECLARED
    """What that root shows."""


def decide(flight: Flight) -> tuple[Due, ...]:
    """What is to be done now, at most one call on each chain; empty while there is nothing to be done or to be shown.

    A secret is used only where the other side has confirmed the message: one that progresses too early can never be
    confirmed. Who takes a message back gets its will, though an older root would let others progress it (J21).
    """
    return tuple(due for due in (_at_source(flight), _at_target(flight)) if due is not None)


def decide_settlement(direction: Direction, flight: Flight, last_height: int) -> tuple[Due, ...]:
    """What anybody can do on origin after a halt (R74); the rest is left to those who are owed something.

    ``last_height`` is the checkpoint height of the last commit; its root alone counts. Nothing is done about a root
    that the actor's own auxiliary chain does not have, for then it has no proof.
    """
    is_stake = direction is Direction.STAKE
    there, roots = (flight.inbox, flight.target_roots) if is_stake else (flight.outbox, flight.source_roots)
    if not roots or roots[0].height != last_height:
        return ()
    status = there.at(roots[0].block)
    both = (flight.outbox.status, status) if is_stake else (status, flight.inbox.status)
    is_open = ending(direction, *both) in (Ending.RETURNED, Ending.MINTED, Ending.PAID)
    return (Due(Operation.SETTLE, roots[0], status),) if is_open else ()


def _at_source(flight: Flight) -> Due | None:
    outbox, inbox = flight.outbox.status, flight.inbox.status
    if outbox is DECLARED and inbox in (DECLARED, PROGRESSED):
        if flight.secret is not None:
            return Due(Operation.PROGRESS_SOURCE)
        if inbox is PROGRESSED or flight.is_abandoned:
            return _proven(Operation.PROGRESS_SOURCE_BY_PROOF, flight.inbox, flight.target_roots, DECLARED, PROGRESSED)
    if outbox is DECLARED_REVOCATION and inbox is PROGRESSED:
        return _proven(Operation.PROGRESS_SOURCE_BY_PROOF, flight.inbox, flight.target_roots, PROGRESSED)
    if outbox is DECLARED_REVOCATION and inbox is REVOKED:
        return _proven(Operation.PROGRESS_REVOCATION, flight.inbox, flight.target_roots, REVOKED)
    return None


def _at_target(flight: Flight) -> Due | None:
    outbox, inbox = flight.outbox.status, flight.inbox.status
    if inbox is UNDECLARED:
        return _proven(Operation.CONFIRM, flight.outbox, flight.source_roots, DECLARED)
    if inbox is not DECLARED:
        return None
    if outbox is DECLARED_REVOCATION:
        return _proven(Operation.CONFIRM_REVOCATION, flight.outbox, flight.source_roots, DECLARED_REVOCATION)
    if outbox not in (DECLARED, PROGRESSED):
        return None
    if flight.secret is not None:
        return Due(Operation.PROGRESS_TARGET)
    if outbox is PROGRESSED or flight.is_abandoned:
        return _proven(Operation.PROGRESS_TARGET_BY_PROOF, flight.outbox, flight.source_roots, DECLARED, PROGRESSED)
    return None


def _proven(operation: Operation, entry: Entry, roots: Iterable[Root], *wanted: MessageStatus) -> Due | None:
    """The operation with the newest root that shows one of the statuses; None if there is none (yet)."""
    for root in roots:
        if root.block < entry.first_block:
            return None
        status = entry.at(root.block)
        if status in wanted:
            return Due(operation, root, status)
    return None
