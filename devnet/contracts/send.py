"""Signing and sending transactions, the same bytes in every run.

Fees are constants, gas comes from a table, signatures are deterministic (RFC 6979), and the nonce is asked once
per step and then counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from coincurve import PrivateKey

from devnet.chain.encoding import from_quantity
from devnet.chain.link import Link
from devnet.config.network import Key
from devnet.errors import RpcError, TransportError
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.types import Address, Hash32, Wei

GWEI = 10**9

MAX_FEE_WEI: Wei = 1_000 * GWEI
"""Most that a unit of gas may cost: far above any base fee a devnet reaches."""

PRIORITY_FEE_WEI: Wei = 1 * GWEI
"""Tip per unit of gas to the block producer."""

_DYNAMIC_FEE_TYPE = b"\x02"

_HARMLESS_REFUSALS = ("already known", "known transaction", "underpriced", "nonce too low")
"""Parts of geth's answers to a transaction that is pending or mined already, under this nonce."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction before it is signed; ``to`` is None where it creates a contract."""

    chain_id: int
    """EIP-155 chain id."""
    nonce: int
    """The sender's next."""
    to: Address | None
    """Whom it calls."""
    data: bytes
    """Calldata or init code."""
    gas: int
    """Gas limit."""
    value: Wei = 0
    """Base coin sent along."""

    def sign(self, key: Key) -> bytes:
        """The raw signed transaction (EIP-1559)."""
        before = (self.chain_id, self.nonce, PRIORITY_FEE_WEI, MAX_FEE_WEI, self.gas)
        fields: list[object] = [
            *(rlp.encode_integer(number) for number in before),
            self.to or b"",
            rlp.encode_integer(self.value),
            self.data,
            [],
        ]
        digest = keccak(_DYNAMIC_FEE_TYPE + rlp.encode(fields))
        signature = PrivateKey(key.secret).sign_recoverable(digest, hasher=None)
        numbers = (signature[64], int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]))
        return _DYNAMIC_FEE_TYPE + rlp.encode([*fields, *(rlp.encode_integer(number) for number in numbers)])


def transaction_hash(raw: bytes) -> Hash32:
    """The hash by which a chain knows a raw transaction."""
    return keccak(raw)


def contract_address(sender: Address, nonce: int) -> Address:
    """Where a contract created by this sender with this nonce comes to be."""
    return keccak(rlp.encode([sender, rlp.encode_integer(nonce)]))[12:]


class Sender:
    """Sends one key's transactions to one chain."""

    def __init__(self, link: Link, key: Key, chain_id: int) -> None:
        self._link = link
        self._key = key
        self._chain_id = chain_id
        self._nonce: int | None = None
        self.sent = 0
        """How many transactions were accepted since ``begin``."""

    def begin(self) -> None:
        """Start a step: the nonce is asked again when the first transaction of the step is sent."""
        self._nonce = None
        self.sent = 0

    def send(self, to: Address, data: bytes, gas: int, value: Wei = 0) -> Hash32:
        """Sign and send; returns the hash.

        A chain that has the transaction, or another one under this nonce, already is no error: what was
        meant is looked for on the chain in a later step and sent again if it is not there. Raises RpcError for
        any other refusal and TransportError when the chain does not answer.
        """
        nonce = self.next_nonce()
        raw = Transaction(self._chain_id, nonce, to, data, gas, value).sign(self._key)
        try:
            self._link.call("eth_sendRawTransaction", ("0x" + raw.hex(),))
        except RpcError as error:
            if not any(text in error.message for text in _HARMLESS_REFUSALS):
                raise
        self._nonce = nonce + 1
        self.sent += 1
        return transaction_hash(raw)

    @property
    def address(self) -> Address:
        """Who sends."""
        return self._key.address

    def next_nonce(self) -> int:
        """The nonce of the next transaction. Raises TransportError when the chain does not answer."""
        if self._nonce is None:
            self._nonce = self._ask_nonce()
        return self._nonce

    def _ask_nonce(self) -> int:
        # "pending" is answered by the Producer, not by geth's pool: what is pending is decided by the seed.
        answer = self._link.call("eth_getTransactionCount", ("0x" + self._key.address.hex(), "pending"))
        try:
            return from_quantity(answer)
        except TransportError as error:
            raise TransportError(f"{self._link.chain}: expected a nonce, found {answer!r}"[:200]) from error
