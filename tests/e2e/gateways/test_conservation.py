"""R70 on real geth: whatever people, facilitators and reorganisations do, not one wei is lost or made up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.checks import CHECKS, Verdict, run_check
from devnet.checks.gateways import GatewayRun, gateway_runs
from devnet.contracts.handle import Read, read_many
from devnet.contracts.handles import PairHandles
from devnet.mosaic.messages import MessageStatus
from devnet.world.embedded import Choice, embed
from devnet.world.world import World
from tests.e2e.gateways.travellers import Fate, Travellers

pytestmark = pytest.mark.geth

MANIFEST = """
name: travellers
runtime: process
mode: lockstep
seed: {seed}
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
validators: 4
accounts: 6
gateways:
  - token:
      symbol: TKN
facilitators: 2
parameters:
  commit_every: 2
  commit_window: 2
"""

CHECKED = ("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "S1", "S3", "S11")


@dataclass(frozen=True)
class Reading:
    """What both chains' own storage says between two steps."""

    heads: tuple[str, str]
    locked: int
    held: int
    coins: int
    supply: int
    remote_coins: int


def read(world: World, pair: PairHandles) -> Reading:
    origin, auxiliary = (world.chains[name] for name in (world.devnet.origin.name, pair.deployment.auxiliary))
    links = [DirectLink(chain, LinkPolicy()) for chain in (origin, auxiliary)]
    gateway, co_gateway = pair.gateway.address, pair.co_gateway.address
    locked, held = read_many(links[0], [Read(pair.gateway, "locked"), Read(pair.token, "balanceOf", (gateway,))])
    coins = [
        int(link.call("eth_getBalance", ("0x" + address.hex(), "latest")), 16)
        for link, address in zip(links, (gateway, co_gateway), strict=True)
    ]
    heads = ("0x" + origin.head.hash.hex(), "0x" + auxiliary.head.hash.hex())
    return Reading(heads, locked, held, coins[0], pair.utility_token.read(links[1], "totalSupply"), coins[1])


def agree(run: GatewayRun, reading: Reading) -> None:
    """The events that checks go by and the contracts' storage say the same, to the wei."""
    origin, auxiliary = (run.at(head) for head in reading.heads)
    assert reading.locked == origin.held == reading.held
    assert reading.supply == sum(auxiliary.balances.values())
    assert reading.coins == run.pair.bounty_wei * len(origin.bounties) + sum(origin.returned.values())
    assert reading.remote_coins == run.pair.bounty_wei * len(auxiliary.bounties)
    in_flight = sum(run.due(one, origin, auxiliary) for one in run.declared.values())
    gateway = "0x" + run.pair.co_gateway.hex()
    assert reading.locked == reading.supply - auxiliary.balances.get(gateway, 0) + in_flight


def reorganise(world: World, chain: Chain, random: Random) -> None:
    """Take back some of what is neither justified nor, on origin, final."""
    view = chain.view()
    deepest = chain.head.number - chain.tree.block(max((view.safe, view.finalised), key=lambda b: chain.tree.block(b).number)).number
    if chain.spec.name == world.devnet.origin.name:
        deepest = chain.head.number - chain.tree.block(view.finalised).number
    if deepest > 0:
        world.reorg(chain.spec.name, random.randint(1, deepest))


def travel(world: World, steps: int, seed: int) -> tuple[Travellers, list[Reading]]:
    random, travellers = Random(seed), Travellers(world, seed)
    (pair,) = world.handles.pairs
    travellers.approve()
    readings = []
    for _ in range(steps):
        travellers.step()
        if random.random() < 0.15:
            reorganise(world, random.choice(list(world.chains.values())), random)
        world.step()
        readings.append(read(world, pair))
    return travellers, readings


@pytest.mark.parametrize("steps", [40])
def test_conservation_holds_over_random_steps_and_reorgs_of_both_chains(
    tmp_path: Path, own_runs: set[str], steps: int
) -> None:
    import time
    manifest = tmp_path / "travellers.yaml"
    manifest.write_text(MANIFEST.format(seed=7))
    begin=time.time()
    with embed(Choice(manifest=str(manifest)), tmp_path / "run") as serving:
        world = serving.world
        own_runs.add(world.run_id)
        print("up", time.time()-begin); begin=time.time()
        travellers, readings = travel(world, steps, seed=7)
        print("steps", time.time()-begin); begin=time.time()
        (run,) = gateway_runs(world.devnet, world.history)
        for reading in readings:
            agree(run, reading)
        print("agree", time.time()-begin); begin=time.time()
        results = [run_check(CHECKS[name], world.devnet, world.history) for name in CHECKED]
        print("checks", time.time()-begin); begin=time.time()
        for r in results: print(r)
        ends = Counter((j.direction.value, j.fate.name, j.source_status.name, j.target_status.name) for j in travellers.over)
        for k,v in sorted(ends.items()): print(k, v)
        print("OPEN", Counter((j.direction.value, j.fate.name, j.source_status.name, j.target_status.name) for j in travellers.open))
        print(Counter((e.chain, e.payload["depth"]) for e in world.history.effective_events("Reorged")))
        print({n: c.head.number for n,c in world.chains.items()}, world.running.finality.reached, world.running.finality.committed)
        assert [r for r in results if r.verdict is not Verdict.PASSED] == []
