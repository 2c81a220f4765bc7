"""Readers of one node are told the same while its head stands, and asked nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devnet.chain.answers import MOST_ANSWERS, Answers
from devnet.chain.client import Call
from devnet.errors import RpcError

LATEST: Call = ("eth_getBlockByNumber", ("latest", False))
LOGS: Call = ("eth_getLogs", ({"fromBlock": "0x1", "toBlock": "0x2", "address": ["0x01"]},))
RECEIPT: Call = ("eth_getTransactionReceipt", ("0x02",))


class Node:
    def __init__(self) -> None:
        self.head = 0
        self.asked: list[list[Call]] = []

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        self.asked.append(list(calls))
        return [(method, self.head) for method, _ in calls]


def standing() -> Answers:
    answers = Answers()
    answers.keep()
    return answers


def test_what_was_asked_while_the_head_stands_is_not_asked_again() -> None:
    node, answers = Node(), standing()
    first = answers.read([LATEST, LOGS], node.batch)
    assert answers.read([LATEST, LOGS], node.batch) == first == [("eth_getBlockByNumber", 0), ("eth_getLogs", 0)]
    assert node.asked == [[LATEST, LOGS]]


def test_only_what_is_missing_is_asked_and_the_order_is_kept() -> None:
    node, answers = Node(), standing()
    answers.read([LOGS], node.batch)
    found = answers.read([LATEST, LOGS, RECEIPT], node.batch)
    assert [method for method, _ in found] == [LATEST[0], LOGS[0], RECEIPT[0]]
    assert node.asked[1] == [LATEST, RECEIPT]


def test_lists_and_tuples_of_parameters_are_the_same_question_and_other_parameters_another() -> None:
    node, answers = Node(), standing()
    answers.read([LATEST], node.batch)
    answers.read([("eth_getBlockByNumber", ["latest", False])], node.batch)
    assert len(node.asked) == 1
    answers.read([("eth_getBlockByNumber", ("latest", True))], node.batch)
    assert len(node.asked) == 2


def test_what_depends_on_more_than_the_head_is_asked_every_time() -> None:
    node, answers = Node(), standing()
    answers.read([RECEIPT], node.batch)
    answers.read([RECEIPT], node.batch)
    assert node.asked == [[RECEIPT], [RECEIPT]]


def test_nothing_is_kept_before_the_head_stands_nor_while_it_moves() -> None:
    node, answers = Node(), Answers()
    answers.read([LATEST], node.batch)
    answers.keep()
    answers.read([LATEST], node.batch)
    answers.drop()
    node.head = 1
    assert answers.read([LATEST], node.batch) == answers.read([LATEST], node.batch) == [(LATEST[0], 1)]
    assert len(node.asked) == 4


def test_an_answer_that_was_under_way_when_the_head_moved_is_not_told_to_later_readers() -> None:
    node, answers = Node(), standing()

    def batch(calls: Sequence[Call]) -> list[Any]:
        told = node.batch(calls)
        answers.drop()
        node.head = 1
        answers.keep()
        return told

    assert answers.read([LATEST], batch) == [(LATEST[0], 0)]
    assert answers.read([LATEST], node.batch) == [(LATEST[0], 1)]


def test_an_error_is_raised_and_asked_for_again() -> None:
    node, answers = Node(), standing()

    def refuse(calls: Sequence[Call]) -> list[Any]:
        raise RpcError(-32000, "no")

    with pytest.raises(RpcError):
        answers.read([LATEST], refuse)
    assert answers.read([LATEST], node.batch) == [(LATEST[0], 0)]


def test_a_chain_that_stands_still_for_ever_keeps_a_bounded_number_of_answers() -> None:
    node, answers = Node(), standing()
    calls = [("eth_getBlockByNumber", (hex(number), False)) for number in range(MOST_ANSWERS + 1)]
    for call in calls * 2:
        assert answers.read([call], node.batch) == [(LATEST[0], 0)]
    assert len(node.asked) == MOST_ANSWERS + 2
