"""Writes votes.json: digests and hashes that Solidity and Python must both arrive at.

The values come from eth_account's EIP-712 encoder, which shares no code with either side.
Run: python chains/contracts/test/vectors/generate.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

TYPES: dict[str, list[tuple[str, str]]] = {
    "Vote": [
        ("coreId", "bytes32"),
        ("transition", "bytes32"),
        ("source", "bytes32"),
        ("target", "bytes32"),
        ("sourceHeight", "uint64"),
        ("targetHeight", "uint64"),
    ],
    "Registration": [("coreId", "bytes32"), ("depositor", "address"), ("validator", "address")],
    "Transition": [
        ("coreId", "bytes32"),
        ("kernelHash", "bytes32"),
        ("height", "uint64"),
        ("dynasty", "uint64"),
        ("checkpoint", "bytes32"),
        ("accumulatedGas", "uint256"),
        ("accumulatedTransactionRoot", "bytes32"),
        ("originDynasty", "uint64"),
        ("originCheckpoint", "bytes32"),
    ],
    "Kernel": [
        ("height", "uint64"),
        ("parent", "bytes32"),
        ("validators", "address[]"),
        ("weights", "uint256[]"),
        ("gasTarget", "uint256"),
    ],
    "MetaBlock": [("kernelHash", "bytes32"), ("transitionHash", "bytes32")],
}


def word(label: str) -> str:
    """A 32-byte value that looks like a hash, the same in every run."""
    return "0x" + keccak(text=label).hex()


def signable(kind: str, message: dict[str, Any], chain_id: int, core: str) -> Any:
    """The EIP-712 message of a structure in the domain of a core."""
    fields = [{"name": name, "type": type_} for name, type_ in TYPES[kind]]
    domain = {"name": "Mosaic", "version": "1", "chainId": chain_id, "verifyingContract": core}
    return encode_typed_data(domain_data=domain, message_types={kind: fields}, message_data=message)


def struct_hash(kind: str, message: dict[str, Any]) -> str:
    """hashStruct without domain."""
    return "0x" + signable(kind, message, 1, "0x" + "00" * 20).body.hex()


def signed(kind: str, message: dict[str, Any], chain_id: int, core: str, secret: str) -> dict[str, Any]:
    """Fields, digest and signature of a structure in the domain of a core."""
    content = signable(kind, message, chain_id, core)
    digest = keccak(b"\x19\x01" + content.header + content.body)
    signature = Account.sign_message(content, secret)
    domain_separator = "0x" + content.header.hex()
    return {
        "chainId": chain_id,
        "core": core,
        "domainSeparator": domain_separator,
        "fields": message,
        "structHash": "0x" + content.body.hex(),
        "digest": "0x" + digest.hex(),
        "secret": secret,
        "signer": Account.from_key(secret).address,
        "signature": "0x" + signature.signature.hex(),
    }


def votes() -> list[dict[str, Any]]:
    """Votes about auxiliary and about origin, in two domains, with small and with extreme heights."""
    result = []
    cores = [(1337, "0x5FbDB2315678afecb367f032d93F642f64180aa3"), (2**96 - 1, "0x" + "fF" * 20)]
    for chain_id, core in cores:
        for about_origin in (False, True):
            for source, target in ((0, 1), (7, 9), (2**64 - 2, 2**64 - 1)):
                label = f"{chain_id}-{about_origin}-{source}"
                core_id = (chain_id << 160) | (0 if about_origin else int(core, 16))
                message = {
                    "coreId": f"0x{core_id:064x}",
                    "transition": "0x" + "00" * 32 if about_origin else word(f"transition {label}"),
                    "source": word(f"source {label}"),
                    "target": word(f"target {label}"),
                    "sourceHeight": source,
                    "targetHeight": target,
                }
                vector = signed("Vote", message, chain_id, core, word(f"key {label}"))
                result.append(vector | {"aboutOrigin": about_origin})
    return result


def registrations() -> list[dict[str, Any]]:
    """One registration, signed by its validator."""
    chain_id, core = 1337, "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    secret = word("validator")
    message = {
        "coreId": f"0x{(chain_id << 160) | int(core, 16):064x}",
        "depositor": Account.from_key(word("depositor")).address,
        "validator": Account.from_key(secret).address,
    }
    return [signed("Registration", message, chain_id, core, secret)]


def kernels() -> list[dict[str, Any]]:
    """The empty kernel 0, a first kernel, and one with a leaver."""
    validators = sorted((Account.from_key(word(f"v{i}")).address for i in range(4)), key=lambda a: int(a, 16))
    weights = [40 * 10**18, 38 * 10**18, 36 * 10**18, 34 * 10**18]
    fields = [
        {"height": 0, "parent": "0x" + "00" * 32, "validators": [], "weights": [], "gasTarget": 0},
        {"height": 1, "parent": word("p1"), "validators": validators, "weights": weights, "gasTarget": 30_000_000},
        {"height": 2, "parent": word("p2"), "validators": validators[:2], "weights": [0, 5], "gasTarget": 2**256 - 1},
    ]
    return [{"fields": message, "hash": struct_hash("Kernel", message)} for message in fields]


def transitions() -> list[dict[str, Any]]:
    """A genesis transition and one with every field set."""
    core_id = f"0x{(1337 << 160) | 0x5FbDB2315678afecb367f032d93F642f64180aa3:064x}"
    genesis = {
        "coreId": core_id,
        "kernelHash": kernels()[0]["hash"],
        "height": 0,
        "dynasty": 0,
        "checkpoint": word("auxiliary root"),
        "accumulatedGas": 0,
        "accumulatedTransactionRoot": "0x" + "00" * 32,
        "originDynasty": 0,
        "originCheckpoint": word("origin root"),
    }
    full = genesis | {
        "kernelHash": kernels()[1]["hash"],
        "height": 12,
        "dynasty": 11,
        "checkpoint": word("checkpoint"),
        "accumulatedGas": 2**200 + 3,
        "accumulatedTransactionRoot": word("accumulated"),
        "originDynasty": 2**64 - 1,
        "originCheckpoint": word("origin"),
    }
    return [{"fields": message, "hash": struct_hash("Transition", message)} for message in (genesis, full)]


def meta_blocks() -> list[dict[str, Any]]:
    """The genesis meta-block and another one."""
    pairs = zip(kernels(), transitions(), strict=False)
    fields = [{"kernelHash": kernel["hash"], "transitionHash": transition["hash"]} for kernel, transition in pairs]
    return [{"fields": message, "hash": struct_hash("MetaBlock", message)} for message in fields]


def plain(value: Any) -> Any:
    """JSON that every reader keeps exact: integers as decimal strings."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()}


def main() -> None:
    """Write the file beside this one."""
    vectors = {
        "votes": votes(),
        "registrations": registrations(),
        "kernels": kernels(),
        "transitions": transitions(),
        "metaBlocks": meta_blocks(),
    }
    path = Path(__file__).with_name("votes.json")
    path.write_text(json.dumps(plain(vectors), indent=2) + "\n")


if __name__ == "__main__":
    main()
