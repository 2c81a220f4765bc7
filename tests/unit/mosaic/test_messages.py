"""Gateway messages and intents (R62)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data

from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import Intent, Message, MessageStatus, hash_lock
from devnet.mosaic.votes import Domain

INTENT = Intent(10**18, b"\x0b" * 20, 1337, b"\x0a" * 20, 2001, b"\x0c" * 20)
MESSAGE = Message(INTENT.stake_hash(), 0, 10**9, 200_000, b"\x05" * 20, hash_lock(keccak(b"secret")))
DOMAIN = Domain(1337, b"\xc0" * 20)
INTENT_TYPE = [
    {"name": "amount", "type": "uint256"},
    {"name": "beneficiary", "type": "address"},
    {"name": "originChainId", "type": "uint256"},
    {"name": "gateway", "type": "address"},
    {"name": "auxiliaryChainId", "type": "uint256"},
    {"name": "coGateway", "type": "address"},
]
MESSAGE_TYPE = [
    {"name": "intentHash", "type": "bytes32"},
    {"name": "nonce", "type": "uint256"},
    {"name": "gasPrice", "type": "uint256"},
    {"name": "gasLimit", "type": "uint256"},
    {"name": "sender", "type": "address"},
    {"name": "hashLock", "type": "bytes32"},
]


def typed(primary: str, members: list[dict[str, str]], value: Any) -> Any:
    domain = {"name": "Mosaic", "version": "1", "chainId": DOMAIN.chain_id, "verifyingContract": DOMAIN.core}
    values = [getattr(value, field.name) for field in fields(value)]
    message = dict(zip((member["name"] for member in members), values, strict=True))
    return encode_typed_data(domain, {primary: members}, message)


def test_intent_hashes_are_those_of_eth_account_and_differ() -> None:
    assert INTENT.stake_hash() == typed("StakeIntent", INTENT_TYPE, INTENT).body
    assert INTENT.redeem_hash() == typed("RedeemIntent", INTENT_TYPE, INTENT).body
    assert INTENT.stake_hash() != INTENT.redeem_hash()


def test_a_message_hash_and_digest_are_those_of_eth_account() -> None:
    signable = typed("Message", MESSAGE_TYPE, MESSAGE)
    assert MESSAGE.hash() == signable.body
    assert MESSAGE.digest(DOMAIN) == keccak(b"\x19\x01" + signable.header + signable.body)


def test_the_message_type_is_the_one_that_the_earlier_contracts_meant() -> None:
    from devnet.mosaic.messages import MESSAGE_TYPE_HASH

    assert MESSAGE_TYPE_HASH.hex() == "9cf4230a47925df81c8303f411cf77638da117f88b9797df996fd848e6ad8f64"


@pytest.mark.parametrize("member", [field.name for field in fields(Message)])
def test_every_member_of_a_message_is_hashed(member: str) -> None:
    old = getattr(MESSAGE, member)
    change: dict[str, Any] = {member: old + 1 if isinstance(old, int) else keccak(old)[-len(old) :]}
    assert replace(MESSAGE, **change).hash() != MESSAGE.hash()


@pytest.mark.parametrize("member", [field.name for field in fields(Intent)])
def test_every_member_of_an_intent_is_hashed(member: str) -> None:
    old = getattr(INTENT, member)
    change: dict[str, Any] = {member: old + 1 if isinstance(old, int) else keccak(old)[-len(old) :]}
    assert replace(INTENT, **change).stake_hash() != INTENT.stake_hash()


def test_the_hash_lock_is_the_hash_of_the_encoded_secret() -> None:
    secret = keccak(b"secret")
    assert hash_lock(secret) == keccak(encode(["bytes32"], [secret]))


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="must have 32 bytes"):
        hash_lock(b"short")


def test_statuses_have_the_stored_numbers() -> None:
    assert sorted(MessageStatus) == list(range(5))
    assert [status.name for status in sorted(MessageStatus)] == [
        "UNDECLARED",
        "DECLARED",
        "PROGRESSED",
        "DECLARED_REVOCATION",
        "REVOKED",
    ]
