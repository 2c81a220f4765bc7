"""The twin of Rewards: a table that forge checks too, and what holds for any run of claims (R75-R77)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.rewards import Payment, RewardBook, RewardRefused, Settlement, payable, share
from devnet.mosaic.sets import ValidatorSets
from devnet.mosaic.transitions import Kernel

VECTORS = Path(__file__).parents[3] / "chains/contracts/test/vectors/rewards.json"
ROWS: list[dict[str, Any]] = json.loads(VECTORS.read_text())["rows"]
ALICE, BOB = b"\xaa" * 20, b"\xbb" * 20


def test_the_table_has_enough_rows() -> None:
    assert len(ROWS) >= 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_shares_and_payments_are_those_of_the_table(row: dict[str, Any]) -> None:
    book = RewardBook()
    book.committed_height = 2**64 - 1
    links = list(zip(row["incomes"], row["kernelHeights"], row["jointTotals"], row["voters"], strict=True))
    for target, (income, kernel, _, _) in enumerate(links, start=2):
        book.settle(target, Settlement(bytes(32), int(kernel), int(income)))
    members = zip(row["weights"], row["entered"], row["left"], row["shares"], row["paid"], strict=True)
    for index, (weight, entered, left, shares, paid) in enumerate(members):
        validator = bytes([index + 1]) * 20
        for at, (income, kernel, total, voters) in enumerate(links):
            weights = tuple(int(weight) if entered <= one < left else 0 for one in (kernel, kernel - 1))
            found = share(int(income), weights, int(total)) if voters >> index & 1 else 0  # type: ignore[arg-type]
            assert found == int(shares[at])
            if voters >> index & 1:
                book.claim(validator, [(at + 2, found)])
        assert book.paid.get(validator, 0) == int(paid)
        assert book.earned(validator) == sum(map(int, shares))
        if row["withdraws"] >> index & 1:
            book.prove_withdrawal(validator)
            assert book.paid.get(validator, 0) == sum(map(int, shares))
    assert book.paid_total <= book.income


def test_the_weight_of_both_sets_counts_everybody_once() -> None:
    carol, dave = b"\xcc" * 20, b"\xdd" * 20
    sets = ValidatorSets([Kernel(1, bytes(32), (ALICE, BOB, carol), (3, 2, 2), 0)])
    assert sets.joint_total(1) == 7
    sets.apply(Kernel(2, bytes(32), (carol, dave), (0, 5), 0))
    sets.apply(Kernel(3, bytes(32), (), (), 0))
    assert [sets.joint_total(height) for height in (1, 2, 3)] == [7, 12, 10]


@given(st.lists(st.integers(0, 10**20), max_size=8), st.integers(1, 10**12), st.integers(0, 10**12))
def test_claims_in_any_order_come_to_49_percent_of_the_sum_and_the_rest_at_the_end(
    incomes: list[int], own: int, others: int
) -> None:
    book = RewardBook()
    book.committed_height = len(incomes)
    for height, income in enumerate(incomes, start=1):
        book.settle(height, Settlement(bytes(32), 1, income))
    shares = [share(income, (own, own), own + others) for income in incomes]
    for height, amount in enumerate(shares, start=1):
        book.claim(ALICE, [(height, amount)])
    assert book.paid.get(ALICE, 0) == payable(sum(shares), False) == sum(shares) * 49 // 100
    book.prove_withdrawal(ALICE)
    assert book.paid.get(ALICE, 0) == sum(shares)
    assert book.paid_total <= book.income


@given(
    st.integers(0, 10**24),
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=12),
)
def test_the_shares_of_a_link_never_exceed_its_income(income: int, weights: list[tuple[int, int]]) -> None:
    total = sum(max(one) for one in weights)
    if total:
        shares = [share(income, one, total) for one in weights]
        assert income - len(weights) < sum(shares) <= income


def settled_book() -> RewardBook:
    book = RewardBook()
    book.settle(2, Settlement(bytes(32), 1, 100))
    book.settle(3, Settlement(bytes(32), 1, 100))
    book.committed_height = 2
    return book


def test_a_payment_says_what_is_held() -> None:
    book = settled_book()
    assert book.claim(ALICE, [(2, 51)]) == Payment(24, 27)
    assert book.prove_withdrawal(ALICE) == Payment(27, 0)
    assert book.prove_withdrawal(BOB) is None


@pytest.mark.parametrize(
    ("heights", "reason"), [((4,), "was not settled"), ((3,), "above the proven commit of 2"), ((2, 2), "before")]
)
def test_a_claim_is_refused_whole(heights: tuple[int, ...], reason: str) -> None:
    book = settled_book()
    with pytest.raises(RewardRefused, match=reason):
        book.claim(ALICE, [(height, 10) for height in heights])
    assert (book.claimed, book.paid) == ({}, {})


def test_the_slashed_are_paid_nothing() -> None:
    book = settled_book()
    book.claim(ALICE, [(2, 51)])
    book.slashed.add(ALICE)
    acts: tuple[Callable[[], object], ...] = (lambda: book.claim(ALICE, []), lambda: book.prove_withdrawal(ALICE))
    for act in acts:
        with pytest.raises(RewardRefused, match="was slashed"):
            act()


def test_nothing_is_settled_or_proven_twice() -> None:
    book = settled_book()
    with pytest.raises(RewardRefused, match="settled before"):
        book.settle(2, Settlement(bytes(32), 1, 1))
    book.prove_withdrawal(ALICE)
    with pytest.raises(RewardRefused, match="proven before"):
        book.prove_withdrawal(ALICE)
