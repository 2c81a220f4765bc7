"""What gateways hold is asked when something told of a change, and never of a chain that may hang."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.contracts.deployment import PairDeployment
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.errors import TransportError
from devnet.types import Json
from devnet.world.holdings import Holdings
from devnet.world.watcher import Happening

UINT = {"type": "uint256", "name": ""}


def handle(name: str, function: str = "") -> ContractHandle:
    views = [{"type": "function", "name": function, "inputs": [], "outputs": [UINT]}] if function else []
    return ContractHandle(name, name.encode().ljust(20, b"."), views, "auxiliary-1")


def pair(name: str, auxiliary: str = "auxiliary-1") -> PairHandles:
    nowhere = bytes(20)
    return PairHandles(
        PairDeployment(name, auxiliary, nowhere, nowhere, nowhere, nowhere, 1),
        token=handle("OriginToken"),
        gateway=handle(f"Gateway {name}", "locked"),
        co_gateway=handle("CoGateway"),
        utility_token=handle(f"UtilityToken {name}", "totalSupply"),
    )


class FakeChains:
    """Answers every read of a chain with one number, or not at all."""

    def __init__(self) -> None:
        self.amounts = {"origin": 7, "auxiliary-1": 5, "auxiliary-2": 3}
        self.hanging: set[str] = set()
        self.asked: list[tuple[str, int]] = []

    def link(self, chain: str) -> Any:
        def batch(calls: Sequence[tuple[str, Sequence[object]]]) -> list[str]:
            self.asked.append((chain, len(calls)))
            if chain in self.hanging:
                raise TransportError(f"{chain}: no answer within 10 s")
            return ["0x" + self.amounts[chain].to_bytes(32).hex()] * len(calls)

        return SimpleNamespace(chain=chain, batch=batch)


@pytest.fixture
def chains() -> FakeChains:
    return FakeChains()


@pytest.fixture
def holdings(chains: FakeChains) -> Holdings:
    """Knows two pairs, on two auxiliaries, and has asked for both."""
    found = Holdings(chains.link, "origin")
    known: Any = SimpleNamespace(pairs=(pair("ONE"), pair("TWO", "auxiliary-2")))
    found.know(known)
    assert chains.asked == [("auxiliary-1", 1), ("auxiliary-2", 1), ("origin", 2)]
    chains.asked.clear()
    return found


def told(kind: str, chain: str, view: str = "main", **payload: Json) -> Happening:
    return kind, chain, 9, {"view": view, **payload}


def test_everything_is_asked_once_it_is_known(holdings: Holdings) -> None:
    assert (holdings.locked("ONE"), holdings.minted("ONE", "auxiliary-1")) == (7, 5)
    assert (holdings.locked("TWO"), holdings.minted("TWO", "auxiliary-2")) == (7, 3)


def test_only_the_side_that_told_something_is_asked_again(holdings: Holdings, chains: FakeChains) -> None:
    chains.amounts = dict.fromkeys(chains.amounts, 11)
    holdings.update([told("StakeDeclared", "origin", pair="ONE"), told("BlockProduced", "auxiliary-1")])
    assert chains.asked == [("origin", 1)]
    assert (holdings.locked("ONE"), holdings.locked("TWO"), holdings.minted("ONE", "auxiliary-1")) == (11, 7, 5)


def test_blocks_without_events_of_a_pair_cost_nothing(holdings: Holdings, chains: FakeChains) -> None:
    holdings.update([told("BlockProduced", "origin"), told("VoteCast", "auxiliary-1")])
    holdings.update([told("StakeDeclared", "origin", view="node-1", pair="ONE")])
    assert chains.asked == []


def test_a_reorg_asks_for_every_pair_of_its_chain(holdings: Holdings, chains: FakeChains) -> None:
    holdings.update([told("Reorged", "origin")])
    assert chains.asked == [("origin", 2)]


def test_a_chain_that_hangs_is_unknown_and_asked_again_when_it_tells_something(
    holdings: Holdings, chains: FakeChains
) -> None:
    chains.hanging.add("auxiliary-1")
    holdings.update([told("MintProgressed", "auxiliary-1", pair="ONE")])
    assert holdings.minted("ONE", "auxiliary-1") is None
    chains.asked.clear()
    holdings.update([told("BlockProduced", "origin"), told("BlockProduced", "auxiliary-2")])
    assert chains.asked == []
    chains.hanging.clear()
    holdings.update([told("BlockProduced", "auxiliary-1")])
    assert holdings.minted("ONE", "auxiliary-1") == 5


def test_pairs_that_are_gone_hold_nothing(holdings: Holdings) -> None:
    known: Any = SimpleNamespace(pairs=(pair("ONE"),))
    holdings.know(known)
    assert holdings.locked("TWO") is None
