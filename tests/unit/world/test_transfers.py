"""Transfers as the World handles them: following to the end, and the control API in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.errors import ChainError, ManifestError, UsageError, WaitTimeout
from devnet.history import History
from devnet.mosaic.transfers import Direction
from devnet.world.control import Control
from devnet.world.control_client import ControlClient
from devnet.world.exits import Departure
from devnet.world.following import Following
from devnet.world.server import Server
from devnet.world.transfer_client import TransferClient
from devnet.world.transfer_ends import GAS_LIMIT, GAS_PRICE, Wish

MESSAGE = "0x" + "3e" * 32
TOKEN = "a-token"


def step(chain: str, name: str, block: int = 1) -> dict[str, Any]:
    return {"step": name, "chain": chain, "block": block}


class FakeTransfers:
    """Plays a script of rows, one per look; the last one stays."""

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.rows = list(rows)
        self.calls: list[Any] = []
        self.refused = False
        self.halted = False
        self.own = True
        self.mined = 0

    def find(self, message: str) -> dict[str, Any]:
        outbox, inbox = self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]
        ended = ("progressed", "revoked")
        steps = [step(*one) for one in (("origin", outbox), ("auxiliary-1", inbox)) if one[1] != "undeclared"]
        return {
            "message": message,
            "outbox": outbox,
            "inbox": inbox,
            "over": outbox in ended and inbox in ended,
            "source": "origin",
            "target": "auxiliary-1",
            "heads": {"origin": 9, "auxiliary-1": 8},
            "refused": self.refused,
            "halted": self.halted,
            "own": self.own,
            "warnings": self.warnings(),
            "steps": steps,
        }

    def reveal(self, message: str) -> None:
        self.calls.append("reveal")

    def revert(self, message: str) -> None:
        self.calls.append("revert")

    def declare(self, wish: Wish) -> str:
        self.calls.append(wish)
        return MESSAGE

    def exit(self, auxiliary: str, *, pair: str | None, sender: str | None) -> Departure:
        self.calls.append((auxiliary, pair, sender))
        return DEPARTURE

    def claim(self, message: str, *, sender: str | None) -> Departure:
        self.calls.append((message, sender))
        return DEPARTURE

    def steps_in(self, transactions: Sequence[str]) -> list[dict[str, Any]]:
        """One more is mined with every look."""
        self.mined += 1
        return [{"transaction": one} for one in transactions[: self.mined - 1]]

    def warnings(self) -> list[str]:
        return ["no facilitator is running"]

    def all(self) -> list[dict[str, Any]]:
        return [{"message": MESSAGE}]


DEPARTURE = Departure("TKN", "0x" + "ac" * 20, 2**200, 36, ("0x01", "0x02"), ("only that counts",))

SCRIPT = (
    ("undeclared", "undeclared"),
    ("declared", "undeclared"),
    ("declared", "declared"),
    ("declared", "declared"),
    ("progressed", "progressed"),
)


@pytest.mark.parametrize(("revert", "call"), [(False, "reveal"), (True, "revert")])
def test_the_sender_acts_once_and_only_after_the_confirmation(revert: bool, call: str) -> None:
    transfers = FakeTransfers(*SCRIPT)
    following = Following(transfers, MESSAGE, revert)
    acted = []
    while not following.is_over:
        following.look()
        acted.append(list(transfers.calls))
    assert acted == [[], [], [call], [call], [call]]


def test_a_strangers_transfer_is_only_watched() -> None:
    transfers = FakeTransfers(*SCRIPT)
    transfers.own = False
    following = Following(transfers, MESSAGE)
    while not following.is_over:
        following.look()
    assert transfers.calls == []


@pytest.mark.parametrize("revert", [False, True])
def test_on_a_halted_core_nothing_is_revealed_or_taken_back(revert: bool) -> None:
    """R74: it would be refused on origin, and burn a penalty for nothing on auxiliary."""
    transfers = FakeTransfers(*SCRIPT)
    transfers.halted = True
    following = Following(transfers, MESSAGE, revert)
    while not following.is_over:
        following.look()
    assert transfers.calls == []


def test_each_step_is_told_once() -> None:
    following = Following(FakeTransfers(*SCRIPT), MESSAGE, acts=False)
    told = [[one["step"] for one in following.look()] for _ in SCRIPT]
    assert told == [[], ["declared"], ["declared"], [], ["progressed", "progressed"]]


def test_a_reorganisation_that_changes_the_order_of_steps_hides_none_and_repeats_none() -> None:
    """Steps come in the order of their blocks' time, and the block of one may be replaced by a later one."""
    declared, source = step("origin", "declared"), step("origin", "progressed at source", 5)
    confirmed, target = step("auxiliary-1", "confirmed", 3), step("auxiliary-1", "progressed at target", 6)
    again = source | {"block": 7}
    looks = (
        [declared, confirmed, source],
        [declared, confirmed, target, source],
        [declared, confirmed, target],
        [declared, confirmed, target, again],
    )
    transfers = FakeTransfers(("progressed", "progressed"))
    row = transfers.find(MESSAGE)
    rows = iter(row | {"steps": steps} for steps in looks)
    following = Following(SimpleNamespace(find=lambda _: next(rows)), MESSAGE)
    assert [following.look() for _ in looks] == [[declared, confirmed, source], [target], [], [again]]


def test_a_declaration_that_the_gateway_refused_is_an_error_and_not_a_wait() -> None:
    transfers = FakeTransfers(("undeclared", "undeclared"))
    transfers.refused = True
    following = Following(transfers, MESSAGE)
    following.look()
    with pytest.raises(ChainError, match="origin refused the declaration"):
        _ = following.is_declared


@pytest.fixture
def served() -> Iterator[SimpleNamespace]:
    transfers = FakeTransfers(*SCRIPT)
    world = SimpleNamespace(transfers=transfers, history=History(None, "run"))
    with Server() as server:
        url = server.serve(Control(SimpleNamespace(world=world), TOKEN, lambda: None).application())
        yield SimpleNamespace(transfers=transfers, client=ControlClient(url, TOKEN))
    world.history.close()


def test_what_is_wished_reaches_the_world_as_it_was(served: SimpleNamespace) -> None:
    client: TransferClient = served.client.transfers
    wish = Wish(Direction.STAKE, "auxiliary-1", 2**200, "TKN", "1", "0x" + "be" * 20, 0, 5, "facilitator-1")
    assert client.declare(wish) == {"message": MESSAGE, "warnings": ["no facilitator is running"]}
    plain = Wish(Direction.REDEEM, "auxiliary-1", 7)
    client.declare(plain)
    assert served.transfers.calls == [wish, plain]
    assert (plain.gas_price, plain.gas_limit) == (GAS_PRICE, GAS_LIMIT)
    assert client.all() == [{"message": MESSAGE}]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": 0.5}, "amount: expected a whole number of the smallest unit, 0 or more, found 0.5"),
        ({"amount": "5"}, "found '5'"),
        ({"amount": -1}, "found -1"),
        ({"gas_price": 1.5}, "gas_price: .* found 1.5"),
    ],
    ids=str,
)
def test_an_amount_that_is_not_in_whole_units_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    wish: dict[str, Any] = {"direction": Direction.STAKE, "auxiliary": "auxiliary-1", "amount": 1} | wrong
    with pytest.raises(UsageError, match=sentence):
        Wish(**wish)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"direction": "sideways"},
        {"direction": "stake"},
        {"direction": "stake", "amount": -1},
        {"direction": "stake", "amount": "1.5"},
        {"direction": "stake", "amount": 1, "pair": 7},
        {"direction": "stake", "amount": 1, "gas_limit": 2**256},
    ],
    ids=str,
)
def test_a_wish_that_makes_no_sense_is_a_sentence(served: SimpleNamespace, asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="must be"):
        served.client.transfers.request("POST", "/transfers/declare", asked)
    assert served.transfers.calls == []


def test_a_transfer_is_followed_through_the_control_api_to_its_end(served: SimpleNamespace) -> None:
    client: TransferClient = served.client.transfers
    assert client.await_declared(MESSAGE)["outbox"] == "declared"
    told = list(client.follow(MESSAGE, revert=False, timeout_s=30))
    assert [one.get("step") for one in told] == ["declared", "declared", "progressed", "progressed", None]
    assert told[-1]["over"]
    assert served.transfers.calls == ["reveal"]


def test_waiting_in_vain_says_where_it_stands_and_how_to_go_on(served: SimpleNamespace) -> None:
    served.transfers.rows = [("declared", "undeclared")]
    with pytest.raises(
        WaitTimeout, match=f"declared on origin and undeclared on auxiliary-1 .*no facilitator.*watch {MESSAGE}"
    ):
        list(served.client.transfers.follow(MESSAGE, revert=False, timeout_s=0.01))


def test_leaving_passes_through_the_control_api_until_blocks_have_all_of_it(served: SimpleNamespace) -> None:
    client: TransferClient = served.client.transfers
    told = client.exit("auxiliary-1", None, "1")
    assert (told["amount_wei"], told["warnings"]) == (str(2**200), ["only that counts"])
    assert client.claim(MESSAGE, None) == told
    assert served.transfers.calls == [("auxiliary-1", None, "1"), (MESSAGE, None)]
    assert [step["transaction"] for step in client.await_steps(told)] == ["0x01", "0x02"]


def named(*messages: str) -> TransferClient:
    return TransferClient(lambda *_: {"transfers": [{"message": message} for message in messages]})


def test_a_message_is_found_by_its_beginning() -> None:
    other = "0x3e3f" + "00" * 30
    client = named(MESSAGE, other)
    assert [client.whole(given) for given in ("0x3e3f", "3E3F00", "0x3e3e")] == [other, other, MESSAGE]
    assert named().whole(MESSAGE.upper().replace("X", "x")) == MESSAGE


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ("0x3e3", UsageError, "expected at least 4 digits of a message, found '0x3e3'"),
        ("0x", UsageError, "expected a message as 0x and up to 64 hexadecimal digits, found '0x'"),
        ("mine", UsageError, "found 'mine'"),
        (MESSAGE + "3e", UsageError, "up to 64 hexadecimal digits"),
        ("0xbeef", ManifestError, "no transfer begins with 0xbeef: devnet transfer ls"),
        ("0x3e3e3e", ManifestError, rf"2 transfers begin with 0x3e3e3e: choose one \({MESSAGE}, 0x3e3e3e00"),
    ],
)
def test_a_beginning_that_names_no_one_message_is_a_sentence(given: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        named(MESSAGE, "0x3e3e3e" + "00" * 29).whole(given)


@pytest.mark.parametrize("asked", [{}, {"transactions": "0x01"}, {"transactions": [1]}], ids=str)
def test_transactions_that_are_none_are_a_sentence(served: SimpleNamespace, asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="must be a list of hashes"):
        served.client.transfers.request("POST", "/transfers/steps", asked)
