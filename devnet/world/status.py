"""What a running world looks like from outside: status and environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devnet.chain.block import MAIN
from devnet.types import Role
from devnet.world.gateways import pair_rows

if TYPE_CHECKING:
    from devnet.world.world import World


def status(world: World) -> dict[str, Any]:
    """Network, chains, actors and pairs of gateways; heights are block numbers, ``committed`` counts meta-blocks.

    ``committed_block`` is the block whose state root was committed last.
    """
    slashed = _slashed(world)
    return {
        "network": world.devnet.name,
        "runtime": world.runtime_kind.value,
        "mode": world.devnet.mode.value,
        "seed": world.devnet.seed,
        "run_directory": str(world.directory),
        "chains": [_chain(world, spec.name) for spec in world.devnet.chains],
        "actors": [
            {
                "name": handle.spec.name,
                "kind": handle.spec.kind,
                "pid": handle.pid,
                "state": handle.state,
                "behaviour": handle.spec.behaviour,
                "weight_wei": str(handle.spec.weight_wei),
                "slashed_on": slashed.get("0x" + handle.spec.auxiliary_key.address.hex(), []),
            }
            for handle in world.actors.values()
        ],
        "pairs": pair_rows(world.running),
        "failures": list(world.failures),
    }


def _slashed(world: World) -> dict[str, list[str]]:
    """The chains on which validators were slashed, by address, as the main views have it."""
    found: dict[str, list[str]] = {}
    for event in world.history.effective_events("ValidatorSlashed"):
        chains = found.setdefault(str(event.payload["validator"]).lower(), [])
        if event.chain is not None and event.payload["view"] == MAIN and event.chain not in chains:
            chains.append(event.chain)
    return found


def _chain(world: World, name: str) -> dict[str, Any]:
    chain = world.chains[name]
    entry: dict[str, Any] = {
        "name": name,
        "role": chain.spec.role.value,
        "chain_id": chain.spec.chain_id,
        "height": chain.head.number,
        "halted": chain.halted,
        "nodes": [
            {"name": node.name, "pid": node.pid, "state": "running" if node.is_alive() else "down"}
            for node in world.nodes[name]
        ],
    }
    if chain.spec.role is Role.ORIGIN:
        view = chain.view()
        safe, finalised = chain.tree.block(view.safe), chain.tree.block(view.finalised)
        reached_here = {"justified": safe.number, "finalised": finalised.number}
        return entry | reached_here | {"committed": None, "committed_block": None}
    reached = world.running.finality.reached[name]
    return entry | {
        "justified": reached.justified,
        "finalised": reached.finalised,
        "committed": world.running.finality.committed[name],
        "committed_block": world.running.finality.committed_block[name],
    }


def unready(world: World) -> str:
    """What a network that should be ready has reached instead."""
    heads = ", ".join(f"{name} at height {chain.head.number}" for name, chain in world.chains.items())
    reached = ", ".join(
        f"{name} justified {r.justified} finalised {r.finalised}" for name, r in world.running.finality.reached.items()
    )
    return f"expected a finalised checkpoint on every auxiliary, found {reached} ({heads})"
