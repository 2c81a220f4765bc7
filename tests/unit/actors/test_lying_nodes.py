"""Nodes that answer nonsense to a carrier: it is trouble with that chain, never the end of the actor (H05)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors.public_votes import SideBranches
from devnet.actors.waiting import objects_in
from devnet.contracts.send import Sender
from devnet.errors import TransportError
from tests.unit.actors.fakes import demo_devnet, seen_chain
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.scene import PAIR, Scene, confirmed_scene
from tests.unit.contracts.test_send import KEY, TO

ACCOUNT = {
    "nonce": "0x1",
    "balance": "0x1",
    "storageHash": "0x" + "11" * 32,
    "codeHash": "0x" + "22" * 32,
    "accountProof": [],
    "storageProof": [{"proof": []}],
}
"""Of the right shape, and proving nothing."""

OWN: dict[str, Any] = {"from": "0x" + demo_devnet().validators[0].auxiliary_key.address.hex(), "nonce": "0x0"}
GATEWAY = "0x" + PAIR.co_gateway.hex()

NONSENSE: list[Any] = [
    *(None, True, 7, -1, 1.5, "", "x", "0x", "0xzz", "-0x1", "0x" + "ff" * 40),
    *([], {}, [None], [7], ["x"], [[]], [{}], [{"from": 7}]),
    *(
        [OWN],
        [OWN | {"nonce": None}],
        [OWN | {"nonce": "-0x1"}],
        [OWN | {"to": 7, "input": 8}],
        [OWN | {"to": None, "input": "0x"}],
    ),
    *([OWN | {"to": GATEWAY, "input": None}], [OWN | {"to": GATEWAY, "input": "0x12345678"}]),
    *(ACCOUNT | {key: value} for key in ACCOUNT for value in (None, 7, "-0x1", "0x" + "f" * 80, [7], [{"proof": 7}])),
]

ASKED = (
    "devnet_pendingTransactions",
    "eth_getProof",
    "eth_call",
    "eth_getTransactionCount",
    "eth_sendRawTransaction",
)


@pytest.mark.parametrize("method", ASKED)
def test_nonsense_is_trouble_and_the_next_step_finds_a_node_that_tells_the_truth(scene: Scene, method: str) -> None:
    for nonsense in NONSENSE:
        confirmed_scene(scene)
        truth = [(link, dict(link.answers)) for link in (scene.origin, scene.auxiliary)]
        for link, _ in truth:
            link.answers[method] = nonsense
        scene.view.attempts.known.clear()
        carrier = scene.carrier
        carrier.act()
        for link, answers in truth:
            link.answers = answers
        scene.view.attempts.known.clear()
        sent = len(scene.sent())
        scene.view.sender.begin()
        carrier.act()
        assert len(scene.sent()) == sent + 1, nonsense


@pytest.mark.parametrize("answer", [None, 7, "0x", {}, [None], [[]], ["0x"]])
def test_transactions_and_heads_are_objects_in_a_list(answer: object) -> None:
    with pytest.raises(TransportError, match="expected a list of objects"):
        objects_in(answer)
    assert objects_in([{"hash": "0x"}]) == [{"hash": "0x"}]


def test_no_transaction_is_signed_with_a_nonce_that_cannot_be() -> None:
    link = FakeLink([], answers={"eth_getTransactionCount": "-0x1"}, chain="origin")
    with pytest.raises(TransportError, match="origin: expected a nonce, found '-0x1'"):
        Sender(link, KEY, 7).send(TO, b"", 100_000)
    assert not link.sent


def test_a_head_below_the_first_block_is_refused(scene: Scene) -> None:
    branches = SideBranches(scene.auxiliary, scene.view.contracts.polling_place)
    with pytest.raises(TransportError, match="expected a 0x quantity"):
        branches.votes([{"number": "-0x1", "hash": "0x" + "11" * 32}], seen_chain(4))


def test_what_would_use_more_gas_than_its_transaction_has_is_found_before_it_costs_any(scene: Scene) -> None:
    """A token that eats gas, or a gateway that asks for more than was measured: the call is tried with that gas."""
    asked: list[dict[str, Any]] = []

    def answer(call: dict[str, Any], block: object) -> str:
        asked.append(call)
        return "0x"

    confirmed_scene(scene)
    scene.auxiliary.answers["eth_call"] = answer
    scene.carrier.act()
    assert scene.sent() == ["confirmStake"]
    (tried,) = asked
    assert tried["gas"] == hex(250_000 + 2 * 80_000)
