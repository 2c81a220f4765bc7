"""Decoding signed transactions, checked against eth-account's own signing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_account import Account

from devnet.chain.encoding import keccak
from devnet.chain.transaction import ORDER, decode_transaction
from devnet.errors import RpcError

CHAIN_ID = 4242
USER = Account.from_key(b"\1" * 32)
LEGACY = {"maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasPrice": 5}
ACCESS = [{"address": "0x" + "22" * 20, "storageKeys": ["0x" + "33" * 32]}]


@pytest.mark.parametrize(
    ("changes", "kind", "fees"),
    [
        ({}, 2, (10**9, 10**12)),
        (LEGACY, 0, (5, 5)),
        (LEGACY | {"accessList": ACCESS, "type": 1}, 1, (5, 5)),
        ({"accessList": ACCESS}, 2, (10**9, 10**12)),
        ({"to": None, "data": "0x6000"}, 2, (10**9, 10**12)),
    ],
    ids=["fee market", "legacy", "access list", "fee market with access list", "creation"],
)
def test_every_type_decodes_to_what_was_signed(
    sign: Callable[..., bytes], changes: dict[str, Any], kind: int, fees: tuple[int, int]
) -> None:
    raw = sign(0, 3, **changes)
    transaction = decode_transaction(raw, CHAIN_ID)
    assert transaction.sender == bytes.fromhex(USER.address[2:])
    assert (transaction.kind, transaction.nonce, transaction.gas, transaction.value) == (kind, 3, 21_000, 1)
    assert (transaction.priority_fee, transaction.max_fee) == fees
    assert transaction.to == (None if "to" in changes else b"\x11" * 20)
    assert len(transaction.access_list) == ("accessList" in changes)
    assert transaction.hash == keccak(raw)


def test_a_set_code_transaction_decodes() -> None:
    delegation = USER.sign_authorization({"chainId": CHAIN_ID, "address": "0x" + "44" * 20, "nonce": 9})
    signed = USER.sign_transaction(
        {
            "chainId": CHAIN_ID,
            "nonce": 0,
            "to": "0x" + "11" * 20,
            "value": 0,
            "gas": 100_000,
            "maxFeePerGas": 10,
            "maxPriorityFeePerGas": 1,
            "authorizationList": [delegation],
        }
    )
    transaction = decode_transaction(bytes(signed.raw_transaction), CHAIN_ID)
    (row,) = transaction.authorizations
    assert (transaction.kind, row.chain_id, row.address, row.nonce) == (4, CHAIN_ID, b"\x44" * 20, 9)


def test_a_legacy_transaction_without_replay_protection_has_no_chain() -> None:
    signed = USER.sign_transaction({"nonce": 0, "to": "0x" + "11" * 20, "value": 0, "gas": 21_000, "gasPrice": 5})
    transaction = decode_transaction(bytes(signed.raw_transaction), CHAIN_ID)
    assert transaction.chain_id is None
    assert transaction.sender == bytes.fromhex(USER.address[2:])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "typed transaction too short"),
        (b"\x05\xc0", "transaction type not supported"),
        (b"\x03\xc0", "transaction type not supported"),
        (b"\x80", "rlp: expected List"),
        (b"\xc0", "rlp: expected 9 fields"),
        (b"\x02", "rlp:"),
        (b"\x02\x80", "rlp: expected List"),
        (b"\xff" * 40, "rlp:"),
        (b"\xc1" * 3_000, "rlp:"),
    ],
    ids=["empty", "unknown type", "blob", "a string", "no fields", "type only", "typed string", "rubbish", "nested"],
)
def test_what_cannot_be_decoded_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(RpcError) as caught:
        decode_transaction(raw, CHAIN_ID)
    assert words in caught.value.message
    assert caught.value.code == -32000


def change(raw: bytes, index: int, value: Any) -> bytes:
    items = list(rlp.decode(raw[1:]))
    items[index] = value
    return raw[:1] + bytes(rlp.encode(items))


@pytest.mark.parametrize(
    ("index", "value", "words"),
    [
        (0, b"\x01", "invalid chain id for signer: have 1 want 4242"),
        (1, b"\x00\x01", "leading zero"),
        (1, b"\x01" * 9, "too long for uint64"),
        (4, [], "expected input string"),
        (5, b"\x11" * 19, "expected 20 bytes"),
        (6, b"\x01" * 33, "too long for uint256"),
        (8, b"\x01", "expected List"),
        (8, [[b"\x22" * 20]], "expected List"),
        (9, b"\x02", "invalid transaction v, r, s values"),
        (10, b"", "invalid transaction v, r, s values"),
        (11, (ORDER - 1).to_bytes(32, "big"), "invalid transaction v, r, s values"),
    ],
    ids=["chain", "nonce zero", "nonce long", "gas", "to", "value", "list", "entry", "parity", "r zero", "high s"],
)
def test_one_broken_field_is_refused(sign: Callable[..., bytes], index: int, value: Any, words: str) -> None:
    with pytest.raises(RpcError) as caught:
        decode_transaction(change(sign(0, 0), index, value), CHAIN_ID)
    assert words in caught.value.message


def test_bytes_after_the_transaction_are_refused(sign: Callable[..., bytes]) -> None:
    with pytest.raises(RpcError, match="rlp"):
        decode_transaction(sign(0, 0) + b"\0", CHAIN_ID)
