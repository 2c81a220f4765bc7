"""A state of origin that never was: one gateway alone in it, which knows one message that nobody declared."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.faults.mangle import Trie, one_entry
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.proofs import EMPTY_CODE_HASH, Account
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot
from devnet.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class ForgedState:
    """What anybody can make who may choose the root."""

    account: Account
    """The gateway's account."""
    storage: Trie
    """The gateway's storage, and the proof of the message's entry there."""
    state: Trie
    """The state, and the proof of the account there."""


def forge_state(gateway: Address, message: Hash32) -> ForgedState:
    """The state in which the gateway's outbox has the message as declared."""
    path = keccak(mapping_slot(message, GATEWAY_OUTBOX))
    storage = one_entry(path, rlp.encode(rlp.encode_integer(MessageStatus.DECLARED)))
    account = Account(1, 0, storage.root, EMPTY_CODE_HASH)
    return ForgedState(account, storage, one_entry(keccak(gateway), account.encode()))
