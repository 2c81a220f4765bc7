"""RLP, strictly: one encoding per value, anything else refused (R69; Yellow Paper, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from devnet.errors import ProtocolViolation

Item: TypeAlias = "bytes | list[Item]"
"""What RLP can say: a byte string, or a list of items."""

MAXIMAL_DEPTH: Final = 64
"""Lists nested deeper are refused; nothing on a chain nests deeper than a dozen."""


class InvalidRlp(ProtocolViolation):
    """Bytes that are not the one RLP encoding of a value."""


def encode(item: bytes | Sequence[object]) -> bytes:
    """The encoding of a byte string or a nested sequence of byte strings."""
    if isinstance(item, bytes | bytearray):
        if len(item) == 1 and item[0] < 0x80:
            return bytes(item)
        return _prefix(len(item), 0x80) + item
    if not isinstance(item, Sequence) or isinstance(item, str):
        raise TypeError(f"rlp takes bytes and sequences of them, found {type(item).__name__}")
    payload = b"".join(encode(member) for member in item)  # type: ignore[arg-type]
    return _prefix(len(payload), 0xC0) + payload


def encode_integer(value: int) -> bytes:
    """The big-endian bytes of an integer without leading zero; zero is the empty string."""
    if value < 0:
        raise ValueError(f"integer must be >= 0, found {value}")
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The one item that ``data`` encodes. Raises InvalidRlp for anything not canonical."""
    item, end = _read(bytes(data), 0, len(data), 0)
    if end != len(data):
        raise InvalidRlp(f"rlp item must end at byte {len(data)}, ends at {end}")
    return item


def decode_integer(data: Item, bits: int = 256) -> int:
    """The integer of a decoded byte string. Raises InvalidRlp for a list, a leading zero or more than ``bits``."""
    if not isinstance(data, bytes):
        raise InvalidRlp("rlp integer must be a byte string, found a list")
    if data[:1] == b"\0":
        raise InvalidRlp(f"rlp integer must have no leading zero, found 0x{data.hex()}")
    if 8 * len(data) > bits:
        raise InvalidRlp(f"rlp integer must have at most {bits} bits, found {len(data)} bytes")
    return int.from_bytes(data, "big")


def _prefix(length: int, offset: int) -> bytes:
    if length <= 55:
        return bytes((offset + length,))
    size = encode_integer(length)
    return bytes((offset + 55 + len(size),)) + size


def _read(data: bytes, start: int, end: int, depth: int) -> tuple[Item, int]:
    if start >= end:
        raise InvalidRlp(f"rlp item expected at byte {start}, found the end")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    is_list = first >= 0xC0
    offset = 0xC0 if is_list else 0x80
    begin, length = start + 1, first - offset
    if length > 55:
        begin, length = _long_length(data, begin, length - 55, end)
    if length > end - begin:
        raise InvalidRlp(f"rlp item at byte {start} needs {length} bytes, found {end - begin}")
    if is_list:
        return _read_list(data, begin, begin + length, depth + 1), begin + length
    if length == 1 and data[begin] < 0x80:
        raise InvalidRlp(f"byte 0x{data[begin]:02x} at byte {start} must stand for itself")
    return data[begin : begin + length], begin + length


def _long_length(data: bytes, begin: int, size: int, end: int) -> tuple[int, int]:
    digits = data[begin : begin + size]
    if begin + size > end or digits[0] == 0:
        raise InvalidRlp(f"length at byte {begin} is cut off or has a leading zero")
    length = int.from_bytes(digits, "big")
    if length <= 55:
        raise InvalidRlp(f"length {length} at byte {begin} must use the short form")
    return begin + size, length


def _read_list(data: bytes, start: int, end: int, depth: int) -> list[Item]:
    if depth > MAXIMAL_DEPTH:
        raise InvalidRlp(f"lists must nest at most {MAXIMAL_DEPTH} deep")
    members: list[Item] = []
    while start < end:
        member, start = _read(data, start, end, depth)
        members.append(member)
    return members
