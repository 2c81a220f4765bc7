"""Proofs of a contract's storage, as a node gives them and contracts of another chain take them (R69; EIP-1186).

What a node answers is checked here first: a proof that does not hold would only cost gas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.chain.encoding import from_quantity
from devnet.chain.link import Link
from devnet.contracts.handle import parse_bytes
from devnet.errors import TransportError
from devnet.mosaic.keccak import keccak, uint_word
from devnet.mosaic.proofs import Account, InvalidProof, verify_absence, verify_account, verify_storage
from devnet.types import Address, Hash32

Words = tuple[tuple[bytes, bytes], ...]
"""Storage slots and the word in each."""


def fetch_proofs(
    link: Link, block: Hash32, state_root: Hash32, contract: Address, words: Words
) -> tuple[tuple[bytes, ...], tuple[tuple[bytes, ...], ...]]:
    """Account proof and storage proofs of those words in that block, from a node of its chain.

    Raises TransportError if they do not hold under the state root, and RpcError if the node does not have the block.
    """
    slots = ["0x" + slot.hex() for slot, _ in words]
    answer = link.call("eth_getProof", ("0x" + contract.hex(), slots, {"blockHash": "0x" + block.hex()}))
    try:
        return checked_proofs(answer, state_root, contract, words)
    except InvalidProof as error:
        raise TransportError(f"{link.chain}: the proof of what its contract stores does not hold: {error}") from error


def fetch_word(
    link: Link, block: Hash32, state_root: Hash32, contract: Address, slot: bytes, word: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Account proof and storage proof of one word; for zero also that the account is absent, without a storage proof.

    Raises as ``fetch_proofs``.
    """
    try:
        account, storage = fetch_proofs(link, block, state_root, contract, ((slot, uint_word(word)),))
        return account, storage[0]
    except TransportError:
        if word != 0:
            raise
        return _absence(link, block, state_root, contract), ()


def fetch_code(link: Link, block: Hash32, state_root: Hash32, account: Address) -> tuple[tuple[bytes, ...], bytes]:
    """Proof of an account, or of its absence, and the code that it has in that block (R73). Raises as above."""
    where = {"blockHash": "0x" + block.hex()}
    code = parse_bytes(link.call("eth_getCode", ("0x" + account.hex(), where)))
    try:
        return fetch_proofs(link, block, state_root, account, ())[0], code
    except TransportError:
        if code:
            raise
        return _absence(link, block, state_root, account), code


def _absence(link: Link, block: Hash32, state_root: Hash32, account: Address) -> tuple[bytes, ...]:
    answer = link.call("eth_getProof", ("0x" + account.hex(), [], {"blockHash": "0x" + block.hex()}))
    try:
        nodes = tuple(parse_bytes(node) for node in answer["accountProof"])
        verify_absence(state_root, keccak(account), nodes)
    except (KeyError, TypeError, InvalidProof) as error:
        raise TransportError(f"{link.chain}: expected a proof that an account is absent: {error}") from error
    return nodes


def checked_proofs(
    answer: Mapping[str, Any], state_root: Hash32, contract: Address, words: Words
) -> tuple[tuple[bytes, ...], tuple[tuple[bytes, ...], ...]]:
    """Account proof and storage proofs in a node's answer to eth_getProof, if they prove those words under that root.

    Raises InvalidProof if they do not, and TransportError for an answer of another shape.
    """
    try:
        account = Account(
            nonce=from_quantity(answer["nonce"]),
            balance=from_quantity(answer["balance"]),
            storage_root=parse_bytes(answer["storageHash"]),
            code_hash=parse_bytes(answer["codeHash"]),
        )
        account_proof = tuple(parse_bytes(node) for node in answer["accountProof"])
        storage = tuple(tuple(parse_bytes(node) for node in item["proof"]) for item in answer["storageProof"])
    except (KeyError, TypeError) as error:
        raise TransportError(f"expected the proof of an account, found {answer!r}"[:200]) from error
    if len(storage) != len(words):
        raise TransportError(f"expected {len(words)} storage proofs, found {len(storage)}")
    verify_account(state_root, contract, account, account_proof)
    for (slot, word), nodes in zip(words, storage, strict=True):
        verify_storage(account.storage_root, slot, int.from_bytes(word), nodes)
    return account_proof, storage
