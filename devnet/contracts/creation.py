"""Contracts that are to be created, and the signed transactions that create them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from eth_abi.abi import encode as encode_abi

from devnet.artifacts.contracts import CompiledContracts
from devnet.config.network import ChainSpec, Key
from devnet.contracts.abi import type_name
from devnet.contracts.gas import TRANSACTION_GAS_CAP
from devnet.contracts.send import Transaction
from devnet.types import Wei

GAS_BASE: Final = 8_000_000
"""Gas limit of a creation whose constructor stores nothing by the number; the largest contract needs about five
million."""

GAS_PER_ENTRY: Final = 60_000
"""Further gas per validator or holder that a constructor stores."""

NOTHING_ELSE: Final[Mapping[str, str]] = MappingProxyType({})
"""Every contract is the one that its name says."""


@dataclass(frozen=True, slots=True)
class Creation:
    """One contract to be created."""

    contract: str
    """Its name in Solidity."""
    arguments: tuple[object, ...]
    """Of its constructor."""
    gas: int
    """Gas limit."""
    value: Wei = 0
    """Coins it is paid."""


def sign_creations(
    creations: Sequence[Creation], deployer: Key, chain: ChainSpec, first_nonce: int, compiled: CompiledContracts
) -> tuple[bytes, ...]:
    """The raw signed transactions that create them, one nonce after the other."""
    raw = []
    for nonce, creation in enumerate(creations, start=first_nonce):
        contract = compiled.get(creation.contract)
        (constructor,) = (item for item in contract.abi if item["type"] == "constructor")
        types = [type_name(parameter) for parameter in constructor["inputs"]]
        data = contract.bytecode + encode_abi(types, creation.arguments)
        raw.append(Transaction(chain.chain_id, nonce, None, data, creation.gas, creation.value).sign(deployer))
    return tuple(raw)


def creation_gas(entries: int) -> int:
    """Gas limit of a creation whose constructor stores at most so many validators or holders."""
    return min(TRANSACTION_GAS_CAP, GAS_BASE + GAS_PER_ENTRY * entries)


def varied(creations: Sequence[Creation], auxiliary: str, variants: Mapping[str, str]) -> list[Creation]:
    """The same with other contracts where a variant is named; the auxiliary's own goes before everybody's."""
    return [
        replace(one, contract=variants.get(f"{auxiliary}:{one.contract}", variants.get(one.contract, one.contract)))
        for one in creations
    ]
