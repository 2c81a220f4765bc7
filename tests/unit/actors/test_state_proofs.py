"""Proofs are checked before they are sent, whatever a node answers (EIP-1186)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors.state_proofs import checked_proofs, fetch_code, fetch_proofs, fetch_word
from devnet.errors import TransportError
from devnet.mosaic.proofs import InvalidProof
from devnet.mosaic.slots import BLOCK_STORE_FINALITY, mapping_slot
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.tries import proof_of

OWNER = b"\x03" * 20
SLOT, WORD = mapping_slot(1, BLOCK_STORE_FINALITY), b"\x11" * 32
WORDS = ((SLOT, WORD),)
ANSWER, ROOT = proof_of(OWNER, SLOT, WORD)


def test_what_a_node_proves_is_handed_on() -> None:
    link = FakeLink([], answers={"eth_getProof": ANSWER})
    account, storage = fetch_proofs(link, b"\x0b" * 32, ROOT, OWNER, WORDS)
    assert (len(account), [len(nodes) for nodes in storage]) == (1, [1])


@pytest.mark.parametrize(
    "changes",
    [{"accountProof": None}, {"storageProof": []}, {"storageProof": [{}]}, {"nonce": "one"}, {"storageHash": 7}],
)
def test_an_answer_of_another_shape_is_no_proof(changes: dict[str, Any]) -> None:
    assert checked_proofs(ANSWER, ROOT, OWNER, WORDS)
    with pytest.raises(TransportError):
        checked_proofs(ANSWER | changes, ROOT, OWNER, WORDS)


def test_another_word_is_not_proven() -> None:
    with pytest.raises(InvalidProof):
        checked_proofs(ANSWER, ROOT, OWNER, ((SLOT, b"\x12" * 32),))


def test_an_account_under_another_state_root_is_refused() -> None:
    link = FakeLink([], answers={"eth_getProof": ANSWER}, chain="origin")
    with pytest.raises(TransportError, match="origin: the proof of what its contract stores does not hold"):
        fetch_proofs(link, b"\x0b" * 32, b"\x01" * 32, OWNER, WORDS)


def test_a_word_that_is_zero_is_proven_by_an_account_that_is_absent_too() -> None:
    """R73: a gateway that was not there yet stored nothing."""
    link = FakeLink([], answers={"eth_getProof": ANSWER})
    assert fetch_word(link, b"\x0b" * 32, ROOT, OWNER, SLOT, int.from_bytes(WORD))[1]
    account, storage = fetch_word(link, b"\x0b" * 32, ROOT, b"\x99" * 20, SLOT, 0)
    assert (len(account), storage) == (1, ())
    with pytest.raises(TransportError):
        fetch_word(link, b"\x0b" * 32, ROOT, b"\x99" * 20, SLOT, 1)
    with pytest.raises(TransportError):
        fetch_word(link, b"\x0b" * 32, ROOT, OWNER, SLOT, 0)


def test_an_account_is_proven_with_its_code_or_absent_and_without() -> None:
    """R73: who has code of its own cannot pass for absent."""
    answer = ANSWER | {"storageProof": []}
    link = FakeLink([], answers={"eth_getProof": answer, "eth_getCode": "0x60"})
    assert fetch_code(link, b"\x0b" * 32, ROOT, OWNER) == ((bytes.fromhex(ANSWER["accountProof"][0][2:]),), b"\x60")
    with pytest.raises(TransportError):
        fetch_code(link, b"\x0b" * 32, ROOT, b"\x99" * 20)
    empty = FakeLink([], answers={"eth_getProof": answer, "eth_getCode": "0x"})
    nodes, code = fetch_code(empty, b"\x0b" * 32, ROOT, b"\x99" * 20)
    assert (len(nodes), code) == (1, b"")
