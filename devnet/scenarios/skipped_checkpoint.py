"""All validators collude and pass over the checkpoint that reached the gas target; a fisherman proves it.

Goal: to make a meta-block longer than Eq. 1 allows. Defence: one fisherman that reads both chains. It shows origin
auxiliary's own record of the skipped checkpoint and the votes that finalised it (R38): everybody owes a tenth, the
committing proposal's bond is half the fisherman's and half burned. Whoever caused it and reports it itself loses.
"""

from __future__ import annotations

from devnet.actors.behaviour import Honest
from devnet.actors.behaviours import SkipCheckpoint
from devnet.chain.transaction import Transaction
from devnet.checks.votes import data, number
from devnet.config.network import ActorSpec, Devnet
from devnet.contracts.gas import TRANSACTION_GAS_CAP
from devnet.contracts.handle import parse_bytes
from devnet.contracts.send import Sender
from devnet.faults.base import Fault, World
from devnet.faults.chains import Censor
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.calls import contract, origin_link, refusal
from devnet.scenarios.ends import happened
from devnet.scenarios.gas_accounts import BURNED, PENALTY_DIVISOR, first, gained, mined, wrongly_owed

BLOCKS = 120
"""Origin blocks in which each step happens, with room; seen: 47 to the commit that passed over a checkpoint."""

VALIDATORS = ("validator-1", "validator-2", "validator-3", "validator-4")
LEAVER = "validator-1"
"""Logs out before the violation and is paid back after it."""

COLLUSION = {name: SkipCheckpoint.name for name in VALIDATORS}


def _punished(world: World) -> tuple[str, ...]:
    """Everybody pays, once, and what they pay goes where it must."""
    world.membership.leave(LEAVER)
    if not world.run_until(lambda: first(world, "BondForfeited") is not None, BLOCKS):
        return ("expected the violation to be proven on origin, it was not",)
    for name in VALIDATORS:
        world.recast(name, Honest.name)
    return (*wrongly_owed(world, violations=1), *_bond_split(world), *_reported_again(world), *_withdrawn(world))


def _bond_split(world: World) -> tuple[str, ...]:
    """Half the bond is the fisherman's, the other half is burned: as the event says, and as balances show."""
    (event, block), bond = mined(world, "BondForfeited"), world.devnet.parameters.proposal_bond_wei
    fisherman = data(event.payload["fisherman"])
    expected = (bond // 2, bond - bond // 2)
    said = (number(event, "reward"), number(event, "burned"))
    moved = (gained(world, fisherman, block), gained(world, BURNED, block))
    missing = [] if said == expected else [f"expected (reward, burned) {expected} wei, the event says {said}"]
    missing += [] if moved == expected else [f"expected (reward, burned) {expected} wei, balances moved by {moved}"]
    return tuple(missing)


def _reported_again(world: World) -> tuple[str, ...]:
    """The same report a second time is refused."""
    said = refusal(world, contract(world, "Evidence"), _report_of(world))
    return () if said == "AlreadyProven" else (f"expected a second report to say AlreadyProven, found {said!r}",)


def _withdrawn(world: World) -> tuple[str, ...]:
    """A member that leaves is paid its stake less the penalty, which is burned."""
    origin, spec = world.chains[world.devnet.origin.name], world.devnet.actor(LEAVER)

    def is_free() -> bool:
        free = _free_from(world)
        return free is not None and origin.head.number + 1 >= free

    if not world.run_until(is_free, BLOCKS):
        return (f"{LEAVER}: expected its stake to be free within {BLOCKS} blocks, it is locked",)
    world.membership.withdraw(LEAVER)
    if not world.run_until(lambda: first(world, "StakeWithdrawn") is not None, BLOCKS):
        return (f"{LEAVER}: expected its stake to be paid back, it was not",)
    _, block = mined(world, "StakeWithdrawn")
    penalty = spec.weight_wei // PENALTY_DIVISOR
    expected = (spec.weight_wei - penalty, penalty)
    moved = (gained(world, spec.origin_key.address, block), gained(world, BURNED, block))
    return () if moved == expected else (f"expected (paid, burned) {expected} wei, balances moved by {moved}",)


def _free_from(world: World) -> int | None:
    """First origin block that pays the leaver back: it left at height 2, so after the commit of meta-block 3 (R41)."""
    for event in world.history.effective_events("MetaBlockCommitted"):
        if number(event, "height") == 3:
            return (event.block or 0) + world.devnet.parameters.withdrawal_delay
    return None


def _nobody_pays(world: World) -> tuple[str, ...]:
    """The meta-block is committed, and nobody owes anything."""
    if not world.run_until(lambda: first(world, "MetaBlockCommitted") is not None, BLOCKS):
        return ("expected a meta-block to be committed, none was",)
    world.run_until(lambda: False, 8)
    return wrongly_owed(world, violations=0)


def _silenced(devnet: Devnet) -> tuple[Fault, ...]:
    """Origin's producers leave the fisherman out, so that somebody else can be first with its report."""
    fishermen = {one.origin_key.address for one in devnet.fishermen}
    return (Censor(devnet.origin.name, lambda transaction: transaction.sender in fishermen),)


def _self_reported(world: World) -> tuple[str, ...]:
    """Who proposed the violation reports it with the fisherman's own proof, and loses all the same (R39b, R56)."""
    origin, evidence = world.chains[world.devnet.origin.name], contract(world, "Evidence")

    def waiting() -> list[Transaction]:
        return [one for one in origin.pending() if one.to == evidence.address]

    if not world.run_until(lambda: bool(waiting()), BLOCKS):
        return ("expected the fisherman's report to wait on origin, there is none",)
    culprit = _proposer(world)
    world.dismiss(culprit.name)
    Sender(origin_link(world), culprit.origin_key, origin.spec.chain_id).send(
        evidence.address, waiting()[0].data, min(TRANSACTION_GAS_CAP, waiting()[0].gas)
    )
    if not world.run_until(lambda: first(world, "BondForfeited") is not None, BLOCKS):
        return (f"{culprit.name}: expected its report to be believed, it was not",)
    (_, block), bond = mined(world, "BondForfeited"), world.devnet.parameters.proposal_bond_wei
    reward = gained(world, culprit.origin_key.address, block)
    lost = bond - reward + culprit.weight_wei // PENALTY_DIVISOR
    missing = [] if reward == bond // 2 else [f"{culprit.name}: expected {bond // 2} wei as reporter, found {reward}"]
    missing += [] if lost > 0 else [f"{culprit.name}: expected to lose by its own report, it gained {-lost} wei"]
    return (*missing, *wrongly_owed(world, violations=1))


def _proposer(world: World) -> ActorSpec:
    """Whose proposal was committed as meta-block 1."""
    commit, _ = mined(world, "MetaBlockCommitted")
    proposals = world.history.effective_events("Proposed")
    made = next(one for one in proposals if one.payload["proposalId"] == commit.payload["transitionHash"])
    address = data(made.payload["proposer"])
    return next(one for one in world.devnet.validators if one.origin_key.address == address)


def _report_of(world: World) -> bytes:
    """Calldata of the report that was believed."""
    event, _ = mined(world, "SkippedCheckpointProven")
    found = origin_link(world).call("eth_getTransactionByHash", (str(event.payload["transaction"]),))
    return parse_bytes(found["input"])


SCENARIO = Scenario(
    name="skipped-checkpoint",
    summary="all validators pass over the checkpoint that reached the gas target and commit a later one",
    source="paper eq. 1; protocol R37-R39b; catalogue B09 a, c",
    manifest="gas-rule",
    checks=("S1", "S3", "S7", "S9", "S10", "L1", "E4"),
    arms=(
        Arm(name="attack", behaviours=COLLUSION, play=_punished, done=happened("ViolationRecorded"), blocks=BLOCKS),
        Arm(
            name="self-report",
            behaviours=COLLUSION,
            faults=_silenced,
            play=_self_reported,
            done=happened("ViolationRecorded"),
            blocks=BLOCKS,
        ),
        Arm(
            name="defence off",
            behaviours=COLLUSION,
            absent=("fisherman",),
            play=_nobody_pays,
            done=happened("MetaBlockCommitted"),
            blocks=BLOCKS,
            fails=("E4",),
        ),
        Arm(name="honest control", play=_nobody_pays, done=happened("MetaBlockCommitted"), blocks=BLOCKS),
    ),
)
"""The card."""
