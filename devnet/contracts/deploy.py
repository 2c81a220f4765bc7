"""The whole deployment as a plan: every address and every signed transaction, before the first one is sent (R35b).

A fixed deployer with fixed nonces in one written order makes addresses, identifiers and hashes the same in every
run of a seed. Contracts that need each other's addresses take them from the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from devnet.artifacts.contracts import CompiledContracts
from devnet.config.network import ChainSpec, Devnet
from devnet.contracts.creation import NOTHING_ELSE, Creation, creation_gas, sign_creations, varied
from devnet.contracts.deployment import CoreDeployment, Deployment, PairDeployment
from devnet.contracts.pairs import (
    PAIR_ON_AUXILIARY,
    PAIR_ON_ORIGIN,
    pair_on_auxiliary,
    pair_on_origin,
    place_pair,
)
from devnet.contracts.send import contract_address
from devnet.mosaic.headers import Header, header_from_rpc
from devnet.mosaic.identity import core_identifier, origin_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.transitions import Kernel, genesis_kernel
from devnet.mosaic.votes import Domain, registration_digest, sign_digest
from devnet.types import Address, Hash32

ORIGIN_ORDER: Final = ("Stake", "Core", "Evidence")
"""Contracts of one core on origin, in the order of their nonces; the cores follow each other in manifest order."""

AUXILIARY_ORDER: Final = ("KernelGateway", "OriginObserver", "AuxiliaryBlockStore", "PollingPlace", "Rewards")
"""Contracts on an auxiliary chain, in the order of their nonces: a constructor calls those before it only."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """All that has to be sent, and where it leads."""

    deployment: Deployment
    """Addresses and identifiers."""
    transactions: Mapping[str, tuple[bytes, ...]]
    """Per chain the raw signed transactions, in the order of their nonces."""
    kernels: Mapping[str, Hash32]
    """Per auxiliary the hash of kernel 1, which both sides must come to."""


@dataclass(frozen=True, slots=True)
class _CorePlan:
    devnet: Devnet
    chain: ChainSpec
    core: CoreDeployment
    origin_root: Header
    auxiliary_root: Header
    kernel: Kernel

    @property
    def gas(self) -> int:
        """Gas limit of each of the core's creations."""
        return creation_gas(len(self.devnet.validators))


def plan_deployment(
    devnet: Devnet,
    origin_genesis_header: Mapping[str, Any],
    auxiliary_genesis_headers: Mapping[str, Mapping[str, Any]],
    compiled: CompiledContracts,
    variants: Mapping[str, str] = NOTHING_ELSE,
) -> DeploymentPlan:
    """Plan every contract of the network; headers are blocks 0 as ``eth_getBlockByNumber`` answers them.

    ``variants`` names, by contract, another one to deploy in its place, such as the literal rule of a paper:
    ``Evidence`` on every core, ``auxiliary-2:Evidence`` on that auxiliary's core alone.

    The root of the origin observations is origin's block 0: at checkpoint height, and inside the window of
    block hashes as long as the contracts are deployed within 256 blocks of it.
    """
    origin_root = header_from_rpc(origin_genesis_header)
    plans = [
        _plan_core(devnet, chain, position, origin_root, header_from_rpc(auxiliary_genesis_headers[chain.name]))
        for position, chain in enumerate(devnet.auxiliaries)
    ]
    deployment = Deployment(tuple(plan.core for plan in plans), _place_pairs(devnet))
    creations: dict[str, list[Creation]] = {devnet.origin.name: []}
    for plan in plans:
        creations[devnet.origin.name] += varied(
            _on_origin(plan, co_gateway_of(deployment, plan.core)), plan.chain.name, variants
        )
        creations[plan.chain.name] = varied(_on_auxiliary(plan), plan.chain.name, variants)
    for pair in deployment.pairs:
        core = deployment.core_of(pair.auxiliary)
        creations[devnet.origin.name] += varied(pair_on_origin(devnet, core, pair), pair.auxiliary, variants)
        creations[pair.auxiliary] += varied(pair_on_auxiliary(core, pair), pair.auxiliary, variants)
    return DeploymentPlan(
        deployment=deployment,
        transactions={
            chain: sign_creations(wanted, devnet.deployer, devnet.chain(chain), 0, compiled)
            for chain, wanted in creations.items()
        },
        kernels={plan.chain.name: plan.kernel.hash() for plan in plans},
    )


def rewards_address(devnet: Devnet) -> Address:
    """Where Rewards will be on every auxiliary: the fee recipient of its blocks from the first one on (R75)."""
    return contract_address(devnet.deployer.address, AUXILIARY_ORDER.index("Rewards"))


def _plan_core(
    devnet: Devnet, chain: ChainSpec, position: int, origin_root: Header, auxiliary_root: Header
) -> _CorePlan:
    deployer = devnet.deployer.address
    first = position * len(ORIGIN_ORDER)
    on_origin = {name: contract_address(deployer, first + index) for index, name in enumerate(ORIGIN_ORDER)}
    on_auxiliary = {name: contract_address(deployer, index) for index, name in enumerate(AUXILIARY_ORDER)}
    core_id = core_identifier(devnet.origin.chain_id, on_origin["Core"])
    core = CoreDeployment(
        auxiliary=chain.name,
        core_id=core_id,
        origin_core_id=origin_identifier(devnet.origin.chain_id),
        core=on_origin["Core"],
        stake=on_origin["Stake"],
        evidence=on_origin["Evidence"],
        block_store=on_auxiliary["AuxiliaryBlockStore"],
        observer=on_auxiliary["OriginObserver"],
        kernel_gateway=on_auxiliary["KernelGateway"],
        polling_place=on_auxiliary["PollingPlace"],
        rewards=on_auxiliary["Rewards"],
        auxiliary_root=auxiliary_root.hash,
        origin_root=origin_root.hash,
    )
    weights = {actor.auxiliary_key.address: actor.weight_wei for actor in devnet.validators}
    kernel = genesis_kernel(core_id, core.auxiliary_root, core.origin_root, weights, devnet.parameters.gas_target)
    return _CorePlan(devnet, chain, core, origin_root, auxiliary_root, kernel)


def _place_pairs(devnet: Devnet) -> tuple[PairDeployment, ...]:
    """Every pair after all cores, in manifest order: a network without pairs keeps every address and hash."""
    origin = len(devnet.auxiliaries) * len(ORIGIN_ORDER)
    auxiliary = dict.fromkeys((chain.name for chain in devnet.auxiliaries), len(AUXILIARY_ORDER))
    placed = []
    for spec in devnet.pairs:
        placed.append(place_pair(spec, devnet.deployer.address, origin, auxiliary[spec.auxiliary]))
        origin += len(PAIR_ON_ORIGIN)
        auxiliary[spec.auxiliary] += len(PAIR_ON_AUXILIARY)
    return tuple(placed)


def co_gateway_of(deployment: Deployment, core: CoreDeployment) -> Address:
    """The first pair's, which the core names; where there is none an address for which nobody has a key.

    What a contract that does not exist may do, nobody may do.
    """
    pairs = deployment.pairs_of(core.auxiliary)
    return pairs[0].co_gateway if pairs else keccak(b"mosaic-devnet has no CoGateway" + core.core_id)[12:]


def _on_origin(plan: _CorePlan, co_gateway: Address) -> list[Creation]:
    core, parameters = plan.core, plan.devnet.parameters
    stake = (
        core.core,
        core.evidence,
        parameters.minimum_stake_wei,
        parameters.minimum_total_wei,
        parameters.withdrawal_delay,
        parameters.max_kernel_changes,
        _initial_validators(plan),
    )
    return [
        Creation("Stake", (stake,), plan.gas, sum(plan.kernel.weights)),
        Creation("Core", (_core_parameters(plan, co_gateway),), plan.gas),
        Creation("Evidence", (core.core,), plan.gas),
    ]


def _core_parameters(plan: _CorePlan, co_gateway: Address) -> tuple[object, ...]:
    core, parameters = plan.core, plan.devnet.parameters
    return (
        core.stake,
        core.evidence,
        core.block_store,
        co_gateway,
        plan.devnet.origin.epoch_length,
        plan.chain.epoch_length,
        parameters.gas_target,
        parameters.commit_window,
        parameters.evidence_period,
        parameters.proposal_bond_wei,
        plan.origin_root.encode(),
        plan.auxiliary_root.encode(),
        plan.kernel.validators,
        plan.kernel.weights,
    )


def _on_auxiliary(plan: _CorePlan) -> list[Creation]:
    core = plan.core
    kernel_gateway = (core.core_id, core.block_store, core.observer, core.polling_place, plan.kernel.fields())
    observer = (
        core.core_id,
        core.polling_place,
        core.kernel_gateway,
        plan.devnet.origin.epoch_length,
        plan.origin_root.encode(),
    )
    block_store = (
        core.core_id,
        core.polling_place,
        core.kernel_gateway,
        core.observer,
        core.rewards,
        plan.chain.epoch_length,
        plan.auxiliary_root.encode(),
    )
    rewards = (core.core_id, core.block_store, core.observer, core.kernel_gateway, core.polling_place, core.stake)
    return [
        Creation("KernelGateway", (kernel_gateway,), plan.gas),
        Creation("OriginObserver", (observer,), plan.gas),
        Creation("AuxiliaryBlockStore", (block_store,), plan.gas),
        Creation("PollingPlace", ((core.core_id, core.block_store, core.observer, core.kernel_gateway),), plan.gas),
        Creation("Rewards", (rewards,), plan.gas),
    ]


def _initial_validators(plan: _CorePlan) -> bytes:
    """A row of 117 bytes for every validator, ascending: InitialSet.sol has the layout, init code has a limit.

    Each has signed itself that this depositor registers it (R3).
    """
    domain = Domain(plan.devnet.origin.chain_id, plan.core.core)
    rows = []
    for actor in sorted(plan.devnet.validators, key=lambda one: one.auxiliary_key.address):
        depositor, validator = actor.origin_key.address, actor.auxiliary_key.address
        digest = registration_digest(plan.core.core_id, depositor, validator, domain)
        signature = sign_digest(digest, actor.auxiliary_key.secret)
        rows.append(depositor + validator + actor.weight_wei.to_bytes(12, "big") + signature)
    return b"".join(rows)
