"""Pending transactions as JSON-RPC shows them: as objects, by nonce and state, and through filters."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from devnet.chain.encoding import to_data, to_quantity
from devnet.chain.transaction import FEE_MARKET, LEGACY, SET_CODE, Authorization, Transaction
from devnet.types import Address

FILTER_PREFIX = "0x6465766e6574"
"""Marks our filter ids apart from geth's, which are random."""

MAX_FILTERS = 1_000
"""Filters kept; the oldest is forgotten, as geth forgets what is not polled."""

MAX_UNREAD = 10_000
"""Hashes kept for one filter that nobody reads."""


def transaction_object(transaction: Transaction) -> dict[str, Any]:
    """A waiting transaction as ``eth_getTransactionByHash`` shows it."""
    result: dict[str, Any] = {
        "blockHash": None,
        "blockNumber": None,
        "transactionIndex": None,
        "from": to_data(transaction.sender),
        "gas": to_quantity(transaction.gas),
        "gasPrice": to_quantity(transaction.max_fee),
        "hash": to_data(transaction.hash),
        "input": to_data(transaction.data),
        "nonce": to_quantity(transaction.nonce),
        "to": to_data(transaction.to) if transaction.to is not None else None,
        "value": to_quantity(transaction.value),
        "type": to_quantity(transaction.kind),
        "v": to_quantity(transaction.v),
        "r": to_quantity(transaction.r),
        "s": to_quantity(transaction.s),
    }
    if transaction.chain_id is not None:
        result["chainId"] = to_quantity(transaction.chain_id)
    if transaction.kind != LEGACY:
        result["yParity"] = result["v"]
        result["accessList"] = [
            {"address": to_data(entry.address), "storageKeys": [to_data(key) for key in entry.keys]}
            for entry in transaction.access_list
        ]
    if transaction.kind in (FEE_MARKET, SET_CODE):
        result["maxFeePerGas"] = to_quantity(transaction.max_fee)
        result["maxPriorityFeePerGas"] = to_quantity(transaction.priority_fee)
    if transaction.kind == SET_CODE:
        result["authorizationList"] = [_authorization(row) for row in transaction.authorizations]
    return result


def summary(transaction: Transaction) -> str:
    """One line, as ``txpool_inspect`` shows it."""
    to = to_data(transaction.to) if transaction.to is not None else "contract creation"
    return f"{to}: {transaction.value} wei + {transaction.gas} gas x {transaction.max_fee} wei"


Queues = tuple[list[Transaction], list[Transaction]]
"""Transactions that a next block could carry, and those that wait for a nonce before theirs."""


def split_queues(waiting: Iterable[Transaction], nonces: Mapping[Address, int]) -> Queues:
    """Tell what is pending from what is queued, given every sender's next nonce."""
    following = dict(nonces)
    pending: list[Transaction] = []
    queued: list[Transaction] = []
    for transaction in sorted(waiting, key=lambda t: (t.sender, t.nonce)):
        if transaction.nonce == following.get(transaction.sender, 0):
            following[transaction.sender] = transaction.nonce + 1
            pending.append(transaction)
        elif transaction.nonce > following.get(transaction.sender, 0):
            queued.append(transaction)
    return pending, queued


class PendingFilters:
    """The filters made by ``eth_newPendingTransactionFilter``."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._filters: dict[str, tuple[str, bool, list[Transaction]]] = {}
        self._lock = threading.Lock()

    def __contains__(self, name: object) -> bool:
        """Whether that filter is ours and open."""
        return name in self._filters

    def open(self, view: str, full: bool) -> str:
        """A new filter on a view; ``full`` gives whole transactions instead of hashes."""
        with self._lock:
            name = f"{FILTER_PREFIX}{next(self._ids):08x}"
            self._filters[name] = (view, full, [])
            while len(self._filters) > MAX_FILTERS:
                del self._filters[next(iter(self._filters))]
            return name

    def put(self, view: str, transaction: Transaction) -> None:
        """Tell every filter on that view."""
        with self._lock:
            for seen, _, unread in self._filters.values():
                if seen == view and len(unread) < MAX_UNREAD:
                    unread.append(transaction)

    def take(self, name: str) -> list[Any]:
        """What is new since the last time."""
        with self._lock:
            view, full, unread = self._filters[name]
            self._filters[name] = (view, full, [])
        return [transaction_object(t) if full else to_data(t.hash) for t in unread]

    def close(self, name: str) -> bool:
        """Forget a filter; whether there was one."""
        with self._lock:
            return self._filters.pop(name, None) is not None


def _authorization(row: Authorization) -> dict[str, str]:
    return {
        "chainId": to_quantity(row.chain_id),
        "address": to_data(row.address),
        "nonce": to_quantity(row.nonce),
        "yParity": to_quantity(row.y_parity),
        "r": to_quantity(row.r),
        "s": to_quantity(row.s),
    }
