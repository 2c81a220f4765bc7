"""Votes: digests as EIP-712 says, signatures as R4 says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.identity import core_identifier, origin_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.signatures import address_of
from devnet.mosaic.transitions import Kernel, MetaBlock, Transition
from devnet.mosaic.votes import (
    Domain,
    InvalidSignature,
    SignedVote,
    Vote,
    cast,
    recover,
    registration_digest,
    sign_digest,
    sign_vote,
)

CORE = bytes(range(1, 21))
DOMAIN = Domain(1337, CORE)
SECRET = keccak(b"validator-1")
VOTE = Vote(core_identifier(1337, CORE), keccak(b"t"), keccak(b"s"), keccak(b"c"), 4, 5)
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SHARED_VECTORS = Path(__file__).parents[3] / "chains/contracts/test/vectors/votes.json"

TYPES = {
    "Vote": [
        {"name": "coreId", "type": "bytes32"},
        {"name": "transition", "type": "bytes32"},
        {"name": "source", "type": "bytes32"},
        {"name": "target", "type": "bytes32"},
        {"name": "sourceHeight", "type": "uint64"},
        {"name": "targetHeight", "type": "uint64"},
    ],
    "Registration": [
        {"name": "coreId", "type": "bytes32"},
        {"name": "depositor", "type": "address"},
        {"name": "validator", "type": "address"},
    ],
}


def eth_account_digest(primary: str, domain: Domain, values: tuple[object, ...]) -> bytes:
    names = [member["name"] for member in TYPES[primary]]
    signable = encode_typed_data(
        {"name": "Mosaic", "version": "1", "chainId": domain.chain_id, "verifyingContract": domain.core},
        {primary: TYPES[primary]},
        dict(zip(names, values, strict=True)),
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


words = st.binary(min_size=32, max_size=32)
heights = st.integers(0, 2**64 - 1)
addresses = st.binary(min_size=20, max_size=20)
votes = st.builds(Vote, words, words, words, words, heights, heights)
domains = st.builds(Domain, st.integers(0, 2**96 - 1), addresses)


@given(votes, domains)
def test_a_vote_digest_is_that_of_eth_account(vote: Vote, domain: Domain) -> None:
    assert vote.digest(domain) == eth_account_digest("Vote", domain, vote.fields())


@given(words, addresses, addresses, domains)
def test_a_registration_digest_is_that_of_eth_account(
    core_id: bytes, depositor: bytes, validator: bytes, domain: Domain
) -> None:
    expected = eth_account_digest("Registration", domain, (core_id, depositor, validator))
    assert registration_digest(core_id, depositor, validator, domain) == expected


@pytest.mark.parametrize("member", ["core_id", "transition", "source", "target", "source_height", "target_height"])
def test_every_member_is_signed(member: str) -> None:
    old = getattr(VOTE, member)
    change: dict[str, Any] = {member: old + 1 if isinstance(old, int) else keccak(old)}
    assert replace(VOTE, **change).digest(DOMAIN) != VOTE.digest(DOMAIN)


@pytest.mark.parametrize("domain", [Domain(1338, CORE), Domain(1337, bytes(20))], ids=["chain", "core"])
def test_another_domain_is_another_digest(domain: Domain) -> None:
    assert VOTE.digest(domain) != VOTE.digest(DOMAIN)


@pytest.mark.parametrize("member", ["core_id", "transition", "source", "target"])
@pytest.mark.parametrize("length", [31, 33])
def test_a_hash_of_another_length_has_no_digest(member: str, length: int) -> None:
    change: dict[str, Any] = {member: bytes(length)}
    with pytest.raises(ValueError, match=f"must have 32 bytes, found {length}"):
        replace(VOTE, **change).digest(DOMAIN)


@pytest.mark.parametrize("member", ["source_height", "target_height"])
@pytest.mark.parametrize("height", [-1, 2**64], ids=["negative", "too-large"])
def test_a_height_beyond_uint64_has_no_digest(member: str, height: int) -> None:
    change: dict[str, Any] = {member: height}
    with pytest.raises(ValueError, match="integer must be in"):
        replace(VOTE, **change).digest(DOMAIN)


def test_signing_twice_gives_the_same_bytes() -> None:
    assert sign_vote(VOTE, DOMAIN, SECRET) == sign_vote(VOTE, DOMAIN, SECRET)


@given(words, st.integers(1, CURVE_ORDER - 1))
def test_a_signature_is_that_of_eth_account_and_recovers(digest: bytes, number: int) -> None:
    secret = number.to_bytes(32, "big")
    signature = sign_digest(digest, secret)
    expected = Account.unsafe_sign_hash(digest, secret).signature
    assert signature == bytes(expected)
    assert len(signature) == 65
    assert signature[64] in (27, 28)
    assert int.from_bytes(signature[32:64], "big") <= CURVE_ORDER // 2


def test_a_signed_vote_names_its_signer() -> None:
    signed = sign_vote(VOTE, DOMAIN, SECRET)
    assert signed.validator == address_of(SECRET) == bytes.fromhex(Account.from_key(SECRET).address[2:])
    assert recover(signed, DOMAIN) == signed.validator
    assert cast(VOTE, signed.signature, DOMAIN) == signed


def test_a_signature_for_another_core_recovers_to_somebody_else() -> None:
    """R2."""
    signed = sign_vote(VOTE, DOMAIN, SECRET)
    assert recover(signed, Domain(1337, bytes(20))) != signed.validator


def broken_signatures() -> dict[str, bytes]:
    good = sign_vote(VOTE, DOMAIN, SECRET).signature
    high_s = (CURVE_ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    return {
        "empty": b"",
        "64-bytes": good[:64],
        "66-bytes": good + b"\0",
        "v-0": good[:64] + b"\0",
        "v-1": good[:64] + b"\1",
        "v-26": good[:64] + bytes([26]),
        "v-29": good[:64] + bytes([29]),
        "high-s": good[:32] + high_s + bytes([55 - good[64]]),
        "zero-r": bytes(32) + good[32:],
        "zero-s": good[:32] + bytes(32) + good[64:],
        "r-beyond-order": b"\xff" * 32 + good[32:],
        "no-point": (5).to_bytes(32, "big") + good[32:],
    }


@pytest.mark.parametrize("name", list(broken_signatures()))
def test_a_signature_that_breaks_one_condition_is_refused(name: str) -> None:
    """R4."""
    signature = broken_signatures()[name]
    with pytest.raises(InvalidSignature) as caught:
        recover(SignedVote(VOTE, address_of(SECRET), signature), DOMAIN)
    assert caught.value.signature == signature


def test_the_highest_low_s_is_not_refused_for_its_size() -> None:
    good = sign_vote(VOTE, DOMAIN, SECRET).signature
    edge = good[:32] + (CURVE_ORDER // 2).to_bytes(32, "big") + good[64:]
    assert len(recover(SignedVote(VOTE, address_of(SECRET), edge), DOMAIN)) == 20
    beyond = good[:32] + (CURVE_ORDER // 2 + 1).to_bytes(32, "big") + good[64:]
    with pytest.raises(InvalidSignature, match="lower half"):
        recover(SignedVote(VOTE, address_of(SECRET), beyond), DOMAIN)


# Shared with Solidity: both sides arrive at the values that eth_account computed.


def shared(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(SHARED_VECTORS.read_text())[name]
    return rows


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def member(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(member(one) for one in value)
    return unhex(value) if value.startswith("0x") else int(value)


def members(row: dict[str, Any]) -> list[Any]:
    return [member(value) for value in row["fields"].values()]


@pytest.mark.parametrize("row", shared("votes"))
def test_a_shared_vote_has_the_same_hashes_and_signature(row: dict[str, Any]) -> None:
    vote = Vote(*members(row))
    domain = Domain(int(row["chainId"]), unhex(row["core"]))
    assert domain.separator() == unhex(row["domainSeparator"])
    assert vote.struct_hash() == unhex(row["structHash"])
    assert vote.digest(domain) == unhex(row["digest"])
    signed = sign_vote(vote, domain, unhex(row["secret"]))
    assert (signed.validator, signed.signature) == (unhex(row["signer"]), unhex(row["signature"]))
    assert row["aboutOrigin"] == (vote.core_id == origin_identifier(domain.chain_id))


@pytest.mark.parametrize(
    ("name", "kind"), [("transitions", Transition), ("kernels", Kernel), ("metaBlocks", MetaBlock)]
)
def test_shared_structs_have_the_same_hash(name: str, kind: Any) -> None:
    rows = shared(name)
    assert rows
    for row in rows:
        assert kind(*members(row)).hash() == unhex(row.get("structHash") or row["hash"])


def test_shared_registrations_have_the_same_digest() -> None:
    rows = shared("registrations")
    assert rows
    for row in rows:
        domain = Domain(int(row["chainId"]), unhex(row["core"]))
        core_id, depositor, validator = members(row)
        assert registration_digest(core_id, depositor, validator, domain) == unhex(row["digest"])
