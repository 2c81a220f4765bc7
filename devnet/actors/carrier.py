"""Carries the messages of one pair of gateways from chain to chain (R63-R68), and settles them after a halt (R74)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from devnet.actors.attempts import turn
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings
from devnet.actors.boxes import UNKNOWN, over
from devnet.actors.carrying import FUNCTIONS, Due, Flight, Operation, decide, decide_settlement
from devnet.actors.gateway_calls import own_calls_waiting
from devnet.actors.shore import Shore, shores
from devnet.actors.state_proofs import fetch_word
from devnet.actors.waiting import objects_in
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import PairHandles
from devnet.errors import ChainError
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Direction
from devnet.types import Hash32

MOST_ERRANDS = 32
"""Calls sent to one chain in one step at most, so that a step stays short; the others are due in the next one too."""

_TURN_BYTES = 8
"""Of a message's hash, by which turns rotate."""

Trouble = Callable[[str, ChainError], None]
"""Takes note that a chain did not answer, or did not take a transaction."""


@dataclass(frozen=True, slots=True)
class RemoteProof:
    """What the other gateway stores, proven under the state root of a checkpoint."""

    height: int
    """Checkpoint height."""
    account: tuple[bytes, ...]
    """Trie nodes of the gateway's account."""
    storage: tuple[bytes, ...]
    """Trie nodes of the message's entry."""

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.account) + len(self.storage)


@dataclass(frozen=True, slots=True)
class Errand:
    """One call that is due: about which message, and where."""

    direction: Direction
    """Which way the message goes."""
    message: Hash32
    """Its hash."""
    flight: Flight
    """Where it is."""
    due: Due
    """What to do."""
    here: Shore
    """Where to do it."""
    there: Shore
    """The other end, which the proof is about."""

    @property
    def function(self) -> str:
        """The function of the gateway here."""
        return FUNCTIONS[self.direction, self.due.operation]

    @property
    def what(self) -> tuple[str, Hash32]:
        """By what it is remembered: another root does not make it another errand."""
        return self.function, self.message

    @property
    def proven_box(self) -> int:
        """Slot of the box there that the proof is about: of the outbox where the message begins there."""
        begins_here = self.due.operation.is_at_source(self.direction)
        return GATEWAY_INBOX if begins_here else GATEWAY_OUTBOX

    def arguments(self, proof: RemoteProof | None) -> tuple[object, ...]:
        """What the function takes, with this proof where it takes one."""
        transfer = self.flight.outbox.transfer
        assert transfer is not None
        if proof is None:
            return transfer.fields(), self.flight.secret
        nodes = list(proof.account), list(proof.storage)
        if self.due.operation is Operation.SETTLE:
            return transfer.fields(), nodes
        status = (int(self.due.status),) if self.due.operation.names_status else ()
        return (transfer.fields(), *status, (proof.height, *nodes))


class Carrier:
    """One actor's hands for one pair."""

    def __init__(self, view: AuxiliaryView, pair: PairHandles, surroundings: Surroundings, trouble: Trouble) -> None:
        self._view = view
        self._pair = pair
        self._links = surroundings.links
        self._accounts = surroundings.spec.origin_key.address, surroundings.spec.auxiliary_key.address
        self._count = len(surroundings.devnet.facilitators)
        self._facilitators = {
            account
            for one in surroundings.devnet.facilitators
            for account in (one.origin_key.address, one.auxiliary_key.address)
        }
        self._record = surroundings.record
        self._trouble = trouble
        self._ends = pair.deployment.ends(view.devnet)
        self._waiting: dict[str, frozenset[tuple[str, Hash32]]] = {}

    def act(self) -> None:
        """Send every call that is due and this actor's turn; trouble with a chain is noted, not raised."""
        if not self._view.is_complete:
            return
        self._waiting = {}
        if self._view.core.halted:
            self._fetch_bounties()
        sent = dict.fromkeys(self._links, 0)
        for errand in self._errands():
            chain = errand.here.chain
            if sent[chain] < MOST_ERRANDS and self._run(errand):
                sent[chain] += 1

    def _errands(self) -> Iterator[Errand]:
        """Everything that is due, the oldest messages of each direction first."""
        origin, auxiliary = shores(self._view, self._pair, self._links, self._accounts)
        for direction in Direction:
            source, target = (origin, auxiliary) if direction is Direction.STAKE else (auxiliary, origin)
            if ended := over(source.boxes, target.boxes, source.kept_from, target.kept_from):
                source.forget(ended)
                target.forget(ended)
            for message, outbox in source.boxes.declared():
                inbox = target.boxes.inbox.get(message, UNKNOWN)
                flight = Flight(outbox, inbox, source.roots, target.roots, target.height)
                for due in self._due(direction, flight):
                    here, there = (source, target) if due.operation.is_at_source(direction) else (target, source)
                    yield Errand(direction, message, flight, due, here, there)

    def _due(self, direction: Direction, flight: Flight) -> tuple[Due, ...]:
        core = self._view.core
        return decide_settlement(direction, flight, core.committed_height) if core.halted else decide(flight)

    def _run(self, errand: Errand) -> bool:
        """Send the call, if it is this actor's turn and not on its way; whether it did."""
        here = errand.here
        if not here.attempts.may_send(errand.what, here.height, self._turns(errand)):
            return False
        chain = here.chain
        try:
            if errand.what in self._waiting_calls(here):
                here.attempts.sent(errand.what, here.height)
                return False
            chain = errand.there.chain
            proof = self._proof(errand)
            chain = here.chain
            return self._send(errand, proof)
        except ChainError as error:
            self._trouble(chain, error)
            return False

    def _fetch_bounties(self) -> None:
        """After a halt the bounties that it locked on origin wait there to be fetched (R74)."""
        origin, _ = shores(self._view, self._pair, self._links, self._accounts)
        owner, gateway, what = origin.account, origin.gateway, (origin.pair, "withdrawBounties")
        has_any = any(entry.settled and entry.bounty_owner == owner for _, entry in origin.boxes.declared())
        if not has_any or not origin.attempts.may_send(what, origin.height):
            return
        try:
            if gateway.read(origin.link, "returnedBounties", owner) > 0:
                data = gateway.calldata("withdrawBounties", owner)
                origin.sender.send(gateway.address, data, gas_limit(gateway.name, "withdrawBounties"))
                origin.attempts.sent(what, origin.height)
        except ChainError as error:
            self._trouble(origin.chain, error)

    def _turns(self, errand: Errand) -> int:
        """The facilitator that locked the bounty goes first: its reward has to pay for the declaration, too (R67)."""
        position, seed, owner = self._view.position, self._view.devnet.seed, errand.flight.outbox.bounty_owner
        if owner in self._accounts:
            return 0
        others = 1 if owner in self._facilitators else 0
        return others + turn(position, self._count, int.from_bytes(errand.message[:_TURN_BYTES]), seed)

    def _waiting_calls(self, here: Shore) -> frozenset[tuple[str, Hash32]]:
        """Own calls of that gateway that wait for a block; asked once per step."""
        if here.chain not in self._waiting:
            waiting = objects_in(here.link.call("devnet_pendingTransactions"))
            self._waiting[here.chain] = own_calls_waiting(waiting, here.gateway, here.sender, self._ends)
        return self._waiting[here.chain]

    def _proof(self, errand: Errand) -> RemoteProof | None:
        """What the other gateway stores, checked here first; None if no proof is needed."""
        root, there = errand.due.root, errand.there
        if root is None:
            return None
        slot = mapping_slot(errand.message, errand.proven_box)
        state_root = there.follower.header(root.block).state_root
        found = fetch_word(there.link, root.hash, state_root, there.gateway.address, slot, int(errand.due.status))
        return RemoteProof(root.height, *found)

    def _send(self, errand: Errand, proof: RemoteProof | None) -> bool:
        here, arguments = errand.here, errand.arguments(proof)
        here.attempts.sent(errand.what, here.height)
        items = {} if proof is None else {"nodes": proof.nodes}
        gas = gas_limit(here.gateway.name, errand.function, **items)
        try:
            # With the gas of the transaction: a token that eats more of it costs nobody anything.
            here.gateway.read(here.link, errand.function, *arguments, sender=here.account, gas=gas)
        except ContractReverted as reverted:
            self._tell("CarryRefused", errand, reason=reverted.reason.name)
            return False
        digest = here.sender.send(here.gateway.address, here.gateway.calldata(errand.function, *arguments), gas)
        self._tell("MessageCarried", errand, hash="0x" + digest.hex())
        return True

    def _tell(self, kind: str, errand: Errand, **more: str) -> None:
        self._record(
            kind,
            chain=errand.here.chain,
            block=errand.here.height,
            auxiliary=self._pair.deployment.auxiliary,
            pair=self._pair.deployment.name,
            message="0x" + errand.message.hex(),
            function=errand.function,
            height=None if errand.due.root is None else errand.due.root.height,
            **more,
        )
