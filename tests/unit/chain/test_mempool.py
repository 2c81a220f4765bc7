"""Order, replacement and choice of what waits for a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.mempool import Mempool, select
from devnet.chain.transaction import Transaction, decode_transaction
from devnet.errors import RpcError

GWEI = 10**9


@pytest.fixture
def make(sign: Callable[..., bytes]) -> Callable[..., Transaction]:
    return lambda user, nonce, **changes: decode_transaction(sign(user, nonce, **changes), 4242)


def test_a_known_transaction_is_refused(make: Callable[..., Transaction]) -> None:
    pool = Mempool([make(0, 0)])
    with pytest.raises(RpcError, match="already known"):
        pool.add(make(0, 0))


@pytest.mark.parametrize(
    ("fees", "replaces"),
    [
        ((109, 11), False),
        ((110, 10), False),
        ((110, 11), True),
        ((200, 20), True),
    ],
    ids=["max fee short", "tip short", "ten percent", "double"],
)
def test_a_replacement_must_raise_both_fees(
    make: Callable[..., Transaction], fees: tuple[int, int], replaces: bool
) -> None:
    old = make(0, 0, maxFeePerGas=100 * GWEI, maxPriorityFeePerGas=10 * GWEI)
    other = make(1, 0)
    new = make(0, 0, maxFeePerGas=fees[0] * GWEI, maxPriorityFeePerGas=fees[1] * GWEI)
    pool = Mempool([old, other])
    if replaces:
        pool.add(new)
        assert pool.all() == (new, other)
        assert pool.get(old.hash) is None
    else:
        with pytest.raises(RpcError, match="replacement transaction underpriced"):
            pool.add(new)
        assert pool.all() == (old, other)


def test_what_returns_goes_first_and_keeps_its_order(make: Callable[..., Transaction]) -> None:
    waiting, returned = make(2, 0), [make(1, 1), make(0, 0)]
    pool = Mempool([waiting])
    pool.put_first(returned)
    assert pool.all() == (*returned, waiting)


def test_what_joins_goes_last_and_takes_no_place(make: Callable[..., Transaction]) -> None:
    mine, theirs = make(0, 0), make(0, 0, value=2)
    pool = Mempool([mine])
    pool.put_last([theirs, make(1, 0)])
    assert pool.all() == (mine, make(1, 0))


def test_the_next_nonce_stops_at_a_gap(make: Callable[..., Transaction]) -> None:
    pool = Mempool([make(0, 4), make(0, 5), make(0, 7)])
    sender = make(0, 4).sender
    assert [pool.next_nonce(sender, nonce) for nonce in (3, 4, 5)] == [3, 6, 6]


def test_stale_nonces_are_dropped(make: Callable[..., Transaction]) -> None:
    old, new = make(0, 1), make(0, 2)
    pool = Mempool([old, new])
    assert pool.drop_below({old.sender: 2}) == (old,)
    assert pool.all() == (new,)


def test_a_mark_is_not_changed_by_what_follows(make: Callable[..., Transaction]) -> None:
    pool = Mempool([make(0, 0)])
    mark = pool.mark()
    pool.add(make(1, 0))
    pool.restore(mark)
    assert pool.all() == (make(0, 0),)
    pool.add(make(1, 0))
    assert len(pool) == 2


def choose(waiting: list[Transaction], gas_limit: int = 30_000_000, base_fee: int = 1, **options: Any) -> list[int]:
    chosen = select(waiting, {}, base_fee, gas_limit, **options)
    return [waiting.index(transaction) for transaction in chosen]


def test_nonces_order_the_transactions_of_one_sender(make: Callable[..., Transaction]) -> None:
    assert choose([make(0, 2), make(0, 0), make(1, 0), make(0, 1)]) == [1, 2, 3, 0]


def test_a_gap_makes_the_rest_wait(make: Callable[..., Transaction]) -> None:
    assert choose([make(0, 0), make(0, 2), make(1, 1)]) == [0]


def test_a_fee_below_the_base_fee_waits_with_what_follows_it(make: Callable[..., Transaction]) -> None:
    cheap = make(0, 0, maxFeePerGas=9, maxPriorityFeePerGas=1)
    assert choose([cheap, make(0, 1), make(1, 0)], base_fee=10) == [2]
    assert choose([cheap, make(0, 1), make(1, 0)], base_fee=9) == [0, 1, 2]


def test_what_does_not_fit_waits_and_smaller_ones_go_on(make: Callable[..., Transaction]) -> None:
    assert choose([make(0, 0, gas=80_000), make(1, 0, gas=30_000), make(2, 0)], gas_limit=101_000) == [0, 2]


def test_a_censored_transaction_is_left_out(make: Callable[..., Transaction]) -> None:
    victim = make(0, 0)
    assert choose([victim, make(0, 1), make(1, 0)], is_censored=lambda t: t.hash == victim.hash) == [2]
