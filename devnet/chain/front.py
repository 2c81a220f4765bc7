"""What users and actors get as a chain's RPC: geth's own answers, except where the Producer knows better.

The Producer answers whatever sends or concerns waiting transactions, and lists every tip. Methods that could
move the chain behind its back are refused. ``pending`` means ``latest`` everywhere else: the next block is not
decided before it is made. All other calls reach geth as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from devnet.chain.block import MAIN
from devnet.chain.encoding import from_data, from_quantity, to_data, to_quantity
from devnet.chain.mempool import Mempool
from devnet.chain.pending import PendingFilters, Queues, split_queues, summary, transaction_object
from devnet.chain.transaction import REFUSED, Transaction
from devnet.chain.views import Head
from devnet.chain.wait import wait_until
from devnet.errors import RpcError, TransportError, WaitTimeout

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
SYNC_TIMED_OUT = 4
"""geth's code for eth_sendRawTransactionSync that waited in vain."""

REFUSED_PREFIXES = ("engine_", "testing_", "miner_", "admin_")
REFUSED_METHODS = ("debug_setHead",)

NO_ACCOUNTS = "no account is unlocked on this network: sign the transaction and use eth_sendRawTransaction"

SYNC_WAIT_S = 20.0
"""Default wait of eth_sendRawTransactionSync, as geth's."""

INDEXING = "transaction indexing is in progress"
"""geth says so for a moment after its start."""

INDEXING_WAIT_S = 2.0


class FrontChain(Protocol):
    """What the front needs from its chain."""

    def read_many(self, calls: Sequence[tuple[str, Sequence[object]]], view: str = MAIN) -> list[Any]:
        """Several calls to a node in one round trip."""

    def read(self, method: str, params: Sequence[object], view: str) -> Any:
        """One call to a node of the view."""

    def submit(self, raw: bytes, view: str = MAIN) -> bytes:
        """Let a transaction wait; its hash."""

    def mempool(self, view: str) -> Mempool:
        """What waits on the view."""

    def heads(self, view: str | None = None) -> tuple[Head, ...]:
        """The tips known on the view."""


Answer = Callable[[Sequence[Any], str], Any]


def _require_open(method: str) -> None:
    if method.startswith((*REFUSED_PREFIXES, "eth_send", "txpool_", "devnet_")) or method in REFUSED_METHODS:
        raise RpcError(METHOD_NOT_FOUND, f"the method {method} does not exist/is not available")


class RpcFront:
    """Answers one call at a time, from any thread."""

    def __init__(self, chain: FrontChain) -> None:
        self._chain = chain
        self.filters = PendingFilters()
        """Told of every transaction that was let in."""
        self._own: dict[str, Answer] = {
            "eth_sendRawTransaction": self._send,
            "eth_sendRawTransactionSync": self._send_and_wait,
            "eth_sendTransaction": _no_accounts,
            "eth_sign": _no_accounts,
            "eth_signTransaction": _no_accounts,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getTransactionByHash": self._transaction,
            "eth_getRawTransactionByHash": self._raw_transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_pendingTransactions": lambda params, view: [],
            "eth_newPendingTransactionFilter": self._new_filter,
            "eth_getFilterChanges": self._filter_changes,
            "eth_uninstallFilter": self._uninstall_filter,
            "txpool_status": self._pool_status,
            "txpool_content": self._pool_content,
            "txpool_contentFrom": self._pool_content_from,
            "txpool_inspect": self._pool_inspect,
            "devnet_heads": self._heads,
            "devnet_pendingTransactions": self._pending_transactions,
        }

    def call(self, method: str, params: Sequence[Any], view: str = MAIN) -> Any:
        """The result of one call as a user of that view sees it. Raises RpcError or TransportError."""
        own = self._own.get(method)
        if own is not None:
            return own(params, view)
        _require_open(method)
        return self._chain.read(method, [_latest(param) for param in params], view)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]], view: str = MAIN) -> list[Any]:
        """The results of several calls in order, what passes on to a node in as few round trips as possible.

        Raises RpcError or TransportError for the first that fails.
        """
        results: list[Any] = []
        waiting: list[tuple[str, Sequence[Any]]] = []
        for method, params in calls:
            if method not in self._own:
                _require_open(method)
                waiting.append((method, [_latest(param) for param in params]))
                continue
            results += self._chain.read_many(waiting, view)
            waiting = []
            results.append(self.call(method, params, view))
        return results + self._chain.read_many(waiting, view)

    # -- sending

    def _send(self, params: Sequence[Any], view: str) -> str:
        return to_data(self._chain.submit(_data(params, 0), view))

    def _send_and_wait(self, params: Sequence[Any], view: str) -> Any:
        sent = self._send(params[:1], view)
        asked_ms = params[1] if len(params) > 1 and isinstance(params[1], int) else 0
        wait_s = min(asked_ms / 1000, SYNC_WAIT_S) if asked_ms > 0 else SYNC_WAIT_S
        try:
            return wait_until(lambda: self._receipt([sent], view), wait_s, "receipt")
        except WaitTimeout as error:
            text = f"The transaction was added to the transaction pool but wasn't processed in {wait_s:g}s"
            raise RpcError(SYNC_TIMED_OUT, text, sent) from error

    # -- what waits

    def _transaction_count(self, params: Sequence[Any], view: str) -> Any:
        asked = [_latest(param) for param in params]
        if len(params) < 2 or params[1] != "pending":
            return self._chain.read("eth_getTransactionCount", asked, view)
        # Whoever asks this is about to send: the balance, asked for then, comes along and is not asked for again.
        nonce, _ = self._chain.read_many([("eth_getTransactionCount", asked), ("eth_getBalance", asked)], view)
        return to_quantity(self._chain.mempool(view).next_nonce(_data(params, 0), from_quantity(nonce)))

    def _transaction(self, params: Sequence[Any], view: str) -> Any:
        waiting = self._waiting(params, view)
        if waiting is not None:
            return transaction_object(waiting)
        found = self._indexed("eth_getTransactionByHash", params, view)
        # What only geth's own pool holds, such as the remains of a rewind, does not wait for a block.
        return found if isinstance(found, dict) and found.get("blockHash") is not None else None

    def _raw_transaction(self, params: Sequence[Any], view: str) -> Any:
        waiting = self._waiting(params, view)
        if waiting is not None:
            return to_data(waiting.raw)
        return self._indexed("eth_getRawTransactionByHash", params, view)

    def _receipt(self, params: Sequence[Any], view: str) -> Any:
        return self._indexed("eth_getTransactionReceipt", params, view)

    def _pending_transactions(self, params: Sequence[Any], view: str) -> Any:
        return [transaction_object(transaction) for transaction in self._chain.mempool(view).all()]

    def _heads(self, params: Sequence[Any], view: str) -> Any:
        return [_head(head) for head in self._chain.heads(view)]

    # -- filters

    def _new_filter(self, params: Sequence[Any], view: str) -> str:
        return self.filters.open(view, bool(params and params[0] is True))

    def _filter_changes(self, params: Sequence[Any], view: str) -> Any:
        if params and isinstance(params[0], str) and params[0] in self.filters:
            return self.filters.take(params[0])
        return self._chain.read("eth_getFilterChanges", params, view)

    def _uninstall_filter(self, params: Sequence[Any], view: str) -> Any:
        if params and isinstance(params[0], str) and self.filters.close(params[0]):
            return True
        return self._chain.read("eth_uninstallFilter", params, view)

    # -- txpool

    def _pool_status(self, params: Sequence[Any], view: str) -> Any:
        pending, queued = self._queues(view)
        return {"pending": to_quantity(len(pending)), "queued": to_quantity(len(queued))}

    def _pool_content(self, params: Sequence[Any], view: str) -> Any:
        return _by_sender(self._queues(view), transaction_object)

    def _pool_inspect(self, params: Sequence[Any], view: str) -> Any:
        return _by_sender(self._queues(view), summary)

    def _pool_content_from(self, params: Sequence[Any], view: str) -> Any:
        sender = to_data(_data(params, 0))
        content = _by_sender(self._queues(view), transaction_object)
        return {name: senders.get(sender, {}) for name, senders in content.items()}

    def _queues(self, view: str) -> Queues:
        pool = self._chain.mempool(view)
        nonces = {
            sender: from_quantity(self._chain.read("eth_getTransactionCount", [to_data(sender), "latest"], view))
            for sender in pool.senders()
        }
        return split_queues(pool.all(), nonces)

    def _waiting(self, params: Sequence[Any], view: str) -> Transaction | None:
        return self._chain.mempool(view).get(_data(params, 0))

    def _indexed(self, method: str, params: Sequence[Any], view: str) -> Any:
        def look() -> tuple[Any] | None:
            try:
                return (self._chain.read(method, params, view),)
            except RpcError as error:
                if INDEXING not in error.message:
                    raise
                return None

        try:
            found = wait_until(look, INDEXING_WAIT_S, INDEXING)
        except WaitTimeout as error:
            raise RpcError(REFUSED, INDEXING) from error
        return found[0] if found is not None else None


def _no_accounts(params: Sequence[Any], view: str) -> Any:
    raise RpcError(REFUSED, NO_ACCOUNTS)


def _latest(param: Any) -> Any:
    if isinstance(param, dict) and "pending" in (param.get("fromBlock"), param.get("toBlock")):
        return {key: "latest" if value == "pending" else value for key, value in param.items()}
    return "latest" if param == "pending" else param


def _data(params: Sequence[Any], index: int) -> bytes:
    if len(params) <= index:
        raise RpcError(INVALID_PARAMS, f"missing value for required argument {index}")
    try:
        return from_data(params[index])
    except TransportError as error:
        raise RpcError(INVALID_PARAMS, f"invalid argument {index}: {error}") from error


def _head(head: Head) -> dict[str, Any]:
    return {
        "number": to_quantity(head.block.number),
        "hash": to_data(head.block.hash),
        "parentHash": to_data(head.block.parent),
        "timestamp": to_quantity(head.block.timestamp),
        "views": list(head.views),
        "nodes": list(head.nodes),
    }


def _by_sender(queues: Queues, show: Callable[[Transaction], Any]) -> dict[str, dict[str, dict[str, Any]]]:
    result: dict[str, dict[str, dict[str, Any]]] = {"pending": {}, "queued": {}}
    for name, transactions in zip(result, queues, strict=True):
        for transaction in transactions:
            result[name].setdefault(to_data(transaction.sender), {})[str(transaction.nonce)] = show(transaction)
    return result
