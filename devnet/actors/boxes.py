"""The outboxes and inboxes of one chain, as the gateways' events fill them.

A pure fold, like the other states: it knows which status every message had at the end of every block, so that
whoever wants to prove one knows which state root shows it. One chain alone lets go of nothing: what ended here may be
open there. ``over`` tells what may be forgotten on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.messages import ENDED, MessageStatus
from devnet.mosaic.transfers import Box, Transfer, effect_of
from devnet.types import Address, Hash32

ENDED_KEPT = 1_000
"""Messages of each direction that stay known after they ended on both sides."""

SETTLING = ("StakeSettled", "RedeemSettled")
"""Events of what is ended after a halt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in one box."""

    changes: tuple[tuple[int, MessageStatus], ...] = ()
    """Block and the status from the end of it on, in chain order."""
    transfer: Transfer | None = None
    """What was declared; in an outbox only."""
    secret: Hash32 | None = None
    """The secret, if somebody progressed the message with it here."""
    settled: bool = False
    """Whether it was ended here after a halt, by the last committed root (R74)."""
    bounty_owner: Address | None = None
    """Who declared it and locked the bounty, the sender or a facilitator (R67); in an outbox only."""

    @property
    def status(self) -> MessageStatus:
        """Where the message is now."""
        return self.changes[-1][1] if self.changes else MessageStatus.UNDECLARED

    @property
    def first_block(self) -> int:
        """Where the message became known here; 0 if it is not."""
        return self.changes[0][0] if self.changes else 0

    def at(self, block: int) -> MessageStatus:
        """The status at the end of a block."""
        for number, status in reversed(self.changes):
            if number <= block:
                return status
        return MessageStatus.UNDECLARED

    def ended_before(self, block: int) -> bool:
        """Whether it was ended here below that block."""
        return self.status in ENDED and self.changes[-1][0] < block

    def after(self, event: DecodedEvent, status: MessageStatus) -> Entry:
        """The same after one more event."""
        args = event.args
        secret = args.get("secret")
        return Entry(
            (*self.changes, (event.block_number, status)),
            transfer_of(args["transfer"]) if "transfer" in args else self.transfer,
            secret if secret is not None and any(secret) else self.secret,
            self.settled or event.name in SETTLING,
            args["facilitator"] if "transfer" in args else self.bounty_owner,
        )


UNKNOWN = Entry()
"""A message that a box knows nothing of."""


@dataclass(slots=True)
class Boxes:
    """Both boxes of one gateway, in the order in which messages came to be known."""

    outbox: dict[Hash32, Entry] = field(default_factory=dict)
    """Messages that begin here."""
    inbox: dict[Hash32, Entry] = field(default_factory=dict)
    """Messages that end here."""

    def apply(self, event: DecodedEvent) -> None:
        """Take in one event of the gateway; those that name no message change nothing."""
        effect = effect_of(event.name, returned=bool(event.args.get("returned", False)))
        if effect is None:
            return
        box = self.outbox if effect.box is Box.OUTBOX else self.inbox
        digest: Hash32 = event.args["messageHash"]
        box[digest] = box.get(digest, UNKNOWN).after(event, effect.status)

    def declared(self) -> Iterator[tuple[Hash32, Entry]]:
        """The messages that begin here, the oldest first."""
        return iter(self.outbox.items())

    def forget(self, messages: Iterable[Hash32]) -> None:
        """Let go of messages; the other end has to, too, or it takes them for new."""
        for message in messages:
            self.outbox.pop(message, None)
            self.inbox.pop(message, None)


def over(source: Boxes, target: Boxes, source_block: int, target_block: int) -> list[Hash32]:
    """Messages that may be forgotten on both chains, the oldest first: none unless there are very many.

    They ended at the source before the one block and at the target before the other; the newest of them stay.
    """
    if len(source.outbox) <= 2 * ENDED_KEPT:
        return []
    ended = [
        message
        for message, outbox in source.outbox.items()
        if outbox.ended_before(source_block) and target.inbox.get(message, UNKNOWN).ended_before(target_block)
    ]
    return ended[:-ENDED_KEPT] if len(ended) > 2 * ENDED_KEPT else []


def transfer_of(struct: Mapping[str, Any]) -> Transfer:
    """The transfer in a decoded ``Transfer`` struct."""
    return Transfer(
        amount=struct["amount"],
        beneficiary=struct["beneficiary"],
        gas_price=struct["gasPrice"],
        gas_limit=struct["gasLimit"],
        sender=struct["sender"],
        nonce=struct["nonce"],
        hash_lock=struct["hashLock"],
    )
