"""Signatures under the core's EIP-712 domain: made deterministically, recovered strictly (R2, R4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from coincurve import PrivateKey, PublicKey

from devnet.errors import ProtocolViolation
from devnet.mosaic.keccak import address_word, hash_struct, hash_word, keccak, uint_word
from devnet.types import Address, Hash32

SIGNATURE_LENGTH: Final = 65
"""r (32 bytes), s (32 bytes), v (1 byte)."""

DOMAIN_TYPE_HASH: Final = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
"""Type hash of the four-member EIP-712 domain."""

_NAME_HASH: Final = keccak(b"Mosaic")
_VERSION_HASH: Final = keccak(b"1")
_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class InvalidSignature(ProtocolViolation):
    """A signature that R4 refuses: length, high s, v, or no signer."""

    def __init__(self, signature: bytes, reason: str) -> None:
        super().__init__(f"signature 0x{signature.hex()} refused: {reason}")
        self.signature: Final = signature
        """The bytes that were refused."""
        self.reason: Final = reason
        """Which condition of R4 failed, with what was found."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The EIP-712 domain of one core: name "Mosaic", version "1" (R2)."""

    chain_id: int
    """EIP-155 id of the origin chain."""
    core: Address
    """Address of the core on origin, the verifying contract."""

    def separator(self) -> Hash32:
        """hashStruct of the domain."""
        return _separator(self.chain_id, self.core)

    def digest(self, struct_hash: Hash32) -> Hash32:
        """What is signed for a struct: keccak256(0x1901 ‖ separator ‖ hashStruct)."""
        return keccak(b"\x19\x01" + self.separator() + hash_word(struct_hash))


@lru_cache(maxsize=64)
def _separator(chain_id: int, core: Address) -> Hash32:
    # A pure function asked once per vote with the same few arguments.
    return hash_struct(DOMAIN_TYPE_HASH, (_NAME_HASH, _VERSION_HASH, uint_word(chain_id), address_word(core)))


def address_of(secret: bytes) -> Address:
    """The address of a 32-byte secret."""
    return _address(PrivateKey(secret).public_key)


def sign_digest(digest: Hash32, secret: bytes) -> bytes:
    """Sign 32 bytes: 65 bytes r ‖ s ‖ v, RFC 6979 nonce, low s, v 27 or 28 (R4).

    The same digest and secret give the same bytes every time.
    """
    signature = PrivateKey(secret).sign_recoverable(hash_word(digest), hasher=None)
    return signature[:64] + bytes((27 + signature[64],))


def recover_signer(digest: Hash32, signature: bytes) -> Address:
    """Who signed these 32 bytes. Raises InvalidSignature for whatever R4 refuses."""
    if len(signature) != SIGNATURE_LENGTH:
        raise InvalidSignature(signature, f"must have {SIGNATURE_LENGTH} bytes, found {len(signature)}")
    if signature[64] not in (27, 28):
        raise InvalidSignature(signature, f"v must be 27 or 28, found {signature[64]}")
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise InvalidSignature(signature, "s must be in the lower half of the curve order")
    message = hash_word(digest)
    compact = signature[:64] + bytes((signature[64] - 27,))
    try:
        public_key = PublicKey.from_signature_and_message(compact, message, hasher=None)
    except ValueError as error:
        raise InvalidSignature(signature, "no key could have made it") from error
    return _address(public_key)


def _address(public_key: PublicKey) -> Address:
    return keccak(public_key.format(compressed=False)[1:])[12:]
