"""The planned deployment is what stands on the chains, and a wrong one is noticed (R35b)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from devnet.contracts.deploy import plan_deployment
from devnet.contracts.errors import ContractReverted
from devnet.contracts.verification import verify_deployment
from devnet.errors import ChainError
from tests.e2e.actors.conftest import HandNetwork

pytestmark = pytest.mark.geth


def test_the_plan_repeats_and_every_core_has_its_own_identity(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("demo")
    headers = {name: chain.genesis_header for name, chain in network.chains.items()}
    again = plan_deployment(network.devnet, headers["origin"], headers, network.compiled)
    assert again == network.plan
    first, second = network.plan.deployment.cores
    assert first.core_id != second.core_id
    assert first.origin_core_id == second.origin_core_id
    # The same deployer with the same nonces: equal addresses on different chains, told apart by the core.
    assert first.polling_place == second.polling_place


def test_pairs_come_last_and_change_nothing_but_whom_a_core_names(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("demo")
    headers = {name: chain.genesis_header for name, chain in network.chains.items()}
    without = dataclasses.replace(network.devnet, pairs=())
    plan = plan_deployment(without, headers["origin"], headers, network.compiled)
    assert plan.deployment.cores == network.plan.deployment.cores
    assert plan.deployment.pairs == ()
    for name, raws in plan.transactions.items():
        same = [one == two for one, two in zip(raws, network.plan.transactions[name], strict=False)]
        assert same == ([True, False, True] * 2 if name == "origin" else [True] * 5)
    for pair, core in zip(network.plan.deployment.pairs, network.plan.deployment.cores, strict=True):
        assert network.read(core.auxiliary, "core", "coGateway") == pair.co_gateway


def test_a_pair_that_is_not_what_was_planned_is_named(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("transfers")
    deployment = network.plan.deployment
    (pair,) = deployment.pairs
    cheap = dataclasses.replace(deployment, pairs=(dataclasses.replace(pair, bounty_wei=1),))
    with pytest.raises(ChainError, match=r"origin: Gateway\.bounty must be 1, found 100000000000000000"):
        verify_deployment(dataclasses.replace(network.plan, deployment=cheap), network.links, network.compiled)
    lost = dataclasses.replace(deployment, pairs=(dataclasses.replace(pair, utility_token=b"\x01" * 20),))
    with pytest.raises(ChainError, match=r"auxiliary-1: expected UtilityToken at 0x0101.*, found no code"):
        verify_deployment(dataclasses.replace(network.plan, deployment=lost), network.links, network.compiled)


def test_registered_validators_are_those_of_the_manifest_with_their_stakes(
    make_network: Callable[..., HandNetwork],
) -> None:
    network = make_network("minimal")
    auxiliary = network.devnet.auxiliaries[0].name
    stake = network.handles.core_of(auxiliary).stake
    total = 0
    for actor in network.devnet.validators:
        address = actor.auxiliary_key.address
        assert network.read(auxiliary, "stake", "effectiveWeight", 1, address) == actor.weight_wei
        assert network.read(auxiliary, "kernel_gateway", "weightAt", 1, address) == actor.weight_wei
        assert network.read(auxiliary, "stake", "validatorOf", actor.origin_key.address) == address
        total += actor.weight_wei
    balance = network.links["origin"].call("eth_getBalance", ("0x" + stake.address.hex(), "latest"))
    assert int(balance, 16) == total


def test_a_missing_contract_and_a_differing_kernel_are_named(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("minimal")
    plan, auxiliary = network.plan, network.devnet.auxiliaries[0].name
    wrong = dataclasses.replace(plan, kernels={auxiliary: b"\x01" * 32})
    with pytest.raises(ChainError, match=r"Core\.openKernelHash must be"):
        verify_deployment(wrong, network.links, network.compiled)
    core = dataclasses.replace(plan.deployment.cores[0], polling_place=b"\x01" * 20)
    gone = dataclasses.replace(plan, deployment=dataclasses.replace(plan.deployment, cores=(core,)))
    with pytest.raises(ChainError, match=f"{auxiliary}: expected PollingPlace at 0x0101.*, found no code"):
        verify_deployment(gone, network.links, network.compiled)


def test_a_revert_of_a_real_contract_is_told_in_its_own_words(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("minimal")
    auxiliary = network.devnet.auxiliaries[0].name
    with pytest.raises(ContractReverted, match=r"^Core\.stateRoot reverted: NotCommitted\(height=7\)$"):
        network.read(auxiliary, "core", "stateRoot", 7)
