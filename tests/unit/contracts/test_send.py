"""Transactions are the same bytes in every run, and are what geth takes them to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from eth_account import Account

from devnet.config.network import Key
from devnet.contracts.send import MAX_FEE_WEI, PRIORITY_FEE_WEI, Sender, Transaction, contract_address, transaction_hash
from devnet.errors import RpcError, TransportError

KEY = Key(bytes(31) + b"\x07", bytes.fromhex(Account.from_key(bytes(31) + b"\x07").address[2:]))
TO = b"\x11" * 20


class FakeLink:
    chain = "origin"

    def __init__(self, nonce: object = "0x5", refusal: RpcError | None = None) -> None:
        self.nonce = nonce
        self.refusal = refusal
        self.calls: list[str] = []
        self.raw: list[str] = []

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        self.calls.append(method)
        if method == "eth_getTransactionCount":
            return self.nonce
        self.raw.append(str(params[0]))
        if self.refusal is not None:
            raise self.refusal
        return "0x" + "00" * 32

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]


def test_signed_bytes_equal_those_of_another_implementation() -> None:
    fields = {"type": 2, "chainId": 7, "nonce": 3, "to": "0x" + TO.hex(), "data": b"abc", "gas": 100_000, "value": 5}
    fields |= {"maxFeePerGas": MAX_FEE_WEI, "maxPriorityFeePerGas": PRIORITY_FEE_WEI}
    theirs = bytes(Account.sign_transaction(fields, KEY.secret).raw_transaction)
    ours = Transaction(7, 3, TO, b"abc", 100_000, 5).sign(KEY)
    assert ours == theirs
    assert Account.recover_transaction(ours)[2:].lower() == KEY.address.hex()


def test_a_contract_creation_has_no_recipient() -> None:
    raw = Transaction(7, 0, None, b"\x60\x00", 100_000).sign(KEY)
    assert Account.recover_transaction(raw)[2:].lower() == KEY.address.hex()


def test_contract_address_follows_sender_and_nonce() -> None:
    # The known example of the yellow paper's rule: first contracts of this account.
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert contract_address(sender, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert contract_address(sender, 1).hex() == "343c43a37d37dff08ae8c4a11544c718abb4fcf8"


def test_the_nonce_is_asked_once_per_step_and_then_counted() -> None:
    link = FakeLink()
    sender = Sender(link, KEY, 7)
    sender.begin()
    first = sender.send(TO, b"", 21_000)
    second = sender.send(TO, b"", 21_000)
    assert link.calls.count("eth_getTransactionCount") == 1
    assert first == transaction_hash(Transaction(7, 5, TO, b"", 21_000).sign(KEY))
    assert second == transaction_hash(Transaction(7, 6, TO, b"", 21_000).sign(KEY))
    sender.begin()
    sender.send(TO, b"", 21_000)
    assert link.calls.count("eth_getTransactionCount") == 2


@pytest.mark.parametrize(
    "text", ["already known", "replacement transaction underpriced", "nonce too low: next nonce 6"]
)
def test_a_transaction_that_is_there_already_is_no_error(text: str) -> None:
    sender = Sender(FakeLink(refusal=RpcError(-32000, text)), KEY, 7)
    sender.begin()
    sender.send(TO, b"", 21_000)
    assert sender.sent == 1


def test_any_other_refusal_is_raised_and_the_nonce_is_not_used() -> None:
    link = FakeLink(refusal=RpcError(-32000, "insufficient funds for gas * price + value"))
    sender = Sender(link, KEY, 7)
    sender.begin()
    with pytest.raises(RpcError, match="insufficient funds"):
        sender.send(TO, b"", 21_000)
    assert sender.sent == 0
    link.refusal = None
    sender.send(TO, b"", 21_000)
    assert link.raw[0] == link.raw[1]


@pytest.mark.parametrize("nonce", [None, 7, "zz"], ids=["null", "number", "text"])
def test_a_malformed_nonce_is_a_transport_error(nonce: object) -> None:
    sender = Sender(FakeLink(nonce=nonce), KEY, 7)
    sender.begin()
    with pytest.raises(TransportError, match="expected a nonce"):
        sender.send(TO, b"", 21_000)
