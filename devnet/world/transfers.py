"""Transfers of users between origin and an auxiliary chain (R62-R68, R73, R74): declared, followed, ended.

What a user would do with a wallet is done here with the key of a devnet account. The secret of a transfer derives from
that key and is on disk before the declaration leaves; it is revealed only once the other side has confirmed the
message, for one that ends too early can never be confirmed (docs/adr/0009-gateway.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from devnet.contracts.gas import gas_limit
from devnet.contracts.send import Sender
from devnet.errors import UsageError
from devnet.mosaic.messages import MessageStatus, hash_lock
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import Hash32, Json, Wei
from devnet.world.exits import Departure, Exits
from devnet.world.following import Following
from devnet.world.journeys import Journey, Journeys
from devnet.world.running import Running
from devnet.world.transfer_ends import TransferEnds, Wish
from devnet.world.transfer_store import Declaration, TransferStore, secret_of

PLACE = "transfers"
"""Directory in a run where the secrets of its transfers are."""

FINISHED_WITHIN_BLOCKS = 400
"""Origin blocks in which a transfer ends; one that needs the next meta-block, or waits as abandoned, seen: 60."""

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
        self._exits = Exits(running, self._ends)

    def stake(self, auxiliary: str, amount: Wei, **more: Any) -> str:
        """Declare a stake on origin, to be minted on an auxiliary; ``more`` as in ``Wish``. Returns the message."""
        return self.declare(Wish(Direction.STAKE, auxiliary, amount, **more))

    def redeem(self, auxiliary: str, amount: Wei, **more: Any) -> str:
        """Declare a redemption on an auxiliary, to be released on origin; the message's hash as a 0x string."""
        return self.declare(Wish(Direction.REDEEM, auxiliary, amount, **more))

    def declare(self, wish: Wish) -> str:
        """Approve the amount and declare the message with the account's bounty; returns before a block has it.

        Raises ManifestError for a chain, a pair or an account that there is not, and UsageError where the gateway
        would refuse: the sentence says what to do.
        """
        pair, sender = self._ends.pair(wish.auxiliary, wish.pair), self._ends.account(wish.sender)
        beneficiary = self._ends.beneficiary(wish.beneficiary, sender.address, pair)
        self._ends.require_possible(pair, wish, sender.address)
        link, gateway, token = self._ends.source(pair, wish.direction)
        ends, nonce = pair.deployment.ends(self._running.devnet), int(gateway.read(link, "nextNonce", sender.address))
        secret = secret_of(sender, wish.direction, ends, nonce)
        transfer = Transfer(
            wish.amount, beneficiary, wish.gas_price, wish.gas_limit, sender.address, nonce, hash_lock(secret)
        )
        message = transfer.hash(wish.direction, ends)
        declaration = Declaration(wish.direction, pair.deployment.name, transfer, secret)
        self._store.save(message, declaration)
        outgoing, function = Sender(link, sender, self._running.chains[link.chain].spec.chain_id), wish.direction.value
        approval = token.calldata("approve", gateway.address, wish.amount)
        outgoing.send(token.address, approval, gas_limit(token.name, "approve"))
        data, gas = gateway.calldata(function, transfer.fields(), b""), gas_limit(gateway.name, function)
        sent = outgoing.send(gateway.address, data, gas, pair.deployment.bounty_wei)
        self._store.save(message, declaration.sent_in(sent))
        return "0x" + message.hex()

    def reveal(self, message: str, early: bool = False) -> None:
        """End the message at its source with the secret, which is public from then on; the bounty comes back.

        Nothing is sent if it has ended there or is being taken back. Raises UsageError before the other side has
        confirmed it: with ``early`` it is done all the same, and the message is stuck until a halt.
        """
        journey = self._confirmed(message, "reveal the secret", early)
        if journey.outbox.status is not MessageStatus.DECLARED:
            return
        sender, ends = self._ends.key_of(journey.transfer.sender), journey.pair.deployment.ends(self._running.devnet)
        secret = secret_of(sender, journey.direction, ends, journey.transfer.nonce)
        if hash_lock(secret) != journey.transfer.hash_lock:
            raise UsageError(f"the secret of message {message} is not known here: whoever declared it has to reveal it")
        self._send(journey, "progressStake" if journey.direction is Direction.STAKE else "progressRedeem", secret)

    def revert(self, message: str, early: bool = False) -> None:
        """Begin to take a message back: the sender burns the penalty of 150 % of the bounty (R65).

        Nothing is sent if that has begun or the message has ended. Raises UsageError before the other side has
        confirmed it, as ``reveal`` does.
        """
        journey = self._confirmed(message, "take it back", early)
        if journey.outbox.status is MessageStatus.DECLARED:
            self._send(journey, "revertStake" if journey.direction is Direction.STAKE else "revertRedeem")

    def exit(self, auxiliary: str, *, pair: str | None = None, sender: str | None = None) -> Departure:
        """Leave a halted core with all that an account held under its last committed root, once (R73).

        ``pair`` and ``sender`` as in ``Wish``. Returns before a block has it. Raises ManifestError for a chain, a pair
        or an account that there is not, and UsageError where the gateway would refuse: the sentence says what to do.
        """
        return self._exits.exit(auxiliary, pair, sender)

    def claim(self, message: str, *, sender: str | None = None) -> Departure:
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
        cast = self._running.cast.values()
        if any(handle.spec.kind == "facilitator" and handle.state == "running" for handle in cast):
            return []
        return ["no facilitator is running: nobody carries messages to the other chain"]

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

    def _confirmed(self, message: str, purpose: str, early: bool) -> Journey:
        journey = self._journeys.find(_hash_of(message))
        if journey is None or not (journey.inbox.changes or early):
            raise UsageError(f"cannot {purpose} before the other chain has confirmed message {message}: wait for it")
        return journey

    def _send(self, journey: Journey, function: str, *arguments: object) -> None:
        """One call of the sender's at the source; only a revocation costs base coin."""
        link, gateway, _ = self._ends.source(journey.pair, journey.direction)
        value = int(gateway.read(link, "penalty")) if function.startswith("revert") else 0
        sender = Sender(
            link, self._ends.key_of(journey.transfer.sender), self._running.chains[link.chain].spec.chain_id
        )
        data = gateway.calldata(function, journey.transfer.fields(), *arguments)
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
