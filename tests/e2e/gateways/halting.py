"""Transfers in every state that there is, on a core that then halts (R74)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devnet.actors.evidence import Evidence
from devnet.chain.link import DirectLink
from devnet.config.keys import derive_key
from devnet.config.network import Key
from devnet.contracts.gas import gas_limit
from devnet.contracts.send import Sender
from devnet.mosaic.identity import split_identifier
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.offences import Offence
from devnet.mosaic.transfers import Direction
from devnet.mosaic.votes import Domain, Vote, sign_vote
from devnet.types import TOKEN
from devnet.world.world import World
from tests.e2e.gateways.ferry import Ferry
from tests.e2e.gateways.travellers import Fate, Journey, Travellers

UNDECLARED, DECLARED, PROGRESSED = MessageStatus.UNDECLARED, MessageStatus.DECLARED, MessageStatus.PROGRESSED
REVOKING, REVOKED = MessageStatus.DECLARED_REVOCATION, MessageStatus.REVOKED
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
        return DirectLink(self.world.chains[self.world.devnet.origin.name])

    def sender(self, key: Key) -> Sender:
        return Sender(self.link, key, self.world.devnet.origin.chain_id)

    def _each(self, act: Callable[[Journey], None], cases: list[Case]) -> None:
        self.travellers.begin()
        for case in cases:
            act(case.journey)
        self.world.step()

    def _reveal(self, cases: list[Case], at_source: bool) -> None:
        self._each(lambda journey: self.travellers.reveal(journey, at_source), cases)
