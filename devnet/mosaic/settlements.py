"""How a message ends on a halted core, by the last committed root alone (R74)."""

from __future__ import annotations

from enum import StrEnum

from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Direction


class Ending(StrEnum):
    """What is left to do about a message on a halted core, and to whose good."""

    RETURNED = "returned"
    """Anybody may settle it: a stake goes back to its sender in full."""
    MINTED = "minted"
    """Anybody may settle it: a stake ends as progressed, for the balances under the root hold it."""
    PAID = "paid"
    """Anybody may settle it: a redemption is paid to its beneficiary in full."""
    CLAIMED = "claimed"
    """Neither chain paid it: who is owed it may claim it once."""
    OVER = "over"
    """Nothing: it had ended, or the balances under the root hold it."""


_OPEN = (MessageStatus.DECLARED, MessageStatus.DECLARED_REVOCATION)
_TAKEN = (*_OPEN, MessageStatus.PROGRESSED)


def ending(direction: Direction, outbox: MessageStatus, inbox: MessageStatus) -> Ending:
    """The row of R74's table: origin's side as it is, auxiliary's as the last committed root shows it."""
    return _stake(outbox, inbox) if direction is Direction.STAKE else _redemption(outbox, inbox)


def _stake(outbox: MessageStatus, inbox: MessageStatus) -> Ending:
    is_minted = inbox is MessageStatus.PROGRESSED
    if outbox in _OPEN:
        return Ending.MINTED if is_minted else Ending.RETURNED
    return Ending.CLAIMED if outbox is MessageStatus.PROGRESSED and not is_minted else Ending.OVER


def _redemption(outbox: MessageStatus, inbox: MessageStatus) -> Ending:
    if outbox in _TAKEN and inbox in (MessageStatus.UNDECLARED, MessageStatus.DECLARED):
        return Ending.PAID
    is_torn = outbox is MessageStatus.DECLARED_REVOCATION and inbox is MessageStatus.REVOKED
    return Ending.CLAIMED if is_torn else Ending.OVER


_DESIGNATOR = bytes.fromhex("ef0100")
_DESIGNATOR_LENGTH = 23


def runs_own_code(code: bytes) -> bool:
    """Whether an account with this code has no owner's key, so that another may own its address elsewhere (R73).

    A designator only names another's code and leaves the key (EIP-7702).
    """
    return bool(code) and not (len(code) == _DESIGNATOR_LENGTH and code.startswith(_DESIGNATOR))
