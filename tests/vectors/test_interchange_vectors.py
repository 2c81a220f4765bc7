"""The slashing-protection interchange tests (EIP-3076), all 28, with both strategies.

Blocks are not run: Mosaic validators sign none. A signing root in a document is replaced by the digest of
the vote that stands for it, since a store computes digests itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from devnet.actors.protection import InterchangeRefused, ProtectionStore, WouldBeSlashable
from devnet.mosaic.identity import split_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.votes import Domain, Vote
from tests.vectors.rows import read, unhex


def as_vote(core_id: bytes, entry: dict[str, Any]) -> Vote:
    """The vote that stands for an attestation; the target hash carries the signing root."""
    source, target = int(entry["source_epoch"]), int(entry["target_epoch"])
    root = unhex(entry["signing_root"]) if "signing_root" in entry else keccak(b"unknown")
    return Vote(core_id, keccak(f"transition {source}".encode()), keccak(f"{source}".encode()), root, source, target)


def with_digests(document: dict[str, Any], core_id: bytes) -> dict[str, Any]:
    domain = Domain(*split_identifier(core_id))
    data = []
    for entry in document["data"]:
        attestations = [
            one | ({"signing_root": f"0x{as_vote(core_id, one).digest(domain).hex()}"} if "signing_root" in one else {})
            for one in entry["signed_attestations"]
        ]
        data.append(entry | {"signed_attestations": attestations})
    return document | {"data": data}


def may_sign(store: ProtectionStore, validator: bytes, vote: Vote) -> bool:
    try:
        store.check_and_record(validator, vote)
    except WouldBeSlashable:
        return False
    return True


def run_step(store: ProtectionStore, step: dict[str, Any], core_id: bytes, expectation: str, name: str) -> int:
    """Run one step; answer how many attestations were judged."""
    try:
        store.import_interchange(with_digests(step["interchange"], core_id))
    except InterchangeRefused:
        assert not step["should_succeed"] or step["contains_slashable_data"], name
        return 0
    assert step["should_succeed"], name
    for entry in step["attestations"]:
        expected = entry.get(expectation, entry["should_succeed"])
        found = may_sign(store, unhex(entry["pubkey"]), as_vote(core_id, entry))
        assert found is expected, (name, entry)
    return len(step["attestations"])


STRATEGIES: dict[Literal["complete", "minimal"], tuple[str, int]] = {
    "complete": ("should_succeed_complete", 30),
    "minimal": ("should_succeed", 30),
}


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_every_interchange_case_is_signed_as_far_as_it_says(
    vectors: Path, tmp_path: Path, strategy: Literal["complete", "minimal"]
) -> None:
    expectation, at_least = STRATEGIES[strategy]
    cases = read(vectors, "eip3076.json")
    assert len(cases) == 28
    judged = 0
    for number, (name, case) in enumerate(cases.items()):
        core_id = unhex(case["genesis_validators_root"])
        with ProtectionStore(tmp_path / str(number), core_id, strategy) as store:
            for step in case["steps"]:
                judged += run_step(store, step, core_id, expectation, name)
    assert judged >= at_least


def test_minimal_survives_every_document_and_complete_refuses_the_slashable(vectors: Path, tmp_path: Path) -> None:
    refused: dict[str, set[str]] = {"complete": set(), "minimal": set()}
    for number, (name, case) in enumerate(read(vectors, "eip3076.json").items()):
        core_id = unhex(case["genesis_validators_root"])
        for strategy in STRATEGIES:
            with ProtectionStore(tmp_path / f"{strategy}-{number}", core_id, strategy) as store:
                try:
                    store.import_interchange(with_digests(case["steps"][0]["interchange"], core_id))
                except InterchangeRefused:
                    refused[strategy].add(name)
    cases = read(vectors, "eip3076.json")
    slashable = {name for name, case in cases.items() if case["steps"][0]["contains_slashable_data"]}
    only_blocks = {name for name in slashable if "block" in name}
    assert refused["minimal"] == {"wrong_genesis_validators_root.json"}
    assert refused["complete"] == (slashable - only_blocks) | {"wrong_genesis_validators_root.json"}
