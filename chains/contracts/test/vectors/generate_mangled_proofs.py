"""Writes mangled_proofs.json: valid proofs that were tampered with in every way, for Solidity to refuse as Python does.

The valid ones are the first of each kind in proofs.json. Each stands here under its own root and, where hashes can be
made to fit, under one that commits to the change; with the verdict of the Python twin, never what was proven before.
Run: python chains/contracts/test/vectors/generate_mangled_proofs.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devnet.faults.mangle import MANGLES, Trie, committed, mangled
from devnet.mosaic.proofs import InvalidProof, verify_absence, verify_inclusion

BASES = ("account ", "storage 0x1 ", "small 0 ", "small 2 ", "small 4 ", "small 8 ", "small 14 ")
SEEDS = (1, 2)


def verdict(trie: Trie, key: bytes, value: bytes) -> str:
    """What the Python twin says about a proof."""
    try:
        verify_absence(trie.root, key, trie.nodes)
    except InvalidProof:
        pass
    else:
        return "absent"
    try:
        verify_inclusion(trie.root, key, value, trie.nodes)
    except InvalidProof:
        return "invalid"
    raise RuntimeError(f"0x{key.hex()} is still proven under 0x{trie.root.hex()}")


def variants(row: dict[str, Any]) -> Iterator[tuple[str, Trie]]:
    """Every way of tampering with one proof, by name."""
    root, nodes = bytes.fromhex(row["root"][2:]), tuple(bytes.fromhex(node[2:]) for node in row["nodes"])
    for name in MANGLES:
        for seed in SEEDS:
            after = mangled(name, nodes, seed)
            if after is None or after == nodes:
                continue
            yield f"{row['name']}, {name} {seed}", Trie(root, after)
            forged = committed(nodes, after)
            if forged is not None:
                yield f"{row['name']}, {name} {seed}, committed", forged


def rows() -> Iterator[dict[str, Any]]:
    """Every row of the file."""
    valid = json.loads(Path(__file__).with_name("proofs.json").read_text())["proofs"]
    included = [row for row in valid if row["verdict"] == "included" and "mutated" not in row["name"]]
    seen: set[bytes] = set()
    for base in BASES:
        row = next(row for row in included if f"{row['name']} ".startswith(base))
        key, value = bytes.fromhex(row["key"][2:]), bytes.fromhex(row["value"][2:])
        for name, trie in variants(row):
            if (identity := trie.root + b"".join(trie.nodes)) in seen:
                continue
            seen.add(identity)
            nodes = ["0x" + node.hex() for node in trie.nodes]
            said = verdict(trie, key, value)
            yield {
                "name": name,
                "root": "0x" + trie.root.hex(),
                "key": row["key"],
                "nodes": nodes,
                "verdict": said,
                "value": "0x",
            }


if __name__ == "__main__":
    found = list(rows())
    Path(__file__).with_name("mangled_proofs.json").write_text(json.dumps({"proofs": found}, indent=1) + "\n")
    print(f"{len(found)} proofs, {sum(row['verdict'] == 'absent' for row in found)} of them absent")
