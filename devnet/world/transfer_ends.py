"""Who moves what between which gateways: what a user names, and whether the contracts would take it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from devnet.actors.declaring import Standing, objection, read_standing, source_of
from devnet.chain.link import DirectLink
from devnet.config.amounts import tokens_text
from devnet.config.network import Key
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import GWEI
from devnet.errors import ManifestError, UsageError
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import TOKEN, Address, Wei
from devnet.world.cast import ActorHandle, not_running
from devnet.world.journeys import Journey
from devnet.world.running import Running

GAS_PRICE: Final[Wei] = 5 * GWEI
"""Reward per unit of gas, in the token's smallest unit, where the user gives none: pays for a declaration, too."""

GAS_LIMIT: Final = 1_000_000
"""Most gas that is rewarded where the user gives none; a confirmation and what follows use about a third of it."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants to move. None stands for what most want."""

    direction: Direction
    """Which way."""
    auxiliary: str
    """Name of the auxiliary chain."""
    amount: Wei
    """Of the token, in its smallest unit."""
    pair: str | None = None
    """Name of the pair; default: the only one of that chain."""
    sender: str | int | None = None
    """Account by address, or by its place in ``devnet accounts``, from 0. Default: the first."""
    beneficiary: str | int | None = None
    """Account that receives on the other side: any address, or a place as for ``sender``. Default: the sender's."""
    gas_price: Wei = GAS_PRICE
    """Reward per unit of gas, out of the amount (R64)."""
    gas_limit: int = GAS_LIMIT
    """Most gas that is rewarded."""
    through: str | None = None
    """Name of the facilitator that declares it with its own bounty (R67). Default: the sender does."""

    def __post_init__(self) -> None:
        """Raises UsageError for a number that is not whole, such as an amount in tokens."""
        for name in ("amount", "gas_price", "gas_limit"):
            found = getattr(self, name)
            if not isinstance(found, int) or found < 0:
                raise UsageError(
                    f"{name}: expected a whole number of the smallest unit, 0 or more, found {found!r}; a token is"
                    f" {TOKEN} of it"
                )


class TransferEnds:
    """Finds pairs and accounts of one running world."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def pair(self, auxiliary: str, name: str | None) -> PairHandles:
        """The pair that is meant. Raises ManifestError if there is none, or more than one and none is named."""
        chains = [chain.name for chain in self._running.devnet.auxiliaries]
        if auxiliary not in chains:
            near = get_close_matches(auxiliary, chains, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ManifestError(f"no auxiliary chain {auxiliary!r}{hint} (there are: {', '.join(chains)})")
        found = [pair for pair in self._running.contracts.pairs if pair.deployment.auxiliary == auxiliary]
        names = [pair.deployment.name for pair in found]
        if not found:
            raise ManifestError(
                f"no pair of gateways on {auxiliary}: add one with devnet gateway add --chain {auxiliary}"
            )
        if name is None and len(found) == 1:
            return found[0]
        if name is None:
            raise ManifestError(f"several pairs on {auxiliary}: choose one with --pair ({', '.join(names)})")
        if name not in names:
            raise ManifestError(f"no pair {name!r} on {auxiliary} (there are: {', '.join(names)})")
        return found[names.index(name)]

    def account(self, name: str | int | None) -> Key:
        """The devnet account that is meant, by place or address. Raises ManifestError if there is none."""
        accounts = self._running.devnet.accounts
        if not accounts:
            raise ManifestError("this network has no accounts: nobody holds a token (accounts: in its manifest)")
        if name is None:
            return accounts[0]
        if (place := self._place(name)) is not None:
            return accounts[place]
        for account in accounts:
            if str(name).lower() == "0x" + account.address.hex():
                return account
        raise ManifestError(
            f"no account {name!r} of this network: expected 0 to {len(accounts) - 1} or an address of devnet accounts"
        )

    def _place(self, name: str | int) -> int | None:
        """The place among the accounts that a user wrote; None if it is something else."""
        written = str(name)
        is_number = written.isascii() and written.isdecimal()
        return int(written) if is_number and int(written) < len(self._running.devnet.accounts) else None

    @staticmethod
    def address(name: str | int | None) -> Address | None:
        """The address that a user wrote; None if it is something else, such as a place among the accounts."""
        return bytes.fromhex(name[2:]) if isinstance(name, str) and _ADDRESS.fullmatch(name) else None

    def key_of(self, address: Address) -> Key:
        """The key of a devnet account. Raises UsageError for a stranger's address."""
        for account in self._running.devnet.accounts:
            if account.address == address:
                return account
        raise UsageError(
            f"0x{address.hex()} is no account of this network: only its owner can go on with this transfer"
        )

    def beneficiary(self, name: str | int | None, sender: Address, pair: PairHandles) -> Address:
        """The receiver on the other side. Raises ManifestError if it is no account, or one that nobody could use."""
        if name is None:
            return sender
        found = self.address(name)
        if (place := self._place(name)) is not None:
            return self._running.devnet.accounts[place].address
        if found is None:
            raise ManifestError(
                f"beneficiary: expected an address of 0x and 40 hexadecimal digits, or a place in devnet accounts,"
                f" found {name!r}"
            )
        if found in (bytes(20), pair.gateway.address, pair.co_gateway.address):
            raise ManifestError(f"beneficiary: nobody could ever use what {name} receives; choose another address")
        return found

    def source(self, pair: PairHandles, direction: Direction) -> tuple[DirectLink, ContractHandle, ContractHandle]:
        """The way to the chain where messages begin, its gateway, and the token that moves there."""
        chain = self._running.devnet.origin.name if direction is Direction.STAKE else pair.deployment.auxiliary
        return self._running.link(chain), *source_of(pair, direction)

    def standing(self, pair: PairHandles, wish: Wish, sender: Address) -> Standing:
        """What both chains say about a sender who wants to declare."""
        origin, (link, _, _) = self._running.to_origin, self.source(pair, wish.direction)
        core = self._running.contracts.core_of(pair.deployment.auxiliary)
        return read_standing((origin, link), core, pair, wish.direction, sender)

    @staticmethod
    def require_possible(pair: PairHandles, direction: Direction, transfer: Transfer, standing: Standing) -> None:
        """Raises UsageError, with what to do, where the gateway would refuse the message."""
        reason = objection(transfer, direction, pair, standing)
        if reason is not None:
            raise UsageError(reason)

    def require_bounty(self, pair: PairHandles, direction: Direction, sender: Address) -> None:
        """Raises UsageError if the sender cannot lock the bounty itself."""
        link, _, _ = self.source(pair, direction)
        coins = int(link.call("eth_getBalance", ("0x" + sender.hex(), "latest")), 16)
        if coins < pair.deployment.bounty_wei:
            raise UsageError(
                f"0x{sender.hex()} has {tokens_text(coins)} of {link.chain}'s base coin, the bounty is"
                f" {tokens_text(pair.deployment.bounty_wei)}: --through a facilitator, it locks the bounty"
            )

    def require_running(self, facilitator: str) -> ActorHandle:
        """The facilitator of that name. Raises ManifestError if there is none, UsageError if it does not run."""
        names = [spec.name for spec in self._running.devnet.facilitators]
        if facilitator not in names:
            near = get_close_matches(facilitator, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ManifestError(
                f"no facilitator {facilitator!r} in this network{hint} (there are: {', '.join(names) or 'none'})"
            )
        handle = self._running.cast[facilitator]
        if handle.state != "running":
            raise not_running(facilitator, handle.state)
        return handle

    def declarer(self, journey: Journey) -> ActorHandle | None:
        """The facilitator that locked a message's bounty; None if nobody did but the sender, or it does not run."""
        for spec in self._running.devnet.facilitators:
            if journey.outbox.bounty_owner in (spec.origin_key.address, spec.auxiliary_key.address):
                handle = self._running.cast[spec.name]
                return handle if handle.state == "running" else None
        return None
