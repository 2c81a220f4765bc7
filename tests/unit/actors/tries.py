"""Tries of one entry, and what a node answers about them."""

from __future__ import annotations

from typing import Any

from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.proofs import Account


def leaf(key: bytes, value: bytes) -> bytes:
    """The only node of a trie with one entry."""
    return rlp.encode([b"\x20" + keccak(key), value])


def proof_of(owner: bytes, slot: bytes, word: bytes) -> tuple[dict[str, Any], bytes]:
    """eth_getProof of a contract that holds one word, with the state root."""
    storage = leaf(slot, rlp.encode(word.lstrip(b"\0")))
    account = Account(nonce=1, balance=3, storage_root=keccak(storage), code_hash=b"\xcc" * 32)
    node = leaf(owner, account.encode())
    answer: dict[str, Any] = {
        "nonce": "0x1",
        "balance": "0x3",
        "storageHash": "0x" + account.storage_root.hex(),
        "codeHash": "0x" + account.code_hash.hex(),
        "accountProof": ["0x" + node.hex()],
        "storageProof": [{"proof": ["0x" + storage.hex()]}],
    }
    return answer, keccak(node)
