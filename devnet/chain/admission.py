"""What a transaction must satisfy to wait for a block; refused at once, with geth's words.

The rules are those of Osaka: intrinsic gas (Istanbul, EIP-2930, EIP-3860, EIP-7702), the calldata floor
(EIP-7623), the cap on one transaction's gas (EIP-7825).
"""

from __future__ import annotations

from dataclasses import dataclass

from devnet.chain.transaction import SET_CODE, Transaction, refusal
from devnet.types import Wei

MAX_TRANSACTION_GAS = 1 << 24
"""EIP-7825."""

MAX_TRANSACTION_BYTES = 128 * 1024
"""What geth's pool takes."""

MAX_INIT_CODE_BYTES = 49_152
"""EIP-3860."""

TRANSACTION_GAS = 21_000
CREATION_GAS = 53_000
ZERO_BYTE_GAS = 4
NONZERO_BYTE_GAS = 16
INIT_CODE_WORD_GAS = 2
ACCESS_ADDRESS_GAS = 2_400
ACCESS_KEY_GAS = 1_900
AUTHORIZATION_GAS = 25_000
FLOOR_TOKEN_GAS = 10
TOKENS_PER_NONZERO_BYTE = 4


@dataclass(frozen=True, slots=True)
class Account:
    """What the chain says about a sender at its head."""

    nonce: int
    """Of its next transaction."""
    balance: Wei
    """What it owns."""


def check_transaction(transaction: Transaction, block_gas_limit: int) -> None:
    """Refuse what no state could make acceptable. Raises RpcError with geth's words."""
    size = len(transaction.raw)
    if size > MAX_TRANSACTION_BYTES:
        raise refusal(f"oversized data: transaction size {size}, limit {MAX_TRANSACTION_BYTES}")
    if transaction.to is None and len(transaction.data) > MAX_INIT_CODE_BYTES:
        raise refusal(f"max initcode size exceeded: code size {len(transaction.data)} limit {MAX_INIT_CODE_BYTES}")
    if transaction.gas > MAX_TRANSACTION_GAS:
        raise refusal(f"transaction gas limit too high (cap: {MAX_TRANSACTION_GAS}, tx: {transaction.gas})")
    if transaction.gas > block_gas_limit:
        raise refusal("exceeds block gas limit")
    if transaction.max_fee < transaction.priority_fee:
        raise refusal("max priority fee per gas higher than max fee per gas")
    if transaction.chain_id is None:
        raise refusal("only replay-protected (EIP-155) transactions allowed over RPC")
    if transaction.nonce == (1 << 64) - 1:
        raise refusal("nonce has max value")
    if transaction.kind == SET_CODE and not transaction.authorizations:
        raise refusal("set code tx must have at least one authorization tuple")
    _check_gas(transaction)


def check_account(transaction: Transaction, account: Account) -> None:
    """Refuse what the sender's nonce or balance rules out. Raises RpcError with geth's words."""
    if transaction.nonce < account.nonce:
        raise refusal(f"nonce too low: next nonce {account.nonce}, tx nonce {transaction.nonce}")
    if account.balance < transaction.cost:
        raise refusal(
            f"insufficient funds for gas * price + value: balance {account.balance}, tx cost {transaction.cost}, "
            f"overshot {transaction.cost - account.balance}"
        )


def intrinsic_gas(transaction: Transaction) -> int:
    """Gas taken before anything runs."""
    creates = transaction.to is None
    zeros = transaction.data.count(0)
    gas = CREATION_GAS if creates else TRANSACTION_GAS
    gas += zeros * ZERO_BYTE_GAS + (len(transaction.data) - zeros) * NONZERO_BYTE_GAS
    if creates:
        gas += INIT_CODE_WORD_GAS * ((len(transaction.data) + 31) // 32)
    for entry in transaction.access_list:
        gas += ACCESS_ADDRESS_GAS + ACCESS_KEY_GAS * len(entry.keys)
    return gas + AUTHORIZATION_GAS * len(transaction.authorizations)


def floor_gas(transaction: Transaction) -> int:
    """Least gas charged for the calldata alone (EIP-7623)."""
    zeros = transaction.data.count(0)
    tokens = zeros + (len(transaction.data) - zeros) * TOKENS_PER_NONZERO_BYTE
    return TRANSACTION_GAS + tokens * FLOOR_TOKEN_GAS


def _check_gas(transaction: Transaction) -> None:
    needed = intrinsic_gas(transaction)
    if transaction.gas < needed:
        raise refusal(f"intrinsic gas too low: gas {transaction.gas}, minimum needed {needed}")
    floor = floor_gas(transaction)
    if transaction.gas < floor:
        raise refusal(f"insufficient gas for floor data gas cost: gas {transaction.gas}, minimum needed {floor}")
