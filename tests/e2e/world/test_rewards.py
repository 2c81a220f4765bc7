"""Rewards over a drawn run: to the wei what the twin says, read from blocks and receipts alone (R75-R77)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from devnet.actors.structs import kernel_of
from devnet.checks import Verdict, run_check
from devnet.checks.rewards import E5
from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.rewards import RewardBook, Settlement, share
from devnet.mosaic.sets import ValidatorSets
from devnet.types import TOKEN, Address, Wei
from devnet.world.serving import Serving
from devnet.world.user_chain import UserChain
from devnet.world.world import World
from tests.e2e.world.meta_blocks import AUXILIARY, commits, read, slash, state_of

pytestmark = pytest.mark.geth

SEED = 20_261
BLOCKS = 250
"""Blocks in which all of it has happened, from a logout to the proof of the withdrawal included; seen: 176."""

MANY = """
name: many
runtime: process
mode: lockstep
chains:
  - role: origin
  - role: auxiliary
validators: 10
"""


@dataclass
class Replay:
    """The twin, fed with every transaction of an auxiliary chain in order."""

    world: World
    book: RewardBook = field(default_factory=RewardBook)
    sets: ValidatorSets = field(default_factory=ValidatorSets)
    votes: dict[bytes, set[Address]] = field(default_factory=dict)
    tips: Wei = 0
    """Received since the last settlement."""

    def run(self) -> None:
        chain = self.world.chains[AUXILIARY]
        for number in range(1, chain.head.number + 1):
            base_fee = int(chain.rpc("eth_getBlockByNumber", [hex(number), False])["baseFeePerGas"], 16)
            for receipt in chain.rpc("eth_getBlockReceipts", [hex(number)]):
                decoded = [self.world.handles.decode(AUXILIARY, log) for log in receipt["logs"]]
                self._take([event for event in decoded if event is not None])
                self.tips += (int(receipt["effectiveGasPrice"], 16) - base_fee) * int(receipt["gasUsed"], 16)

    def _take(self, events: list[DecodedEvent]) -> None:
        claims: dict[Address, list[tuple[int, Wei]]] = {}
        for event in events:
            args = event.args
            match event.name:
                case "VoteCast":
                    self.votes.setdefault(args["digest"], set()).add(args["validator"])
                case "KernelStored":
                    self.sets.apply(kernel_of(args["kernel"]))
                    self.book.committed_height = self._committed(args["height"])
                case "LinkSettled":
                    assert args["income"] == self.tips
                    settlement = Settlement(args["digest"], args["kernelHeight"], self.tips)
                    self.book.settle(args["targetHeight"], settlement)
                    self.tips = 0
                case "ShareClaimed":
                    own = self.share(args["validator"], args["targetHeight"])
                    claims.setdefault(args["validator"], []).append((args["targetHeight"], own))
                case "ValidatorSlashed":
                    self.book.slashed.add(args["validator"])
                case "WithdrawalProven":
                    self.book.prove_withdrawal(args["validator"])
        for validator, shares in claims.items():
            self.book.claim(validator, shares)

    def share(self, validator: Address, target_height: int) -> Wei:
        settled = self.book.settlements[target_height]
        if validator not in self.votes[settled.digest]:
            return 0
        kernel = settled.kernel_height
        return share(settled.income, self.sets.weights(kernel, validator), self.sets.joint_total(kernel))

    def _committed(self, kernel_height: int) -> int:
        for event in self.world.history.effective_events("MetaBlockCommitted"):
            if int(str(event.payload["height"])) == kernel_height - 1:
                return int(str(event.payload["checkpointHeight"]))
        return 0


def drawn_run(world: World, user: UserChain, draw: Random) -> None:
    """Users pay drawn tips; somebody joins, somebody leaves and withdraws, somebody is slashed, when it is drawn."""
    joins, leaves, slashes = draw.sample(range(1, 6), 3)
    happened: set[str] = set()
    for _ in range(BLOCKS):
        for _ in range(draw.randint(0, 2)):
            _pay(user, draw)
        world.step(1)
        for name, after in (("join", joins), ("leave", leaves), ("slash", slashes)):
            if name not in happened and commits(world) >= after:
                happened.add(name)
                _happen(world, name)
        if "withdraw" not in happened and _is_free(world):
            happened.add("withdraw")
            world.membership.withdraw("validator-4")
        if len(happened) == 4 and _is_over(world):
            return
    raise AssertionError(f"happened: {sorted(happened)}, the newcomer or the leaver was not paid")


def _is_over(world: World) -> bool:
    """The newcomer was paid, and the leaver all that was held."""
    newcomer = "0x" + world.devnet.actor("carol").auxiliary_key.address.hex()
    paid = {event.payload["validator"] for event in world.history.events("RewardPaid")}
    return newcomer in paid and bool(world.history.events("WithdrawalProven"))


def _pay(user: UserChain, draw: Random) -> None:
    tip = draw.randint(0, 10**11)
    fees = {"maxFeePerGas": 2 * 10**11 + tip, "maxPriorityFeePerGas": tip}
    sender, receiver = user.accounts[0], user.accounts[draw.randrange(len(user.accounts))]
    user.w3.eth.send_transaction({"from": sender, "to": receiver, "value": draw.randint(0, 10**6), **fees})  # type: ignore[typeddict-item]


def _happen(world: World, name: str) -> None:
    match name:
        case "join":
            world.membership.join("carol", 50 * TOKEN)
        case "leave":
            world.membership.leave("validator-4")
        case _:
            slash(world, "validator-2")


def _is_free(world: World) -> bool:
    row: dict[str, Any] = next(row for row in world.membership.validators() if row["name"] == "validator-4")
    free = row["withdrawable_from"]
    return state_of(world, "validator-4") == "left" and free is not None and world.chains["origin"].head.number >= free


def test_a_drawn_run_pays_everybody_to_the_wei_what_the_twin_says(serving: Serving) -> None:
    world = serving.world
    drawn_run(world, serving.chains[AUXILIARY], Random(SEED))
    replay = Replay(world)
    replay.run()
    book = replay.book
    for spec in world.devnet.validators:
        validator = spec.auxiliary_key.address
        assert read_rewards(world, "earned", validator) == book.earned(validator)
        assert read_rewards(world, "paid", validator) == book.paid.get(validator, 0)
        assert read_rewards(world, "isWithdrawn", validator) == (validator in book.withdrawn)
        assert (validator in book.slashed) == (spec.name == "validator-2")
    for height in list(book.settlements)[::7]:
        for spec in world.devnet.validators:
            validator = spec.auxiliary_key.address
            assert read_rewards(world, "shareOf", validator, height) == replay.share(validator, height)
    held = int(world.chains[AUXILIARY].rpc("eth_getBalance", ["0x" + rewards(world).address.hex(), "latest"]), 16)
    assert held == book.income - book.paid_total + replay.tips
    assert read_rewards(world, "income") == replay.tips
    paid = {spec.name for spec in world.devnet.validators if book.paid.get(spec.auxiliary_key.address)}
    assert paid >= {"validator-1", "validator-3", "validator-4", "carol"}
    assert len(book.withdrawn) == 1
    assert run_check(E5, world.devnet, world.history).verdict is Verdict.PASSED
    _assert_coins_arrived(world)


def test_ten_validators_without_users_all_claim_and_every_claim_pays(run_network: Callable[[str], Serving]) -> None:
    """R75-R77: what their own votes and reports pay in tips is worth claiming, however it is divided."""
    world = run_network(MANY).world
    validators = {"0x" + spec.auxiliary_key.address.hex() for spec in world.devnet.validators}

    def is_paid() -> bool:
        return {str(event.payload["validator"]) for event in world.history.events("RewardPaid")} == validators

    assert world.run_until(is_paid, 80)
    chain = world.chains[AUXILIARY]
    for event in world.history.events("RewardPaid"):
        receipt = chain.rpc("eth_getTransactionReceipt", [str(event.payload["transaction"])])
        cost = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        assert int(str(event.payload["amount"])) > 2 * cost


def _assert_coins_arrived(world: World) -> None:
    """What the last payments say is what the balances grew by, the fees of own transactions not counted."""
    chain = world.chains[AUXILIARY]
    recent = [one for one in world.history.events("RewardPaid") if (one.block or 0) > chain.head.number - 100]
    assert recent
    for event in recent:
        number, account = event.block or 0, str(event.payload["validator"])
        before, after = (int(chain.rpc("eth_getBalance", [account, hex(at)]), 16) for at in (number - 1, number))
        receipts = chain.rpc("eth_getBlockReceipts", [hex(number)])
        own = [one for one in receipts if one["from"] == account]
        fees = sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in own)
        assert after - before + fees == int(str(event.payload["amount"]))


def rewards(world: World) -> Any:
    return world.handles.core_of(AUXILIARY).rewards


def read_rewards(world: World, function: str, *arguments: object) -> object:
    return read(world, "rewards", function, *arguments)
