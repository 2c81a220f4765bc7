"""Where transfers are: read from the events of both gateways, with what every step cost and paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devnet.actors.boxes import UNKNOWN, Boxes, Entry
from devnet.contracts.handle import DecodedEvent
from devnet.contracts.handles import PairHandles
from devnet.errors import ManifestError
from devnet.mosaic.messages import ENDED, MessageStatus
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import Hash32, Json
from devnet.world.halts import Halted, Halts
from devnet.world.running import Running
from devnet.world.steps import LOCKING_BOUNTY, Steps, step_name, step_rank
from devnet.world.transfer_store import Declaration


@dataclass(frozen=True, slots=True)
class Journey:
    """One message as both gateways tell of it."""

    pair: PairHandles
    """The gateways."""
    direction: Direction
    """Which way it goes."""
    outbox: Entry
    """Where it begins."""
    inbox: Entry
    """Where it ends."""

    @property
    def transfer(self) -> Transfer:
        """What was declared."""
        assert self.outbox.transfer is not None
        return self.outbox.transfer

    @property
    def is_over(self) -> bool:
        """Whether it has ended on both sides, or after a halt on origin, where alone it can."""
        both = self.outbox.status in ENDED and self.inbox.status in ENDED
        return both or self.outbox.settled or self.inbox.settled

    def on_a_halted_core(self, message: Hash32) -> Halted:
        """As far as it matters there: what was declared, and where it is on origin."""
        here = self.outbox if self.direction is Direction.STAKE else self.inbox
        return Halted(message, self.direction, self.transfer, here.status)


class Journeys:
    """Reads transfers from the chains of one running world."""

    def __init__(self, running: Running, declared_here: Callable[[Hash32], Declaration | None]) -> None:
        self._running = running
        self._steps = Steps(running)
        self._halts = Halts(running)
        self._declared_here = declared_here

    def find(self, message: Hash32) -> Journey | None:
        """The journey of that message; None while no block has its declaration."""
        for pair in self._running.contracts.pairs:
            found = dict(self._of_pair(pair, self._events(pair, message)))
            if message in found:
                return found[message]
        return None

    def row(self, message: Hash32) -> dict[str, Json]:
        """One transfer with every step so far, in the order of time. Raises ManifestError if there is none."""
        journey = self.find(message)
        if journey is None:
            return self._undeclared(message)
        events = [event for event, _ in self._events(journey.pair, message)]
        steps = sorted(
            (self._steps.tell(journey.pair, event) for event in events if step_name(event) is not None),
            key=lambda step: (int(str(step["time"])), step_rank(str(step["step"]))),
        )
        told = self._told(message, journey) | self._after_a_halt(journey.pair, {message: journey}, events)[message]
        return told | {"heads": self._steps.heads(journey.pair), "steps": list(steps)}

    def rows(self) -> list[dict[str, Json]]:
        """Every transfer of every pair, without its steps, the first declared first."""
        found: list[tuple[int, dict[str, Json]]] = []
        for pair in self._running.contracts.pairs:
            events = list(self._events(pair))
            declared_at, journeys = self._declared_at(events), dict(self._of_pair(pair, events))
            after = self._after_a_halt(pair, journeys, [event for event, _ in events])
            for message, journey in journeys.items():
                found.append((declared_at[message], self._told(message, journey) | after[message]))
        return [row for _, row in sorted(found, key=lambda one: one[0])]

    def _of_pair(
        self, pair: PairHandles, events: Iterable[tuple[DecodedEvent, str]]
    ) -> Iterator[tuple[Hash32, Journey]]:
        boxes = self._folded(pair, events)
        for direction in Direction:
            source, target = self._chains(pair, direction)
            for message, outbox in boxes[source].declared():
                yield message, Journey(pair, direction, outbox, boxes[target].inbox.get(message, UNKNOWN))

    def _after_a_halt(
        self, pair: PairHandles, journeys: Mapping[Hash32, Journey], events: Iterable[DecodedEvent]
    ) -> Mapping[Hash32, dict[str, Json]]:
        """What else is told of each journey on a halted core; nothing while it runs."""
        owners = {event.args["messageHash"]: event.args["owner"] for event in events if event.name == "BountyReturned"}
        messages = [journey.on_a_halted_core(message) for message, journey in journeys.items()]
        return defaultdict(dict, self._halts.rows(pair, messages, owners))

    def _told(self, message: Hash32, journey: Journey) -> dict[str, Json]:
        transfer, (source, target) = journey.transfer, self._chains(journey.pair, journey.direction)
        owner = journey.outbox.bounty_owner
        return {
            "message": "0x" + message.hex(),
            "direction": journey.direction.value,
            "pair": journey.pair.deployment.name,
            "auxiliary": journey.pair.deployment.auxiliary,
            "source": source,
            "target": target,
            "amount_wei": str(transfer.amount),
            "sender": "0x" + transfer.sender.hex(),
            "beneficiary": "0x" + transfer.beneficiary.hex(),
            "nonce": transfer.nonce,
            "hash_lock": "0x" + transfer.hash_lock.hex(),
            "outbox": _word(journey.outbox.status),
            "inbox": _word(journey.inbox.status),
            "over": journey.is_over,
            "settled": journey.outbox.settled or journey.inbox.settled,
            "declared_in": journey.outbox.first_block,
            "halted": False,
            "bounty_owner": None if owner is None else self._steps.who(owner),
        }

    def _undeclared(self, message: Hash32) -> dict[str, Json]:
        """What is known of a declaration that no block has, or that was refused."""
        declaration = self._declared_here(message)
        if declaration is None:
            raise ManifestError(f"no transfer 0x{message.hex()} in this network: devnet transfer ls lists them")
        pair = self._running.contracts.pair(declaration.pair)
        outbox = Entry((), declaration.transfer)
        row = self._told(message, Journey(pair, declaration.direction, outbox, UNKNOWN))
        return row | {"heads": self._steps.heads(pair), "steps": [], "refused": self._is_refused(declaration, row)}

    def _is_refused(self, declaration: Declaration, row: Mapping[str, Json]) -> bool:
        if declaration.transaction is None:
            return False
        receipt = self._running.link(str(row["source"])).call(
            "eth_getTransactionReceipt", ("0x" + declaration.transaction.hex(),)
        )
        return receipt is not None and receipt["status"] != "0x1"

    def _events(self, pair: PairHandles, message: Hash32 | None = None) -> Iterator[tuple[DecodedEvent, str]]:
        """The events of both gateways that name a message, with their chain: of that one, or of all."""
        for contract, chain in self._steps.gateways(pair):
            query: dict[str, Any] = {"fromBlock": "0x0", "toBlock": "latest", "address": "0x" + contract.address.hex()}
            if message is not None:
                query["topics"] = [None, "0x" + message.hex()]
            for log in self._running.link(chain).call("eth_getLogs", (query,)):
                event = contract.decode_log(log)
                if event is not None and "messageHash" in event.args:
                    yield event, chain

    def _folded(self, pair: PairHandles, events: Iterable[tuple[DecodedEvent, str]]) -> dict[str, Boxes]:
        """What they amount to on both chains; nothing is forgotten."""
        boxes = {chain: Boxes() for _, chain in self._steps.gateways(pair)}
        for event, chain in events:
            boxes[chain].apply(event)
        return boxes

    def _declared_at(self, events: Iterable[tuple[DecodedEvent, str]]) -> dict[Hash32, int]:
        """Time of the block with each declaration: heights of two chains cannot be compared."""
        return {
            event.args["messageHash"]: self._running.chains[chain].tree.block(event.block_hash).timestamp
            for event, chain in events
            if event.name in LOCKING_BOUNTY
        }

    def _chains(self, pair: PairHandles, direction: Direction) -> tuple[str, str]:
        """Where a message begins and where it ends."""
        (_, origin), (_, auxiliary) = self._steps.gateways(pair)
        return (origin, auxiliary) if direction is Direction.STAKE else (auxiliary, origin)


def _word(status: MessageStatus) -> str:
    return status.name.lower().replace("_", " ")
