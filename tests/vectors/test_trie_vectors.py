"""Merkle-Patricia proofs and RLP from public projects, through the strict verifier (R69)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devnet.mosaic import rlp
from devnet.mosaic.headers import decode_header
from devnet.mosaic.keccak import keccak
from devnet.mosaic.proofs import (
    EMPTY_TRIE_ROOT,
    Account,
    InvalidProof,
    verify_absence,
    verify_account,
    verify_inclusion,
    verify_storage,
)
from tests.vectors.rows import read, unhex, unhex_all


def check(root: bytes, key: bytes, value: bytes, nodes: list[bytes]) -> None:
    """The proof is good, and no longer good with one node more, one less or one byte changed."""
    verify_inclusion(root, key, value, nodes)
    spoilt = [nodes[:-1], [*nodes, nodes[-1]], [*nodes[:-1], nodes[-1] + b"\0"], nodes[::-1] if len(nodes) > 1 else []]
    for index, node in enumerate(nodes):
        flipped = bytes([*node[:-1], node[-1] ^ 1])
        spoilt.append([*nodes[:index], flipped, *nodes[index + 1 :]])
    for bad in spoilt:
        with pytest.raises(InvalidProof):
            verify_inclusion(root, key, value, bad)
    for wrong in (value + b"\0", value[:-1], bytes(len(value))):
        if wrong != value:
            with pytest.raises(InvalidProof):
                verify_inclusion(root, key, wrong, nodes)
    with pytest.raises(InvalidProof):
        verify_absence(root, key, nodes)


def test_every_entry_of_the_ethereum_tries(vectors: Path) -> None:
    rows = read(vectors, "trie_inclusion.json")
    assert len(rows) == 78
    expanded = 0
    for row in rows:
        root, key, value = unhex(row["root"]), unhex(row["key"]), unhex(row["value"])
        if row["raw_key"] is not None:
            assert keccak(unhex(row["raw_key"])) == key, row["name"]
        check(root, key, value, unhex_all(row["proof"]))
        if "proof_expanded" in row:
            expanded += 1
            with pytest.raises(InvalidProof):
                verify_inclusion(root, key, value, unhex_all(row["proof_expanded"]))
    assert expanded == 22


def test_an_optimism_proof_is_good_in_the_compact_layout_only(vectors: Path) -> None:
    rows = read(vectors, "merkle_trie_valid.json")
    assert len(rows) == 10
    differing = []
    for row in rows:
        root, key, value = unhex(row["root"]), unhex(row["key"]), unhex(row["value"])
        check(root, key, value, unhex_all(row["proof_compact"]))
        if row["proof"] != row["proof_compact"]:
            differing.append(row["name"])
            with pytest.raises(InvalidProof):
                verify_inclusion(root, key, value, unhex_all(row["proof"]))
    assert differing == ["validProof1", "validProof8", "validProof9", "validProof10"]


def test_of_the_generated_proofs_only_the_canonical_are_accepted(vectors: Path) -> None:
    rows = read(vectors, "mosaic_generated_proofs.json")
    refused = 0
    for row in rows:
        root, key, value = unhex(row["root"]), unhex(row["key"]), unhex(row["value"])
        if row["canonical"]:
            check(root, key, value, unhex_all(row["proof"]))
        else:
            refused += 1
            with pytest.raises(InvalidProof):
                verify_inclusion(root, key, value, unhex_all(row["proof"]))
    assert (len(rows), refused) == (60, 23)


def as_account(value: bytes) -> Account:
    decoded = rlp.decode(value)
    assert isinstance(decoded, list)
    nonce, balance, storage_root, code_hash = decoded
    assert isinstance(storage_root, bytes)
    assert isinstance(code_hash, bytes)
    return Account(rlp.decode_integer(nonce), rlp.decode_integer(balance), storage_root, code_hash)


def test_the_gateway_proofs_of_mosaic(vectors: Path) -> None:
    rows = read(vectors, "mosaic_gateway_proofs.json")
    assert len(rows) == 4
    for row in rows:
        address, account = unhex(row["address"]), as_account(unhex(row["accountValue"]))
        assert account.encode() == unhex(row["accountValue"])
        assert account.storage_root == unhex(row["storageRoot"])
        verify_account(unhex(row["root"]), address, account, unhex_all(row["accountProof"]))
        check(unhex(row["root"]), keccak(address), account.encode(), unhex_all(row["accountProof"]))
        slot = keccak(unhex(row["messageHash"]) + row["messageSlot"].to_bytes(32, "big"))
        assert slot == unhex(row["storageKey"])
        word = int(row["expectedValue"], 16) if isinstance(row["expectedValue"], str) else row["expectedValue"]
        verify_storage(account.storage_root, slot, word, unhex_all(row["storageProof"]))
        check(account.storage_root, unhex(row["storagePath"]), unhex(row["leaf"]), unhex_all(row["storageProof"]))
        with pytest.raises(InvalidProof):
            verify_storage(account.storage_root, slot, word + 1, unhex_all(row["storageProof"]))


def check_fixture(row: dict[str, Any]) -> str:
    if row.get("accountProof"):
        check(
            unhex(row["root"]),
            keccak(unhex(row["address"])),
            unhex(row["accountValue"]),
            unhex_all(row["accountProof"]),
        )
        return "account"
    if row.get("storageProof"):
        check(unhex(row["storageRoot"]), unhex(row["storagePath"]), unhex(row["leaf"]), unhex_all(row["storageProof"]))
        return "storage"
    slot = keccak(unhex(row["mappingKey"]).rjust(32, b"\0") + int(row["storageIndex"]).to_bytes(32, "big"))
    assert keccak(slot) == unhex(row["expectedPath"]), row["name"]
    return "path"


def test_the_proof_fixture_of_mosaic(vectors: Path) -> None:
    rows = read(vectors, "mosaic_proof_fixture.json")
    kinds = [check_fixture(row) for row in rows]
    assert [kinds.count(kind) for kind in ("account", "storage", "path")] == [1, 6, 2]


def test_what_a_node_answers_to_eth_get_proof(vectors: Path) -> None:
    rows = read(vectors, "eth_getproof.json")
    words = 0
    for row in rows:
        result, header = row["response"]["result"], decode_header(unhex(row["header"]["rlp"]))
        assert header.hash == unhex(row["header"]["hash"])
        assert header.number == int(str(row["header"]["number"]), 0)
        assert header.state_root == unhex(row["header"]["stateRoot"])
        account = Account(
            int(result["nonce"], 16),
            int(result["balance"], 16),
            unhex(result["storageHash"]),
            unhex(result["codeHash"]),
        )
        verify_account(header.state_root, unhex(result["address"]), account, unhex_all(result["accountProof"]))
        for entry in result["storageProof"]:
            words += 1
            slot, word = unhex(entry["key"]).rjust(32, b"\0"), int(entry["value"], 16)
            verify_storage(account.storage_root, slot, word, unhex_all(entry["proof"]))
            with pytest.raises(InvalidProof):
                verify_storage(account.storage_root, slot, word + 1, unhex_all(entry["proof"]))
    assert (len(rows), words) == (4, 1)


def as_item(value: Any) -> Any:
    if isinstance(value, list):
        return [as_item(one) for one in value]
    if isinstance(value, int):
        return rlp.encode_integer(value)
    return rlp.encode_integer(int(value[1:])) if value.startswith("#") else value.encode("latin-1")


def test_valid_rlp_encodes_and_decodes(vectors: Path) -> None:
    rows = read(vectors, "rlp_valid.json")
    assert len(rows) == 28
    for row in rows:
        assert rlp.encode(as_item(row["in"])) == unhex(row["out"]), row["name"]
        assert rlp.decode(unhex(row["out"])) == as_item(row["in"]), row["name"]


def test_invalid_rlp_is_refused(vectors: Path) -> None:
    rows = read(vectors, "rlp_invalid.json")
    assert len(rows) == 26
    for row in rows:
        with pytest.raises(rlp.InvalidRlp):
            rlp.decode(unhex(row["out"]))


def test_the_roots_of_the_ethereum_tries_prove_what_was_put_in(vectors: Path) -> None:
    rows = read(vectors, "trie_roots.json")
    proofs = read(vectors, "trie_inclusion.json")
    by_root: dict[str, dict[bytes, bytes]] = {}
    for proof in proofs:
        by_root.setdefault(proof["root"], {})[unhex(proof["raw_key"] or proof["key"])] = unhex(proof["value"])
    for row in rows:
        content: dict[bytes, bytes] = {}
        for key, value in row["ops"]:
            content.pop(unhex(key), None)
            if value is not None:
                content[unhex(key)] = unhex(value)
        assert by_root.get(row["root"], {}) == content, row["name"]
        if not content:
            assert unhex(row["root"]) == EMPTY_TRIE_ROOT
