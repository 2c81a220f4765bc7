"""Block headers: 21 fields, hashed as geth hashes them, decoded strictly (R26)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import rlp as pyrlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.headers import Header, InvalidHeader, decode_header, header_from_rpc
from devnet.mosaic.keccak import keccak
from tests.unit.mosaic.header_cases import HEADER


def items(header: Header) -> list[Any]:
    decoded = pyrlp.decode(header.encode())
    assert isinstance(decoded, list)
    return decoded


def rpc_block(header: Header) -> dict[str, Any]:
    return {
        "parentHash": "0x" + header.parent_hash.hex(),
        "sha3Uncles": "0x" + header.uncles_hash.hex(),
        "miner": "0x" + header.fee_recipient.hex(),
        "stateRoot": "0x" + header.state_root.hex(),
        "transactionsRoot": "0x" + header.transactions_root.hex(),
        "receiptsRoot": "0x" + header.receipts_root.hex(),
        "logsBloom": "0x" + header.logs_bloom.hex(),
        "difficulty": hex(header.difficulty),
        "number": hex(header.number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": "0x" + header.extra_data.hex(),
        "mixHash": "0x" + header.prev_randao.hex(),
        "nonce": "0x" + header.nonce.hex(),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "withdrawalsRoot": "0x" + header.withdrawals_root.hex(),
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": "0x" + header.parent_beacon_block_root.hex(),
        "requestsHash": "0x" + header.requests_hash.hex(),
        "hash": "0x" + header.hash.hex(),
        "transactions": [],
        "size": "0x25f",
    }


def test_a_header_has_twenty_one_items_in_order() -> None:
    found = items(HEADER)
    assert len(found) == 21
    assert found[0] == HEADER.parent_hash
    assert found[3] == HEADER.state_root
    assert found[5] == HEADER.receipts_root
    assert found[7] == b""
    assert found[8] == b"\x05"
    assert found[11] == (1_700_000_005).to_bytes(4, "big")
    assert found[20] == HEADER.requests_hash


def test_the_hash_is_that_of_the_encoding() -> None:
    assert HEADER.hash == keccak(pyrlp.encode(items(HEADER)))


def test_an_empty_post_merge_block_with_zero_fields_decodes() -> None:
    assert decode_header(HEADER.encode()) == HEADER


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=32))
def test_a_header_decodes_to_what_was_encoded(number: int, gas_used: int, extra: bytes) -> None:
    header = replace(HEADER, number=number, gas_used=gas_used, extra_data=extra)
    assert decode_header(header.encode()) == header
    assert header_from_rpc(rpc_block(header)) == header


def test_fields_of_later_forks_are_kept_and_hashed() -> None:
    data = pyrlp.encode([*items(HEADER), keccak(b"access list"), b"\x07"])
    header = decode_header(data)
    assert header.further == (keccak(b"access list"), b"\x07")
    assert header.encode() == data
    assert header.hash == keccak(data) != HEADER.hash
    assert header.number == HEADER.number


@pytest.mark.parametrize("index", range(21))
def test_a_missing_field_is_refused(index: int) -> None:
    found = items(HEADER)
    with pytest.raises(InvalidHeader):
        decode_header(pyrlp.encode(found[:index] + found[index + 1 :]))


@pytest.mark.parametrize("index", range(22))
def test_a_list_in_place_of_a_field_is_refused(index: int) -> None:
    found = [*items(HEADER), b"later"]
    found[index] = [b"x"]
    with pytest.raises(InvalidHeader):
        decode_header(pyrlp.encode(found))


FIXED = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 19, 20]


@pytest.mark.parametrize("index", FIXED)
@pytest.mark.parametrize("change", [lambda item: item[:-1], lambda item: item + b"\1"], ids=["short", "long"])
def test_a_field_of_another_length_is_refused(index: int, change: Any) -> None:
    found = items(HEADER)
    found[index] = change(found[index])
    with pytest.raises(InvalidHeader, match=fields(Header)[index].name):
        decode_header(pyrlp.encode(found))


@pytest.mark.parametrize("index", sorted(set(range(21)) - set(FIXED) - {12}))
def test_an_integer_with_a_leading_zero_is_refused(index: int) -> None:
    found = items(HEADER)
    found[index] = b"\0" + found[index]
    with pytest.raises(InvalidHeader, match="leading zero"):
        decode_header(pyrlp.encode(found))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80", HEADER.encode()[:-1], HEADER.encode() + b"\0", b"\xf9\xff\xff" + HEADER.encode()[3:]],
    ids=["nothing", "a-string", "cut-off", "trailing-byte", "wrong-length"],
)
def test_bytes_that_are_no_canonical_list_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidHeader):
        decode_header(data)


def test_a_node_that_lies_about_the_hash_is_caught() -> None:
    block = rpc_block(HEADER) | {"hash": "0x" + keccak(b"lie").hex()}
    with pytest.raises(InvalidHeader, match="claims hash"):
        header_from_rpc(block)


@pytest.mark.parametrize("key", [key for key in rpc_block(HEADER) if key not in ("hash", "transactions", "size")])
def test_a_block_without_a_field_is_refused(key: str) -> None:
    block = rpc_block(HEADER)
    del block[key]
    with pytest.raises(InvalidHeader, match=f"has no field {key}"):
        header_from_rpc(block)


def test_a_malformed_field_is_refused() -> None:
    with pytest.raises(InvalidHeader, match="malformed"):
        header_from_rpc(rpc_block(HEADER) | {"number": "five"})


def test_a_block_of_the_next_fork_hashes_with_its_two_fields() -> None:
    later = replace(HEADER, further=(keccak(b"access list"), b"\x07"))
    block = rpc_block(later) | {"blockAccessListHash": "0x" + keccak(b"access list").hex(), "slotNumber": "0x7"}
    assert header_from_rpc(block) == later
