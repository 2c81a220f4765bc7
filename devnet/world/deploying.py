"""Brings the contracts onto the chains of a world."""

from __future__ import annotations

from collections.abc import Mapping

from devnet.artifacts.contracts import CompiledContracts
from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.contracts.creation import NOTHING_ELSE
from devnet.contracts.deploy import DeploymentPlan, plan_deployment
from devnet.contracts.deployment import Deployment, PairDeployment
from devnet.contracts.verification import verify_deployment
from devnet.errors import ChainError
from devnet.history import History
from devnet.types import Json

BLOCKS = 100
"""Blocks of any chain in which all its deployments fit: at most 80 on origin (16 cores, 16 pairs), and one in a block
where both the blocks are the smallest and the validators the most. Seen: 2."""


def deploy(
    devnet: Devnet,
    chains: Mapping[str, Chain],
    clock: Clock,
    compiled: CompiledContracts,
    variants: Mapping[str, str] = NOTHING_ELSE,
) -> Deployment:
    """Submit every deployment, make blocks until all are mined, and verify what is there.

    ``variants`` as ``plan_deployment`` takes them.

    Raises ChainError if a deployment failed or the two sides do not agree.
    """
    headers = {name: chain.genesis_header for name, chain in chains.items()}
    origin = devnet.origin.name
    auxiliaries = {name: header for name, header in headers.items() if name != origin}
    plan = plan_deployment(devnet, headers[origin], auxiliaries, compiled, variants)
    for name, raws in plan.transactions.items():
        for raw in raws:
            chains[name].submit(raw)
    _mine_all(plan, chains, clock)
    verify_deployment(plan, {name: DirectLink(chain) for name, chain in chains.items()}, compiled)
    return plan.deployment


def record(deployment: Deployment, history: History, time: int) -> None:
    """Tell the History where everything is: ``Deployed`` with all addresses, and ``PairDeployed`` for every pair."""
    history.append("Deployed", time=time, payload=addresses(deployment))
    for pair in deployment.pairs:
        record_pair(pair, history, time)


def record_pair(pair: PairDeployment, history: History, time: int) -> None:
    """Tell the History of one pair, all that checks need to know of it."""
    payload: dict[str, Json] = {
        "auxiliary": pair.auxiliary,
        "pair": pair.name,
        "token": "0x" + pair.token.hex(),
        "gateway": "0x" + pair.gateway.hex(),
        "coGateway": "0x" + pair.co_gateway.hex(),
        "utilityToken": "0x" + pair.utility_token.hex(),
        "bounty": str(pair.bounty_wei),
    }
    history.append("PairDeployed", time=time, payload=payload)


def addresses(deployment: Deployment) -> dict[str, Json]:
    """Per chain and contract the address, as 0x strings."""
    return {
        chain: {name: "0x" + address.hex() for name, address in sorted(contracts.items())}
        for chain, contracts in deployment.addresses().items()
    }


def _mine_all(plan: DeploymentPlan, chains: Mapping[str, Chain], clock: Clock) -> None:
    for _ in range(BLOCKS):
        waiting = [chains[name] for name in plan.transactions if chains[name].pending()]
        if not waiting:
            return
        clock.advance(1)
        for block in [chain.later(chain.mine) for chain in waiting]:
            block.result()
    counts = ", ".join(f"{name}: {len(chains[name].pending())}" for name in plan.transactions)
    raise ChainError(f"expected all deployments in {BLOCKS} blocks, found transactions still pending ({counts})")
