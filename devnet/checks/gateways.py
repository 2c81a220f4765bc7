"""Every pair of gateways as a History recorded it: both chains, block by block, side branches included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from devnet.checks.base import HistoryInsufficient
from devnet.checks.blocks import MAIN, view_of
from devnet.checks.gateway_state import DECLARING, OF_PAIRS, GatewayState, after
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.types import Address, Wei

DEPLOYED = "PairDeployed"
"""Tells of a pair: where its contracts are, and its bounty."""

NO_GATEWAY = "the network has no gateway"
"""What a check of gateways says where there is none."""

UNDECLARED = MessageStatus.UNDECLARED


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of gateways."""

    name: str
    """Unique in the network."""
    auxiliary: str
    """Name of the auxiliary chain."""
    gateway: Address
    """Gateway, on origin."""
    co_gateway: Address
    """CoGateway, on auxiliary."""
    bounty_wei: Wei
    """Locked with every message."""

    def ends(self, devnet: Devnet) -> Ends:
        """What a message of the pair is bound to."""
        auxiliary = devnet.chain(self.auxiliary).chain_id
        return Ends(devnet.origin.chain_id, self.gateway, auxiliary, self.co_gateway)


@dataclass(frozen=True, slots=True)
class Declared:
    """A transfer as its sender declared it."""

    message: str
    """Its hash, as the events name it."""
    direction: Direction
    """Which way it goes."""
    transfer: Transfer
    """What was decided."""

    @property
    def is_stake(self) -> bool:
        """Whether it goes from origin to auxiliary."""
        return self.direction is Direction.STAKE

    @property
    def amount(self) -> int:
        """In the token's smallest unit."""
        return self.transfer.amount

    @property
    def sender(self) -> str:
        """Whose tokens move, as the events name it."""
        return "0x" + self.transfer.sender.hex()

    @property
    def beneficiary(self) -> str:
        """Who receives, as the events name it."""
        return "0x" + self.transfer.beneficiary.hex()

    def statuses(self, origin: GatewayState, auxiliary: GatewayState) -> tuple[MessageStatus, MessageStatus]:
        """Where it is in its outbox and in its inbox, with the sides like this."""
        source, target = (origin, auxiliary) if self.is_stake else (auxiliary, origin)
        return source.outbox.get(self.message, UNDECLARED), target.inbox.get(self.message, UNDECLARED)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a pair, and what its side was like before."""

    event: Event
    """What happened."""
    before: GatewayState
    """The side it happened on, right before."""

    @property
    def message(self) -> str:
        """Hash of the message it is about; empty if it is about none."""
        return str(self.event.payload.get("messageHash", ""))

    @property
    def transaction(self) -> str:
        """Hash of its transaction."""
        return str(self.event.payload["transaction"])


@dataclass(frozen=True, slots=True)
class Moment:
    """Both sides at one time, as they may be compared."""

    where: str
    """Which blocks, for people."""
    origin: GatewayState
    """The side on origin."""
    auxiliary: GatewayState
    """The side on auxiliary that counts: the head, or what the last root says once the core halted (R74)."""


@dataclass(slots=True)
class _Telling:
    event: Event
    events: list[Event] = field(default_factory=list)


class GatewayRun:
    """What became of one pair.

    Raises HistoryInsufficient if an event's block was not recorded.
    """

    def __init__(self, devnet: Devnet, history: Readable, pair: Pair) -> None:
        self.pair = pair
        self.declared: dict[str, Declared] = {}
        """Every transfer that was ever declared, by message."""
        self.steps: list[Step] = []
        """Every event of the pair on every branch, once, in the order of being recorded."""
        self.blocks: list[tuple[str, list[Event]]] = []
        """Every block with events of the pair, once: its chain, and the events in order."""
        self._origin = devnet.origin.name
        self._states: dict[str, GatewayState] = {}
        self._pairs: list[tuple[Event, GatewayState, GatewayState]] = []
        heads = {self._origin: GatewayState(), pair.auxiliary: GatewayState()}
        for telling in self._tellings(history):
            chain, block = str(telling.event.chain), str(telling.event.payload["hash"])
            if block not in self._states:
                self._add(chain, block, telling)
            if view_of(telling.event) == MAIN and heads[chain] is not self._states[block]:
                heads[chain] = self._states[block]
                self._pairs.append((telling.event, heads[self._origin], heads[pair.auxiliary]))

    def where(self, step: Step) -> str:
        """A step, for people."""
        return f"{self.pair.name}: {step.event.chain}: event {step.event.sequence} {step.event.kind}"

    def moments(self) -> Iterator[Moment]:
        """Both sides whenever one of them had changed, on the main branches as they grew (R70)."""
        for event, origin, auxiliary in self._pairs:
            there = self.last(origin) if origin.is_halted else auxiliary
            yield Moment(f"block {event.block} of {event.chain}, event {event.sequence}", origin, there)

    def commits(self) -> Iterator[Moment]:
        """Both sides at every pair of roots: a committed checkpoint and what it had observed of origin last (R70)."""
        for step in self.steps:
            block = str(step.event.payload.get("checkpoint"))
            if step.event.kind != "MetaBlockCommitted" or block not in self._states:
                continue
            auxiliary = self._states[block]
            yield Moment(f"the roots of commit {step.event.payload['height']}", self.last(auxiliary), auxiliary)

    def last(self, state: GatewayState) -> GatewayState:
        """The other side under the newest root that a side believes."""
        return self.at(state.last_root)

    def at(self, block: str | None) -> GatewayState:
        """A side at the end of a block; before everything for None."""
        if block is not None and block not in self._states:
            raise HistoryInsufficient(f"{self.pair.name}: block {block}, whose root is believed, was not recorded")
        return GatewayState() if block is None else self._states[block]

    def due(self, one: Declared, origin: GatewayState, auxiliary: GatewayState) -> int:
        """Tokens that origin still holds for a transfer alone: what is in flight, or leaves after a halt (R70, R74)."""
        if one.message in origin.claimed:
            return 0
        source, target = one.statuses(origin, auxiliary)
        is_taken = source not in (UNDECLARED, MessageStatus.REVOKED)
        return one.amount if is_taken and target is not MessageStatus.PROGRESSED else 0

    def _tellings(self, history: Readable) -> list[_Telling]:
        """Blocks as the views told of them, each with the events that concern the pair."""
        result: list[_Telling] = []
        latest: dict[tuple[str | None, int | None, str], _Telling] = {}
        for event in history.effective_events():
            if event.chain not in (self._origin, self.pair.auxiliary):
                continue
            key = (event.chain, event.block, view_of(event))
            if event.kind == "BlockProduced":
                latest[key] = _Telling(event)
                result.append(latest[key])
            elif self._concerns(event):
                if key not in latest:
                    raise HistoryInsufficient(
                        f"event {event.sequence} {event.kind}: block {event.block} of {event.chain} was not recorded"
                    )
                latest[key].events.append(event)
        return result

    def _concerns(self, event: Event) -> bool:
        if event.payload.get("auxiliary") != self.pair.auxiliary:
            return False
        if event.kind in OF_PAIRS:
            return event.payload.get("pair") == self.pair.name
        kind = (event.kind, event.payload.get("contract"))
        return event.kind == "MetaBlockCommitted" or kind in (
            ("CheckpointFinalised", "OriginObserver"),
            ("Halted", "Core"),
        )

    def _add(self, chain: str, block: str, telling: _Telling) -> None:
        parent, height = str(telling.event.payload["parent"]), telling.event.block or 0
        if parent not in self._states and height > 1:
            raise HistoryInsufficient(f"the block before block {height} of {chain} was not recorded")
        state = self._states.get(parent, GatewayState())
        for event in telling.events:
            if event.kind in DECLARING:
                one = _declared(event)
                self.declared.setdefault(one.message, one)
            self.steps.append(Step(event, state))
            state = after(state, event)
        self._states[block] = state
        if telling.events:
            self.blocks.append((chain, telling.events))


def gateway_runs(devnet: Devnet, history: Readable) -> list[GatewayRun]:
    """What became of every pair of the network, in the order of their deployment; empty if there is none.

    Raises HistoryInsufficient if nothing was recorded, or not every pair of the network's.
    """
    if not history.effective_events("BlockProduced"):
        raise HistoryInsufficient("no block was recorded")
    pairs = _pairs(history)
    missing = {pair.name for pair in devnet.pairs} - {pair.name for pair in pairs}
    if missing:
        raise HistoryInsufficient(f"the deployment of pair {sorted(missing)[0]} was not recorded")
    return [GatewayRun(devnet, history, pair) for pair in pairs]


def declared_runs(devnet: Devnet, history: Readable) -> list[GatewayRun]:
    """As ``gateway_runs``. Raises HistoryInsufficient if there are gateways, and nobody declared a transfer."""
    runs = gateway_runs(devnet, history)
    if runs and not any(run.declared for run in runs):
        raise HistoryInsufficient("no transfer was declared")
    return runs


def _pairs(history: Readable) -> list[Pair]:
    return [
        Pair(
            str(event.payload["pair"]),
            str(event.payload["auxiliary"]),
            data(event.payload["gateway"]),
            data(event.payload["coGateway"]),
            number(event, "bounty"),
        )
        for event in history.effective_events(DEPLOYED)
    ]


def _declared(event: Event) -> Declared:
    payload: Mapping[str, Any] = event.payload
    direction = Direction.STAKE if event.kind == "StakeDeclared" else Direction.REDEEM
    return Declared(str(payload["messageHash"]), direction, Transfer.of_json(payload["transfer"]))
