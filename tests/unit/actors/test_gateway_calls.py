"""What a transaction says about a message: whoever sent it, and whatever else waits beside it."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors.gateway_calls import gateway_call, own_calls_waiting
from devnet.config.network import Key
from devnet.contracts.handle import ContractHandle
from devnet.contracts.send import Sender
from devnet.errors import TransportError
from devnet.mosaic.transfers import Direction, Ends, Transfer
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.nodes import FakeLink

ADDRESS, SENDER, OTHER = b"\x12" * 20, b"\x77" * 20, b"\x78" * 20
TRANSFER = Transfer(10**18, b"\xbe" * 20, 1, 2, b"\x5e" * 20, 3, b"\x10" * 32)
ENDS = Ends(1, ADDRESS, 2, b"\x13" * 20)
ACCOUNT, STORAGE = [b"\xaa", b"\xab\xac"], [b"\xba\xbb\xbc"]


def gateway() -> ContractHandle:
    return ContractHandle("Gateway", ADDRESS, FakeCompiled().get("Gateway").abi)


def transaction(function: str, *arguments: object, sender: bytes = SENDER, to: bytes | None = ADDRESS) -> Any:
    data = gateway().calldata(function, TRANSFER.fields(), *arguments)
    return {
        "from": "0x" + sender.hex(),
        "to": None if to is None else "0x" + to.hex(),
        "input": "0x" + data.hex(),
        "nonce": "0x4",
    }


@pytest.mark.parametrize(
    ("function", "arguments", "direction"),
    [
        ("stake", (b"",), Direction.STAKE),
        ("revertStake", (), Direction.STAKE),
        ("progressStake", (b"\x5e" * 32,), Direction.STAKE),
        ("confirmRedeem", ((8, ACCOUNT, STORAGE),), Direction.REDEEM),
        ("progressStakeWithProof", (2, (8, ACCOUNT, STORAGE)), Direction.STAKE),
        ("settleStake", ((ACCOUNT, STORAGE),), Direction.STAKE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_tells_its_transfer_and_which_way_it_goes(
    function: str, arguments: tuple[object, ...], direction: Direction
) -> None:
    call = gateway_call(gateway(), transaction(function, *arguments))
    assert call is not None
    assert (call.function, call.transfer) == (function, TRANSFER)
    assert call.message(ENDS) == TRANSFER.hash(direction, ENDS)


def test_what_is_about_no_message_or_for_somebody_else_is_no_call() -> None:
    deactivate = {"to": "0x" + ADDRESS.hex(), "input": "0x" + gateway().calldata("deactivate").hex()}
    assert gateway_call(gateway(), deactivate) is None
    assert gateway_call(gateway(), transaction("revertStake", to=OTHER)) is None
    assert gateway_call(gateway(), transaction("revertStake", to=None)) is None
    assert gateway_call(gateway(), transaction("revertStake") | {"input": "0x12345678"}) is None


@pytest.mark.parametrize("changes", [{"to": 7}, {"input": None}, {"input": "0xzz"}], ids=str)
def test_a_malformed_transaction_is_an_answer_that_cannot_be_used(changes: dict[str, Any]) -> None:
    with pytest.raises(TransportError):
        gateway_call(gateway(), transaction("revertStake") | changes)


def test_only_its_own_calls_of_that_gateway_count_as_waiting() -> None:
    own = transaction("progressStake", b"\x5e" * 32)
    others = [transaction("revertStake", sender=OTHER), transaction("revertStake", to=None)]
    link = FakeLink([], answers={"eth_getTransactionCount": "0x5"})
    sender = Sender(link, Key(bytes(32), SENDER), 1)
    expected = {("progressStake", TRANSFER.hash(Direction.STAKE, ENDS))}
    assert own_calls_waiting([*others, own], gateway(), sender, ENDS) == expected
    assert own_calls_waiting([*others, own | {"nonce": "0x5"}], gateway(), sender, ENDS) == set()
    assert link.asked == ["eth_getTransactionCount"]
