"""The transactions that wait for a block, in order of arrival: the chain's own truth about what is pending.

geth's pool is neither written nor read: a rewind would put abandoned transactions back into it, falsify
``pending`` nonces and refuse new ones as underpriced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from devnet.chain.transaction import Transaction, refusal
from devnet.types import Address, Hash32, Wei

CAPACITY = 50_000
"""Most transactions that wait; far above what any scenario sends."""

PRICE_BUMP_PERCENT = 10
"""By how much a replacement must raise both fees."""

Mark = tuple[Transaction, ...]
"""A mempool's content, in order."""


class Mempool:
    """Waiting transactions by (sender, nonce), in order of arrival; any thread may use it."""

    def __init__(self, content: Iterable[Transaction] = ()) -> None:
        self._lock = threading.RLock()
        self._waiting: dict[tuple[Address, int], Transaction] = {}
        self._hashes: dict[Hash32, Transaction] = {}
        self.restore(tuple(content))

    def __len__(self) -> int:
        """How many wait."""
        return len(self._hashes)

    def add(self, transaction: Transaction) -> None:
        """Let a transaction wait; a valid replacement takes the place of the old one.

        Raises RpcError with geth's words if it is known, or replaces without raising both fees enough.
        """
        key = (transaction.sender, transaction.nonce)
        with self._lock:
            if transaction.hash in self._hashes:
                raise refusal("already known")
            old = self._waiting.get(key)
            if old is None and len(self._waiting) >= CAPACITY:
                raise refusal("txpool is full")
            if old is not None:
                if not _outbids(transaction, old):
                    raise refusal("replacement transaction underpriced")
                del self._hashes[old.hash]
            self._waiting[key] = transaction
            self._hashes[transaction.hash] = transaction

    def get(self, block: Hash32) -> Transaction | None:
        """The waiting transaction of that hash."""
        return self._hashes.get(block)

    def all(self) -> tuple[Transaction, ...]:
        """Everything that waits, in order of arrival."""
        with self._lock:
            return tuple(self._waiting.values())

    def senders(self) -> tuple[Address, ...]:
        """Who has something waiting, in order of arrival."""
        with self._lock:
            return tuple({sender: None for sender, _ in self._waiting})

    def next_nonce(self, sender: Address, nonce: int) -> int:
        """The nonce after those that wait without a gap from ``nonce`` on."""
        with self._lock:
            while (sender, nonce) in self._waiting:
                nonce += 1
            return nonce

    def remove(self, transactions: Iterable[Transaction]) -> None:
        """Forget these; what is not here is ignored."""
        with self._lock:
            for transaction in transactions:
                if self._hashes.pop(transaction.hash, None) is not None:
                    del self._waiting[transaction.sender, transaction.nonce]

    def put_first(self, transactions: Iterable[Transaction]) -> None:
        """Put transactions before all others, in the order given, as after a reorg.

        They come from blocks, so they were valid once; where one with the same sender and nonce waits
        already, the one from the block stays.
        """
        with self._lock:
            self.restore((*transactions, *self._waiting.values()))

    def put_last(self, transactions: Iterable[Transaction]) -> None:
        """Put transactions after all others; those with a taken sender and nonce are left out."""
        with self._lock:
            self.restore((*self._waiting.values(), *transactions))

    def drop_below(self, nonces: Mapping[Address, int]) -> tuple[Transaction, ...]:
        """Forget and return what can never be in a block: nonces below the sender's next one."""
        with self._lock:
            stale = tuple(t for t in self._waiting.values() if t.nonce < nonces.get(t.sender, 0))
            self.remove(stale)
            return stale

    def mark(self) -> Mark:
        """The content, to come back to."""
        return self.all()

    def restore(self, mark: Mark) -> None:
        """Hold exactly these, in this order; of two with one sender and nonce the first."""
        waiting: dict[tuple[Address, int], Transaction] = {}
        for transaction in mark:
            waiting.setdefault((transaction.sender, transaction.nonce), transaction)
        with self._lock:
            self._waiting = waiting
            self._hashes = {transaction.hash: transaction for transaction in waiting.values()}


def select(
    waiting: Iterable[Transaction],
    nonces: Mapping[Address, int],
    base_fee: Wei,
    gas_limit: int,
    is_censored: Callable[[Transaction], bool] | None = None,
) -> tuple[Transaction, ...]:
    """The transactions of the next block: walks the list in order, again and again until nothing more fits.

    A transaction fits if its nonce is its sender's next, its fee covers the block's base fee, and its gas
    limit fits into what the limits before it leave.
    """
    following = dict(nonces)
    chosen: list[Transaction] = []
    left = [t for t in waiting if t.max_fee >= base_fee and not (is_censored and is_censored(t))]
    found = True
    while found:
        found, rest = False, []
        for transaction in left:
            if transaction.nonce == following.get(transaction.sender, 0) and transaction.gas <= gas_limit:
                chosen.append(transaction)
                following[transaction.sender] = transaction.nonce + 1
                gas_limit -= transaction.gas
                found = True
            else:
                rest.append(transaction)
        left = rest
    return tuple(chosen)


def _outbids(new: Transaction, old: Transaction) -> bool:
    scale = 100 + PRICE_BUMP_PERCENT
    return new.max_fee * 100 >= old.max_fee * scale and new.priority_fee * 100 >= old.priority_fee * scale
