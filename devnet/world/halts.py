"""Cores that have halted: the last committed root, and what it makes of every transfer (R73, R74)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devnet.chain.link import DirectLink, LinkPolicy
from devnet.contracts.handle import Read, parse_bytes, read_many
from devnet.contracts.handles import PairHandles
from devnet.errors import ChainError, UsageError
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.settlements import Ending, ending, runs_own_code
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import Address, Hash32, Json
from devnet.world.running import Running


@dataclass(frozen=True, slots=True)
class LastRoot:
    """The last committed root of a halted core, with a way to its block."""

    block: int
    """Number of the auxiliary block."""
    hash: Hash32
    """Its hash."""
    state_root: Hash32
    """Its state root, which origin has."""
    auxiliary: DirectLink
    """A view of auxiliary that has the block."""
    origin: DirectLink
    """The way to the core."""

    @property
    def where(self) -> Mapping[str, str]:
        """The block as JSON-RPC wants it (EIP-1898)."""
        return {"blockHash": "0x" + self.hash.hex()}

    def codes(self, accounts: Sequence[Address]) -> list[bytes]:
        """Code of accounts in that block."""
        asked = [("eth_getCode", ("0x" + account.hex(), self.where)) for account in accounts]
        return [parse_bytes(code) for code in self.auxiliary.batch(asked)] if asked else []

    def words(self, contract: Address, slots: Sequence[bytes]) -> list[int]:
        """What a contract stored in that block; zero where it was not there yet."""
        asked = [("eth_getStorageAt", ("0x" + contract.hex(), "0x" + slot.hex(), self.where)) for slot in slots]
        return [int.from_bytes(parse_bytes(word)) for word in self.auxiliary.batch(asked)] if asked else []


@dataclass(frozen=True, slots=True)
class Halted:
    """A message on a halted core."""

    message: Hash32
    """Its hash."""
    direction: Direction
    """Which way it went."""
    transfer: Transfer
    """What was declared."""
    here: MessageStatus
    """Its status on origin."""

    @property
    def slot(self) -> Hash32:
        """Where the co-gateway keeps its status."""
        return mapping_slot(self.message, GATEWAY_INBOX if self.direction is Direction.STAKE else GATEWAY_OUTBOX)

    @property
    def first_claimant(self) -> Address:
        """Who claims what neither chain paid (R74)."""
        return self.transfer.beneficiary if self.direction is Direction.STAKE else self.transfer.sender

    @property
    def second_claimant(self) -> Address:
        """Who does if the first one's account runs code of its own."""
        return self.transfer.sender if self.direction is Direction.STAKE else self.transfer.beneficiary


@dataclass(frozen=True, slots=True)
class Fate:
    """What the last root makes of a message."""

    ending: Ending
    """What is left to do."""
    outbox: MessageStatus
    """At the source: origin's as it is, auxiliary's by the root."""
    inbox: MessageStatus
    """At the target, likewise."""
    owed_to: Address | None = None
    """Who is paid all of it on origin; None if nobody is."""
    is_claimed: bool = False
    """Whether it was claimed already."""


class Halts:
    """Reads halted cores of one running world."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def require_running(self, auxiliary: str, purpose: str, message: Hash32) -> None:
        """Raises UsageError on a halted core: nothing that is done to a message at its source counts there any more."""
        origin, core = self._running.to_origin, self._running.contracts.core_of(auxiliary).core
        if core.read(origin, "isHalted"):
            raise UsageError(
                f"cannot {purpose}: the core of {auxiliary} has halted, and message 0x{message.hex()} ends by the last"
                f" committed root: devnet transfer claim 0x{message.hex()}"
            )

    def last_root(self, auxiliary: str) -> LastRoot | None:
        """The root that decides; None while the core runs.

        Raises ChainError if no node of auxiliary has its block, so that nothing can be proven under it.
        """
        origin, core = self._running.to_origin, self._running.contracts.core_of(auxiliary).core
        halted, last = read_many(origin, [Read(core, "isHalted"), Read(core, "lastCommitted")])
        if not halted:
            return None
        state_root, number = core.read(origin, "stateRoot", last["height"]), self._number(auxiliary, last["height"])
        return LastRoot(number, last["checkpoint"], state_root, self._home(auxiliary, last["checkpoint"]), origin)

    def fates(self, pair: PairHandles, root: LastRoot, messages: Sequence[Halted]) -> dict[Hash32, Fate]:
        """What the root makes of messages of one pair."""
        there = root.words(pair.co_gateway.address, [one.slot for one in messages])
        rows = [_fate(one, MessageStatus(status)) for one, status in zip(messages, there, strict=True)]
        claims = [index for index, fate in enumerate(rows) if fate.ending is Ending.CLAIMED]
        done = read_many(root.origin, [Read(pair.gateway, "isClaimed", (messages[index].message,)) for index in claims])
        codes = root.codes([messages[index].first_claimant for index in claims])
        for index, is_claimed, code in zip(claims, done, codes, strict=True):
            claimant = messages[index].second_claimant if runs_own_code(code) else messages[index].first_claimant
            before = rows[index]
            left = Ending.OVER if is_claimed else Ending.CLAIMED
            rows[index] = Fate(left, before.outbox, before.inbox, claimant, bool(is_claimed))
        return {one.message: fate for one, fate in zip(messages, rows, strict=True)}

    def rows(
        self, pair: PairHandles, messages: Sequence[Halted], bounties: Mapping[Hash32, Address]
    ) -> dict[Hash32, dict[str, Json]]:
        """What is told of messages of one pair besides what the gateways say; nothing while the core runs.

        ``bounties`` names whose bounty came back with which message; it is told while it waits to be fetched.
        """
        try:
            root = self.last_root(pair.deployment.auxiliary) if messages else None
        except ChainError:
            return {one.message: {"halted": True, "ending": None} for one in messages}
        if root is None:
            return {}
        fates = self.fates(pair, root, messages)
        owned = read_many(root.origin, [Read(pair.gateway, "returnedBounties", (one,)) for one in bounties.values()])
        waiting = {message: owner for (message, owner), left in zip(bounties.items(), owned, strict=True) if left}
        holders = [Read(pair.gateway, "isExited", (one.first_claimant,)) for one in messages]
        left = {
            one.message for one, has_left in zip(messages, read_many(root.origin, holders), strict=True) if has_left
        }
        return {message: _told(fate, waiting.get(message), message in left) for message, fate in fates.items()}

    def _number(self, auxiliary: str, height: int) -> int:
        return height * self._running.devnet.chain(auxiliary).epoch_length

    def _home(self, auxiliary: str, block: Hash32) -> DirectLink:
        """A view whose node has the block: it may be on a branch of its own, or nowhere if the root is forged (R81)."""
        chain = self._running.chains[auxiliary]
        for view in chain.views:
            link = DirectLink(chain, LinkPolicy(view=view))
            if link.call("eth_getBlockByHash", ("0x" + block.hex(), False)) is not None:
                return link
        raise ChainError(
            f"no node of {auxiliary} has block 0x{block.hex()}, whose state root was committed last:"
            " nothing can be proven under it"
        )


def _told(fate: Fate, bounty_to: Address | None, has_left: bool) -> dict[str, Json]:
    return {
        "halted": True,
        "ending": fate.ending.value,
        "owed_to": None if fate.owed_to is None else "0x" + fate.owed_to.hex(),
        "claimed": fate.is_claimed,
        # Who holds it in a balance by that root, if anybody does.
        "left": has_left,
        "bounty_to": None if bounty_to is None else "0x" + bounty_to.hex(),
        # Nobody but who is owed it can do anything about a claim.
        "over": fate.ending in (Ending.OVER, Ending.CLAIMED),
    }


def _fate(one: Halted, there: MessageStatus) -> Fate:
    is_stake = one.direction is Direction.STAKE
    outbox, inbox = (one.here, there) if is_stake else (there, one.here)
    left = ending(one.direction, outbox, inbox)
    paid = {Ending.RETURNED: one.transfer.sender, Ending.PAID: one.transfer.beneficiary}
    return Fate(left, outbox, inbox, paid.get(left))
