"""Transfers of users between origin and an auxiliary chain (R62-R68, R73, R74): declared, followed, ended.

What a user would do with a wallet is done here with the key of a devnet account, or signed with it and handed to a
facilitator. The secret of a transfer derives from that key and is on disk before the declaration leaves; it is revealed
only once the other side has confirmed the message, for one that ends too early can never be confirmed
(docs/adr/0009-gateway.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from devnet.actors.offers import Disclosure, Offer
from devnet.chain.link import DirectLink
from devnet.config.network import Key
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import Sender
from devnet.errors import DevnetError, UsageError, WaitTimeout
from devnet.mosaic.messages import MessageStatus, hash_lock
from devnet.mosaic.signatures import Domain, sign_digest
from devnet.mosaic.transfers import Direction, Transfer, parse_hex
from devnet.types import Hash32, Json, Wei
from devnet.world.exits import Departure, Exits
from devnet.world.following import Following
from devnet.world.halts import Halts
from devnet.world.journeys import Journey, Journeys
from devnet.world.missing import missing_actors
from devnet.world.running import Running
from devnet.world.transfer_ends import TransferEnds, Wish
from devnet.world.transfer_store import Declaration, TransferStore, secret_of
from devnet.world.turns import Turns

PLACE = "transfers"
"""Directory in a run where the secrets of its transfers are."""

FINISHED_WITHIN_BLOCKS = 400
"""Origin blocks in which a transfer ends; one that needs the next meta-block, or waits as abandoned, seen: 60."""

APPROVED_WITHIN_BLOCKS = 30
"""Origin blocks in which a block has an approval; seen: 1."""

RunUntil = Callable[[Callable[[], bool], int], bool]
"""Runs the world until a condition holds; False if it did not within that many origin blocks."""


class Transfers:
    """Moves the devnet accounts' tokens on one running world."""

    def __init__(self, running: Running, directory: Path, run_until: RunUntil) -> None:
        self._running = running
        self._run_until = run_until
        self._store = TransferStore(directory / PLACE)
        self._ends = TransferEnds(running)
        self._journeys = Journeys(running, self._store.load)
        self._halts = Halts(running)
        self._exits = Exits(running, self._ends, self._halts)
        self._turns = Turns(self._is_pending)

    def stake(self, auxiliary: str, amount: Wei, **more: Any) -> str:
        """Declare a stake on origin, to be minted on an auxiliary; ``more`` as in ``Wish``. Returns the message."""
        return self.declare(Wish(Direction.STAKE, auxiliary, amount, **more))

    def redeem(self, auxiliary: str, amount: Wei, **more: Any) -> str:
        """Declare a redemption on an auxiliary, to be released on origin; the message's hash as a 0x string."""
        return self.declare(Wish(Direction.REDEEM, auxiliary, amount, **more))

    def declare(self, wish: Wish) -> str:
        """Approve the amount and declare the message with the account's bounty; returns before a block has it.

        With ``through`` a facilitator declares it with its own bounty (R67), see ``sign`` and ``offer``.
        Raises ManifestError for a chain, a pair or an account that there is not, and UsageError where the gateway
        or the facilitator would refuse: the sentence says what to do.
        """
        pair, sender = self._ends.pair(wish.auxiliary, wish.pair), self._ends.account(wish.sender)
        turn = (pair.deployment.name, wish.direction, sender.address)
        return self._turns.take(turn, partial(self._declare, wish, wish.through))

    def _declare(self, wish: Wish, through: str | None) -> str:
        if through is not None:
            self._ends.require_running(through)
            return self.offer(self.sign(wish), through)
        pair, sender, transfer, _ = self._decide(wish, own_bounty=True)
        link, gateway, _ = self._ends.source(pair, wish.direction)
        self._approve(pair, wish, sender)
        data = gateway.calldata(wish.direction.value, transfer.fields(), b"")
        gas = gas_limit(gateway.name, wish.direction.value)
        sent = self._sender(link, sender).send(gateway.address, data, gas, pair.deployment.bounty_wei)
        return self._note_sent(pair, wish.direction, transfer, sent)

    def sign(self, wish: Wish) -> Offer:
        """Approve the amount and sign the message for whoever is to declare it with a bounty of its own (R67).

        The world runs until a block has the approval: no facilitator relies on anything else. The signature is good
        until another message of that account is declared in that direction. Raises as ``declare``, and WaitTimeout.
        """
        pair, sender, transfer, allowance = self._decide(wish, own_bounty=False)
        link, gateway, token = self._ends.source(pair, wish.direction)

        def is_approved() -> bool:
            return int(token.read(link, "allowance", sender.address, gateway.address)) >= wish.amount

        if allowance < wish.amount:
            self._approve(pair, wish, sender)
            if not self._run_until(is_approved, APPROVED_WITHIN_BLOCKS):
                raise WaitTimeout(f"no block of {link.chain} has the approval yet: nothing was declared, try again")
        core = self._running.contracts.core_of(pair.deployment.auxiliary).deployment.core
        message = transfer.message(wish.direction, pair.deployment.ends(self._running.devnet))
        digest = message.digest(Domain(self._running.devnet.origin.chain_id, core))
        return Offer(wish.direction, pair.deployment.name, transfer, sign_digest(digest, sender.secret))

    def offer(self, offer: Offer, facilitator: str) -> str:
        """Hand a signed transfer to a facilitator, which declares it; returns the message before a block has it.

        Raises ManifestError if there is no such facilitator, UsageError with its reason if it refuses, and
        EnvironmentFailure if it ends meanwhile.
        """
        handle = self._ends.require_running(facilitator)
        try:
            answer = handle.ask(offer.as_json())
        except UsageError as refused:
            raise UsageError(f"{facilitator} refuses: {refused}") from refused
        pair = self._running.contracts.pair(offer.pair)
        return self._note_sent(pair, offer.direction, offer.transfer, parse_hex(answer["transaction"]))

    def reveal(self, message: str, early: bool = False) -> None:
        """End the message at its source with the secret, which is public from then on; the bounty comes back.

        A facilitator that locked the bounty is given the secret to do it, and have the bounty back (R67); if it
        refuses, or does not run, the sender does it, and has the bounty. Nothing is sent if the message has ended there
        or is being taken back. Raises UsageError before the other side has confirmed it: with ``early`` it is done all
        the same, and the message is stuck until a halt.
        """
        journey = self._confirmed(message, "reveal the secret", early)
        if journey.outbox.status is not MessageStatus.DECLARED:
            return
        sender, ends = self._ends.key_of(journey.transfer.sender), journey.pair.deployment.ends(self._running.devnet)
        secret = secret_of(sender, journey.direction, ends, journey.transfer.nonce)
        if hash_lock(secret) != journey.transfer.hash_lock:
            raise UsageError(f"the secret of message {message} is not known here: whoever declared it has to reveal it")
        declarer = self._ends.declarer(journey)
        if declarer is not None:
            with suppress(DevnetError):
                disclosure = Disclosure(journey.direction, journey.pair.deployment.name, journey.transfer, secret)
                declarer.ask(disclosure.as_json())
                return
        self._send(journey, "progressStake" if journey.direction is Direction.STAKE else "progressRedeem", secret)

    def revert(self, message: str, early: bool = False) -> None:
        """Begin to take a message back: the sender burns the penalty of 150 % of the bounty (R65).

        Nothing is sent if that has begun or the message has ended. Raises UsageError before the other side has
        confirmed it, as ``reveal`` does.
        """
        journey = self._confirmed(message, "take it back", early)
        if journey.outbox.status is MessageStatus.DECLARED:
            self._send(journey, "revertStake" if journey.direction is Direction.STAKE else "revertRedeem")

    def exit(self, auxiliary: str, *, pair: str | None = None, sender: str | int | None = None) -> Departure:
        """Leave a halted core with all that an account held under its last committed root, once (R73).

        ``pair`` and ``sender`` as in ``Wish``. Returns before a block has it. Raises ManifestError for a chain, a pair
        or an account that there is not, and UsageError where the gateway would refuse: the sentence says what to do.
        """
        return self._exits.exit(auxiliary, pair, sender)

    def claim(self, message: str, *, sender: str | int | None = None) -> Departure:
        """End a message on a halted core, or claim what neither chain paid (R74), and send its bounty back.

        What anybody may settle is sent by who is paid, if that is a devnet account, or by ``sender``. Raises as
        ``exit``, and if nothing is left to claim or another one may.
        """
        digest = _hash_of(message)
        row, journey = self._journeys.row(digest), self._journeys.find(digest)
        if journey is None:
            raise UsageError(f"no block has the declaration of message {message}: nothing can be claimed")
        bounty_to = self._ends.address(str(row.get("bounty_to")))
        return self._exits.claim(digest, journey, bounty_to, sender)

    def steps_in(self, transactions: Sequence[str]) -> list[dict[str, Json]]:
        """What transactions of ``exit`` or ``claim`` did, as steps of ``find``; without those that no block has yet.

        Raises ChainError for one that the gateway refused.
        """
        return self._exits.steps(transactions)

    def find(self, message: str) -> dict[str, Json]:
        """One transfer with every step so far, and ``warnings``. Raises ManifestError if there is none.

        It is ``own`` where a devnet account declared it from here, so that its secret is known.
        """
        row = self._journeys.row(_hash_of(message))
        pair = self._running.contracts.pair(str(row["pair"]))
        ends, direction = pair.deployment.ends(self._running.devnet), Direction(str(row["direction"]))
        nonce = int(str(row["nonce"]))
        own = any(
            row["sender"] == "0x" + account.address.hex()
            and row["hash_lock"] == "0x" + hash_lock(secret_of(account, direction, ends, nonce)).hex()
            for account in self._running.devnet.accounts
        )
        return row | {"own": own, "warnings": list(self.warnings())}

    def all(self) -> list[dict[str, Json]]:
        """Every transfer of every pair without its steps, the oldest first."""
        return self._journeys.rows()

    def warnings(self) -> list[str]:
        """What may keep a transfer from ending."""
        return missing_actors((handle.spec, handle.state) for handle in self._running.cast.values())

    def finish(self, message: str, *, revert: bool = False, blocks: int = FINISHED_WITHIN_BLOCKS) -> bool:
        """Run the world until the transfer has ended on both sides; False if it has not within so many origin blocks.

        On the way it does what the sender has to do: reveal the secret once the other side has confirmed, or with
        ``revert`` take the message back then.
        """
        following = Following(self, message, revert)

        def is_over() -> bool:
            following.look()
            return following.is_over

        return self._run_until(is_over, blocks)

    def _decide(self, wish: Wish, own_bounty: bool) -> tuple[PairHandles, Key, Transfer, Wei]:
        """The transfer that is wished, its secret on disk, with what the gateway may take of the sender's already."""
        pair, sender = self._ends.pair(wish.auxiliary, wish.pair), self._ends.account(wish.sender)
        beneficiary = self._ends.beneficiary(wish.beneficiary, sender.address, pair)
        ends, standing = pair.deployment.ends(self._running.devnet), self._ends.standing(pair, wish, sender.address)
        secret = secret_of(sender, wish.direction, ends, standing.nonce)
        lock = hash_lock(secret)
        transfer = Transfer(
            wish.amount, beneficiary, wish.gas_price, wish.gas_limit, sender.address, standing.nonce, lock
        )
        self._ends.require_possible(pair, wish.direction, transfer, standing)
        if own_bounty:
            self._ends.require_bounty(pair, wish.direction, sender.address)
        message = transfer.hash(wish.direction, ends)
        self._store.save(message, Declaration(wish.direction, pair.deployment.name, transfer, secret))
        return pair, sender, transfer, standing.allowance

    def _approve(self, pair: PairHandles, wish: Wish, sender: Key) -> None:
        link, gateway, token = self._ends.source(pair, wish.direction)
        approval = token.calldata("approve", gateway.address, wish.amount)
        self._sender(link, sender).send(token.address, approval, gas_limit(token.name, "approve"))

    def _note_sent(self, pair: PairHandles, direction: Direction, transfer: Transfer, sent: Hash32) -> str:
        """Keep by which transaction it is declared, if it was decided here; the message."""
        message = transfer.hash(direction, pair.deployment.ends(self._running.devnet))
        declaration = self._store.load(message)
        if declaration is not None:
            self._store.save(message, declaration.sent_in(sent))
        return "0x" + message.hex()

    def _is_pending(self, message: str) -> bool:
        """Whether its declaration waits for a block."""
        declaration = self._store.load(_hash_of(message))
        if declaration is None or declaration.transaction is None:
            return False
        link, _, _ = self._ends.source(self._running.contracts.pair(declaration.pair), declaration.direction)
        found = link.call("eth_getTransactionByHash", ("0x" + declaration.transaction.hex(),))
        return found is not None and found["blockNumber"] is None

    def _sender(self, link: DirectLink, key: Key) -> Sender:
        return Sender(link, key, self._running.chains[link.chain].spec.chain_id)

    def _confirmed(self, message: str, purpose: str, early: bool) -> Journey:
        digest = _hash_of(message)
        journey = self._journeys.find(digest)
        if journey is not None:
            self._halts.require_running(journey.pair.deployment.auxiliary, purpose, digest)
        if journey is None or not (journey.inbox.changes or early):
            raise UsageError(f"cannot {purpose} before the other chain has confirmed message {message}: wait for it")
        return journey

    def _send(self, journey: Journey, function: str, *arguments: object) -> None:
        """One call of the sender's at the source; only a revocation costs base coin."""
        link, gateway, _ = self._ends.source(journey.pair, journey.direction)
        value = int(gateway.read(link, "penalty")) if function.startswith("revert") else 0
        data = gateway.calldata(function, journey.transfer.fields(), *arguments)
        sender = self._sender(link, self._ends.key_of(journey.transfer.sender))
        sender.send(gateway.address, data, gas_limit(gateway.name, function), value)


def _hash_of(message: str) -> Hash32:
    """Raises UsageError if it is no message's hash."""
    try:
        digest = bytes.fromhex(message.removeprefix("0x"))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise UsageError(f"expected a message as 0x and 64 hexadecimal digits, found {message!r}")
    return digest
