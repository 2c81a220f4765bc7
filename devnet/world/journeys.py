"""Where transfers are: read from the events of both gateways, with what every step cost and paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from devnet.actors.boxes import ENDED, UNKNOWN, Boxes, Entry
from devnet.actors.gateway_calls import gateway_call
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.contracts.handle import ContractHandle, DecodedEvent
from devnet.contracts.handles import PairHandles
from devnet.errors import ManifestError
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Box, Direction, Transfer, effect_of
from devnet.types import Address, Hash32, Json
from devnet.world.running import Running
from devnet.world.transfer_store import Declaration

_NAMES: Final[Mapping[tuple[Box, MessageStatus], str]] = {
    (Box.OUTBOX, MessageStatus.DECLARED): "declared",
    (Box.INBOX, MessageStatus.DECLARED): "confirmed",
    (Box.OUTBOX, MessageStatus.PROGRESSED): "progressed at source",
    (Box.INBOX, MessageStatus.PROGRESSED): "progressed at target",
    (Box.OUTBOX, MessageStatus.DECLARED_REVOCATION): "revocation declared",
    (Box.INBOX, MessageStatus.REVOKED): "revocation confirmed",
    (Box.OUTBOX, MessageStatus.REVOKED): "reverted",
}
"""What a step is called, by what it changed."""

_PAID_WITH_BOUNTY: Final = ("StakeProgressed", "RedeemProgressed")
"""Events in whose transaction the caller is paid the bounty."""

_LOCKING_BOUNTY: Final = ("StakeDeclared", "RedeemDeclared")
"""Events in whose transaction the caller locks it."""


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


class Journeys:
    """Reads transfers from the chains of one running world."""

    def __init__(self, running: Running, declared_here: Callable[[Hash32], Declaration | None]) -> None:
        self._running = running
        self._declared_here = declared_here

    def find(self, message: Hash32) -> Journey | None:
        """The journey of that message; None while no block has its declaration."""
        for pair in self._running.contracts.pairs:
            boxes = self._folded(pair, self._events(pair, message))
            for direction in Direction:
                source, target = self._chains(pair, direction)
                outbox = boxes[source].outbox.get(message)
                if outbox is not None:
                    return Journey(pair, direction, outbox, boxes[target].inbox.get(message, UNKNOWN))
        return None

    def row(self, message: Hash32) -> dict[str, Json]:
        """One transfer with every step so far, in the order of time. Raises ManifestError if there is none."""
        journey = self.find(message)
        if journey is None:
            return self._undeclared(message)
        events = [event for event, _ in self._events(journey.pair, message)]
        steps = sorted(
            (self._step(journey, event) for event in events if _name(event) is not None),
            key=lambda step: (int(str(step["time"])), _rank(str(step["step"]))),
        )
        return self._told(message, journey) | {"heads": self._heads(journey.pair), "steps": list(steps)}

    def rows(self) -> list[dict[str, Json]]:
        """Every transfer of every pair, without its steps, the first declared first."""
        found: list[tuple[int, dict[str, Json]]] = []
        for pair in self._running.contracts.pairs:
            events = list(self._events(pair))
            boxes, declared_at = self._folded(pair, events), self._declared_at(events)
            for direction in Direction:
                source, target = self._chains(pair, direction)
                for message, outbox in boxes[source].declared():
                    inbox = boxes[target].inbox.get(message, UNKNOWN)
                    journey = Journey(pair, direction, outbox, inbox)
                    found.append((declared_at[message], self._told(message, journey)))
        return [row for _, row in sorted(found, key=lambda one: one[0])]

    def link(self, chain: str) -> DirectLink:
        """An open way to a chain."""
        return DirectLink(self._running.chains[chain], LinkPolicy())

    def _told(self, message: Hash32, journey: Journey) -> dict[str, Json]:
        transfer, (source, target) = journey.transfer, self._chains(journey.pair, journey.direction)
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
        }

    def _undeclared(self, message: Hash32) -> dict[str, Json]:
        """What is known of a declaration that no block has, or that was refused."""
        declaration = self._declared_here(message)
        if declaration is None:
            raise ManifestError(f"no transfer 0x{message.hex()} in this network: devnet transfer ls lists them")
        pair = self._running.contracts.pair(declaration.pair)
        outbox = Entry((), declaration.transfer)
        row = self._told(message, Journey(pair, declaration.direction, outbox, UNKNOWN))
        return row | {"heads": self._heads(pair), "steps": [], "refused": self._is_refused(declaration, row)}

    def _is_refused(self, declaration: Declaration, row: Mapping[str, Json]) -> bool:
        if declaration.transaction is None:
            return False
        receipt = self.link(str(row["source"])).call(
            "eth_getTransactionReceipt", ("0x" + declaration.transaction.hex(),)
        )
        return receipt is not None and receipt["status"] != "0x1"

    def _step(self, journey: Journey, event: DecodedEvent) -> dict[str, Json]:
        chain = self._chain_of(journey.pair, event.contract)
        transaction, receipt = self.link(chain).batch(
            [
                ("eth_getTransactionByHash", ("0x" + event.transaction.hex(),)),
                ("eth_getTransactionReceipt", ("0x" + event.transaction.hex(),)),
            ]
        )
        call = gateway_call(self._gateway(journey.pair, chain), transaction)
        time = self._running.chains[chain].tree.block(event.block_hash).timestamp
        return {
            "step": _name(event),
            "event": event.name,
            "chain": chain,
            "block": event.block_number,
            "time": time,
            "blocks": {name: self._block_at(name, time) for name in self._heads(journey.pair)},
            "transaction": "0x" + event.transaction.hex(),
            "by": self._who(bytes.fromhex(str(transaction["from"])[2:])),
            "gas_used": int(receipt["gasUsed"], 16),
            "proof_bytes": call.proof_bytes if call is not None and call.nodes else None,
            **self._paid(journey, event),
        }

    def _paid(self, journey: Journey, event: DecodedEvent) -> dict[str, Json]:
        """Amounts that moved, in wei of the token or, for bounty and what is burned, of the base coin."""
        args, bounty = event.args, str(journey.pair.deployment.bounty_wei)
        found: dict[str, Json] = {}
        for key, name in (("minted", "received_wei"), ("released", "received_wei"), ("reward", "reward_wei")):
            if key in args:
                found[name] = str(args[key])
        if event.name in _PAID_WITH_BOUNTY:
            found["bounty_wei"] = bounty
        if event.name in _LOCKING_BOUNTY:
            found["locked_bounty_wei"] = bounty
        if "burned" in args:
            found["burned_wei"] = str(args["burned"])
        if event.name in ("StakeReverted", "RedeemReverted"):
            found |= {"received_wei": str(args["amount"]), "burned_wei": bounty}
        if event.name == "RedeemSettled" or args.get("returned") is True:
            found["received_wei"] = str(args["amount"])
        if "byProof" in args:
            found["by_proof"] = bool(args["byProof"])
        return found

    def _events(self, pair: PairHandles, message: Hash32 | None = None) -> Iterator[tuple[DecodedEvent, str]]:
        """The events of both gateways that name a message, with their chain: of that one, or of all."""
        for contract, chain in self._gateways(pair):
            query: dict[str, Any] = {"fromBlock": "0x0", "toBlock": "latest", "address": "0x" + contract.address.hex()}
            if message is not None:
                query["topics"] = [None, "0x" + message.hex()]
            for log in self.link(chain).call("eth_getLogs", (query,)):
                event = contract.decode_log(log)
                if event is not None and "messageHash" in event.args:
                    yield event, chain

    def _folded(self, pair: PairHandles, events: Iterable[tuple[DecodedEvent, str]]) -> dict[str, Boxes]:
        """What they amount to on both chains; nothing is forgotten."""
        boxes = {chain: Boxes() for _, chain in self._gateways(pair)}
        for event, chain in events:
            boxes[chain].apply(event)
        return boxes

    def _declared_at(self, events: Iterable[tuple[DecodedEvent, str]]) -> dict[Hash32, int]:
        """Time of the block with each declaration: heights of two chains cannot be compared."""
        return {
            event.args["messageHash"]: self._running.chains[chain].tree.block(event.block_hash).timestamp
            for event, chain in events
            if event.name in _LOCKING_BOUNTY
        }

    def _gateways(self, pair: PairHandles) -> tuple[tuple[ContractHandle, str], tuple[ContractHandle, str]]:
        origin = self._running.devnet.origin.name
        return (pair.gateway, origin), (pair.co_gateway, pair.deployment.auxiliary)

    def _gateway(self, pair: PairHandles, chain: str) -> ContractHandle:
        return next(contract for contract, name in self._gateways(pair) if name == chain)

    def _chain_of(self, pair: PairHandles, contract: str) -> str:
        return next(name for handle, name in self._gateways(pair) if handle.name == contract)

    def _chains(self, pair: PairHandles, direction: Direction) -> tuple[str, str]:
        """Where a message begins and where it ends."""
        (_, origin), (_, auxiliary) = self._gateways(pair)
        return (origin, auxiliary) if direction is Direction.STAKE else (auxiliary, origin)

    def _heads(self, pair: PairHandles) -> dict[str, Json]:
        return {name: self._running.chains[name].head.number for _, name in self._gateways(pair)}

    def _block_at(self, chain: str, time: int) -> int:
        """Number of a chain's newest block at that time."""
        running = self._running.chains[chain]
        blocks = (entry.block for entry in running.tree.back(running.head.hash))
        return next((block.number for block in blocks if block.timestamp <= time), 0)

    def _who(self, account: Address) -> str:
        """The actor with that account, or the account."""
        for actor in self._running.devnet.actors:
            if account in (actor.origin_key.address, actor.auxiliary_key.address):
                return actor.name
        return "0x" + account.hex()


def _name(event: DecodedEvent) -> str | None:
    effect = effect_of(event.name, returned=bool(event.args.get("returned", False)))
    return None if effect is None else _NAMES.get((effect.box, effect.status))


def _rank(step: str) -> int:
    return list(_NAMES.values()).index(step)


def _word(status: MessageStatus) -> str:
    return status.name.lower().replace("_", " ")
