"""The same proofs and encodings through the contracts' own verifier and reader (R69), by forge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.artifacts.contracts import contracts_directory
from devnet.artifacts.forge import Forge, install_tools
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.proofs import Account
from tests.vectors.rows import read, unhex

OUT = contracts_directory() / "out"

# Compiling the contracts and their tests takes a minute or two where nothing was compiled before.
pytestmark = pytest.mark.timeout(900)


def row(name: str, root: str, key: bytes, nodes: list[str], value: str | None) -> dict[str, Any]:
    """A labelled proof; ``value`` is None where it must be refused."""
    verdict = "invalid" if value is None else "included"
    return {
        "name": name,
        "root": root,
        "key": f"0x{key.hex()}",
        "nodes": nodes,
        "verdict": verdict,
        "value": value or "0x",
    }


def entries(vectors: Path) -> Iterator[dict[str, Any]]:
    """Entries of tries: the layout of eth_getProof is good, the one that repeats embedded nodes is not."""
    for one in read(vectors, "trie_inclusion.json"):
        yield row(one["name"], one["root"], unhex(one["key"]), one["proof"], one["value"])
        if "proof_expanded" in one:
            yield row(one["name"], one["root"], unhex(one["key"]), one["proof_expanded"], None)
    for one in read(vectors, "merkle_trie_valid.json"):
        yield row(one["name"], one["root"], unhex(one["key"]), one["proof_compact"], one["value"])
        if one["proof"] != one["proof_compact"]:
            yield row(one["name"], one["root"], unhex(one["key"]), one["proof"], None)
    for one in read(vectors, "mosaic_generated_proofs.json"):
        value = one["value"] if one["canonical"] else None
        yield row(one["name"], one["root"], unhex(one["key"]), one["proof"], value)


def accounts(vectors: Path) -> Iterator[dict[str, Any]]:
    """Accounts and words of storage as nodes prove them."""
    for one in read(vectors, "mosaic_gateway_proofs.json") + read(vectors, "mosaic_proof_fixture.json"):
        if one.get("accountProof"):
            key = keccak(unhex(one["address"]))
            yield row(one["name"], one["root"], key, one["accountProof"], one["accountValue"])
        if one.get("storageProof"):
            yield row(one["name"], one["storageRoot"], unhex(one["storagePath"]), one["storageProof"], one["leaf"])
    for one in read(vectors, "eth_getproof.json"):
        yield from answered(one["name"], one["response"]["result"], one["header"]["stateRoot"])


def answered(name: str, result: dict[str, Any], state_root: str) -> Iterator[dict[str, Any]]:
    """What a node answered to eth_getProof."""
    account = Account(
        int(result["nonce"], 16), int(result["balance"], 16), unhex(result["storageHash"]), unhex(result["codeHash"])
    )
    key = keccak(unhex(result["address"]))
    yield row(name, state_root, key, result["accountProof"], f"0x{account.encode().hex()}")
    for entry in result["storageProof"]:
        key = keccak(unhex(entry["key"]).rjust(32, b"\0"))
        word = rlp.encode(rlp.encode_integer(int(entry["value"], 16)))
        yield row(name, result["storageHash"], key, entry["proof"], f"0x{word.hex()}")


def run_forge(name: str, content: object, match: str) -> int:
    """Put vectors where the contracts' tests look for them, run those, and take them away."""
    install_tools(contracts_directory(), lambda line: None)
    OUT.mkdir(exist_ok=True)
    path = OUT / name
    path.write_text(json.dumps(content))
    try:
        return Forge(contracts_directory()).pass_through(
            ["test", "--match-contract", match, "--match-test", "test_decidesAsPublicVectorsAreLabelled"]
        )
    finally:
        path.unlink()


def test_the_contracts_decide_about_proofs_as_they_are_labelled(vectors: Path) -> None:
    rows = [*entries(vectors), *accounts(vectors)]
    refused = sum(one["verdict"] == "invalid" for one in rows)
    assert (len(rows), refused) == (194, 49)
    assert run_forge("public_proofs.json", {"proofs": rows}, "TrieProofTest") == 0


def test_a_wrong_label_is_noticed(vectors: Path) -> None:
    rows = [*entries(vectors)]
    rows[3]["verdict"] = "invalid"
    assert run_forge("public_proofs.json", {"proofs": rows}, "TrieProofTest") != 0


def test_the_contracts_read_canonical_rlp_and_nothing_else(vectors: Path) -> None:
    content = {
        "valid": [one["out"] for one in read(vectors, "rlp_valid.json")],
        "invalid": [one["out"] for one in read(vectors, "rlp_invalid.json")],
    }
    assert (len(content["valid"]), len(content["invalid"])) == (28, 26)
    assert run_forge("public_rlp.json", content, "RlpReaderTest") == 0
