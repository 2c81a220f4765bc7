"""Honest actors on real chains: finality on both, then a meta-block on origin, and then patience."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.actors.conftest import HandNetwork

pytestmark = pytest.mark.geth


def test_validators_finalise_both_chains_and_commit_exactly_one_meta_block(
    make_network: Callable[..., HandNetwork],
) -> None:
    network = make_network("minimal")
    for spec in network.devnet.actors:
        network.cast(spec.name)
    auxiliary = network.devnet.auxiliaries[0].name

    network.run_until(lambda: network.read(auxiliary, "block_store", "lastFinalised")["height"] > 0, 40)
    network.run_until(lambda: network.read(auxiliary, "observer", "lastFinalised")["height"] > 0, 60)
    network.run_until(lambda: network.read(auxiliary, "core", "committedMetaHeight") == 1, 80)

    committed = network.read(auxiliary, "core", "lastCommitted")
    block = network.links[auxiliary].call("eth_getBlockByNumber", (hex(committed["height"] * 4), False))
    assert "0x" + committed["checkpoint"].hex() == block["hash"]
    assert "0x" + network.read(auxiliary, "core", "stateRoot", committed["height"]).hex() == block["stateRoot"]

    # Kernel 2 is open on origin and unknown on auxiliary: committers wait, while votes and finality go on.
    finalised = network.read(auxiliary, "block_store", "lastFinalised")["height"]
    sent_on_origin = nonces(network)
    for _ in range(30):
        network.tick()
    assert network.read(auxiliary, "block_store", "lastFinalised")["height"] >= finalised + 6
    assert network.read(auxiliary, "core", "committedMetaHeight") == 1
    assert nonces(network) == sent_on_origin
    assert {one.kind for one in network.recorded} == {"VoteSigned"}


def nonces(network: HandNetwork) -> list[str]:
    """How many transactions every actor has sent on origin."""
    return [
        network.links["origin"].call("eth_getTransactionCount", ("0x" + actor.origin_key.address.hex(), "latest"))
        for actor in network.devnet.actors
    ]
