"""Every call of an actor stays well below its limit in the gas table, and none of the ordinary ones fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.actors.conftest import HandNetwork
from tests.e2e.actors.test_equivocation import is_slashed, prepare

pytestmark = pytest.mark.geth

MOST_OF_LIMIT = 0.8


def calls(network: HandNetwork) -> Iterator[tuple[str, int, int, bool]]:
    """Every transaction to a contract: what it called, gas used, gas limit, whether it succeeded."""
    for name, chain in network.chains.items():
        contracts = {contract.address: contract for contract in network.handles.on_chain(name)}
        for number in range(1, chain.head.number + 1):
            block = network.links[name].call("eth_getBlockByNumber", (hex(number), True))
            receipts = network.links[name].call("eth_getBlockReceipts", (hex(number),))
            for transaction, receipt in zip(block["transactions"], receipts, strict=True):
                yield from _call(contracts, transaction, receipt)


def _call(
    contracts: dict[bytes, Any], transaction: dict[str, Any], receipt: dict[str, Any]
) -> Iterator[tuple[str, int, int, bool]]:
    if transaction["to"] is not None:
        contract = contracts[bytes.fromhex(transaction["to"][2:])]
        decoded = contract.decode_calldata(bytes.fromhex(transaction["input"][2:]))
        assert decoded is not None
        used, limit = int(receipt["gasUsed"], 16), int(transaction["gas"], 16)
        yield f"{contract.name}.{decoded[0]}", used, limit, receipt["status"] == "0x1"


def test_calls_stay_below_their_limits_and_succeed(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("double-vote")
    auxiliary = prepare(network, "double-vote", fisherman=True)
    network.run_until(lambda: is_slashed(network, auxiliary, "polling_place"), 60)
    network.run_until(lambda: network.read(auxiliary, "kernel_gateway", "lastHeight") == 2, 140)
    made = list(calls(network))
    assert {name for name, _, _, _ in made} == {
        "AuxiliaryBlockStore.reportBlocks",
        "OriginObserver.reportCheckpoint",
        "KernelGateway.proveKernel",
        "PollingPlace.castVotes",
        "PollingPlace.slash",
        "Stake.slash",
        "Core.pinOrigin",
        "Core.propose",
        "Core.verifyVotes",
        "Core.commit",
    }
    assert [name for name, _, _, succeeded in made if not succeeded] == []
    assert [(name, used, limit) for name, used, limit, _ in made if used > MOST_OF_LIMIT * limit] == []
