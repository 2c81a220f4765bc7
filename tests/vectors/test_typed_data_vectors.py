"""EIP-712. The project hashes fixed structs only, so the rows are checked in two ways.

Every row goes through eth_account, the oracle of the unit tests, which must itself be right. Rows whose
primary struct has only static members of our kinds go through our own ``hash_struct`` too, and the example
of EIP-712 through our signing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account.messages import encode_typed_data

from devnet.mosaic.keccak import address_word, hash_struct, hash_word, keccak, uint_word
from devnet.mosaic.signatures import address_of, recover_signer, sign_digest
from tests.vectors.rows import read, unhex

WORDS: dict[str, Callable[[Any], bytes]] = {
    "bytes32": lambda value: hash_word(unhex(value)),
    "address": lambda value: address_word(unhex(value)),
    "bytes": lambda value: keccak(unhex(value)),
    "string": lambda value: keccak(value.encode()),
    "bool": lambda value: uint_word(int(value), 1),
} | {f"uint{bits}": (lambda value, bits=bits: uint_word(int(value), bits)) for bits in range(8, 257, 8)}


def as_numbers(kind: str, value: Any) -> Any:
    """eth_account takes integers as numbers; the file has decimal strings."""
    return int(value) if kind.startswith(("uint", "int")) and isinstance(value, str) else value


def domain_of(row: dict[str, Any]) -> dict[str, Any]:
    kinds = {"chainId": "uint256"}
    return {name: as_numbers(kinds.get(name, ""), value) for name, value in row["domain"].items()}


def convert(types: dict[str, Any], kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind.endswith("]"):
        return [convert(types, kind[: kind.rindex("[")], one) for one in value]
    if kind in types:
        return {member["name"]: convert(types, member["type"], value[member["name"]]) for member in types[kind]}
    return as_numbers(kind, value)


def test_every_row_through_the_oracle(vectors: Path) -> None:
    rows = read(vectors, "eip712_typed_data.json")
    assert len(rows) == 40
    for row in rows:
        types = {name: members for name, members in row["types"].items() if name != "EIP712Domain"}
        signable = encode_typed_data(domain_of(row), types, convert(types, row["primaryType"], row["data"]))
        assert keccak(unhex(row["encoded"])) == signable.body, row["name"]
        assert keccak(b"\x19\x01" + signable.header + signable.body) == unhex(row["digest"]), row["name"]


def test_flat_rows_through_our_own_hashing(vectors: Path) -> None:
    checked = 0
    for row in read(vectors, "eip712_typed_data.json"):
        members = row["types"][row["primaryType"]]
        if any(member["type"] not in WORDS for member in members):
            continue
        signature = ",".join(f"{member['type']} {member['name']}" for member in members)
        type_hash = keccak(f"{row['primaryType']}({signature})".encode())
        words = [WORDS[member["type"]](row["data"][member["name"]]) for member in members]
        assert hash_struct(type_hash, words) == keccak(unhex(row["encoded"])), row["name"]
        checked += 1
    assert checked >= 5


def test_the_example_of_the_standard_is_signed_as_printed_there(vectors: Path) -> None:
    [row] = [row for row in read(vectors, "eip712_typed_data.json") if "privateKey" in row]
    digest, secret = unhex(row["digest"]), unhex(row["privateKey"])
    assert sign_digest(digest, secret) == unhex(row["signature"])
    assert recover_signer(digest, unhex(row["signature"])) == address_of(secret)
