"""What may wait for a block: one broken rule at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.admission import Account, check_account, check_transaction, floor_gas, intrinsic_gas
from devnet.chain.transaction import decode_transaction
from devnet.errors import RpcError

CHAIN_ID = 4242
BLOCK_GAS = 30_000_000


def test_a_plain_transfer_is_admitted(sign: Callable[..., bytes]) -> None:
    transaction = decode_transaction(sign(0, 0), CHAIN_ID)
    check_transaction(transaction, BLOCK_GAS)
    check_account(transaction, Account(nonce=0, balance=transaction.cost))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gas": 2**24 + 1}, "transaction gas limit too high (cap: 16777216, tx: 16777217)"),
        ({"gas": 10_000_001}, "exceeds block gas limit"),
        ({"maxPriorityFeePerGas": 10**12 + 1}, "max priority fee per gas higher than max fee per gas"),
        ({"nonce": 2**64 - 1}, "nonce has max value"),
        ({"gas": 20_999}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        ({"data": "0x" + "01" * 100, "gas": 24_000}, "floor data gas cost: gas 24000, minimum needed 25000"),
        ({"to": None, "data": "0x" + "00" * 49_153, "gas": 10_000_000}, "max initcode size exceeded"),
        ({"data": "0x" + "00" * 131_072, "gas": 10_000_000}, "oversized data"),
    ],
    ids=["cap", "block", "tip", "nonce", "intrinsic", "floor", "initcode", "size"],
)
def test_a_transaction_that_no_block_could_carry_is_refused(
    sign: Callable[..., bytes], changes: dict[str, Any], words: str
) -> None:
    transaction = decode_transaction(sign(0, **({"nonce": 0} | changes)), CHAIN_ID)
    with pytest.raises(RpcError) as caught:
        check_transaction(transaction, 10_000_000)
    assert words in caught.value.message


def test_a_transaction_without_replay_protection_is_refused(sign: Callable[..., bytes]) -> None:
    raw = sign(0, 0, chainId=None, maxFeePerGas=None, maxPriorityFeePerGas=None, gasPrice=5)
    with pytest.raises(RpcError, match="only replay-protected"):
        check_transaction(decode_transaction(raw, CHAIN_ID), BLOCK_GAS)


def test_a_nonce_below_the_state_is_refused_and_one_above_waits(sign: Callable[..., bytes]) -> None:
    account = Account(nonce=5, balance=10**24)
    with pytest.raises(RpcError, match="nonce too low: next nonce 5, tx nonce 4"):
        check_account(decode_transaction(sign(0, 4), CHAIN_ID), account)
    check_account(decode_transaction(sign(0, 6), CHAIN_ID), account)


def test_a_balance_short_by_one_wei_is_refused(sign: Callable[..., bytes]) -> None:
    transaction = decode_transaction(sign(0, 0), CHAIN_ID)
    with pytest.raises(RpcError, match=r"insufficient funds for gas \* price \+ value: balance .* overshot 1 "):
        check_account(transaction, Account(nonce=0, balance=transaction.cost - 1))


def test_gas_of_a_creation_with_access_list(sign: Callable[..., bytes]) -> None:
    access = [{"address": "0x" + "22" * 20, "storageKeys": ["0x" + "33" * 32]}]
    raw = sign(0, 0, to=None, data="0x0001" + "02" * 31, accessList=access)
    transaction = decode_transaction(raw, CHAIN_ID)
    assert intrinsic_gas(transaction) == 53_000 + 4 + 32 * 16 + 2 * 2 + 2_400 + 1_900
    assert floor_gas(transaction) == 21_000 + 10 * (1 + 32 * 4)
