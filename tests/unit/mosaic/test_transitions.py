"""Kernels, transitions and meta-blocks: hashes, genesis, accumulators (R26, R32, R35b)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.identity import core_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.transitions import (
    Accumulators,
    Kernel,
    MetaBlock,
    Transition,
    accumulate,
    genesis_kernel,
    genesis_meta_block,
    genesis_transition,
    root_transition,
)
from tests.unit.mosaic.header_cases import HEADER

CORE_ID = core_identifier(1337, bytes(range(20)))
ROOT, ORIGIN_ROOT = keccak(b"auxiliary root"), keccak(b"origin root")
TYPES = {
    "Transition": "coreId:bytes32 kernelHash:bytes32 height:uint64 dynasty:uint64 checkpoint:bytes32 "
    "accumulatedGas:uint256 accumulatedTransactionRoot:bytes32 originDynasty:uint64 originCheckpoint:bytes32",
    "Kernel": "height:uint64 parent:bytes32 validators:address[] weights:uint256[] gasTarget:uint256",
    "MetaBlock": "kernelHash:bytes32 transitionHash:bytes32",
}


def struct_hash(primary: str, values: tuple[Any, ...]) -> bytes:
    pairs = [member.split(":") for member in TYPES[primary].split()]
    types = {primary: [{"name": name, "type": kind} for name, kind in pairs]}
    message = {
        name: list(value) if isinstance(value, tuple) else value for (name, _), value in zip(pairs, values, strict=True)
    }
    return bytes(encode_typed_data({"name": "any"}, types, message).body)


words = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**64 - 1)
amounts = st.integers(0, 2**256 - 1)
members = st.lists(st.tuples(st.binary(min_size=20, max_size=20), amounts), max_size=5)


@given(st.builds(Transition, words, words, numbers, numbers, words, amounts, words, numbers, words))
def test_a_transition_hash_is_that_of_eth_account(transition: Transition) -> None:
    assert transition.hash() == struct_hash("Transition", transition.fields())


@given(numbers, words, members, amounts)
def test_a_kernel_hash_is_that_of_eth_account(
    height: int, parent: bytes, changes: list[tuple[bytes, int]], target: int
) -> None:
    kernel = Kernel(height, parent, tuple(v for v, _ in changes), tuple(w for _, w in changes), target)
    assert kernel.hash() == struct_hash("Kernel", kernel.fields())


@given(words, words)
def test_a_meta_block_hash_is_that_of_eth_account(kernel_hash: bytes, transition_hash: bytes) -> None:
    block = MetaBlock(kernel_hash, transition_hash)
    assert block.hash() == struct_hash("MetaBlock", block.fields())


@pytest.mark.parametrize("member", [field.name for field in fields(Transition)])
def test_every_member_of_a_transition_is_hashed(member: str) -> None:
    transition = Transition(CORE_ID, keccak(b"k"), 3, 2, keccak(b"c"), 10**6, keccak(b"r"), 1, keccak(b"o"))
    old = getattr(transition, member)
    change: dict[str, Any] = {member: old + 1 if isinstance(old, int) else keccak(old)}
    assert replace(transition, **change).hash() != transition.hash()


def test_genesis_is_what_the_rule_says() -> None:
    """R35b."""
    empty = Kernel(0, bytes(32), (), (), 0).hash()
    first = Transition(CORE_ID, empty, 0, 0, ROOT, 0, bytes(32), 0, ORIGIN_ROOT)
    assert genesis_transition(CORE_ID, ROOT, ORIGIN_ROOT) == first
    assert genesis_meta_block(CORE_ID, ROOT, ORIGIN_ROOT) == MetaBlock(empty, first.hash())


def test_kernel_one_lists_the_whole_set_ascending() -> None:
    weights = {b"\x02" * 20: 38, b"\x01" * 20: 40, b"\x03" * 20: 36}
    kernel = genesis_kernel(CORE_ID, ROOT, ORIGIN_ROOT, weights, 30_000_000)
    assert kernel.height == 1
    assert kernel.parent == genesis_meta_block(CORE_ID, ROOT, ORIGIN_ROOT).hash()
    assert kernel.validators == (b"\x01" * 20, b"\x02" * 20, b"\x03" * 20)
    assert kernel.weights == (40, 38, 36)
    assert kernel.gas_target == 30_000_000


def test_the_root_as_a_source_has_kernel_one() -> None:
    kernel = genesis_kernel(CORE_ID, ROOT, ORIGIN_ROOT, {b"\x01" * 20: 1}, 1)
    transition = root_transition(CORE_ID, ROOT, ORIGIN_ROOT, kernel.hash())
    assert transition.kernel_hash == kernel.hash()
    assert replace(transition, kernel_hash=Kernel(0, bytes(32), (), (), 0).hash()) == genesis_transition(
        CORE_ID, ROOT, ORIGIN_ROOT
    )


def test_accumulators_chain_gas_and_transaction_roots() -> None:
    first = replace(HEADER, gas_used=21_000, transactions_root=keccak(b"1"))
    second = replace(HEADER, gas_used=0, transactions_root=keccak(b"2"))
    root_1 = keccak(encode(["bytes32", "bytes32"], [bytes(32), keccak(b"1")]))
    root_2 = keccak(encode(["bytes32", "bytes32"], [root_1, keccak(b"2")]))
    assert accumulate([first]) == Accumulators(21_000, root_1)
    assert accumulate([first, second]) == Accumulators(21_000, root_2)
    assert accumulate([second], Accumulators(21_000, root_1)) == Accumulators(21_000, root_2)
    assert accumulate([]) == Accumulators(0, bytes(32))
