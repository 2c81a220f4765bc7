"""People who send value across the chains as they please, drawn from a seed: carried out, taken back, abandoned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from random import Random
from typing import Any

from devnet.chain.link import DirectLink
from devnet.config.network import Key
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle, Read, read_many
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import Sender
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import ENDED, MessageStatus, hash_lock
from devnet.mosaic.signatures import Domain, sign_digest
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import TOKEN
from devnet.world.world import World

MOST = 100 * TOKEN
"""Largest amount of one transfer."""

LOST_AFTER = 12
"""Blocks after which a declaration that is nowhere to be seen has failed: a reorg may have taken its tokens away."""

EVERYTHING = 2**256 - 1


class Fate(Enum):
    """What the sender does once its message is confirmed; facilitators do the rest."""

    REVEAL_AT_SOURCE = auto()
    REVEAL_AT_TARGET = auto()
    REVOKE = auto()
    ABANDON = auto()
    RACE = auto()
    """Takes it back on one chain and reveals the secret on the other, both at once (J15)."""


@dataclass(slots=True)
class Journey:
    """One transfer and what its sender has in mind."""

    pair: PairHandles
    direction: Direction
    transfer: Transfer
    message: bytes
    secret: bytes
    fate: Fate
    key: Key
    begun: int
    """Origin's height when it was sent."""
    has_acted: bool = False
    source_status: MessageStatus = MessageStatus.UNDECLARED
    target_status: MessageStatus = MessageStatus.UNDECLARED

    @property
    def source(self) -> ContractHandle:
        return self.pair.gateway if self.direction is Direction.STAKE else self.pair.co_gateway

    @property
    def target(self) -> ContractHandle:
        return self.pair.co_gateway if self.direction is Direction.STAKE else self.pair.gateway

    @property
    def is_over(self) -> bool:
        return self.source_status in ENDED and self.target_status in ENDED


class Travellers:
    """The network's user accounts, each with at most one transfer in either direction of every pair."""

    def __init__(self, world: World, seed: int, fates: tuple[Fate, ...] = tuple(Fate)) -> None:
        self._world = world
        self._random = Random(seed)
        self._fates = fates
        self._origin = world.devnet.origin.name
        self._links = {name: DirectLink(chain) for name, chain in world.chains.items()}
        self._senders = {
            (key.address, spec.name): Sender(self._links[spec.name], key, spec.chain_id)
            for key in world.devnet.accounts
            for spec in world.devnet.chains
        }
        self._secrets = 0
        self.open: list[Journey] = []
        """Not over yet, as far as seen."""
        self.over: list[Journey] = []
        """Over on both sides when last seen; a reorg may have undone the end since."""

    def approve(self) -> None:
        """Let the gateways of every pair take everybody's tokens."""
        self.begin()
        for pair in self._world.handles.pairs:
            for key in self._world.devnet.accounts:
                self._send(key, pair.token, "approve", pair.gateway.address, EVERYTHING)
                self._send(key, pair.utility_token, "approve", pair.co_gateway.address, EVERYTHING)
        self._world.step(2)

    def step(self) -> None:
        """Look at every open transfer, go on with it, try what is refused, and now and then begin another one."""
        self.go_on()
        self._meddle()
        for pair in self._world.handles.pairs:
            for key in self._world.devnet.accounts:
                for direction in Direction:
                    if self._random.random() < 0.2 and not self._is_travelling(pair, key, direction):
                        self._declare(pair, key, direction)

    def go_on(self) -> None:
        """Look at every open transfer and go on with it."""
        self.begin()
        self._look()
        for journey in self.open:
            self._go_on(journey)

    def declare(
        self,
        pair: PairHandles,
        key: Key,
        direction: Direction,
        amount: int,
        fate: Fate = Fate.ABANDON,
        beneficiary: bytes | None = None,
        gas_price: int = 0,
        declarer: Key | None = None,
    ) -> Journey:
        """Send one declaration; it is mined with the next block. To oneself, if nobody is named.

        A declarer locks the bounty in the sender's place, with its signature (R67).
        """
        self._secrets += 1
        secret = keccak(f"{self._world.devnet.seed}:{self._secrets}".encode())
        gateway = pair.gateway if direction is Direction.STAKE else pair.co_gateway
        nonce = gateway.read(self._link(gateway), "nextNonce", key.address)
        lock = hash_lock(secret)
        transfer = Transfer(amount, beneficiary or key.address, gas_price, 200_000, key.address, nonce, lock)
        declared = transfer.message(direction, pair.deployment.ends(self._world.devnet))
        message, word = declared.hash(), b""
        if declarer is not None:
            word = sign_digest(declared.digest(self._domain(pair)), key.secret)
        height = self._world.chains[self._origin].head.number
        journey = Journey(pair, direction, transfer, message, secret, fate, key, height)
        bounty = pair.deployment.bounty_wei
        self._send(declarer or key, gateway, direction.value, transfer.fields(), word, value=bounty)
        self.open.append(journey)
        return journey

    def reveal(self, journey: Journey, at_source: bool) -> None:
        """Progress a transfer on one side, with its secret."""
        names = {True: "progressStake", False: "progressMint"}
        if journey.direction is Direction.REDEEM:
            names = {True: "progressRedeem", False: "progressUnstake"}
        gateway = journey.source if at_source else journey.target
        self._send(journey.key, gateway, names[at_source], journey.transfer.fields(), journey.secret)

    def revoke(self, journey: Journey) -> None:
        """Begin to take a transfer back."""
        bounty = journey.pair.deployment.bounty_wei
        function = "revertStake" if journey.direction is Direction.STAKE else "revertRedeem"
        self._send(journey.key, journey.source, function, journey.transfer.fields(), value=bounty + (bounty + 1) // 2)

    def _go_on(self, journey: Journey) -> None:
        if journey.has_acted or MessageStatus.DECLARED not in (journey.source_status, journey.target_status):
            return
        if journey.target_status is not MessageStatus.DECLARED or self._random.random() < 0.5:
            return
        journey.has_acted = True
        if journey.fate is Fate.REVEAL_AT_SOURCE:
            self.reveal(journey, at_source=True)
        if journey.fate in (Fate.REVEAL_AT_TARGET, Fate.RACE):
            self.reveal(journey, at_source=False)
        if journey.fate in (Fate.REVOKE, Fate.RACE):
            self.revoke(journey)

    def _meddle(self) -> None:
        """Now and then somebody tries a wrong secret, or what was done already: it is refused and costs gas."""
        known = [*self.open, *self.over]
        if not known or self._random.random() > 0.1:
            return
        journey = self._random.choice(known)
        wrong = replace(journey, secret=keccak(journey.secret))
        self.reveal(self._random.choice((wrong, *self.over[-1:])), at_source=self._random.random() < 0.5)

    def _declare(self, pair: PairHandles, key: Key, direction: Direction) -> None:
        token = pair.token if direction is Direction.STAKE else pair.utility_token
        owned = token.read(self._link(token), "balanceOf", key.address)
        if owned > 0:
            amount = self._random.randint(1, min(owned, MOST))
            fate, price = self._random.choice(self._fates), self._random.choice((0, 1, amount // 1_000_000))
            accounts = self._world.devnet.accounts
            beneficiary = self._random.choice(accounts).address
            # Every third one only signs.
            declarer = accounts[self._secrets % len(accounts)] if self._secrets % 3 == 0 else None
            self.declare(pair, key, direction, amount, fate, beneficiary, price, declarer)

    def _domain(self, pair: PairHandles) -> Domain:
        core = self._world.handles.core_of(pair.deployment.auxiliary).deployment.core
        return Domain(self._world.devnet.origin.chain_id, core)

    def _is_travelling(self, pair: PairHandles, key: Key, direction: Direction) -> bool:
        return any((one.pair, one.key, one.direction) == (pair, key, direction) for one in self.open)

    def _look(self) -> None:
        every = [*self.open, *self.over[-8:]]
        for journey, (source, target) in zip(every, self._statuses(every), strict=True):
            journey.source_status, journey.target_status = MessageStatus(source), MessageStatus(target)
        height = self._world.chains[self._origin].head.number
        lost = [
            one
            for one in self.open
            if one.source_status is MessageStatus.UNDECLARED and height - one.begun > LOST_AFTER
        ]
        known = [one for one in (*self.over, *self.open) if one not in lost]
        self.over = [one for one in known if one.is_over]
        self.open = [one for one in known if not one.is_over]

    def _statuses(self, journeys: list[Journey]) -> Iterator[tuple[int, int]]:
        reads: dict[str, list[Read]] = {name: [] for name in self._links}
        for one in journeys:
            reads[self._chain(one.source)].append(Read(one.source, "outbox", (one.message,)))
            reads[self._chain(one.target)].append(Read(one.target, "inbox", (one.message,)))
        answers = {name: iter(read_many(self._links[name], asked)) for name, asked in reads.items()}
        for one in journeys:
            yield next(answers[self._chain(one.source)]), next(answers[self._chain(one.target)])

    def _send(self, key: Key, contract: ContractHandle, function: str, *arguments: Any, value: int = 0) -> None:
        sender = self._senders[key.address, self._chain(contract)]
        gas = gas_limit(contract.name, function)
        sender.send(contract.address, contract.calldata(function, *arguments), gas, value)

    def begin(self) -> None:
        """Ask for nonces anew: blocks were made since, or taken back."""
        for sender in self._senders.values():
            sender.begin()

    def _chain(self, contract: ContractHandle) -> str:
        return self._origin if contract.name in ("Gateway", "OriginToken") else contract.auxiliary

    def _link(self, contract: ContractHandle) -> DirectLink:
        return self._links[self._chain(contract)]
