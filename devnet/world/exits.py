"""Leaving a halted core with one's tokens, and with what was in flight (R73, R74)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from devnet.actors.state_proofs import fetch_code, fetch_word
from devnet.chain.link import DirectLink
from devnet.config.amounts import tokens_text
from devnet.config.network import Key
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import Sender
from devnet.errors import ChainError, UsageError
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.settlements import Ending, runs_own_code
from devnet.mosaic.slots import UTILITY_TOKEN_BALANCES, mapping_slot
from devnet.mosaic.transfers import Direction
from devnet.types import Address, Hash32, Json, Wei
from devnet.world.halts import Fate, Halted, Halts, LastRoot
from devnet.world.journeys import Journey
from devnet.world.running import Running
from devnet.world.steps import Steps, step_name
from devnet.world.transfer_ends import TransferEnds

_SETTLING: Final = (Ending.RETURNED, Ending.MINTED, Ending.PAID)


@dataclass(frozen=True, slots=True)
class Departure:
    """What was sent to leave a halted core."""

    pair: str
    """Name of the pair."""
    account: str
    """Who sent it, as a 0x string."""
    amount_wei: Wei
    """What is paid, in the token's smallest unit; 0 if only a bounty is."""
    root_block: int
    """Number of the auxiliary block whose state root was committed last."""
    transactions: tuple[str, ...]
    """What was sent to origin, in order."""
    warnings: tuple[str, ...] = field(default=())
    """What the account may not expect."""


class Exits:
    """Exits and claims of the devnet accounts on one running world."""

    def __init__(self, running: Running, ends: TransferEnds, halts: Halts) -> None:
        self._running = running
        self._ends = ends
        self._halts = halts
        self._steps = Steps(running)

    def exit(self, auxiliary: str, name: str | None, holder: str | int | None) -> Departure:
        """Send the exit of one holder; ``name`` is the pair's. Raises as ``Transfers.exit``."""
        pair = self._ends.pair(auxiliary, name)
        root = self._halts.last_root(auxiliary)
        if root is None:
            raise UsageError(
                f"the core of {auxiliary} runs: tokens come back with devnet transfer redeem,"
                " and exits open once it has halted (R40)"
            )
        key = self._holder(pair, root, holder)
        self._require_not_exited(pair, root, key.address)
        amount = self._balance(pair, root, key.address)
        there, slot = root.auxiliary, mapping_slot(key.address, UTILITY_TOKEN_BALANCES)
        balance = fetch_word(there, root.hash, root.state_root, pair.utility_token.address, slot, amount)
        account, code = fetch_code(there, root.hash, root.state_root, key.address)
        calls = _Calls(pair, root.origin, key, self._running.devnet.origin.chain_id)
        items = {"nodes": sum(map(len, (*balance, account))), "code_bytes": len(code)}
        calls.send("exit", (balance, (account, code)), items)
        warnings = self._warnings(pair, key.address, amount, root.block)
        return calls.departure(amount, root.block, warnings)

    def claim(
        self, message: Hash32, journey: Journey, bounty_to: Address | None, account: str | int | None
    ) -> Departure:
        """Send what ends one message, or pays what it still owes. Raises UsageError, as ``Transfers.claim``.

        ``bounty_to`` is who is owed the bounty that came back with it and waits.
        """
        pair, auxiliary = journey.pair, journey.pair.deployment.auxiliary
        root = self._halts.last_root(auxiliary)
        if root is None:
            raise UsageError(
                f"the core of {auxiliary} runs: message 0x{message.hex()} ends as both gateways say,"
                f" follow it with devnet transfer watch 0x{message.hex()}"
            )
        halted = journey.on_a_halted_core(message)
        fate = self._halts.fates(pair, root, [halted])[message]
        if fate.ending is Ending.OVER and bounty_to is None:
            raise UsageError(f"message 0x{message.hex()}: {self._nothing(journey, fate, root)}")
        key = self._caller(fate, account)
        calls = _Calls(pair, root.origin, key, self._running.devnet.origin.chain_id)
        if fate.ending in _SETTLING:
            has_bounty = journey.direction is Direction.STAKE and pair.deployment.bounty_wei > 0
            bounty_to = pair.gateway.read(root.origin, "bountyOwner", message) if has_bounty else None
        if fate.ending is not Ending.OVER:
            self._end(calls, root, halted, fate)
        if bounty_to is not None:
            calls.send_unseen("withdrawBounties", (bounty_to,))
        return calls.departure(journey.transfer.amount if fate.owed_to and not fate.is_claimed else 0, root.block)

    def steps(self, transactions: Sequence[str]) -> list[dict[str, Json]]:
        """What came of transactions that left a halted core: those that a block has, in order, as steps.

        Raises ChainError for one that the gateway refused.
        """
        origin, found = self._running.to_origin, []
        receipts = origin.batch([("eth_getTransactionReceipt", (one,)) for one in transactions])
        for receipt in (one for one in receipts if one is not None):
            if receipt["status"] != "0x1":
                raise ChainError(
                    f"origin refused transaction {receipt['transactionHash']}: somebody else came first, or what was"
                    " proven changed; see devnet transfer ls and try again"
                )
            for pair in self._running.contracts.pairs:
                events = [pair.gateway.decode_log(log) for log in receipt["logs"]]
                found += [self._steps.tell(pair, one) for one in events if one is not None and step_name(one)]
        return found

    def _holder(self, pair: PairHandles, root: LastRoot, name: str | int | None) -> Key:
        """The account that leaves. Raises UsageError for one that never can, ManifestError if there is none."""
        address = self._ends.address(name)
        if address == pair.co_gateway.address:
            raise UsageError(
                f"{name} is the CoGateway: what it holds belongs to transfers in flight, each of which ends with"
                " devnet transfer claim"
            )
        if address is not None and runs_own_code(root.codes([address])[0]):
            raise UsageError(
                f"{name} runs code of its own on {pair.deployment.auxiliary}: another may own its address on origin,"
                " so what it holds stays there (R73)"
            )
        return self._ends.account(name)

    def _require_not_exited(self, pair: PairHandles, root: LastRoot, holder: Address) -> None:
        if pair.gateway.read(root.origin, "isExited", holder):
            raise UsageError(
                f"0x{holder.hex()} has left already with its {pair.deployment.name}: every holder does so once (R73)"
            )

    def _balance(self, pair: PairHandles, root: LastRoot, holder: Address) -> Wei:
        amount = root.words(pair.utility_token.address, [mapping_slot(holder, UTILITY_TOKEN_BALANCES)])[0]
        if amount == 0:
            auxiliary = pair.deployment.auxiliary
            shown = f"block {root.block} of {auxiliary}" if root.block else f"the genesis of {auxiliary}: no commit yet"
            raise UsageError(
                f"0x{holder.hex()} holds no {pair.deployment.name} by the last committed root ({shown}):"
                " what was in flight ends with devnet transfer claim, see devnet transfer ls"
            )
        return amount

    def _warnings(self, pair: PairHandles, holder: Address, amount: Wei, block: int) -> tuple[str, ...]:
        auxiliary = pair.deployment.auxiliary
        now = pair.utility_token.read(self._running.link(auxiliary), "balanceOf", holder)
        if now == amount:
            return ()
        return (
            f"0x{holder.hex()} has {tokens_text(now)} {pair.deployment.name} on {auxiliary} now, and had"
            f" {tokens_text(amount)} in block {block}, whose root was committed last: only that counts",
        )

    def _caller(self, fate: Fate, account: str | int | None) -> Key:
        """Who sends: for a claim who is owed it alone, else whom the user names, or who is owed it, or the first."""
        if fate.ending is Ending.CLAIMED:
            assert fate.owed_to is not None
            owed_to = "0x" + fate.owed_to.hex()
            if account is not None and self._ends.account(account).address != fate.owed_to:
                raise UsageError(f"only {owed_to} may claim this message, with its own key (R74)")
            return self._ends.key_of(fate.owed_to)
        owed = [key for key in self._running.devnet.accounts if key.address == fate.owed_to]
        return owed[0] if owed and account is None else self._ends.account(account)

    def _end(self, calls: _Calls, root: LastRoot, halted: Halted, fate: Fate) -> None:
        is_stake, there = halted.direction is Direction.STAKE, root.auxiliary
        status = int(fate.inbox if is_stake else fate.outbox)
        proof = fetch_word(there, root.hash, root.state_root, calls.pair.co_gateway.address, halted.slot, status)
        items, word = {"nodes": sum(map(len, proof))}, "Stake" if is_stake else "Redeem"
        if fate.ending is not Ending.CLAIMED:
            calls.send(f"settle{word}", (halted.transfer.fields(), proof), items)
            return
        nodes, code = fetch_code(there, root.hash, root.state_root, halted.first_claimant)
        items = {"nodes": items["nodes"] + len(nodes), "code_bytes": len(code)}
        calls.send(f"claim{word}", (halted.transfer.fields(), proof, (nodes, code)), items)

    def _nothing(self, journey: Journey, fate: Fate, root: LastRoot) -> str:
        """Why nothing can be claimed, and where the tokens are."""
        auxiliary = journey.pair.deployment.auxiliary
        if fate.is_claimed:
            return "it was claimed already, and is paid once (R74)"
        if journey.direction is Direction.STAKE:
            if fate.outbox is MessageStatus.REVOKED:
                return "all of it is back with its sender"
            return f"it was minted: its beneficiary leaves with devnet transfer exit --chain {auxiliary}"
        if fate.inbox is MessageStatus.PROGRESSED:
            return "its beneficiary was paid on origin"
        return (
            f"by the last committed root (block {root.block} of {auxiliary}) its sender holds them: leave with"
            f" devnet transfer exit --chain {auxiliary}"
        )


class _Calls:
    """What one account sends to the gateway on origin, one after the other."""

    def __init__(self, pair: PairHandles, origin: DirectLink, key: Key, chain_id: int) -> None:
        self.pair = pair
        """Whose gateway it is."""
        self._origin = origin
        self._key = key
        self._sender = Sender(origin, key, chain_id)
        self._sent: list[str] = []

    def send(self, function: str, arguments: tuple[object, ...], items: dict[str, int]) -> None:
        """Send one call. Raises ContractReverted if the gateway would refuse it now."""
        self.pair.gateway.read(self._origin, function, *arguments, sender=self._key.address)
        self.send_unseen(function, arguments, items)

    def send_unseen(self, function: str, arguments: tuple[object, ...], items: dict[str, int] | None = None) -> None:
        """Send one call that depends on those before it, so that it cannot be tried."""
        gateway = self.pair.gateway
        gas = gas_limit(gateway.name, function, **(items or {}))
        self._sent.append("0x" + self._sender.send(gateway.address, gateway.calldata(function, *arguments), gas).hex())

    def departure(self, amount: Wei, root_block: int, warnings: tuple[str, ...] = ()) -> Departure:
        """What was sent, for whoever asked for it."""
        name, account = self.pair.deployment.name, "0x" + self._key.address.hex()
        return Departure(name, account, amount, root_block, tuple(self._sent), warnings)
