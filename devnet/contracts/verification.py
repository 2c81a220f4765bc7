"""Whether what was deployed is what was planned: code everywhere, and both sides of every core at the same hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devnet.artifacts.contracts import CompiledContracts
from devnet.chain.link import Link
from devnet.contracts.deploy import DeploymentPlan, co_gateway_of
from devnet.contracts.deployment import Deployment
from devnet.contracts.handle import ContractHandle, Read, parse_bytes, read_many
from devnet.contracts.handles import CoreHandles, Handles, PairHandles
from devnet.contracts.pairs import expected_of_pair
from devnet.errors import ChainError


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
    for pair in handles.pairs:
        verify_pair(pair, plan.deployment, links[origin], links[pair.deployment.auxiliary])


def verify_pair(pair: PairHandles, deployment: Deployment, origin: Link, auxiliary: Link) -> None:
    """Check that a pair has code and that its contracts name each other. Raises ChainError for the first difference."""
    _require_code(origin, pair.on_origin)
    _require_code(auxiliary, pair.on_auxiliary)
    on_origin, on_auxiliary = expected_of_pair(deployment.core_of(pair.deployment.auxiliary), pair)
    _require_equal(origin, on_origin)
    _require_equal(auxiliary, on_auxiliary)


def _require_code(link: Link, contracts: Sequence[ContractHandle]) -> None:
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
            (Read(contracts.core, "coGateway"), co_gateway_of(plan.deployment, core)),
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
