"""The whole deployment as a plan: every address and every signed transaction, before the first one is sent (R35b).

A fixed deployer with fixed nonces in one written order makes addresses, identifiers and hashes the same in every
run of a seed. Contracts that need each other's addresses take them from the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from eth_abi.abi import encode as encode_abi

from devnet.artifacts.contracts import CompiledContracts
from devnet.chain.link import Link
from devnet.config.network import ChainSpec, Devnet
from devnet.contracts.abi import type_name
from devnet.contracts.deployment import CoreDeployment, Deployment
from devnet.contracts.gas import TRANSACTION_GAS_CAP
from devnet.contracts.handle import Read, parse_bytes, read_many
from devnet.contracts.handles import CoreHandles, Handles
from devnet.contracts.send import Transaction, contract_address
from devnet.errors import ChainError
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

GAS_BASE: Final = 8_000_000
"""Gas limit of a deployment without validators; the largest contract needs about five million."""

GAS_PER_VALIDATOR: Final = 60_000
"""Further gas per validator of the initial set, in Stake and KernelGateway."""

NOTHING_ELSE: Final[Mapping[str, str]] = MappingProxyType({})
"""Every contract is the one that its name says."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """All that has to be sent, and where it leads."""

    deployment: Deployment
    """Addresses and identifiers."""
    transactions: Mapping[str, tuple[bytes, ...]]
    """Per chain the raw signed transactions, in the order of their nonces."""
    kernels: Mapping[str, Hash32]
    """Per auxiliary the hash of kernel 1, which both sides must come to."""


_Wanted = tuple[str, object, int]
"""A contract, the one argument of its constructor, and the coins it is paid."""


@dataclass(frozen=True, slots=True)
class _CorePlan:
    devnet: Devnet
    chain: ChainSpec
    core: CoreDeployment
    origin_root: Header
    auxiliary_root: Header
    kernel: Kernel


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
    deployments: dict[str, list[_Wanted]] = {devnet.origin.name: []}
    for plan in plans:
        deployments[devnet.origin.name] += _varied(_on_origin(plan), plan.chain.name, variants)
        deployments[plan.chain.name] = _varied(_on_auxiliary(plan), plan.chain.name, variants)
    return DeploymentPlan(
        deployment=Deployment(tuple(plan.core for plan in plans)),
        transactions={
            chain: _sign(devnet, devnet.chain(chain), wanted, compiled) for chain, wanted in deployments.items()
        },
        kernels={plan.chain.name: plan.kernel.hash() for plan in plans},
    )


def rewards_address(devnet: Devnet) -> Address:
    """Where Rewards will be on every auxiliary: the fee recipient of its blocks from the first one on (R75)."""
    return contract_address(devnet.deployer.address, AUXILIARY_ORDER.index("Rewards"))


def verify_deployment(
    plan: DeploymentPlan, links: Mapping[str, Link], compiled: CompiledContracts, origin: str = "origin"
) -> None:
    """Check that every contract has code and that both sides of every core came to the same hashes (R35b).

    Raises ChainError naming the first difference.
    """
    handles = Handles(plan.deployment, compiled)
    for core in plan.deployment.cores:
        contracts = handles.core_of(core.auxiliary)
        _require_code(links[origin], contracts.on_origin)
        _require_code(links[core.auxiliary], contracts.on_auxiliary)
        expected = _expected(plan, contracts)
        _require_equal(links[origin], expected[0])
        _require_equal(links[core.auxiliary], expected[1])


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


def _on_origin(plan: _CorePlan) -> list[_Wanted]:
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
    core_parameters = (
        core.stake,
        core.evidence,
        core.block_store,
        _nobody("CoGateway", core.core_id),
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
    return [
        ("Stake", stake, sum(plan.kernel.weights)),
        ("Core", core_parameters, 0),
        ("Evidence", core.core, 0),
    ]


def _on_auxiliary(plan: _CorePlan) -> list[_Wanted]:
    core = plan.core
    return [
        (
            "KernelGateway",
            (core.core_id, core.block_store, core.observer, core.polling_place, plan.kernel.fields()),
            0,
        ),
        (
            "OriginObserver",
            (
                core.core_id,
                core.polling_place,
                core.kernel_gateway,
                plan.devnet.origin.epoch_length,
                plan.origin_root.encode(),
            ),
            0,
        ),
        (
            "AuxiliaryBlockStore",
            (
                core.core_id,
                core.polling_place,
                core.kernel_gateway,
                core.observer,
                core.rewards,
                plan.chain.epoch_length,
                plan.auxiliary_root.encode(),
            ),
            0,
        ),
        ("PollingPlace", (core.core_id, core.block_store, core.observer, core.kernel_gateway), 0),
        (
            "Rewards",
            (core.core_id, core.block_store, core.observer, core.kernel_gateway, core.polling_place, core.stake),
            0,
        ),
    ]


def _varied(wanted: list[_Wanted], auxiliary: str, variants: Mapping[str, str]) -> list[_Wanted]:
    """The same with other contracts where a variant is named; the core's own goes before everybody's."""
    return [
        (variants.get(f"{auxiliary}:{name}", variants.get(name, name)), argument, value)
        for name, argument, value in wanted
    ]


def _initial_validators(plan: _CorePlan) -> list[tuple[Address, Address, int, bytes]]:
    """Every validator with its own signature that it is registered by this depositor (R3), ascending."""
    domain = Domain(plan.devnet.origin.chain_id, plan.core.core)
    rows = []
    for actor in sorted(plan.devnet.validators, key=lambda one: one.auxiliary_key.address):
        depositor, validator = actor.origin_key.address, actor.auxiliary_key.address
        digest = registration_digest(plan.core.core_id, depositor, validator, domain)
        signature = sign_digest(digest, actor.auxiliary_key.secret)
        rows.append((depositor, validator, actor.weight_wei, signature))
    return rows


def _nobody(contract: str, core_id: bytes) -> Address:
    """An address for which nobody has a key: what a contract that does not exist yet may do, nobody may do."""
    return keccak(b"mosaic-devnet has no " + contract.encode() + core_id)[12:]


def _sign(
    devnet: Devnet,
    chain: ChainSpec,
    wanted: Sequence[_Wanted],
    compiled: CompiledContracts,
) -> tuple[bytes, ...]:
    gas = min(TRANSACTION_GAS_CAP, GAS_BASE + GAS_PER_VALIDATOR * len(devnet.validators))
    raw = []
    for nonce, (name, argument, value) in enumerate(wanted):
        contract = compiled.get(name)
        (constructor,) = (item for item in contract.abi if item["type"] == "constructor")
        types = [type_name(parameter) for parameter in constructor["inputs"]]
        data = contract.bytecode + encode_abi(types, [argument])
        raw.append(Transaction(chain.chain_id, nonce, None, data, gas, value).sign(devnet.deployer))
    return tuple(raw)


def _require_code(link: Link, contracts: Sequence[Any]) -> None:
    codes = link.batch([("eth_getCode", ("0x" + one.address.hex(), "latest")) for one in contracts])
    for contract, code in zip(contracts, codes, strict=True):
        if not parse_bytes(code):
            raise ChainError(f"{link.chain}: expected {contract.name} at 0x{contract.address.hex()}, found no code")


def _expected(plan: DeploymentPlan, contracts: CoreHandles) -> tuple[list[tuple[Read, object]], ...]:
    """What reads on origin and on the auxiliary must answer."""
    core, kernel = contracts.deployment, plan.kernels[contracts.deployment.auxiliary]
    return (
        [
            (Read(contracts.core, "coreId"), core.core_id),
            (Read(contracts.stake, "coreId"), core.core_id),
            (Read(contracts.core, "openKernelHash"), kernel),
            (Read(contracts.core, "auxiliaryRoot"), core.auxiliary_root),
            (Read(contracts.core, "originRoot"), core.origin_root),
        ],
        [
            (Read(contracts.kernel_gateway, "coreId"), core.core_id),
            (Read(contracts.kernel_gateway, "kernelHash", (1,)), kernel),
            (Read(contracts.polling_place, "coreId"), core.core_id),
            (Read(contracts.polling_place, "originCoreId"), core.origin_core_id),
            (Read(contracts.block_store, "lastFinalised"), {"hash": core.auxiliary_root, "height": 0}),
            (Read(contracts.observer, "lastFinalised"), {"hash": core.origin_root, "height": 0}),
        ],
    )


def _require_equal(link: Link, expected: Sequence[tuple[Read, object]]) -> None:
    answers = read_many(link, [read for read, _ in expected])
    for (read, wanted), found in zip(expected, answers, strict=True):
        if found != wanted:
            raise ChainError(f"{link.chain}: {read.contract.name}.{read.function} must be {wanted!r}, found {found!r}")
