"""A contract at an address, with its ABI: calldata, reads at a block, decoded logs.

It holds no connection: every read says through which link and at which block, so that one handle serves
every actor and every branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from devnet.chain.link import Link
from devnet.contracts.abi import SELECTOR_BYTES, AbiItem, Event, Function
from devnet.contracts.errors import raise_reverted
from devnet.errors import ChainError, RpcError, TransportError, UsageError
from devnet.types import Address, Hash32, Json, Wei

BlockTag: TypeAlias = str | int | bytes
"""A tag (``latest``), a block number, or a block hash (32 bytes, or as a 0x string)."""

LOGS_KEPT = 256
"""Logs that a contract keeps decoded; in a block it writes a few dozen."""

_HASH_STRING_LENGTH = 66


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """A log that one of our contracts wrote."""

    contract: str
    """Name of the contract."""
    auxiliary: str
    """Name of the auxiliary chain whose core the contract belongs to."""
    name: str
    """Name of the event."""
    args: Mapping[str, Any]
    """Parameters by name; bytes as bytes, structs as dicts."""
    block_number: int
    """Number of the block that holds it."""
    block_hash: Hash32
    """Hash of that block."""
    log_index: int
    """Position among the block's logs."""
    transaction: Hash32
    """Hash of the transaction that wrote it."""
    pair: str = ""
    """Name of the pair that the contract belongs to; empty if to none."""

    def payload(self) -> dict[str, Json]:
        """The parameters as JSON: bytes as 0x strings, integers as decimal strings."""
        return {name: as_json(value) for name, value in self.args.items()}


@dataclass(frozen=True, slots=True)
class Read:
    """One view call, to be made alone or in a batch with others."""

    contract: ContractHandle
    """Where."""
    function: str
    """What."""
    arguments: tuple[object, ...] = ()
    """With what."""
    sender: Address | None = None
    """Who calls; nobody if it makes no difference."""
    gas: int | None = None
    """What the call may use; the node's own limit if it makes no difference."""
    value: Wei = 0
    """Base coin sent along."""

    def request(self, block: BlockTag) -> tuple[str, tuple[object, ...]]:
        """The ``eth_call`` that makes it."""
        call = {
            "to": "0x" + self.contract.address.hex(),
            "data": "0x" + self.contract.calldata(self.function, *self.arguments).hex(),
        }
        call |= {} if self.sender is None else {"from": "0x" + self.sender.hex()}
        call |= {} if self.gas is None else {"gas": hex(self.gas)}
        call |= {"value": hex(self.value)} if self.value else {}
        return "eth_call", (call, block_parameter(block))


class ContractHandle:
    """One contract of the network."""

    def __init__(
        self, name: str, address: Address, abi: Sequence[AbiItem], auxiliary: str = "", pair: str = ""
    ) -> None:
        self.name: Final = name
        """As in Solidity."""
        self.address: Final = address
        """20 bytes."""
        self.abi: Final = tuple(abi)
        """Its JSON ABI."""
        self.auxiliary: Final = auxiliary
        """Name of the auxiliary chain whose core it belongs to."""
        self.pair: Final = pair
        """Name of the pair that it belongs to; empty if to none."""
        self._functions = {str(item["name"]): Function.of(item) for item in abi if item["type"] == "function"}
        self._selectors = {function.selector: function for function in self._functions.values()}
        self._events = {event.topic: event for item in abi if item["type"] == "event" for event in (Event.of(item),)}
        # Every actor of a process reads the same logs within a block.
        self._told = lru_cache(LOGS_KEPT)(self._tell)

    def calldata(self, function: str, *arguments: object) -> bytes:
        """Calldata of one call. Raises UsageError for an unknown function or unfit arguments."""
        return self._function(function).encode(arguments)

    def decode_calldata(self, calldata: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Function and arguments of somebody's calldata; None if it is not a well-formed call of this contract."""
        function = self._selectors.get(calldata[:SELECTOR_BYTES])
        if function is None:
            return None
        try:
            return function.name, function.decode_arguments(calldata)
        except ChainError:
            return None

    def read(
        self,
        link: Link,
        function: str,
        *arguments: object,
        block: BlockTag = "latest",
        sender: Address | None = None,
        gas: int | None = None,
        value: Wei = 0,
    ) -> Any:
        """Result of a call that changes nothing. Raises ContractReverted if it reverts."""
        method, params = Read(self, function, arguments, sender, gas, value).request(block)
        try:
            return self.decode_result(function, link.call(method, params))
        except RpcError as error:
            raise_reverted(self.name, function, error, (self.abi,))

    def decode_result(self, function: str, result: object) -> Any:
        """What an ``eth_call`` of the function answered. Raises TransportError if it is no hex string."""
        return self._function(function).decode_result(parse_bytes(result))

    def decode_log(self, log: Mapping[str, Any]) -> DecodedEvent | None:
        """The event in a log as ``eth_getLogs`` returns it; None if it is not one of this contract's."""
        if parse_bytes(log["address"]) != self.address or not log["topics"]:
            return None
        told = self._told(tuple(parse_bytes(topic) for topic in log["topics"]), parse_bytes(log["data"]))
        if told is None:
            return None
        name, args = told
        return DecodedEvent(
            contract=self.name,
            auxiliary=self.auxiliary,
            name=name,
            args=args,
            block_number=int(log["blockNumber"], 16),
            block_hash=parse_bytes(log["blockHash"]),
            log_index=int(log["logIndex"], 16),
            transaction=parse_bytes(log["transactionHash"]),
            pair=self.pair,
        )

    def _tell(self, topics: tuple[bytes, ...], data: bytes) -> tuple[str, Mapping[str, Any]] | None:
        """Name and parameters of the event that topics and data are; None if it is not one of this contract's."""
        event = self._events.get(topics[0])
        return None if event is None else (event.name, MappingProxyType(event.decode(topics, data)))

    def _function(self, name: str) -> Function:
        function = self._functions.get(name)
        if function is None:
            raise UsageError(f"{self.name} has no function {name!r}; it has {', '.join(sorted(self._functions))}")
        return function


def read_many(link: Link, reads: Sequence[Read], block: BlockTag = "latest") -> list[Any]:
    """Results of several view calls at one block, in one round trip. The first revert is raised."""
    if not reads:
        return []
    results = link.batch([read.request(block) for read in reads])
    return [read.contract.decode_result(read.function, result) for read, result in zip(reads, results, strict=True)]


def block_parameter(block: BlockTag) -> object:
    """A block as JSON-RPC wants it: a tag, a hex number, or by hash (EIP-1898)."""
    if isinstance(block, bytes):
        return {"blockHash": "0x" + block.hex()}
    if isinstance(block, str) and len(block) == _HASH_STRING_LENGTH:
        return {"blockHash": block}
    return hex(block) if isinstance(block, int) else block


def as_json(value: Any) -> Json:
    """A decoded ABI value as the History keeps it."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return str(value)


def parse_bytes(value: object) -> bytes:
    """A 0x string as bytes. Raises TransportError for anything else, as a lying link may send it."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise TransportError(f"expected a 0x string, found {value!r}"[:200])
    try:
        return bytes.fromhex(value[2:])
    except ValueError as error:
        raise TransportError(f"expected a 0x string, found {value!r}"[:200]) from error
