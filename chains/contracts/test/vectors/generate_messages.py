"""Writes messages.json: hashes and digests of gateway messages that Solidity and Python must both arrive at (R62).

The values come from eth_account's EIP-712 encoder, which shares no code with either side.
Run: python chains/contracts/test/vectors/generate_messages.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

INTENT = [
    ("amount", "uint256"),
    ("beneficiary", "address"),
    ("originChainId", "uint256"),
    ("gateway", "address"),
    ("auxiliaryChainId", "uint256"),
    ("coGateway", "address"),
]
MESSAGE = [
    ("intentHash", "bytes32"),
    ("nonce", "uint256"),
    ("gasPrice", "uint256"),
    ("gasLimit", "uint256"),
    ("sender", "address"),
    ("hashLock", "bytes32"),
]


def word(label: str) -> str:
    """A 32-byte value that looks like a hash, the same in every run."""
    return "0x" + keccak(text=label).hex()


def address(label: str) -> str:
    """An address, the same in every run."""
    return str(to_checksum_address(keccak(text=label)[12:]))


def signable(kind: str, members: list[tuple[str, str]], values: dict[str, Any], chain_id: int, core: str) -> Any:
    """The EIP-712 message of a structure in the domain of a core."""
    fields = [{"name": name, "type": type_} for name, type_ in members]
    domain = {"name": "Mosaic", "version": "1", "chainId": chain_id, "verifyingContract": core}
    return encode_typed_data(domain_data=domain, message_types={kind: fields}, message_data=values)


def vector(label: str, kind: str, numbers: dict[str, int]) -> dict[str, Any]:
    """One transfer: what it is made of, its hashes, and the sender's signature in the core's domain."""
    core, chain_id, secret = address(f"core {label}"), numbers["originChainId"], word(f"secret {label}")
    intent = {
        "amount": numbers["amount"],
        "beneficiary": address(f"beneficiary {label}"),
        "originChainId": chain_id,
        "gateway": address(f"gateway {label}"),
        "auxiliaryChainId": numbers["auxiliaryChainId"],
        "coGateway": address(f"co-gateway {label}"),
    }
    intent_hash = "0x" + signable(kind, INTENT, intent, chain_id, core).body.hex()
    message = {
        "intentHash": intent_hash,
        "nonce": numbers["nonce"],
        "gasPrice": numbers["gasPrice"],
        "gasLimit": numbers["gasLimit"],
        "sender": Account.from_key(word(f"key {label}")).address,
        "hashLock": "0x" + keccak(hexstr=secret).hex(),
    }
    content = signable("Message", MESSAGE, message, chain_id, core)
    return {
        "kind": kind,
        "core": core,
        "intent": intent,
        "message": message,
        "secret": secret,
        "messageHash": "0x" + content.body.hex(),
        "digest": "0x" + keccak(b"\x19\x01" + content.header + content.body).hex(),
        "key": word(f"key {label}"),
        "signature": "0x" + Account.sign_message(content, word(f"key {label}")).signature.hex(),
    }


def plain(value: Any) -> Any:
    """JSON that every reader keeps exact: integers as decimal strings."""
    if isinstance(value, int):
        return str(value)
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def main() -> None:
    """Write the file beside this one: small and extreme numbers, both directions."""
    names = ("amount", "originChainId", "auxiliaryChainId", "nonce", "gasPrice", "gasLimit")
    rows = [
        (10**18, 1337, 2001, 0, 10**9, 200_000),
        (1, 1, 2, 1, 0, 0),
        (2**256 - 1, 2**96 - 1, 2**256 - 1, 2**256 - 1, 2**256 - 1, 2**256 - 1),
    ]
    vectors = [
        vector(f"{kind} {index}", kind, dict(zip(names, row, strict=True)))
        for kind in ("StakeIntent", "RedeemIntent")
        for index, row in enumerate(rows)
    ]
    path = Path(__file__).with_name("messages.json")
    path.write_text(json.dumps({"messages": [plain(item) for item in vectors]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
