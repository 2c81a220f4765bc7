"""R70 on real geth: whatever people, facilitators and reorganisations do, not one wei is lost or made up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from bench.transfers import ACCOUNTS, AMOUNT, carry_all
from bench.transfers import MANIFEST as LOAD
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink
from devnet.checks import CHECKS, Verdict, run_check
from devnet.checks.gateway_state import DECLARING, SETTLING
from devnet.checks.gateways import GatewayRun, gateway_runs
from devnet.contracts.handle import Read, read_many
from devnet.contracts.handles import PairHandles
from devnet.history import Event
from devnet.mosaic.messages import ENDED, MessageStatus
from devnet.mosaic.transfers import EFFECTS, Box
from devnet.world.serving import Serving
from devnet.world.world import World
from tests.e2e.gateways.travellers import Travellers

STEPS = int(os.environ.get("DEVNET_STEPS", "80"))
"""Steps of the random run: as few as have every kind of step. ``make test-long`` takes 1,000."""

SEED = 8
"""Of a run that has every kind of step and takes some back on either chain, which the test asserts."""

EVERY_STEP = {(kind, False) for kind in EFFECTS.keys() - SETTLING} | {
    (kind, True) for kind in ("StakeProgressed", "MintProgressed", "RedeemProgressed", "UnstakeProgressed")
}
"""The steps of R63 while the core runs, and whether by a proof instead of the secret (R64)."""

REORG_EVERY = 7
"""Steps from one reorg to the next, on either chain, on average."""

ENDING_BLOCKS = 150
"""Steps in which everything ends once nobody begins anything; seen: 60."""

MANIFEST = """
name: travellers
runtime: process
mode: lockstep
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

CHECKED = ("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "S1", "S3", "S11", "L1")


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
    links = [DirectLink(chain) for chain in (origin, auxiliary)]
    gateways = pair.gateway.address, pair.co_gateway.address
    locked, held = read_many(links[0], [Read(pair.gateway, "locked"), Read(pair.token, "balanceOf", (gateways[0],))])
    coins = [
        int(link.call("eth_getBalance", ("0x" + address.hex(), "latest")), 16)
        for link, address in zip(links, gateways, strict=True)
    ]
    heads = ("0x" + origin.head.hash.hex(), "0x" + auxiliary.head.hash.hex())
    return Reading(heads, locked, held, coins[0], pair.utility_token.read(links[1], "totalSupply"), coins[1])


def agree(run: GatewayRun, reading: Reading) -> None:
    """What the checks fold from events is what the contracts store, and it adds up, to the wei."""
    origin, auxiliary = (run.at(head) for head in reading.heads)
    assert reading.locked == origin.held == reading.held
    assert reading.supply == sum(auxiliary.balances.values())
    assert reading.coins == run.pair.bounty_wei * len(origin.bounties) + sum(origin.returned.values())
    assert reading.remote_coins == run.pair.bounty_wei * len(auxiliary.bounties)
    in_flight = sum(run.due(one, origin, auxiliary) for one in run.declared.values())
    assert reading.locked == reading.supply - auxiliary.held + in_flight


def reorganise(world: World, chain: Chain, random: Random) -> None:
    """Take back blocks that are not final on origin, or not justified on auxiliary.

    Whoever voted from a checkpoint that is gone could sign nothing around that vote any more (R24).
    """
    view = chain.view()
    kept = view.finalised if chain.spec.name == world.devnet.origin.name else view.safe
    deepest = chain.head.number - chain.tree.block(kept).number
    if deepest > 0:
        world.reorg(chain.spec.name, random.randint(1, deepest))


def travel(world: World, pair: PairHandles) -> tuple[Travellers, list[Reading]]:
    """Everybody does as they please, then everything ends; both chains are read after every step."""
    random, travellers = Random(SEED), Travellers(world, SEED)
    travellers.approve()
    readings = []
    for _ in range(STEPS):
        travellers.step()
        if random.random() * REORG_EVERY < 1:
            reorganise(world, random.choice(list(world.chains.values())), random)
        world.step()
        readings.append(read(world, pair))
    for _ in range(ENDING_BLOCKS):
        travellers.go_on()
        if not travellers.open:
            break
        world.step()
        readings.append(read(world, pair))
    return travellers, readings


def steps_of(events: list[Event]) -> set[tuple[str, bool]]:
    """Those of ``EVERY_STEP`` that were taken."""
    return {(event.kind, bool(event.payload.get("byProof"))) for event in events if event.kind in EFFECTS}


def carried(events: list[Event]) -> set[str]:
    """Kinds of declarations whose bounty somebody else than the sender locked (R67)."""
    return {
        event.kind
        for event in events
        if event.kind in DECLARING and event.payload["facilitator"] != event.payload["sender"]
    }


def taken_back(events: list[Event], kinds: frozenset[str]) -> Iterator[Event]:
    """Events of blocks that a reorg left behind."""
    reorgs = [event for event in events if event.kind == "Reorged"]
    for event in events:
        if event.kind in kinds and any(
            (reorg.chain, reorg.sequence > event.sequence, (reorg.block or 0) < (event.block or 0))
            == (event.chain, True, True)
            for reorg in reorgs
        ):
            yield event


def test_not_a_wei_is_lost_over_random_steps_and_reorgs_of_both_chains(run_network: Callable[[str], Serving]) -> None:
    world = run_network(MANIFEST).world
    (pair,) = world.handles.pairs
    travellers, readings = travel(world, pair)
    (run,) = gateway_runs(world.devnet, world.history)
    for reading in readings:
        agree(run, reading)
    results = [run_check(CHECKS[name], world.devnet, world.history) for name in CHECKED]
    assert [result for result in results if result.verdict is not Verdict.PASSED] == []
    assert not travellers.open
    last = readings[-1]
    assert (last.locked, last.coins, last.remote_coins) == (last.supply, 0, 0)
    events = world.history.effective_events()
    ends = Counter((one.direction.value, one.source_status) for one in travellers.over)
    undone = Counter(event.chain for event in taken_back(events, frozenset({"StakeDeclared", "MintProgressed"})))
    print(f"{STEPS} steps: {dict(ends)}, taken back {dict(undone)}, {len(readings)} readings, {results[0].reason}")
    assert steps_of(events) == EVERY_STEP
    assert carried(events) == set(DECLARING)
    assert {direction for direction, _ in ends} == {"stake", "redeem"}
    assert {status for _, status in ends} == {MessageStatus.PROGRESSED, MessageStatus.REVOKED}
    assert set(undone) == {"origin", "auxiliary-1"}


def statuses_over_time(events: list[Event]) -> Iterator[dict[tuple[str, Box], MessageStatus]]:
    """Statuses of all messages on both sides after every step, in the order in which the steps were recorded."""
    statuses: dict[tuple[str, Box], MessageStatus] = {}
    for event in events:
        if event.kind in EFFECTS:
            statuses[str(event.payload["messageHash"]), EFFECTS[event.kind].box] = EFFECTS[event.kind].status
            yield statuses


def untouched(statuses: dict[tuple[str, Box], MessageStatus]) -> int:
    """How many are declared at their source, and ended on neither side."""
    declared = {message for message, box in statuses if box is Box.OUTBOX}
    return len(declared - {message for (message, _), status in statuses.items() if status in ENDED})


def test_200_transfers_in_flight_at_once_all_end_and_not_a_wei_is_lost(run_network: Callable[[str], Serving]) -> None:
    """R64, R68, R70: over two auxiliaries with two facilitators; every fourth sender declares and vanishes."""
    world = run_network(LOAD.format(accounts=ACCOUNTS)).world
    messages, _, _ = carry_all(world)
    events = world.history.effective_events()
    assert len(set(messages)) == 200
    assert max(untouched(statuses) for statuses in statuses_over_time(events)) == 200
    *_, last = statuses_over_time(events)
    ends = {message: (last[message, Box.OUTBOX], last[message, Box.INBOX]) for message in messages}
    assert set(ends.values()) == {(MessageStatus.PROGRESSED, MessageStatus.PROGRESSED)}
    finishers = {
        one.payload["facilitator"] for one in events if one.kind == "StakeProgressed" and one.payload["byProof"]
    }
    assert finishers == {"0x" + spec.origin_key.address.hex() for spec in world.devnet.facilitators}
    # Each account got twice the amount first; what it staked after that, it redeemed too.
    due = 2 * AMOUNT * ACCOUNTS
    for pair in world.handles.pairs:
        reading = read(world, pair)
        assert (reading.locked, reading.held, reading.supply) == (due, due, due)
        assert (reading.coins, reading.remote_coins) == (0, 0)
    results = [run_check(CHECKS[name], world.devnet, world.history) for name in CHECKED]
    assert [result for result in results if result.verdict is not Verdict.PASSED] == []
