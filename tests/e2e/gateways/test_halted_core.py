"""R73, R74 on real geth: a core halts with transfers in every state, a year passes, and everything ends to the wei."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.evidence import Evidence
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.checks import CHECKS, Verdict, run_check
from devnet.config.keys import derive_key
from devnet.config.network import Key
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import PairHandles
from devnet.contracts.pairs import HOLDING
from devnet.contracts.send import Sender
from devnet.mosaic.identity import split_identifier
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.offences import Offence
from devnet.mosaic.transfers import Direction
from devnet.mosaic.votes import Domain, Vote, sign_vote
from devnet.types import TOKEN
from devnet.world.embedded import Choice, embed
from devnet.world.world import World
from tests.e2e.gateways.ferry import Ferry
from tests.e2e.gateways.travellers import Fate, Journey, Travellers

pytestmark = pytest.mark.geth

UNDECLARED, DECLARED, PROGRESSED = MessageStatus.UNDECLARED, MessageStatus.DECLARED, MessageStatus.PROGRESSED
REVOKING, REVOKED = MessageStatus.DECLARED_REVOCATION, MessageStatus.REVOKED
YEAR_S = 365 * 24 * 3600
AMOUNT = 5 * TOKEN
OWNED = 3 * AMOUNT
"""Utility tokens of everybody before the transfers begin."""

MANIFEST = """
name: halted-core
runtime: process
mode: lockstep
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
validators: 4
accounts: 13
gateways:
  - token:
      symbol: TKN
facilitators: 1
parameters:
  commit_every: 2
  commit_window: 2
"""

RETURNED, MINTED, CLAIMED, PAID, NOTHING = "returned", "minted", "claimed", "paid", ""

STAKES = (
    (DECLARED, UNDECLARED, RETURNED),
    (DECLARED, DECLARED, RETURNED),
    (DECLARED, PROGRESSED, MINTED),
    (REVOKING, UNDECLARED, RETURNED),
    (REVOKING, DECLARED, RETURNED),
    (REVOKING, PROGRESSED, MINTED),
    (REVOKING, REVOKED, RETURNED),
    (PROGRESSED, UNDECLARED, CLAIMED),
    (PROGRESSED, DECLARED, CLAIMED),
    (PROGRESSED, PROGRESSED, NOTHING),
    (REVOKED, REVOKED, NOTHING),
)
"""Outbox on origin when the core halts, inbox under the last root, and how it ends (R74)."""

REDEMPTIONS = (
    (UNDECLARED, UNDECLARED, NOTHING),
    (DECLARED, UNDECLARED, PAID),
    (DECLARED, DECLARED, PAID),
    (DECLARED, PROGRESSED, NOTHING),
    (PROGRESSED, UNDECLARED, PAID),
    (PROGRESSED, DECLARED, PAID),
    (PROGRESSED, PROGRESSED, NOTHING),
    (REVOKING, UNDECLARED, PAID),
    (REVOKING, DECLARED, PAID),
    (REVOKING, PROGRESSED, NOTHING),
    (REVOKING, REVOKED, CLAIMED),
    (REVOKED, REVOKED, NOTHING),
)
"""Outbox under the last root, inbox on origin, and how it ends; the first one is declared after the last root."""


@dataclass(frozen=True)
class Case:
    """One transfer on its way into a state."""

    outbox: MessageStatus
    inbox: MessageStatus
    ending: str
    journey: Journey


class Halt:
    """Brings transfers into every state, and halts the core."""

    def __init__(self, world: World) -> None:
        self.world = world
        (self.pair,) = world.handles.pairs
        self.people = world.devnet.accounts[:12]
        self.travellers = Travellers(world, 1)
        self.ferry = Ferry(world, self.pair)
        self.stranger = derive_key(world.devnet.seed, "never seen on auxiliary")
        """Owns nothing, and has no account on auxiliary: its absence is proven."""
        self.stakes: list[Case] = []
        self.redemptions: list[Case] = []

    def prepare(self) -> None:
        """Everybody owns tokens on both chains; the facilitator goes, and from now on all is done by hand."""
        self.travellers.approve()
        self.travellers.go_on()
        for key in self.people:
            self.travellers.declare(self.pair, key, Direction.STAKE, OWNED, Fate.REVEAL_AT_SOURCE)
        for _ in range(60):
            self.world.step()
            self.travellers.go_on()
            if not self.travellers.open:
                break
        assert not self.travellers.open
        self.world.dismiss(self.world.devnet.facilitators[0].name)

    def declare(self) -> None:
        """One transfer for every row, and a root of each chain that shows it."""
        self.travellers.begin()
        for key, (outbox, inbox, ending) in zip(self.people, STAKES, strict=False):
            beneficiary = self.stranger.address if (outbox, inbox) == (PROGRESSED, UNDECLARED) else None
            journey = self.travellers.declare(
                self.pair, key, Direction.STAKE, AMOUNT, beneficiary=beneficiary, gas_price=1
            )
            self.stakes.append(Case(outbox, inbox, ending, journey))
        for key, (outbox, inbox, ending) in zip(self.people[1:], REDEMPTIONS[1:], strict=True):
            journey = self.travellers.declare(self.pair, key, Direction.REDEEM, AMOUNT, gas_price=1)
            self.redemptions.append(Case(outbox, inbox, ending, journey))
        self.world.step()
        self.ferry.cross()

    def advance(self) -> None:
        """Everything that has to stand before the last root."""
        both = (*self.stakes, *self.redemptions)
        self._each(self.ferry.confirm, [one for one in both if one.inbox is not UNDECLARED])
        taken_back = [one for one in self.stakes if one.inbox is REVOKED]
        taken_back += [one for one in self.redemptions if one.outbox in (REVOKING, REVOKED)]
        self._each(self.travellers.revoke, taken_back)
        self._reveal([one for one in self.stakes if one.inbox is PROGRESSED], at_source=False)
        self._reveal([one for one in self.redemptions if one.outbox is PROGRESSED], at_source=True)
        self.ferry.cross()
        self._each(self.ferry.confirm_revocation, [one for one in both if one.inbox is REVOKED])
        self.ferry.cross()
        self._each(self.ferry.take_back, [one for one in self.redemptions if one.outbox is REVOKED])
        self.ferry.cross()

    def finish(self) -> None:
        """What origin does after the last root of auxiliary, the halt, and what auxiliary does after it."""
        self._each(self.ferry.take_back, [one for one in self.stakes if one.outbox is REVOKED])
        revoking = [one for one in self.stakes if one.outbox is REVOKING and one.inbox is not REVOKED]
        self._each(self.travellers.revoke, revoking)
        self._reveal([one for one in self.stakes if one.outbox is PROGRESSED], at_source=True)
        self._reveal([one for one in self.redemptions if one.inbox is PROGRESSED], at_source=False)
        self.travellers.begin()
        last = self.travellers.declare(self.pair, self.people[0], Direction.REDEEM, AMOUNT)
        self.redemptions.append(Case(*REDEMPTIONS[0], last))
        self._slash()
        # Auxiliary goes on; what it mints and burns from now on counts for nothing.
        self._reveal([one for one in self.stakes if one.inbox is DECLARED][:1], at_source=False)
        self._reveal([one for one in self.redemptions if one.outbox is DECLARED][:1], at_source=True)

    def _slash(self) -> None:
        """Show origin two votes of two validators for one height: a third of the weight and more is gone (R40)."""
        core = self.world.handles.core_of(self.pair.deployment.auxiliary)
        core_id = core.deployment.core_id
        for actor in self.world.devnet.validators[:2]:
            votes = [Vote(core_id, bytes(32), bytes(32), bytes([mark]) * 32, 10, 11) for mark in (1, 2)]
            domain = Domain(*split_identifier(core_id))
            first, second = (sign_vote(vote, domain, actor.auxiliary_key.secret) for vote in votes)
            evidence = Evidence(core.deployment.auxiliary, Offence.DOUBLE_VOTE, first, second)
            self.sender(self.people[-1]).send(
                core.stake.address, core.stake.calldata("slash", *evidence.arguments()), gas_limit("Stake", "slash")
            )
        self.world.step()
        assert core.core.read(self.link, "isHalted")

    @property
    def link(self) -> DirectLink:
        return DirectLink(self.world.chains[self.world.devnet.origin.name], LinkPolicy())

    def sender(self, key: Key) -> Sender:
        return Sender(self.link, key, self.world.devnet.origin.chain_id)

    def _each(self, act: Callable[[Journey], None], cases: list[Case]) -> None:
        self.travellers.begin()
        for case in cases:
            act(case.journey)
        self.world.step()

    def _reveal(self, cases: list[Case], at_source: bool) -> None:
        self._each(lambda journey: self.travellers.reveal(journey, at_source), cases)


class Leaving:
    """What everybody does once the core has halted, each thing twice."""

    def __init__(self, halt: Halt) -> None:
        self.halt = halt
        self.ferry = halt.ferry
        self.pair: PairHandles = halt.pair
        self.gateway = halt.pair.gateway
        self._calls: list[tuple[Key, str, tuple[Any, ...]]] = []

    def settle(self) -> None:
        """Everything in flight ends as its row says; what has nothing to settle is refused."""
        for case in self.halt.stakes:
            self._end(case, "Stake", self.ferry.inbox_proof(case.journey), case.journey.transfer.beneficiary)
        for case in self.halt.redemptions:
            self._end(case, "Redeem", self.ferry.outbox_proof(case.journey), case.journey.transfer.sender)
        self._send_all()

    def exit(self) -> None:
        """Every holder leaves with its balance under the last root."""
        for key in self.halt.people:
            if self.owned(key) > 0:
                proofs = self.ferry.balance_proof(key.address), self.ferry.code_proof(key.address)
                self._calls.append((key, "exit", proofs))
        self._send_all()

    def withdraw(self) -> None:
        """Whoever locked a bounty on origin fetches it."""
        for key in self.halt.people:
            if self.gateway.read(self.halt.link, "returnedBounties", key.address) > 0:
                self._calls.append((key, "withdrawBounties", (key.address,)))
        self._send_all()

    def owned(self, key: Key) -> int:
        """Utility tokens under the last root."""
        link = DirectLink(self.halt.world.chains[self.pair.deployment.auxiliary], LinkPolicy())
        block = self.ferry.committed_block()
        return int(self.pair.utility_token.read(link, "balanceOf", key.address, block=block))

    def _end(self, case: Case, word: str, proof: object, who: bytes) -> None:
        """Settle or claim, whichever the row says; the other one, or both, are refused."""
        fields, anybody = case.journey.transfer.fields(), self.halt.people[-1]
        claimant = next((key for key in (*self.halt.people, self.halt.stranger) if key.address == who), anybody)
        ways: dict[str, tuple[Key, str, tuple[Any, ...]]] = {
            "settle": (anybody, f"settle{word}", (fields, proof)),
            "claim": (claimant, f"claim{word}", (fields, proof, self.ferry.code_proof(who))),
        }
        right = {NOTHING: "", CLAIMED: "claim"}.get(case.ending, "settle")
        for way, (key, function, arguments) in ways.items():
            if way == right:
                self._calls.append((key, function, arguments))
            else:
                assert self.ferry.refusal(key, self.gateway, function, *arguments) == "NothingToSettle"

    def _send_all(self) -> None:
        """Every call in one block; the same again is refused."""
        calls, self._calls = self._calls, []
        assert calls
        for key, function, arguments in calls:
            items = {"nodes": 40, "code_bytes": 0} if function.startswith(("exit", "claim")) else {"nodes": 20}
            self.ferry.call(key, self.gateway, function, *arguments, **({} if "withdraw" in function else items))
        self.halt.world.step(2)
        again = {self.ferry.refusal(key, self.gateway, function, *arguments) for key, function, arguments in calls}
        assert again <= {"NothingToSettle", "AlreadyClaimed", "AlreadyExited", "NothingToWithdraw"}


def test_everything_ends_once_and_to_the_wei_a_year_after_the_halt(tmp_path: Path, own_runs: set[str]) -> None:
    manifest = tmp_path / "halted-core.yaml"
    manifest.write_text(MANIFEST)
    with embed(Choice(manifest=str(manifest)), tmp_path / "run") as serving:
        world = serving.world
        own_runs.add(world.run_id)
        halt = Halt(world)
        halt.prepare()
        halt.declare()
        halt.advance()
        halt.finish()
        for case in (*halt.stakes, *halt.redemptions):
            assert halt.ferry.statuses(case.journey) == (case.outbox, case.inbox)
        world.warp(YEAR_S)
        world.step()
        fund(halt, halt.stranger)
        leaving = Leaving(halt)
        leaving.settle()
        leaving.exit()
        leaving.withdraw()
        gateway, token = halt.pair.gateway, halt.pair.token
        assert gateway.read(halt.link, "locked") == token.read(halt.link, "balanceOf", gateway.address) == 0
        assert int(halt.link.call("eth_getBalance", ("0x" + gateway.address.hex(), "latest")), 16) == 0
        everybody = (*world.devnet.accounts, halt.stranger, *world.devnet.facilitators)
        addresses = [getattr(one, "origin_key", one).address for one in everybody]
        owned = [token.read(halt.link, "balanceOf", address) for address in addresses]
        assert sum(owned) == HOLDING * len(world.devnet.accounts)
        results = [run_check(CHECKS[f"G{number}"], world.devnet, world.history) for number in range(1, 10)]
        assert [result for result in results if result.verdict is not Verdict.PASSED] == []


def fund(halt: Halt, key: Key) -> None:
    """Give somebody coins on origin, enough for the highest fee of a few calls."""
    halt.sender(halt.people[-1]).send(key.address, b"", 21_000, 10 * TOKEN)
    halt.world.step()
