"""How a signed transaction comes to wait for a block: every rule of admission, then the view's mempool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from devnet.chain.admission import Account, check_account, check_transaction
from devnet.chain.client import Call
from devnet.chain.encoding import from_quantity, to_data
from devnet.chain.transaction import Transaction, decode_transaction
from devnet.chain.view import View
from devnet.types import Address, Hash32

ReadMany = Callable[[Sequence[Call], str], list[Any]]
"""Calls to a node of the view of that name, in one round trip."""


class Submission:
    """Lets transactions in, from any thread."""

    def __init__(self, chain_id: int, read_many: ReadMany, on_transaction: Callable[[str, Transaction], None]) -> None:
        self._chain_id = chain_id
        self._read_many = read_many
        self._on_transaction = on_transaction

    def submit(self, raw: bytes, view: View) -> Hash32:
        """Let a signed transaction wait on a view and return its hash.

        Raises RpcError with geth's words if no block could take it.
        """
        transaction = decode_transaction(raw, self._chain_id)
        check_transaction(transaction, view.head.gas_limit)
        if view.mempool.get(transaction.hash) is None:
            check_account(transaction, self._account(transaction.sender, view.name))
        view.mempool.add(transaction)
        self._on_transaction(view.name, transaction)
        return transaction.hash

    def _account(self, sender: Address, view: str) -> Account:
        address = to_data(sender)
        asked = [(method, (address, "latest")) for method in ("eth_getTransactionCount", "eth_getBalance")]
        nonce, balance = (from_quantity(answer) for answer in self._read_many(asked, view))
        return Account(nonce, balance)
