"""What exit-then-equivocate reads out of a History: when the attacker is out, and from when on its stake is free."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.history import History
from devnet.scenarios.exit_then_equivocate import BLOCKS, SCENARIO, _free_from, _left
from devnet.scenarios.single_offence import ATTACKER

LEFT = 3
COMMITTED_AT = 50


@pytest.fixture
def devnet() -> Devnet:
    return resolve(load_manifest(find_manifest(SCENARIO.manifest)))


def told(devnet: Devnet, who: str = ATTACKER, weight: str = "0", committed: int = LEFT + 1) -> History:
    """Kernels 2 and 3, of which the last one lists somebody, and the commit of a meta-block."""
    history = History(None, "run")

    def append(kind: str, block: int, **payload: Any) -> None:
        history.append(kind, time=0, chain=devnet.origin.name, block=block, payload=payload)

    listed = ["0x" + devnet.actor(who).auxiliary_key.address.hex()]
    append("KernelOpened", 10, height="2", kernel={"validators": [], "weights": []})
    append("KernelOpened", 20, height=str(LEFT), kernel={"validators": listed, "weights": [weight]})
    append("MetaBlockCommitted", COMMITTED_AT, height=str(committed))
    return history


def test_stake_is_free_the_delay_after_the_commit_that_follows_the_last_membership(devnet: Devnet) -> None:
    assert _left(devnet, told(devnet)) == LEFT
    assert _free_from(devnet, told(devnet)) == COMMITTED_AT + devnet.parameters.withdrawal_delay


@pytest.mark.parametrize(
    "broken",
    [{"who": "validator-1"}, {"weight": "38"}, {"committed": LEFT}],
    ids=["another one leaves", "it enters", "an earlier commit"],
)
def test_stake_is_locked_as_long_as_any_of_that_is_missing(devnet: Devnet, broken: dict[str, Any]) -> None:
    assert _free_from(devnet, told(devnet, **broken)) is None


def test_the_network_lets_a_stake_go_within_the_arms_blocks(devnet: Devnet) -> None:
    assert devnet.parameters.withdrawal_delay < BLOCKS
