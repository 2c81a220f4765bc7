"""Who moves what between which gateways: what a user names, and whether the contracts would take it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from devnet.chain.link import DirectLink, LinkPolicy
from devnet.config.amounts import tokens_text
from devnet.config.network import Key
from devnet.contracts.handle import ContractHandle, Read, read_many
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import GWEI
from devnet.errors import ManifestError, UsageError
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Direction
from devnet.types import Address, Wei
from devnet.world.running import Running

GAS_PRICE: Final[Wei] = 1 * GWEI
"""Reward per unit of gas, in the token's smallest unit, where the user gives none."""

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
    sender: str | None = None
    """Account by address, or by its place in ``devnet accounts``, from 0. Default: the first."""
    beneficiary: str | None = None
    """Address that receives on the other side. Default: the sender's own."""
    gas_price: Wei = GAS_PRICE
    """Reward per unit of gas, out of the amount (R64)."""
    gas_limit: int = GAS_LIMIT
    """Most gas that is rewarded."""


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
                f"no pair of gateways on {auxiliary}: add one with devnet gateway add --auxiliary {auxiliary}"
            )
        if name is None and len(found) == 1:
            return found[0]
        if name is None:
            raise ManifestError(f"several pairs on {auxiliary}: choose one with --pair ({', '.join(names)})")
        if name not in names:
            raise ManifestError(f"no pair {name!r} on {auxiliary} (there are: {', '.join(names)})")
        return found[names.index(name)]

    def account(self, name: str | None) -> Key:
        """The devnet account that is meant, by place or address. Raises ManifestError if there is none."""
        accounts = self._running.devnet.accounts
        if not accounts:
            raise ManifestError("this network has no accounts: nobody holds a token (accounts: in its manifest)")
        if name is None:
            return accounts[0]
        if name.isdecimal() and int(name) < len(accounts):
            return accounts[int(name)]
        for account in accounts:
            if name.lower() == "0x" + account.address.hex():
                return account
        raise ManifestError(
            f"no account {name!r} of this network: expected 0 to {len(accounts) - 1} or an address of devnet accounts"
        )

    @staticmethod
    def address(name: str | None) -> Address | None:
        """The address that a user wrote; None if it is something else, such as a place among the accounts."""
        return bytes.fromhex(name[2:]) if name is not None and _ADDRESS.fullmatch(name) else None

    def key_of(self, address: Address) -> Key:
        """The key of a devnet account. Raises UsageError for a stranger's address."""
        for account in self._running.devnet.accounts:
            if account.address == address:
                return account
        raise UsageError(
            f"0x{address.hex()} is no account of this network: only its owner can go on with this transfer"
        )

    @staticmethod
    def beneficiary(address: str | None, sender: Address, pair: PairHandles) -> Address:
        """The receiver on the other side. Raises ManifestError if it is no address, or one that nobody could use."""
        if address is None:
            return sender
        if not _ADDRESS.fullmatch(address):
            raise ManifestError(f"beneficiary: expected an address of 0x and 40 hexadecimal digits, found {address!r}")
        found = bytes.fromhex(address[2:])
        if found in (bytes(20), pair.gateway.address, pair.co_gateway.address):
            raise ManifestError(f"beneficiary: nobody could ever use what {address} receives; choose another address")
        return found

    def source(self, pair: PairHandles, direction: Direction) -> tuple[DirectLink, ContractHandle, ContractHandle]:
        """The way to the chain where messages begin, its gateway, and the token that moves there."""
        if direction is Direction.STAKE:
            return self.link(self._running.devnet.origin.name), pair.gateway, pair.token
        return self.link(pair.deployment.auxiliary), pair.co_gateway, pair.utility_token

    def link(self, chain: str) -> DirectLink:
        """An open way to a chain."""
        return DirectLink(self._running.chains[chain], LinkPolicy())

    def require_possible(self, pair: PairHandles, wish: Wish, sender: Address) -> None:
        """Raises UsageError, with what to do, where the gateway would refuse the message."""
        reward = wish.gas_price * wish.gas_limit
        if wish.amount <= reward:
            raise UsageError(
                f"the amount must be above the maximal reward of {tokens_text(reward)} ({wish.gas_limit} gas at"
                f" {wish.gas_price}), found {tokens_text(wish.amount)}: send more, or lower --gas-price or --gas-limit"
            )
        self._require_running(pair, wish.direction)
        link, gateway, token = self.source(pair, wish.direction)
        balance, last = read_many(link, [Read(token, "balanceOf", (sender,)), Read(gateway, "lastMessage", (sender,))])
        if balance < wish.amount:
            raise UsageError(
                f"0x{sender.hex()} has {tokens_text(balance)} of the token on {link.chain},"
                f" not {tokens_text(wish.amount)}"
            )
        coins = int(link.call("eth_getBalance", ("0x" + sender.hex(), "latest")), 16)
        if coins < pair.deployment.bounty_wei:
            raise UsageError(
                f"0x{sender.hex()} has {tokens_text(coins)} of {link.chain}'s base coin,"
                f" the bounty is {tokens_text(pair.deployment.bounty_wei)}"
            )
        self._require_nothing_open(link, gateway, last)

    def _require_running(self, pair: PairHandles, direction: Direction) -> None:
        link, name = self.link(self._running.devnet.origin.name), pair.deployment.auxiliary
        core = self._running.contracts.core_of(name).core
        halted, deactivated = read_many(link, [Read(core, "isHalted"), Read(pair.gateway, "isDeactivated")])
        if halted:
            raise UsageError(
                f"the core of {name} has halted: nothing crosses any more; holders leave with devnet transfer exit"
                f" --chain {name}, and what was in flight ends with devnet transfer claim (R73, R74)"
            )
        if deactivated and direction is Direction.STAKE:
            raise UsageError(f"the gateway of pair {pair.deployment.name} takes no new stakes (R72); redeeming goes on")

    def _require_nothing_open(self, link: DirectLink, gateway: ContractHandle, last: bytes) -> None:
        """One message of a sender at a time in each direction (R66)."""
        if not any(last):
            return
        status = MessageStatus(int(gateway.read(link, "outbox", last)))
        if status not in (MessageStatus.PROGRESSED, MessageStatus.REVOKED):
            raise UsageError(
                f"message 0x{last.hex()} of this account has not ended at its source, and only one may be open (R66):"
                " wait for it, or choose another account"
            )
