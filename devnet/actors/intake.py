"""Takes signed transfers off their senders' hands: a facilitator declares them with a bounty of its own (R67).

Nothing is kept: an offer is answered once the transaction that declares it waits at its chain, or with the reason why
there is none. Whoever is killed in between finds that transaction when it is asked again; and the gateway takes one
declaration of a nonce, so that no second bounty is ever locked (docs/adr/0016-carried-declarations.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings
from devnet.actors.carrying import FUNCTIONS, Operation
from devnet.actors.declaring import Standing, objection, read_standing
from devnet.actors.gateway_calls import WaitingCall, waiting_calls
from devnet.actors.offers import Disclosure, Offer
from devnet.actors.waiting import objects_in
from devnet.chain.encoding import from_quantity
from devnet.chain.link import Link
from devnet.config.amounts import tokens_text
from devnet.config.network import Key
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import MAX_FEE_WEI, PRIORITY_FEE_WEI, Sender
from devnet.errors import TransportError, UsageError
from devnet.mosaic.signatures import InvalidSignature, recover_signer
from devnet.mosaic.transfers import Direction
from devnet.types import Hash32, Wei

SOURCE_GAS: Final = 250_000
"""Gas of declaring a message and ending it with its secret; seen: 245,174."""

TARGET_GAS: Final = 520_000
"""Gas of confirming a message and progressing it with its secret; seen: 496,249."""

REWARDED_GAS: Final = 300_000
"""Of these the gateway rewards at least so much; seen: 306,441."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where messages of one direction begin, as one facilitator reaches it."""

    link: Link
    """The way to that chain."""
    key: Key
    """Pays there."""
    gateway: ContractHandle
    """The gateway there."""
    target: Link
    """The way to the other chain."""


class Intake:
    """One facilitator's desk for one pair."""

    def __init__(self, view: AuxiliaryView, pair: PairHandles, surroundings: Surroundings) -> None:
        origin, auxiliary = surroundings.links[view.devnet.origin.name], surroundings.links[view.name]
        spec = surroundings.spec
        self._view = view
        self._pair = pair
        self._origin = origin
        self._record = surroundings.record
        self._ends = pair.deployment.ends(view.devnet)
        self._sources = {
            Direction.STAKE: Source(origin, spec.origin_key, pair.gateway, auxiliary),
            Direction.REDEEM: Source(auxiliary, spec.auxiliary_key, pair.co_gateway, origin),
        }

    def declare(self, offer: Offer) -> Hash32:
        """Declare it with an own bounty, and return the hash of the transaction.

        Raises UsageError with the reason if it refuses, and ChainError if a chain does not answer.
        """
        transfer, source, function = offer.transfer, self._sources[offer.direction], offer.direction.value
        for call in self._waiting(source, function):
            if (call.transfer.sender, call.transfer.nonce) != (transfer.sender, transfer.nonce):
                continue
            if (call.caller, call.transfer) == (source.key.address, transfer):
                return call.hash
            if not self._is_meant(offer.direction, call):
                continue
            raise self._refused(offer, f"transaction 0x{call.hash.hex()} waits, which declares that nonce")
        standing = read_standing(
            (self._origin, source.link), self._view.contracts, self._pair, offer.direction, transfer.sender
        )
        reason = self._objection(offer, standing)
        if reason is not None:
            raise self._refused(offer, reason)
        return self._send(offer, function, offer.signature, self._pair.deployment.bounty_wei)

    def progress(self, told: Disclosure) -> Hash32:
        """End the message at its source with the secret, which brings the bounty back; the transaction's hash.

        Raises UsageError if the gateway would refuse it, and ChainError if a chain does not answer.
        """
        source, function = self._sources[told.direction], FUNCTIONS[told.direction, Operation.PROGRESS_SOURCE]
        for call in self._waiting(source, function):
            if (call.caller, call.transfer) == (source.key.address, told.transfer):
                return call.hash
        return self._send(told, function, told.secret, 0)

    @staticmethod
    def _waiting(source: Source, function: str) -> Iterator[WaitingCall]:
        waiting = objects_in(source.link.call("devnet_pendingTransactions"))
        return waiting_calls(waiting, source.gateway, function)

    def _is_meant(self, direction: Direction, call: WaitingCall) -> bool:
        """Whether the sender itself declares, or signed what is declared: anybody else's would keep it from acting."""
        if call.caller == call.transfer.sender:
            return True
        return self._signature_objection(Offer(direction, self._pair.deployment.name, call.transfer, call.word)) is None

    def _objection(self, offer: Offer, standing: Standing) -> str | None:
        transfer = offer.transfer
        if transfer.nonce != standing.nonce:
            return f"the transfer has nonce {transfer.nonce}, the gateway expects {standing.nonce}: sign it anew"
        general = objection(transfer, offer.direction, self._pair, standing)
        if general is not None:
            return general
        if standing.allowance < transfer.amount:
            return (
                f"the gateway may take {tokens_text(standing.allowance)} tokens of 0x{transfer.sender.hex()}, not"
                f" {tokens_text(transfer.amount)}: approve it first"
            )
        return self._signature_objection(offer) or self._price_objection(offer) or self._means_objection(offer)

    def _signature_objection(self, offer: Offer) -> str | None:
        digest = offer.transfer.message(offer.direction, self._ends).digest(self._view.domain)
        try:
            signer = recover_signer(digest, offer.signature)
        except InvalidSignature as error:
            return str(error)
        if signer == offer.transfer.sender:
            return None
        return f"the signature is 0x{signer.hex()}'s, the sender is 0x{offer.transfer.sender.hex()}"

    def _price_objection(self, offer: Offer) -> str | None:
        """Its bounty comes back; what it spends on gas the reward has to cover, a token counted as a base coin."""
        source, price = self._sources[offer.direction], offer.transfer.gas_price
        cost = SOURCE_GAS * _fee(source.link) + TARGET_GAS * _fee(source.target)
        reward = min(offer.transfer.gas_limit, REWARDED_GAS) * price
        if reward >= cost:
            return None
        return (
            f"it does not pay: gas for {tokens_text(cost)} against a reward of {tokens_text(reward)}; offer a"
            f" --gas-price of {-(-cost // REWARDED_GAS)} and a --gas-limit of {REWARDED_GAS} at least"
        )

    def _means_objection(self, offer: Offer) -> str | None:
        """It can lock the bounty, and pay for the gas at the highest price that it offers."""
        source = self._sources[offer.direction]
        fees = gas_limit(source.gateway.name, offer.direction.value) * MAX_FEE_WEI
        coins = from_quantity(source.link.call("eth_getBalance", ("0x" + source.key.address.hex(), "latest")))
        needed = self._pair.deployment.bounty_wei + fees
        if coins >= needed:
            return None
        return (
            f"it has {tokens_text(coins)} of {source.link.chain}'s base coin,"
            f" bounty and gas may take {tokens_text(needed)}: send some to 0x{source.key.address.hex()}"
            " there, choose another facilitator, or declare without --through"
        )

    def _send(self, about: Offer | Disclosure, function: str, word: bytes, value: Wei) -> Hash32:
        """Try the call, and send it: nothing is sent that would revert in the newest block."""
        source = self._sources[about.direction]
        gateway, arguments = source.gateway, (about.transfer.fields(), word)
        gas = gas_limit(gateway.name, function)
        try:
            gateway.read(source.link, function, *arguments, sender=source.key.address, gas=gas, value=value)
        except ContractReverted as reverted:
            raise self._refused(about, str(reverted)) from reverted
        sender = Sender(source.link, source.key, self._view.devnet.chain(source.link.chain).chain_id)
        digest = sender.send(gateway.address, gateway.calldata(function, *arguments), gas, value)
        self._tell("Taken", about, function=function, hash="0x" + digest.hex())
        return digest

    def _refused(self, about: Offer | Disclosure, reason: str) -> UsageError:
        self._tell("Refused", about, reason=reason)
        return UsageError(reason)

    def _tell(self, outcome: str, about: Offer | Disclosure, **more: str) -> None:
        self._record(
            ("Offer" if isinstance(about, Offer) else "Secret") + outcome,
            chain=self._sources[about.direction].link.chain,
            block=None,
            auxiliary=self._pair.deployment.auxiliary,
            pair=self._pair.deployment.name,
            message="0x" + about.transfer.hash(about.direction, self._ends).hex(),
            **more,
        )


def _fee(link: Link) -> Wei:
    """What a unit of gas costs in the next block, about. Raises TransportError for a malformed block."""
    block: Any = link.call("eth_getBlockByNumber", ("latest", False))
    try:
        return from_quantity(block["baseFeePerGas"]) + PRIORITY_FEE_WEI
    except (KeyError, TypeError) as error:
        raise TransportError(f"{link.chain}: expected a block with its base fee, found {block!r}"[:200]) from error
