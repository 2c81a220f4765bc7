"""The few ABI facts that calls and logs need: selectors, topics, types, and names for what comes back.

web3 knows all of this too, but costs most of a second and sixty megabytes in every process; actors use this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from eth_abi.abi import decode as decode_abi
from eth_abi.abi import encode as encode_abi
from eth_abi.exceptions import DecodingError, EncodingError

from devnet.errors import ChainError, UsageError
from devnet.mosaic.keccak import keccak

AbiItem: TypeAlias = Mapping[str, Any]
"""One entry of a contract's JSON ABI."""

SELECTOR_BYTES = 4
WORD_BYTES = 32
_ADDRESS_PADDING = bytes(12)
_UINT64_PADDING = bytes(24)


def type_name(parameter: AbiItem) -> str:
    """The canonical type of a parameter, with structs written as tuples of their members."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    members = ",".join(type_name(member) for member in parameter["components"])
    return f"({members}){kind.removeprefix('tuple')}"


def signature(item: AbiItem) -> str:
    """Name and canonical types: ``castVote((bytes32,...),bytes)``."""
    return f"{item['name']}({','.join(type_name(parameter) for parameter in item['inputs'])})"


def selector(item: AbiItem) -> bytes:
    """First four bytes of the hash of the signature: what calldata and revert data begin with."""
    return keccak(signature(item).encode())[:SELECTOR_BYTES]


def native(parameter: AbiItem, value: Any) -> Any:
    """A decoded value as the devnet speaks: structs as dicts by member name, lists as tuples, addresses as bytes."""
    kind = str(parameter["type"])
    if kind.endswith("]"):
        element = {**parameter, "type": kind[: kind.rindex("[")]}
        return tuple(native(element, item) for item in value)
    if kind == "address":
        return bytes.fromhex(value[2:])
    if kind != "tuple":
        return value
    return {
        str(member["name"]): native(member, item) for member, item in zip(parameter["components"], value, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Function:
    """One external function, ready to encode and decode."""

    name: str
    """As in Solidity."""
    selector: bytes
    """4 bytes."""
    input_types: tuple[str, ...]
    """Canonical types of the arguments."""
    outputs: tuple[AbiItem, ...]
    """The ABI entries of what it returns."""

    @staticmethod
    def of(item: AbiItem) -> Function:
        """The function that an ABI entry describes."""
        inputs = tuple(type_name(parameter) for parameter in item["inputs"])
        return Function(str(item["name"]), selector(item), inputs, tuple(item["outputs"]))

    def encode(self, arguments: Sequence[object]) -> bytes:
        """Calldata. Raises UsageError if the arguments do not fit the types."""
        try:
            return self.selector + encode_abi(self.input_types, arguments)
        except (EncodingError, ValueError, TypeError) as error:
            raise UsageError(
                f"{self.name}({','.join(self.input_types)}) cannot take these arguments: {error}"
            ) from error

    def decode_arguments(self, calldata: bytes) -> tuple[Any, ...]:
        """The arguments that ``encode`` was given. Raises ChainError for anything else."""
        return decode_values(self.name, self.input_types, calldata[SELECTOR_BYTES:])

    def decode_result(self, data: bytes) -> Any:
        """What the function returned: nothing, one value, or a tuple; structs as dicts by member name."""
        types = tuple(type_name(output) for output in self.outputs)
        values = decode_values(self.name, types, data)
        named = tuple(native(output, value) for output, value in zip(self.outputs, values, strict=True))
        return named[0] if len(named) == 1 else (named or None)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to decode."""

    name: str
    """As in Solidity."""
    topic: bytes
    """32 bytes: the first topic of its logs."""
    names: tuple[str, ...]
    """Its parameters in declared order."""
    indexed: tuple[AbiItem, ...]
    """The ABI entries of those that are topics."""
    plain: tuple[AbiItem, ...]
    """The ABI entries of those in the data."""
    plain_types: tuple[str, ...]
    """Canonical types of the latter."""

    @staticmethod
    def of(item: AbiItem) -> Event:
        """The event that an ABI entry describes."""
        inputs = item["inputs"]
        plain = tuple(parameter for parameter in inputs if not parameter["indexed"])
        return Event(
            name=str(item["name"]),
            topic=keccak(signature(item).encode()),
            names=tuple(str(parameter["name"]) for parameter in inputs),
            indexed=tuple(parameter for parameter in inputs if parameter["indexed"]),
            plain=plain,
            plain_types=tuple(type_name(parameter) for parameter in plain),
        )

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """Parameters by name, in declared order. Raises ChainError if the log is not of this event."""
        if len(topics) != len(self.indexed) + 1:
            raise ChainError(f"log of {self.name}: expected {len(self.indexed) + 1} topics, found {len(topics)}")
        values: dict[str, Any] = {}
        for parameter, topic in zip(self.indexed, topics[1:], strict=True):
            values[parameter["name"]] = _in_topic(self.name, parameter, topic)
        decoded = decode_values(self.name, self.plain_types, data)
        for parameter, value in zip(self.plain, decoded, strict=True):
            values[parameter["name"]] = native(parameter, value)
        return {name: values[name] for name in self.names}


def _in_topic(name: str, parameter: AbiItem, topic: bytes) -> Any:
    """An indexed parameter: the commonest types at once, for every actor decodes every log."""
    kind = parameter["type"]
    if len(topic) == WORD_BYTES:
        if kind == "bytes32":
            return topic
        if kind == "address" and topic.startswith(_ADDRESS_PADDING):
            return topic[len(_ADDRESS_PADDING) :]
        if kind == "uint64" and topic.startswith(_UINT64_PADDING):
            return int.from_bytes(topic)
    return native(parameter, decode_values(name, (type_name(parameter),), topic)[0])


def decode_values(name: str, types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values of these types. Raises ChainError, naming what was decoded, for anything else."""
    try:
        return tuple(decode_abi(types, data))
    except (DecodingError, ValueError, OverflowError) as error:
        raise ChainError(f"{name}: {len(data)} bytes do not decode as ({','.join(types)}): {error}") from error
