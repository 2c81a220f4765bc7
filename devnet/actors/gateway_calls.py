"""Calls of a gateway that move a message on, as transactions carry them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from devnet.actors.carrying import FUNCTIONS
from devnet.chain.encoding import from_quantity
from devnet.contracts.handle import ContractHandle, parse_bytes
from devnet.contracts.send import Sender
from devnet.errors import TransportError
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.types import Address, Hash32

_BY_SENDER: Final = {
    "stake": Direction.STAKE,
    "revertStake": Direction.STAKE,
    "redeem": Direction.REDEEM,
    "revertRedeem": Direction.REDEEM,
}

DIRECTIONS: Final[Mapping[str, Direction]] = {
    function: direction for (direction, _), function in FUNCTIONS.items()
} | _BY_SENDER
"""Which way the message goes that a function of a gateway is about."""


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """One call of a gateway about one message."""

    function: str
    """As in Solidity."""
    transfer: Transfer
    """Which message it is about."""
    word: bytes
    """The signature or secret that it brings along; empty if it brings none."""

    def message(self, ends: Ends) -> Hash32:
        """Hash of the message between those gateways."""
        return self.transfer.hash(DIRECTIONS[self.function], ends)


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """One call that waits for a block."""

    transfer: Transfer
    """Which message it is about."""
    word: bytes
    """What it brings along: the signature of a declaration, the secret that ends a message."""
    caller: Address
    """Who sent it."""
    hash: Hash32
    """Of its transaction."""


def gateway_call(gateway: ContractHandle, transaction: Any) -> GatewayCall | None:
    """The call in a transaction as a node tells of it; None if it is of something else.

    Raises TransportError for a malformed transaction.
    """
    try:
        to, data = parse_bytes(transaction["to"] or "0x"), parse_bytes(transaction["input"])
    except (KeyError, TypeError) as error:
        raise TransportError(f"malformed transaction {transaction!r}"[:200]) from error
    call = gateway.decode_calldata(data) if to == gateway.address else None
    if call is None or call[0] not in DIRECTIONS:
        return None
    function, (struct, *others) = call
    amount, beneficiary, gas_price, gas_limit, sender, nonce, lock = struct
    accounts = parse_bytes(beneficiary), parse_bytes(sender)
    transfer = Transfer(amount, accounts[0], gas_price, gas_limit, accounts[1], nonce, lock)
    return GatewayCall(function, transfer, next((one for one in others if isinstance(one, bytes)), b""))


def proof_bytes(gateway: ContractHandle, transaction: Mapping[str, Any]) -> int:
    """Size of the proofs that a call of the gateway brings along: all trie nodes. 0 if it brings none."""
    call = gateway.decode_calldata(parse_bytes(transaction["input"]))
    structs = [argument for argument in call[1] if isinstance(argument, tuple)] if call is not None else []
    lists = [member for struct in structs for member in struct if isinstance(member, tuple | list)]
    return sum(len(node) for nodes in lists for node in nodes)


def own_calls_waiting(
    transactions: Iterable[Mapping[str, Any]], gateway: ContractHandle, sender: Sender, ends: Ends
) -> frozenset[tuple[str, Hash32]]:
    """Function and message of this sender's calls that wait for a block: after a restart it need not repeat them.

    Only its own count, up to its next nonce: a stranger's transaction, or one behind a nonce that a node made up, may
    never be mined, and would keep everybody from acting. Raises TransportError for a malformed transaction.
    """
    own = [one for one in transactions if one.get("from") == "0x" + sender.address.hex()]
    due = [one for one in own if from_quantity(one.get("nonce")) < sender.next_nonce()]
    calls = (gateway_call(gateway, one) for one in due)
    return frozenset((call.function, call.message(ends)) for call in calls if call is not None)


def waiting_calls(
    transactions: Iterable[Mapping[str, Any]], gateway: ContractHandle, function: str
) -> Iterator[WaitingCall]:
    """Everybody's calls of a function that takes a transfer and a word, which wait for a block.

    Raises TransportError for a malformed transaction.
    """
    for transaction in transactions:
        call = gateway_call(gateway, transaction)
        if call is not None and call.function == function:
            hashes = parse_bytes(transaction.get("from")), parse_bytes(transaction.get("hash"))
            yield WaitingCall(call.transfer, call.word, *hashes)
