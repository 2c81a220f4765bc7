"""Gateway messages against the vectors that forge checks too (R62)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devnet.mosaic.messages import Intent, Message, hash_lock
from devnet.mosaic.signatures import sign_digest
from devnet.mosaic.votes import Domain

VECTORS = Path(__file__).parents[3] / "chains/contracts/test/vectors/messages.json"
ROWS: list[dict[str, Any]] = json.loads(VECTORS.read_text())["messages"]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def intent_of(row: dict[str, Any]) -> Intent:
    fields = row["intent"]
    return Intent(
        int(fields["amount"]),
        unhex(fields["beneficiary"]),
        int(fields["originChainId"]),
        unhex(fields["gateway"]),
        int(fields["auxiliaryChainId"]),
        unhex(fields["coGateway"]),
    )


def message_of(row: dict[str, Any]) -> Message:
    fields = row["message"]
    numbers = (int(fields["nonce"]), int(fields["gasPrice"]), int(fields["gasLimit"]))
    return Message(unhex(fields["intentHash"]), *numbers, unhex(fields["sender"]), unhex(fields["hashLock"]))


def test_there_are_vectors_of_both_directions() -> None:
    assert [row["kind"] for row in ROWS] == ["StakeIntent"] * 3 + ["RedeemIntent"] * 3


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}-{row['message']['nonce'][:6]}")
def test_hashes_digests_and_signatures_are_those_of_the_vectors(row: dict[str, Any]) -> None:
    intent, message = intent_of(row), message_of(row)
    found = intent.stake_hash() if row["kind"] == "StakeIntent" else intent.redeem_hash()
    assert found == message.intent_hash
    assert message.hash() == unhex(row["messageHash"])
    digest = message.digest(Domain(intent.origin_chain_id, unhex(row["core"])))
    assert digest == unhex(row["digest"])
    assert sign_digest(digest, unhex(row["key"])) == unhex(row["signature"])
    assert hash_lock(unhex(row["secret"])) == message.hash_lock
