"""Block headers as go-ethereum hashes them: 21 fields in Osaka, more in later forks (R26, R35)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from devnet.errors import ProtocolViolation
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.types import Address, Hash32

BLOCK_HASH_WINDOW: Final = 8_191
"""How many blocks back a chain itself knows its hashes (EIP-2935; R25, R32)."""


class InvalidHeader(ProtocolViolation):
    """Bytes or a JSON object that are no block header, or not the one they claim to be."""


@dataclass(frozen=True, slots=True)
class Header:
    """A block header. Members stand in RLP order; further ones of later forks are kept as they came."""

    parent_hash: Hash32
    """Hash of the parent block."""
    uncles_hash: Hash32
    """Hash of the empty uncle list since the merge."""
    fee_recipient: Address
    """Who receives the tips (R75)."""
    state_root: Hash32
    """Root of the state trie after this block (R29)."""
    transactions_root: Hash32
    """Root of the transaction trie, accumulated in r_i (R26)."""
    receipts_root: Hash32
    """Root of the receipt trie."""
    logs_bloom: bytes
    """256 bytes."""
    difficulty: int
    """0 since the merge."""
    number: int
    """Height of the block."""
    gas_limit: int
    """Most gas that the block may use."""
    gas_used: int
    """Gas that it used, accumulated in g_i (R26)."""
    timestamp: int
    """Seconds since 1970."""
    extra_data: bytes
    """At most 32 bytes; the branch's salt, or empty."""
    prev_randao: Hash32
    """The field once called mixHash."""
    nonce: bytes
    """8 zero bytes since the merge."""
    base_fee_per_gas: int
    """Wei per gas that is burned."""
    withdrawals_root: Hash32
    """Root of the withdrawal trie."""
    blob_gas_used: int
    """0: no blobs on a devnet."""
    excess_blob_gas: int
    """0: no blobs on a devnet."""
    parent_beacon_block_root: Hash32
    """Zero on a devnet."""
    requests_hash: Hash32
    """sha256 of nothing where there are no requests."""
    further: tuple[bytes, ...] = ()
    """Fields of later forks, undecoded: they are hashed, never read."""

    @property
    def hash(self) -> Hash32:
        """The block hash: keccak256 of the encoding."""
        return keccak(self.encode())

    def encode(self) -> bytes:
        """The RLP encoding, equal to ``debug_getRawHeader``."""
        values = [getattr(self, name) for name in _NAMES]
        items = [rlp.encode_integer(value) if isinstance(value, int) else value for value in values]
        return rlp.encode([*items, *self.further])


_NAMES: Final = tuple(field.name for field in fields(Header) if field.name != "further")
_LENGTHS: Final[Mapping[str, int]] = {
    "fee_recipient": 20,
    "logs_bloom": 256,
    "nonce": 8,
} | {field.name: 32 for field in fields(Header) if field.type == "Hash32"}
_INTEGERS: Final = frozenset(field.name for field in fields(Header) if field.type == "int")
_RPC_NAMES: Final[Mapping[str, str]] = {
    "parent_hash": "parentHash",
    "uncles_hash": "sha3Uncles",
    "fee_recipient": "miner",
    "state_root": "stateRoot",
    "transactions_root": "transactionsRoot",
    "receipts_root": "receiptsRoot",
    "logs_bloom": "logsBloom",
    "difficulty": "difficulty",
    "number": "number",
    "gas_limit": "gasLimit",
    "gas_used": "gasUsed",
    "timestamp": "timestamp",
    "extra_data": "extraData",
    "prev_randao": "mixHash",
    "nonce": "nonce",
    "base_fee_per_gas": "baseFeePerGas",
    "withdrawals_root": "withdrawalsRoot",
    "blob_gas_used": "blobGasUsed",
    "excess_blob_gas": "excessBlobGas",
    "parent_beacon_block_root": "parentBeaconBlockRoot",
    "requests_hash": "requestsHash",
}


def decode_header(data: bytes) -> Header:
    """Decode an encoded header: canonical RLP, at least 21 fields, each of its length; further fields are kept.

    Raises InvalidHeader. Zero-valued integers (every post-merge header has some) decode (R26).
    """
    try:
        items = rlp.decode(data)
    except rlp.InvalidRlp as error:
        raise InvalidHeader(f"header is not canonical rlp: {error}") from error
    if not isinstance(items, list) or len(items) < len(_NAMES):
        found = f"{len(items)} items" if isinstance(items, list) else "a byte string"
        raise InvalidHeader(f"header must be a list of at least {len(_NAMES)} items, found {found}")
    values = {name: _member(name, item) for name, item in zip(_NAMES, items, strict=False)}
    return Header(**values, further=_further(items[len(_NAMES) :]))


def header_from_rpc(block: Mapping[str, Any]) -> Header:
    """The header of a block as ``eth_getBlockBy*`` answers it.

    Raises InvalidHeader if a field is missing or malformed, or if the header does not hash to the block's
    ``hash``: what a node says is never taken on trust.
    """
    missing = [key for key in _RPC_NAMES.values() if block.get(key) is None]
    if missing:
        raise InvalidHeader(f"block {block.get('number')} has no field {', '.join(missing)}")
    try:
        values = {name: _rpc_member(name, str(block[key])) for name, key in _RPC_NAMES.items()}
    except ValueError as error:
        raise InvalidHeader(f"block {block.get('number')} has a malformed field: {error}") from error
    header = Header(**values, further=_rpc_further(block))
    claimed = block.get("hash")
    if claimed is not None and header.hash.hex() != str(claimed).removeprefix("0x").lower():
        raise InvalidHeader(f"block {header.number} claims hash {claimed}, its header hashes to 0x{header.hash.hex()}")
    return header


def _member(name: str, item: rlp.Item) -> Any:
    if name in _INTEGERS:
        try:
            return rlp.decode_integer(item)
        except rlp.InvalidRlp as error:
            raise InvalidHeader(f"header field {name}: {error}") from error
    if not isinstance(item, bytes):
        raise InvalidHeader(f"header field {name} must be a byte string, found a list")
    expected = _LENGTHS.get(name)
    if expected is not None and len(item) != expected:
        raise InvalidHeader(f"header field {name} must have {expected} bytes, found {len(item)}")
    return item


def _further(items: Sequence[rlp.Item]) -> tuple[bytes, ...]:
    for item in items:
        if not isinstance(item, bytes):
            raise InvalidHeader("header fields of later forks must be byte strings, found a list")
    return tuple(item for item in items if isinstance(item, bytes))


def _rpc_member(name: str, text: str) -> Any:
    if name in _INTEGERS:
        return int(text, 16)
    return _member(name, bytes.fromhex(text.removeprefix("0x")))


def _rpc_further(block: Mapping[str, Any]) -> tuple[bytes, ...]:
    # Amsterdam adds exactly these two, in this order.
    if block.get("blockAccessListHash") is None:
        return ()
    access_list = bytes.fromhex(str(block["blockAccessListHash"]).removeprefix("0x"))
    if block.get("slotNumber") is None:
        return (access_list,)
    return (access_list, rlp.encode_integer(int(str(block["slotNumber"]), 16)))
