"""Meta-block after meta-block in lockstep, while validators come, go and are slashed (R35, R41-R45, R57-R60)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from devnet.checks import CHECKS, Verdict, run_check
from devnet.contracts.errors import ContractReverted
from devnet.errors import ManifestError
from devnet.mosaic.sets import Request, open_next
from devnet.types import TOKEN
from devnet.world.serving import Serving
from devnet.world.world import World
from tests.e2e.world.meta_blocks import AUXILIARY, commits, read, slash, state_of

pytestmark = pytest.mark.geth

BLOCKS_PER_META_BLOCK = 24
"""Seen: 22 to 24; what a test waits for at most is three times that."""
META_BLOCKS = 50


def run_to(world: World, meta_blocks: int) -> None:
    while (before := commits(world)) < meta_blocks:
        assert world.run_until(lambda: commits(world) > before, 3 * BLOCKS_PER_META_BLOCK), f"stuck at {before}"


HAPPENINGS: dict[int, Callable[[World], object]] = {
    1: lambda world: world.membership.join("carol", 50 * TOKEN),
    4: lambda world: world.membership.join("dave", 33 * TOKEN),
    5: lambda world: world.membership.leave("dave"),
    8: lambda world: world.membership.leave("validator-4"),
    13: lambda world: world.membership.withdraw("dave"),
    14: lambda world: world.membership.withdraw("validator-4"),
    16: lambda world: slash(world, "validator-2"),
    20: lambda world: world.membership.join("erin", 45 * TOKEN),
    30: lambda world: world.membership.leave("carol"),
    40: lambda world: world.membership.withdraw("carol"),
}
"""What happens once that many meta-blocks are committed."""


@pytest.mark.timeout(1_200)
def test_fifty_meta_blocks_with_joins_leaves_and_a_slash_keep_the_same_sets_on_both_chains(serving: Serving) -> None:
    """R44."""
    world = serving.world
    for reached, happen in HAPPENINGS.items():
        run_to(world, reached)
        happen(world)
    run_to(world, META_BLOCKS)
    heights = [int(str(event.payload["height"])) for event in world.history.events("MetaBlockCommitted")]
    assert heights == list(range(1, META_BLOCKS + 1))
    states = {str(row["name"]): row["state"] for row in world.membership.validators()}
    assert states == {
        "validator-1": "member",
        "validator-2": "slashed",
        "validator-3": "member",
        "validator-4": "withdrawn",
        "carol": "withdrawn",
        "dave": "withdrawn",
        "erin": "member",
    }
    slashed = {actor["name"]: set(actor["slashed_on"]) for actor in world.status()["actors"] if actor["slashed_on"]}
    assert slashed == {"validator-2": {"origin", AUXILIARY}}
    verdicts = {name: run_check(check, world.devnet, world.history) for name, check in CHECKS.items()}
    assert [result for result in verdicts.values() if result.verdict is not Verdict.PASSED] == []
    assert not [event for event in world.history.events() if event.kind in ("ActorHindered", "ActorFailed")]


def test_a_newcomer_votes_from_its_kernel_on_and_a_leaver_until_its_rear_set_ends(serving: Serving) -> None:
    world = serving.world
    run_to(world, 1)
    world.membership.join("carol", 50 * TOKEN)
    world.membership.leave("validator-4")
    run_to(world, 5)
    kernels: dict[str, set[int]] = {}
    for event in world.history.events("VoteCast"):
        kernels.setdefault(str(event.payload["validator"]), set()).add(int(str(event.payload["kernelHeight"])))
    address = {spec.name: "0x" + spec.auxiliary_key.address.hex() for spec in world.devnet.validators}
    # Both asked while height 2 was open: in and out at height 3, the leaver in the rear set of height 3 still.
    assert min(kernels[address["carol"]]) == 3
    assert max(kernels[address["validator-4"]]) == 3
    assert max(kernels[address["validator-1"]]) >= 5


def test_a_stake_stays_locked_for_the_delay_after_auxiliary_left_its_last_kernel(serving: Serving) -> None:
    """R41."""
    world = serving.world
    run_to(world, 1)
    world.membership.leave("validator-4")
    depositor = world.devnet.actor("validator-4").origin_key.address
    with pytest.raises(ContractReverted, match="StakeLocked"):
        world.membership.withdraw("validator-4")
    # It ends at height 3; the commit of height 4 proves that auxiliary left kernel 3.
    run_to(world, 4)
    begins = world.history.events("MetaBlockCommitted")[3].block
    assert begins is not None
    origin = world.chains["origin"]
    world.run_until(lambda: False, begins + 30 - 2 - origin.head.number)
    with pytest.raises(ContractReverted, match=f"from={begins + 30}"):
        world.membership.withdraw("validator-4")
    world.step(1)
    before = int(origin.rpc("eth_getBalance", ["0x" + depositor.hex(), "latest"]), 16)
    world.membership.withdraw("validator-4")
    world.step(1)
    after = int(origin.rpc("eth_getBalance", ["0x" + depositor.hex(), "latest"]), 16)
    assert 34 * TOKEN - TOKEN < after - before <= 34 * TOKEN
    assert state_of(world, "validator-4") == "withdrawn"
    assert world.actors["validator-4"].state == "stopped"
    with pytest.raises(ContractReverted, match="AlreadyWithdrawn"):
        world.membership.withdraw("validator-4")


def test_changes_are_applied_in_order_of_arrival_as_many_as_a_height_may_carry(serving: Serving) -> None:
    """R35 and R42 against their Python twin: two changes a height, a deposit cancelled while it waits."""
    world, network = serving.world, serving.world.membership
    run_to(world, 1)
    queue = []
    for name in ("carol", "dave", "erin"):
        network.join(name, 40 * TOKEN)
        queue.append(Request(world.devnet.actor(name).auxiliary_key.address, 40 * TOKEN))
    network.leave("validator-4")
    queue.append(Request(world.devnet.actor("validator-4").auxiliary_key.address, 0))
    world.step(1)
    network.leave("dave")
    waiting, void = tuple(queue), [world.devnet.actor("dave").auxiliary_key.address]
    for height in (3, 4):
        run_to(world, height - 1)
        opening = open_next(waiting, [], void, world.devnet.parameters.max_kernel_changes)
        waiting = opening.queue
        kernel = world.history.events("KernelOpened")[-1].payload["kernel"]
        assert isinstance(kernel, dict)
        assert kernel["height"] == str(height)
        assert kernel["validators"] == ["0x" + validator.hex() for validator in opening.changes]
        assert kernel["weights"] == [str(weight) for weight in opening.changes.values()]
    assert not waiting


def test_a_kernel_whose_proof_was_taken_back_is_proven_again_and_nobody_is_slashed(serving: Serving) -> None:
    """R27, R57: the reorg takes the kernel off the branch before it is active; it comes back with its own dynasties."""
    world = serving.world
    run_to(world, 1)
    auxiliary = world.chains[AUXILIARY]
    assert world.run_until(lambda: read(world, "kernel_gateway", "lastHeight") == 2, 40)
    assert read(world, "kernel_gateway", "activeHeight") == 1
    stored = auxiliary.head.hash
    world.reorg(AUXILIARY, 1)
    assert world.chains[AUXILIARY].rpc("eth_getBlockByNumber", [hex(auxiliary.head.number - 1), False])["hash"] != (
        "0x" + stored.hex()
    )
    run_to(world, 4)
    verdicts = [run_check(CHECKS[name], world.devnet, world.history) for name in ("S1", "S3", "S4", "S5", "S6", "S10")]
    assert [result for result in verdicts if result.verdict is not Verdict.PASSED] == []
    assert not world.history.events("ValidatorSlashed")


def test_what_members_send_succeeds_and_stays_well_below_its_gas_limit(serving: Serving) -> None:
    world = serving.world
    run_to(world, 1)
    world.membership.join("carol", 50 * TOKEN)
    world.membership.leave("validator-4")
    run_to(world, 4)
    world.run_until(lambda: False, 30)
    world.membership.withdraw("validator-4")
    # R76, R39b: what was held is paid to the leaver by the others' proof; proposers fetch their bonds.
    assert world.run_until(lambda: bool(world.history.events("WithdrawalProven")), 40)
    made = [call for chain in world.chains for call in calls(world, chain)]
    members = {"Stake.deposit", "Stake.logout", "Stake.withdraw"}
    validators = {"Core.commit", "Core.returnBond", "KernelGateway.proveKernel"}
    rewards = {"Rewards.claim", "Rewards.proveWithdrawal"}
    assert members | validators | rewards <= {name for name, _, _, _ in made}
    assert [name for name, _, _, succeeded in made if not succeeded] == []
    assert [(name, used, limit) for name, used, limit, _ in made if used > 0.8 * limit] == []


def calls(world: World, name: str) -> Iterator[tuple[str, int, int, bool]]:
    """Every call of a contract on one chain: what was called, gas used, gas limit, whether it succeeded."""
    chain = world.chains[name]
    contracts = {contract.address: contract for contract in world.handles.on_chain(name)}
    for number in range(1, chain.head.number + 1):
        block = chain.rpc("eth_getBlockByNumber", [hex(number), True])
        receipts = chain.rpc("eth_getBlockReceipts", [hex(number)])
        for transaction, receipt in zip(block["transactions"], receipts, strict=True):
            contract = contracts.get(bytes.fromhex((transaction["to"] or "0x")[2:]))
            decoded = contract.decode_calldata(bytes.fromhex(transaction["input"][2:])) if contract else None
            if contract is not None and decoded is not None:
                used, limit = int(receipt["gasUsed"], 16), int(transaction["gas"], 16)
                yield f"{contract.name}.{decoded[0]}", used, limit, receipt["status"] == "0x1"


def test_whoever_cannot_join_or_leave_is_told_why(serving: Serving) -> None:
    world = serving.world
    with pytest.raises(ManifestError, match="taken"):
        world.membership.join("validator-1", 40 * TOKEN)
    with pytest.raises(ManifestError, match="at least"):
        world.membership.join("carol", 31 * TOKEN)
    with pytest.raises(ManifestError, match="carol"):
        world.membership.leave("carol")
    world.membership.join("carol", 40 * TOKEN)
    world.step(1)
    world.membership.leave("carol")
    world.step(1)
    assert state_of(world, "carol") == "cancelled"
    with pytest.raises(ContractReverted, match="AlreadyLeaving"):
        world.membership.leave("carol")


def test_a_rewind_takes_a_newcomer_back_and_it_may_join_again(serving: Serving) -> None:
    world = serving.world
    mark = world.mark()
    world.membership.join("carol", 40 * TOKEN)
    world.step(4)
    assert "carol" in world.actors
    world.rewind(mark)
    assert "carol" not in world.actors
    world.membership.join("carol", 40 * TOKEN)
    run_to(world, 2)
    assert state_of(world, "carol") == "member"
