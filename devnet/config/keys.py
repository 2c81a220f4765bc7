"""Key pairs from the seed, and the user accounts from a mnemonic.

All of them are public test keys. Anyone can derive them: nothing of value may ever be sent to one.
"""

from __future__ import annotations

import hashlib
import hmac

from coincurve import PublicKey
from eth_hash.auto import keccak

from devnet.config.network import Key

CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Order of secp256k1; a secret is in 1 .. order - 1 (SEC 2, 2.4.1)."""

TEST_MNEMONIC = "test test test test test test test test test test test junk"
"""The mnemonic that every Ethereum development tool uses, so that wallets know the accounts."""

_HARDENED = 1 << 31
_ACCOUNT_PATH = (44 | _HARDENED, 60 | _HARDENED, 0 | _HARDENED, 0)


def derive_key(seed: int, name: str) -> Key:
    """The key of ``name`` in a network with that seed; the same on every machine.

    ``name`` carries the role as well, such as ``validator-1/origin``.
    """
    stem = keccak(b"mosaic-devnet key\0" + seed.to_bytes(8, "big") + name.encode())
    attempt = 0
    while True:
        secret = keccak(stem + attempt.to_bytes(4, "big"))
        if 0 < int.from_bytes(secret, "big") < CURVE_ORDER:
            return key_of(secret)
        attempt += 1


def key_of(secret: bytes) -> Key:
    """The key pair of a 32-byte secret."""
    public = PublicKey.from_valid_secret(secret).format(compressed=False)
    return Key(secret, keccak(public[1:])[12:])


def mnemonic_accounts(mnemonic: str, count: int) -> tuple[Key, ...]:
    """The first ``count`` accounts of a mnemonic at m/44'/60'/0'/0/i (BIP-32, BIP-39, BIP-44).

    The words are not checked against a word list. Done here and not by eth-account because importing that
    alone takes half a second.
    """
    seed = hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic", 2048)
    node = _split(hmac.digest(b"Bitcoin seed", seed, "sha512"))
    for index in _ACCOUNT_PATH:
        node = _child(node, index)
    return tuple(key_of(_child(node, index)[0]) for index in range(count))


def _child(node: tuple[bytes, bytes], index: int) -> tuple[bytes, bytes]:
    secret, chain_code = node
    data = b"\0" + secret if index & _HARDENED else PublicKey.from_valid_secret(secret).format(compressed=True)
    tweak, next_code = _split(hmac.digest(chain_code, data + index.to_bytes(4, "big"), "sha512"))
    total = (int.from_bytes(tweak, "big") + int.from_bytes(secret, "big")) % CURVE_ORDER
    return total.to_bytes(32, "big"), next_code


def _split(digest: bytes) -> tuple[bytes, bytes]:
    return digest[:32], digest[32:]
