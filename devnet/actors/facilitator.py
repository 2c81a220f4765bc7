"""A facilitator: it carries messages between the gateways of every pair, and is paid for it (R63-R68).

What is to be done follows from both chains alone, so one that was killed goes on where the chains are, and what it
sent before is either mined or found waiting. Several facilitators take turns message by message; who loses a race
loses gas at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.actors.attempts import turn
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record, Surroundings, Wake
from devnet.actors.boxes import UNKNOWN
from devnet.actors.carrying import FUNCTIONS, Due, Flight, decide
from devnet.actors.gateway_calls import own_calls_waiting
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.actors.shore import Shore, shores
from devnet.actors.state_proofs import fetch_proofs
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import PairHandles
from devnet.errors import ChainError, UsageError
from devnet.mosaic.keccak import uint_word
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Box, Direction
from devnet.types import Hash32

MOST_ERRANDS = 32
"""Calls sent to one chain in one step at most, so that a step stays short; the others are due in the next one too."""

_TURN_BYTES = 8
"""Of a message's hash, by which turns rotate."""


@dataclass(frozen=True, slots=True)
class RemoteProof:
    """What the other gateway stores, as the struct of that name takes it."""

    height: int
    """Checkpoint height of the state root that it is under."""
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

    pair: PairHandles
    """The gateways."""
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

    def arguments(self, proof: RemoteProof | None) -> tuple[object, ...]:
        """What the function takes, with this proof where it takes one."""
        transfer = self.flight.outbox.transfer
        assert transfer is not None
        if proof is None:
            return transfer.fields(), self.flight.secret
        status = (int(self.due.status),) if self.due.operation.names_status else ()
        return (transfer.fields(), *status, (proof.height, list(proof.account), list(proof.storage)))


class Facilitator:
    """One facilitator for every pair of the network."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._spec = surroundings.spec
        self._devnet = surroundings.devnet
        self._links = surroundings.links
        self._record: Record = surroundings.record
        names = [one.name for one in surroundings.devnet.facilitators]
        self._position, self._count = names.index(self._spec.name), len(names)
        self._gathering = Gathering(surroundings, self._position, with_gateways=True)
        self._waiting: dict[tuple[str, str], frozenset[tuple[str, Hash32]]] = {}

    @property
    def name(self) -> str:
        """Its name in the network."""
        return self._spec.name

    def step(self, now: int) -> Wake:
        """Look at every chain once, and carry every message on that can be carried."""
        self._gathering.begin()
        self._waiting = {}
        self._gathering.look()
        sent = dict.fromkeys(self._links, 0)
        for pair in self._gathering.handles.pairs:
            view = self._gathering.views[pair.deployment.auxiliary]
            # What follows a halt is for the exits (R74): the gateway on origin refuses everything else.
            if not view.is_complete or view.core.halted:
                continue
            for errand in self._errands(view, pair):
                if sent[errand.here.chain] < MOST_ERRANDS and self._run(errand):
                    sent[errand.here.chain] += 1
        return self._gathering.wake()

    def mark(self) -> GatheringMark:
        """A copy of all that it knows: there is nothing that the chains do not tell."""
        return self._gathering.mark()

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a facilitator. Raises UsageError for anything else."""
        if not isinstance(mark, GatheringMark):
            raise UsageError(f"mark must come from Facilitator.mark, found {type(mark).__name__}")
        self._gathering.rewind(mark)

    def close(self) -> None:
        """Nothing is held open."""

    def _errands(self, view: AuxiliaryView, pair: PairHandles) -> Iterator[Errand]:
        """Everything that is due for one pair, the oldest messages of each direction first."""
        accounts = self._spec.origin_key.address, self._spec.auxiliary_key.address
        origin, auxiliary = shores(view, pair, self._links, accounts)
        for direction in Direction:
            source, target = (origin, auxiliary) if direction is Direction.STAKE else (auxiliary, origin)
            for message, outbox in source.boxes.declared():
                inbox = target.boxes.inbox.get(message, UNKNOWN)
                flight = Flight(outbox, inbox, source.roots, target.roots, target.height)
                for due in decide(flight):
                    here, there = (source, target) if due.operation.is_at_source else (target, source)
                    yield Errand(pair, direction, message, flight, due, here, there)

    def _run(self, errand: Errand) -> bool:
        """Send the call, if it is this facilitator's turn; whether it did."""
        here = errand.here
        if not here.attempts.may_send(errand.what, here.height, self._turns(errand.message)):
            return False
        try:
            if errand.what in self._waiting_calls(errand):
                here.attempts.sent(errand.what, here.height)
                return False
        except ChainError as error:
            self._gathering.note_trouble(here.chain, error)
            return False
        try:
            proof = self._proof(errand)
        except ChainError as error:
            self._gathering.note_trouble(errand.there.chain, error)
            return False
        try:
            return self._send(errand, proof)
        except ChainError as error:
            self._gathering.note_trouble(here.chain, error)
            return False

    def _turns(self, message: Hash32) -> int:
        return turn(self._position, self._count, int.from_bytes(message[:_TURN_BYTES]), self._devnet.seed)

    def _waiting_calls(self, errand: Errand) -> frozenset[tuple[str, Hash32]]:
        """Own calls of that gateway that wait for a block; asked once per step."""
        here = errand.here
        key = here.chain, errand.pair.deployment.name
        if key not in self._waiting:
            waiting = here.link.call("devnet_pendingTransactions")
            self._waiting[key] = own_calls_waiting(
                waiting, here.gateway, here.account, errand.pair.deployment.ends(self._devnet)
            )
        return self._waiting[key]

    def _proof(self, errand: Errand) -> RemoteProof | None:
        """What the other gateway stores, checked here first; None if no proof is needed."""
        root, there = errand.due.root, errand.there
        if root is None:
            return None
        box = GATEWAY_INBOX if errand.due.proven_box is Box.INBOX else GATEWAY_OUTBOX
        words = ((mapping_slot(errand.message, box), uint_word(errand.due.status)),)
        state_root = there.follower.header(root.block).state_root
        account, storage = fetch_proofs(there.link, root.hash, state_root, there.gateway.address, words)
        return RemoteProof(root.height, account, storage[0])

    def _send(self, errand: Errand, proof: RemoteProof | None) -> bool:
        here, arguments = errand.here, errand.arguments(proof)
        here.attempts.sent(errand.what, here.height)
        try:
            here.gateway.read(here.link, errand.function, *arguments, sender=here.account)
        except ContractReverted as reverted:
            self._tell("CarryRefused", errand, reason=reverted.reason.name)
            return False
        items = {} if proof is None else {"nodes": proof.nodes}
        gas = gas_limit(here.gateway.name, errand.function, **items)
        digest = here.sender.send(here.gateway.address, here.gateway.calldata(errand.function, *arguments), gas)
        self._tell("MessageCarried", errand, hash="0x" + digest.hex())
        return True

    def _tell(self, kind: str, errand: Errand, **more: str) -> None:
        self._record(
            kind,
            chain=errand.here.chain,
            block=errand.here.height,
            auxiliary=errand.pair.deployment.auxiliary,
            pair=errand.pair.deployment.name,
            message="0x" + errand.message.hex(),
            function=errand.function,
            height=None if errand.due.root is None else errand.due.root.height,
            **more,
        )


def make(surroundings: Surroundings) -> Facilitator:
    """Make a facilitator, or make it again from its directory."""
    return Facilitator(surroundings)
