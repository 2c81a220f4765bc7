"""Turns what happens on chains into events of the History.

Chains tell of their blocks from their own threads; the events wait here, per chain, until the World takes
them over in manifest order, so that the History of a lockstep run does not depend on threads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from itertools import accumulate

from devnet.chain.block import BlockSeen, ChainEvent
from devnet.config.network import Devnet
from devnet.contracts.handles import Handles
from devnet.history import History
from devnet.types import Json

Happening = tuple[str, str | None, int | None, dict[str, Json]]
"""Kind, chain, block, payload."""

_log = logging.getLogger(__name__)


class Watcher:
    """Collects blocks and decodes the contracts' logs in them."""

    def __init__(self, devnet: Devnet, history: History, now: Callable[[], int]) -> None:
        self._devnet = devnet
        self._history = history
        self._now = now
        self._handles: Handles | None = None
        self._waiting: dict[str, list[Happening]] = {chain.name: [] for chain in devnet.chains}
        self._lock = threading.Lock()

    def know(self, handles: Handles) -> None:
        """From now on logs of these contracts are decoded."""
        self._handles = handles

    def block_seen(self, chain: str, seen: BlockSeen) -> None:
        """Take note of a new block of any view; called from the chain's worker."""
        block = seen.block
        happenings: list[Happening] = [
            (
                "BlockProduced",
                chain,
                block.number,
                {
                    "hash": "0x" + block.hash.hex(),
                    "parent": "0x" + block.parent.hex(),
                    "timestamp": block.timestamp,
                    "view": seen.view,
                    "transactions": seen.transactions,
                    # What the validators of an auxiliary earn (R75).
                    "tips": str(sum(_tips(seen))),
                },
            )
        ]
        if self._handles is not None:
            happenings += self._decoded(self._handles, chain, seen)
        with self._lock:
            self._waiting[chain] += happenings

    def event(self, event: ChainEvent) -> None:
        """Take note of something else that a chain reported (a reorg, a refused transaction, a dead node)."""
        _log.info("%s: %s %s", event.chain, event.kind, event.payload)
        with self._lock:
            self._waiting[event.chain].append((event.kind, event.chain, event.block, event.payload))

    def flush(self) -> list[Happening]:
        """Append what waits to the History, chains in manifest order, and return it."""
        with self._lock:
            taken = [happening for chain in self._devnet.chains for happening in self._waiting[chain.name]]
            for chain in self._devnet.chains:
                self._waiting[chain.name] = []
        for kind, name, block, payload in taken:
            self._history.append(kind, time=self._now(), chain=name, block=block, payload=payload)
        return taken

    def _decoded(self, handles: Handles, chain: str, seen: BlockSeen) -> list[Happening]:
        happenings: list[Happening] = []
        gas = {str(receipt["transactionHash"]): int(str(receipt["gasUsed"]), 16) for receipt in seen.receipts}
        before = dict(zip(gas, accumulate(_tips(seen), initial=0), strict=False))
        for log in seen.logs:
            event = handles.decode(chain, log)
            if event is None:
                continue
            transaction = str(log["transactionHash"])
            payload: dict[str, Json] = {
                "auxiliary": event.auxiliary,
                "contract": event.contract,
                "view": seen.view,
                "transaction": transaction,
                # What bounds the rewards that are paid for gas (R64).
                **({"pair": event.pair, "transactionGas": gas[transaction]} if event.pair else {}),
                **({"tipsBefore": str(before[transaction])} if event.name == "LinkSettled" else {}),
                **event.payload(),
            }
            happenings.append((event.name, chain, seen.block.number, payload))
        return happenings


def _tips(seen: BlockSeen) -> Iterator[int]:
    """What each transaction paid to the block's producer beyond the base fee, in wei, in order."""
    for receipt in seen.receipts:
        price = int(str(receipt["effectiveGasPrice"]), 16)
        yield (price - seen.block.base_fee) * int(str(receipt["gasUsed"]), 16)
