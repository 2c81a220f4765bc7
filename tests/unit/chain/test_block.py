"""The base fee of a block's child (EIP-1559)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.chain.block import Block


@pytest.mark.parametrize(
    ("used", "expected"),
    [(15_000_000, 1_000), (30_000_000, 1_125), (0, 875), (15_000_001, 1_001), (22_500_000, 1_062)],
    ids=["target", "full", "empty", "just above", "half above"],
)
def test_the_base_fee_follows_the_gas_used(block: Callable[..., Block], used: int, expected: int) -> None:
    assert block(gas_limit=30_000_000, gas_used=used, base_fee=1_000).next_base_fee() == expected
