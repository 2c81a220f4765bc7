"""What happens on chains becomes events, with what the checks need to know of their transactions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from devnet.chain.block import BlockSeen
from devnet.config.manifest import ChainManifest, Manifest
from devnet.config.resolve import resolve
from devnet.contracts.handle import DecodedEvent
from devnet.history import History
from devnet.types import Role
from devnet.world.watcher import Watcher

BLOCK: Any = SimpleNamespace(number=3, hash=b"\x01" * 32, parent=b"\x02" * 32, timestamp=9, base_fee=7)
GAS = {"0xaa": 70_000, "0xbb": 50_000}
TIP = 2
"""What every transaction pays for gas beyond the base fee."""


def decode(chain: str, log: dict[str, Any]) -> DecodedEvent:
    name = "StakeReverted" if log["pair"] else "LinkSettled"
    return DecodedEvent("Gateway", "auxiliary-1", name, {}, 3, BLOCK.hash, 0, b"\xaa", log["pair"])


def told(*logs: tuple[str, str], kind: str = "StakeReverted") -> list[dict[str, Any]]:
    """Payloads of events of that kind, whose logs have this transaction and pair."""
    devnet = resolve(Manifest(chains=(ChainManifest(Role.ORIGIN), ChainManifest(Role.AUXILIARY))))
    watcher = Watcher(devnet, History(None, "run"), lambda: 0)
    handles: Any = SimpleNamespace(decode=decode)
    watcher.know(handles)
    price = hex(BLOCK.base_fee + TIP)
    receipts = tuple(
        {"transactionHash": digest, "gasUsed": hex(gas), "effectiveGasPrice": price} for digest, gas in GAS.items()
    )
    written = tuple({"transactionHash": digest, "pair": pair} for digest, pair in logs)
    watcher.block_seen("origin", BlockSeen(BLOCK, "main", len(receipts), written, receipts))
    return [payload for told_kind, _, _, payload in watcher.flush() if told_kind == kind]


def test_events_of_gateways_tell_what_gas_their_transaction_used() -> None:
    """R64: rewards are paid for gas."""
    payloads = told(("0xbb", "TKN"), ("0xaa", "TKN"), ("0xaa", "TKN"))
    assert [(one["transaction"], one["transactionGas"]) for one in payloads] == [
        ("0xbb", 50_000),
        ("0xaa", 70_000),
        ("0xaa", 70_000),
    ]


def test_other_events_have_neither_pair_nor_gas() -> None:
    (payload,) = told(("0xaa", ""), kind="LinkSettled")
    assert payload.keys().isdisjoint({"pair", "transactionGas"})


def test_a_block_tells_its_tips_and_a_settlement_those_before_it() -> None:
    """R75: the base fee is burned."""
    (block,) = told(kind="BlockProduced")
    assert block["tips"] == str((70_000 + 50_000) * TIP)
    first, second = told(("0xaa", ""), ("0xbb", ""), kind="LinkSettled")
    assert (first["tipsBefore"], second["tipsBefore"]) == ("0", str(70_000 * TIP))
