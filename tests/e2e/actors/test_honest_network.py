"""Honest actors on real chains: finality on both, a meta-block on origin, its kernel on auxiliary, and the next one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.actors.conftest import HandNetwork

pytestmark = pytest.mark.geth


def test_validators_finalise_both_chains_and_commit_one_meta_block_after_the_other(
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

    # R57: what is open on origin is proven on auxiliary. R58: it is active two dynasties later, not before.
    opened = network.read(auxiliary, "core", "openKernelHash")
    network.run_until(lambda: network.read(auxiliary, "kernel_gateway", "lastHeight") == 2, 60)
    assert network.read(auxiliary, "kernel_gateway", "kernelHash", 2) == opened
    dynasty = network.read(auxiliary, "block_store", "dynasty")
    assert network.read(auxiliary, "kernel_gateway", "activationDynasty", 2) - dynasty in (1, 2)
    assert network.read(auxiliary, "kernel_gateway", "activeHeight") == 1
    network.run_until(lambda: network.read(auxiliary, "kernel_gateway", "activeHeight") == 2, 20)
    assert network.read(auxiliary, "block_store", "dynasty") >= dynasty + 1

    # R32: the next meta-block is committed under the kernel that the last one opened.
    network.run_until(lambda: network.read(auxiliary, "core", "committedMetaHeight") == 2, 80)
    assert network.read(auxiliary, "core", "lastCommitted")["height"] > committed["height"]
    assert {one.kind for one in network.recorded} == {"VoteSigned"}
