"""A signed transaction, decoded from its bytes with its sender recovered.

Legacy (EIP-155), access list (EIP-2930), fee market (EIP-1559) and set code (EIP-7702) transactions. What
cannot be decoded is refused with geth's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import rlp  # type: ignore[import-untyped]
from coincurve import PublicKey
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from devnet.chain.encoding import keccak
from devnet.errors import RpcError
from devnet.types import Address, Hash32, Wei

LEGACY, ACCESS_LIST, FEE_MARKET, BLOB, SET_CODE = 0, 1, 2, 3, 4

REFUSED = -32000
"""JSON-RPC code with which geth refuses a transaction."""

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1."""


def refusal(text: str) -> RpcError:
    """The error with which a transaction is refused."""
    return RpcError(REFUSED, text)


class AccessEntry(NamedTuple):
    """One account of an access list (EIP-2930)."""

    address: Address
    """The account."""
    keys: tuple[bytes, ...]
    """Its storage slots, 32 bytes each."""


class Authorization(NamedTuple):
    """One delegation of a set code transaction (EIP-7702)."""

    chain_id: int
    """0 = any chain."""
    address: Address
    """Whose code is taken."""
    nonce: int
    """Nonce of the authority."""
    y_parity: int
    """Signature."""
    r: int
    """Signature."""
    s: int
    """Signature."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction."""

    raw: bytes
    """Its bytes, as a block carries them."""
    hash: Hash32
    """keccak of ``raw``."""
    sender: Address
    """Recovered from the signature."""
    kind: int
    """EIP-2718 type."""
    chain_id: int | None
    """None for a legacy transaction without replay protection."""
    nonce: int
    """The sender's."""
    priority_fee: Wei
    """Greatest tip per gas; the gas price where the type knows only that."""
    max_fee: Wei
    """Greatest price per gas; the gas price where the type knows only that."""
    gas: int
    """Gas limit."""
    to: Address | None
    """None creates a contract."""
    value: Wei
    """What is sent along."""
    data: bytes
    """Input."""
    access_list: tuple[AccessEntry, ...]
    """Accounts and slots named in advance."""
    authorizations: tuple[Authorization, ...]
    """Delegations."""
    v: int
    """Signature: parity, or EIP-155's v."""
    r: int
    """Signature."""
    s: int
    """Signature."""

    @property
    def cost(self) -> Wei:
        """The most it can take from its sender."""
        return self.gas * self.max_fee + self.value


def decode_transaction(raw: bytes, chain_id: int) -> Transaction:
    """The transaction in ``raw``, signed for ``chain_id``. Raises RpcError with geth's words."""
    if not raw:
        raise refusal("typed transaction too short")
    kind = raw[0] if raw[0] < 0x80 else LEGACY
    if raw[0] >= 0xC0:
        kind, body = LEGACY, raw
    elif kind in (ACCESS_LIST, FEE_MARKET, SET_CODE):
        body = raw[1:]
    elif kind == BLOB:
        raise refusal("transaction type not supported: tx type 3 not supported by this pool")
    elif raw[0] >= 0x80:
        raise refusal("rlp: expected List")
    else:
        raise refusal("transaction type not supported")
    return _decode_fields(raw, kind, _items(body), chain_id)


def _items(body: bytes) -> list[Any]:
    try:
        items = rlp.decode(body, strict=True)
    except (RLPException, TypeError, ValueError, RecursionError) as error:
        raise refusal(f"rlp: {error}") from error
    if not isinstance(items, (list, tuple)):
        raise refusal("rlp: expected List")
    return list(items)


FIELD_COUNT = {LEGACY: 9, ACCESS_LIST: 11, FEE_MARKET: 12, SET_CODE: 13}


def _decode_fields(raw: bytes, kind: int, items: list[Any], chain_id: int) -> Transaction:
    if len(items) != FIELD_COUNT[kind]:
        raise refusal(f"rlp: expected {FIELD_COUNT[kind]} fields for transaction type {kind}, found {len(items)}")
    *fields, v_field, r_field, s_field = items
    v, r, s = (_integer(item) for item in (v_field, r_field, s_field))
    signed_chain = _integer(fields.pop(0)) if kind != LEGACY else _legacy_chain(v)
    if signed_chain is not None and signed_chain != chain_id:
        raise refusal(f"invalid sender: invalid chain id for signer: have {signed_chain} want {chain_id}")
    nonce, priority = _integer(fields[0]), _integer(fields[1])
    has_two_fees = kind in (FEE_MARKET, SET_CODE)
    max_fee, rest = (_integer(fields[2]), fields[3:]) if has_two_fees else (priority, fields[2:])
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        sender=_sender(_signing_hash(kind, items[:-3], signed_chain), _parity(kind, v, signed_chain), r, s),
        kind=kind,
        chain_id=signed_chain,
        nonce=_bounded(nonce, 64),
        priority_fee=priority,
        max_fee=max_fee,
        gas=_bounded(_integer(rest[0]), 64),
        to=_address(rest[1], optional=kind != SET_CODE),
        value=_integer(rest[2]),
        data=_bytes(rest[3]),
        access_list=_access_list(rest[4]) if kind != LEGACY else (),
        authorizations=_authorizations(rest[5]) if kind == SET_CODE else (),
        v=v,
        r=r,
        s=s,
    )


def _legacy_chain(v: int) -> int | None:
    return (v - 35) // 2 if v >= 35 else None


def _parity(kind: int, v: int, chain_id: int | None) -> int:
    if kind != LEGACY:
        return v
    return v - 27 if chain_id is None else v - 35 - 2 * chain_id


def _signing_hash(kind: int, fields: list[Any], chain_id: int | None) -> bytes:
    if kind != LEGACY:
        return keccak(bytes([kind]) + bytes(rlp.encode(fields)))
    return keccak(bytes(rlp.encode(fields if chain_id is None else [*fields, chain_id, 0, 0])))


def _sender(digest: bytes, parity: int, r: int, s: int) -> Address:
    # EIP-2: the high half of s is refused, or each signature would have a twin.
    if parity not in (0, 1) or not 0 < r < ORDER or not 0 < s <= ORDER // 2:
        raise refusal("invalid sender: invalid transaction v, r, s values")
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # coincurve raises bare exceptions of its own for a point that is not on the curve
        raise refusal("invalid sender: recovery failed") from error
    return keccak(key.format(compressed=False)[1:])[12:]


def _bytes(item: Any) -> bytes:
    if not isinstance(item, bytes):
        raise refusal("rlp: expected input string or byte, found a list")
    return item


def _integer(item: Any) -> int:
    data = _bytes(item)
    if data[:1] == b"\0":
        raise refusal("rlp: non-canonical integer (leading zero bytes)")
    return _bounded(int.from_bytes(data, "big"), 256)


def _bounded(value: int, bits: int) -> int:
    if value.bit_length() > bits:
        raise refusal(f"rlp: input string too long for uint{bits}")
    return value


def _address(item: Any, optional: bool) -> Address | None:
    data = _bytes(item)
    if optional and not data:
        return None
    return _sized(data, 20)


def _sized(item: Any, length: int) -> bytes:
    data = _bytes(item)
    if len(data) != length:
        raise refusal(f"rlp: expected {length} bytes, found {len(data)}")
    return data


def _list(item: Any, length: int | None = None) -> list[Any]:
    if isinstance(item, bytes) or (length is not None and len(item) != length):
        raise refusal("rlp: expected List")
    return list(item)


def _access_list(item: Any) -> tuple[AccessEntry, ...]:
    entries = (_list(entry, 2) for entry in _list(item))
    return tuple(AccessEntry(_sized(e[0], 20), tuple(_sized(key, 32) for key in _list(e[1]))) for e in entries)


def _authorizations(item: Any) -> tuple[Authorization, ...]:
    rows = (_list(row, 6) for row in _list(item))
    return tuple(
        Authorization(_integer(row[0]), _sized(row[1], 20), *(_integer(field) for field in row[2:])) for row in rows
    )
