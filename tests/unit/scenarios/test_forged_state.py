"""A forged state is one that every strict verifier takes, under a root that nobody should believe (R61, R69)."""

from __future__ import annotations

import pytest

from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.proofs import InvalidProof, verify_account, verify_storage
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, mapping_slot
from devnet.scenarios.forged_state import ForgedState, forge_state

GATEWAY, OTHER, MESSAGE = b"\x0a" * 20, b"\x0b" * 20, b"\x0c" * 32


@pytest.fixture(name="forged")
def new_state() -> ForgedState:
    return forge_state(GATEWAY, MESSAGE)


def test_the_gateways_account_and_the_declared_message_are_proven(forged: ForgedState) -> None:
    slot = mapping_slot(MESSAGE, GATEWAY_OUTBOX)
    verify_account(forged.state.root, GATEWAY, forged.account, forged.state.nodes)
    verify_storage(forged.account.storage_root, slot, MessageStatus.DECLARED, forged.storage.nodes)


def test_nothing_else_is_proven(forged: ForgedState) -> None:
    with pytest.raises(InvalidProof):
        verify_account(forged.state.root, OTHER, forged.account, forged.state.nodes)
    for slot in (mapping_slot(MESSAGE, GATEWAY_INBOX), mapping_slot(bytes(32), GATEWAY_OUTBOX)):
        with pytest.raises(InvalidProof):
            verify_storage(forged.storage.root, slot, MessageStatus.DECLARED, forged.storage.nodes)
