"""One step of a transfer as it is told: what an event of a gateway says, with what its transaction cost and paid."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devnet.actors.gateway_calls import proof_bytes
from devnet.contracts.handle import ContractHandle, DecodedEvent
from devnet.contracts.handles import PairHandles
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import Box, effect_of
from devnet.types import Address, Json
from devnet.world.running import Running

_NAMES: Final[Mapping[tuple[Box, MessageStatus], str]] = MappingProxyType(
    {
        (Box.OUTBOX, MessageStatus.DECLARED): "declared",
        (Box.INBOX, MessageStatus.DECLARED): "confirmed",
        (Box.OUTBOX, MessageStatus.PROGRESSED): "progressed at source",
        (Box.INBOX, MessageStatus.PROGRESSED): "progressed at target",
        (Box.OUTBOX, MessageStatus.DECLARED_REVOCATION): "revocation declared",
        (Box.INBOX, MessageStatus.REVOKED): "revocation confirmed",
        (Box.OUTBOX, MessageStatus.REVOKED): "reverted",
    }
)
"""What a step is called, by what it changed."""

_ON_A_HALTED_CORE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "StakeSettled": "settled",
        "RedeemSettled": "settled",
        "TransferClaimed": "claimed",
        "HolderExited": "exited",
        "BountyWithdrawn": "bounty withdrawn",
    }
)
"""The same by the event, for what there is after a halt only (R73, R74)."""

_RANKS: Final = (*_NAMES.values(), *_ON_A_HALTED_CORE.values())

_PAID_WITH_BOUNTY: Final = ("StakeProgressed", "RedeemProgressed")
"""Events in whose transaction the caller is paid the bounty."""

_PAYING_IN_FULL: Final = ("RedeemSettled", "TransferClaimed", "HolderExited")
"""Events by which somebody receives all of an amount."""

LOCKING_BOUNTY: Final = ("StakeDeclared", "RedeemDeclared")
"""Events in whose transaction the caller locks it."""


def step_name(event: DecodedEvent) -> str | None:
    """What the event is called as a step; None if it is none."""
    if event.name in _ON_A_HALTED_CORE:
        return _ON_A_HALTED_CORE[event.name]
    effect = effect_of(event.name)
    return None if effect is None else _NAMES.get((effect.box, effect.status))


def step_rank(name: str) -> int:
    """Where a step stands among those of one block."""
    return _RANKS.index(name)


class Steps:
    """Tells the steps on one running world."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def tell(self, pair: PairHandles, event: DecodedEvent) -> dict[str, Json]:
        """One step: where and when, by whom, what it cost, what it paid."""
        contract, chain = next(one for one in self.gateways(pair) if one[0].name == event.contract)
        transaction, receipt = self._running.link(chain).batch(
            [
                ("eth_getTransactionByHash", ("0x" + event.transaction.hex(),)),
                ("eth_getTransactionReceipt", ("0x" + event.transaction.hex(),)),
            ]
        )
        time = self._running.chains[chain].tree.block(event.block_hash).timestamp
        return {
            "step": step_name(event),
            "event": event.name,
            "chain": chain,
            "block": event.block_number,
            "time": time,
            "blocks": {name: self._block_at(name, time) for name in self.heads(pair)},
            "transaction": "0x" + event.transaction.hex(),
            "by": self.who(bytes.fromhex(str(transaction["from"])[2:])),
            "gas_used": int(receipt["gasUsed"], 16),
            "proof_bytes": proof_bytes(contract, transaction) or None,
            **_paid(pair, event),
        }

    def heads(self, pair: PairHandles) -> dict[str, Json]:
        """Newest block of both chains of a pair."""
        return {name: self._running.chains[name].head.number for _, name in self.gateways(pair)}

    def gateways(self, pair: PairHandles) -> tuple[tuple[ContractHandle, str], tuple[ContractHandle, str]]:
        """Both gateways of a pair, each with its chain; origin's first."""
        return (pair.gateway, self._running.devnet.origin.name), (pair.co_gateway, pair.deployment.auxiliary)

    def who(self, account: Address) -> str:
        """The actor with that account, or the account."""
        for actor in self._running.devnet.actors:
            if account in (actor.origin_key.address, actor.auxiliary_key.address):
                return actor.name
        return "0x" + account.hex()

    def _block_at(self, chain: str, time: int) -> int:
        """Number of a chain's newest block at that time."""
        running = self._running.chains[chain]
        blocks = (entry.block for entry in running.tree.back(running.head.hash))
        return next((block.number for block in blocks if block.timestamp <= time), 0)


def _paid(pair: PairHandles, event: DecodedEvent) -> dict[str, Json]:
    """Amounts that moved, in wei of the token or, for bounty and what is burned, of the base coin."""
    args, bounty = event.args, str(pair.deployment.bounty_wei)
    found: dict[str, Json] = {}
    for key, name in (("minted", "received_wei"), ("released", "received_wei"), ("reward", "reward_wei")):
        if key in args:
            found[name] = str(args[key])
    if event.name in _PAID_WITH_BOUNTY:
        found["bounty_wei"] = bounty
    if event.name in LOCKING_BOUNTY:
        found["locked_bounty_wei"] = bounty
    if "burned" in args:
        found["burned_wei"] = str(args["burned"])
    if event.name in ("StakeReverted", "RedeemReverted"):
        found |= {"received_wei": str(args["amount"]), "burned_wei": bounty}
    if event.name in _PAYING_IN_FULL or args.get("returned") is True:
        found["received_wei"] = str(args["amount"])
    if event.name == "BountyWithdrawn":
        found["returned_wei"] = str(args["amount"])
    if "byProof" in args:
        found["by_proof"] = bool(args["byProof"])
    return found
