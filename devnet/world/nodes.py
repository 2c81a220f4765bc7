"""From a description to running nodes, and from running nodes to chains."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.config.network import ChainSpec, Devnet, NodeSpec
from devnet.contracts.deploy import rewards_address
from devnet.runtime.base import NodeLaunch, RunningNode, Runtime
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime
from devnet.runtime.select import choose_runtime
from devnet.types import RuntimeKind
from devnet.world.finality import Finality
from devnet.world.watcher import Watcher


def make_runtime(
    devnet: Devnet, directory: Path, geth: Path, nursery: Nursery, templates: Path | None
) -> tuple[Runtime, RuntimeKind, str]:
    """The runtime that the network asks for, which it is, and why."""
    kind, reason = choose_runtime(devnet.runtime)
    if kind is RuntimeKind.PROCESS:
        return ProcessRuntime(directory, geth, nursery, templates), kind, reason
    # docker-py takes a fifth of a second to import, and whoever runs processes need not have it.
    from devnet.runtime.docker import DockerRuntime

    return DockerRuntime(directory, geth, nursery, templates), kind, reason


def start_nodes(
    devnet: Devnet, runtime: Runtime, directory: Path, ports: Mapping[str, int]
) -> dict[str, tuple[RunningNode, ...]]:
    """Start every node of every chain, all at once."""
    launches = [(chain.name, _launch(directory, chain, node, ports)) for chain in devnet.chains for node in chain.nodes]
    with ThreadPoolExecutor(len(launches)) as pool:
        started = list(pool.map(runtime.start, [launch for _, launch in launches]))
    return {
        chain.name: tuple(node for (owner, _), node in zip(launches, started, strict=True) if owner == chain.name)
        for chain in devnet.chains
    }


def genesis_path(directory: Path, chain: ChainSpec) -> Path:
    """Where the genesis of a chain is kept in a run's directory."""
    return directory / f"{chain.name}.genesis.json"


def _launch(directory: Path, chain: ChainSpec, node: NodeSpec, ports: Mapping[str, int]) -> NodeLaunch:
    return NodeLaunch(
        name=node.name,
        genesis=genesis_path(directory, chain),
        gas_limit=chain.gas_limit,
        serve_port=node.name in ports,
        port=ports.get(node.name, 0),
    )


def start_chains(
    devnet: Devnet,
    nodes: Mapping[str, tuple[RunningNode, ...]],
    clock: Clock,
    watcher: Watcher,
    finality: Finality,
    chains: dict[str, Chain],
    directory: Path,
) -> None:
    """Make every chain on its nodes and wait until each answers at its genesis; fills ``chains`` in order.

    ``directory`` is the run's: chains keep their old blocks there.
    """
    for spec in devnet.chains:
        chains[spec.name] = Chain(
            spec,
            nodes[spec.name],
            clock,
            devnet.seed,
            fork_choice=partial(finality.choose, spec.name),
            on_block=partial(watcher.block_seen, spec.name),
            on_event=watcher.event,
        )
    with ThreadPoolExecutor(len(chains)) as pool:
        list(pool.map(lambda chain: chain.start(), chains.values()))
    for chain in chains.values():
        chain.tree.keep_old(directory)
    for spec in devnet.auxiliaries:
        # Before Rewards is deployed its address takes coins all the same: they belong to its first settlement.
        chains[spec.name].pay_fees_to(rewards_address(devnet))


def close_chains(chains: Mapping[str, Chain]) -> None:
    """End every chain that there is, whether it has started or not."""
    for chain in chains.values():
        chain.close()
