"""Carries messages by hand, with proofs of a real node: what a facilitator, or anybody after a halt, does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devnet.chain.link import DirectLink
from devnet.config.network import Key
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import Sender
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_INBOX, GATEWAY_OUTBOX, UTILITY_TOKEN_BALANCES, mapping_slot
from devnet.mosaic.transfers import Direction
from devnet.world.world import World
from tests.e2e.gateways.travellers import Journey

Nodes = list[bytes]

BLOCKS = 60
"""Origin blocks in which any root comes to be known on the other chain; seen: 20."""


class Ferry:
    """One pair of gateways, served by hand."""

    def __init__(self, world: World, pair: PairHandles) -> None:
        self._world = world
        self._pair = pair
        self._names = (world.devnet.origin.name, pair.deployment.auxiliary)
        self._core = world.handles.core_of(pair.deployment.auxiliary)

    # -- while the core runs

    def confirm(self, journey: Journey) -> None:
        """Tell the target that a message was declared."""
        self._carry(journey, "confirmStake", "confirmRedeem", at_source=False)

    def confirm_revocation(self, journey: Journey) -> None:
        """Tell the target that a message is taken back."""
        self._carry(journey, "confirmRevertStake", "confirmRevertRedeem", at_source=False)

    def take_back(self, journey: Journey) -> None:
        """Tell the source that the target knows."""
        self._carry(journey, "progressRevertStake", "progressRevertRedeem", at_source=True)

    def cross(self) -> None:
        """Run until each chain knows a root of the other that shows it as it is now."""
        heads = [self._world.chains[name].head.number for name in self._names]
        self._run(lambda: self.observed_block() >= heads[0] and self.committed_block() >= heads[1])

    def observed_block(self) -> int:
        """Number of the newest block of origin that auxiliary believes."""
        last = self._core.observer.read(self._link(self._names[1]), "lastFinalised")
        return int(last["height"]) * self._world.devnet.origin.epoch_length

    def committed_block(self) -> int:
        """Number of the newest block of auxiliary that origin believes."""
        height = self._core.core.read(self._link(self._names[0]), "committedHeight")
        return int(height) * self._world.devnet.chain(self._names[1]).epoch_length

    # -- after a halt

    def inbox_proof(self, journey: Journey) -> tuple[Nodes, Nodes]:
        """What the co-gateway's inbox had of a message, or that it had nothing, under the last root."""
        return self._last(self._pair.co_gateway, mapping_slot(journey.message, GATEWAY_INBOX))

    def outbox_proof(self, journey: Journey) -> tuple[Nodes, Nodes]:
        """The same of its outbox."""
        return self._last(self._pair.co_gateway, mapping_slot(journey.message, GATEWAY_OUTBOX))

    def balance_proof(self, holder: bytes) -> tuple[Nodes, Nodes]:
        """What somebody owned of the utility token, under the last root."""
        return self._last(self._pair.utility_token, mapping_slot(holder, UTILITY_TOKEN_BALANCES))

    def code_proof(self, account: bytes) -> tuple[Nodes, bytes]:
        """That an account of auxiliary has no code, or is not there."""
        return self.prove(self._names[1], account, [], self.committed_block())[0], b""

    def statuses(self, journey: Journey) -> tuple[MessageStatus, MessageStatus]:
        """Outbox and inbox: origin's as it is, auxiliary's as the last root has it."""
        stake, block = journey.direction is Direction.STAKE, self.committed_block()
        here = self._pair.gateway.read(self._link(self._names[0]), "outbox" if stake else "inbox", journey.message)
        there = self._pair.co_gateway.read(
            self._link(self._names[1]), "inbox" if stake else "outbox", journey.message, block=block
        )
        both = MessageStatus(here), MessageStatus(there)
        return both if stake else (both[1], both[0])

    # -- calls

    def call(self, key: Key, contract: ContractHandle, function: str, *arguments: Any, **items: int) -> None:
        """Send one call, which the next block has. Raises ContractReverted if it would be refused now."""
        name = self.chain_of(contract)
        contract.read(self._link(name), function, *arguments, sender=key.address)
        sender = Sender(self._link(name), key, self._world.devnet.chain(name).chain_id)
        gas = gas_limit(contract.name, function, **items)
        sender.send(contract.address, contract.calldata(function, *arguments), gas)

    def refusal(self, key: Key, contract: ContractHandle, function: str, *arguments: Any) -> str:
        """Name of the error that a call would end with; empty if it would not."""
        try:
            contract.read(self._link(self.chain_of(contract)), function, *arguments, sender=key.address)
        except ContractReverted as reverted:
            return reverted.reason.name
        return ""

    def chain_of(self, contract: ContractHandle) -> str:
        """Name of the chain that a contract of the pair is on."""
        return self._names[0] if contract.name in ("Gateway", "OriginToken") else self._names[1]

    def prove(self, chain: str, account: bytes, slots: list[bytes], block: int) -> tuple[Nodes, list[Nodes]]:
        """Account proof and storage proofs, as eth_getProof answers them."""
        asked = ["0x" + account.hex(), ["0x" + slot.hex() for slot in slots], hex(block)]
        answer = self._link(chain).call("eth_getProof", asked)
        storage = [[raw(node) for node in item["proof"]] for item in answer["storageProof"]]
        return [raw(node) for node in answer["accountProof"]], storage

    def _carry(self, journey: Journey, stake: str, redeem: str, at_source: bool) -> None:
        function = stake if journey.direction is Direction.STAKE else redeem
        here, there = (journey.source, journey.target) if at_source else (journey.target, journey.source)
        slot = mapping_slot(journey.message, GATEWAY_INBOX if at_source else GATEWAY_OUTBOX)
        proven = self.chain_of(there)
        block = self.committed_block() if proven == self._names[1] else self.observed_block()
        account, (storage,) = self.prove(proven, there.address, [slot], block)
        proof = (block // self._world.devnet.chain(proven).epoch_length, account, storage)
        courier = self._world.devnet.accounts[-1]
        self.call(courier, here, function, journey.transfer.fields(), proof, nodes=len(account) + len(storage))

    def _last(self, contract: ContractHandle, slot: bytes) -> tuple[Nodes, Nodes]:
        account, (storage,) = self.prove(self._names[1], contract.address, [slot], self.committed_block())
        return account, storage

    def _run(self, condition: Callable[[], bool]) -> None:
        assert self._world.run_until(condition, BLOCKS)

    def _link(self, name: str) -> DirectLink:
        return DirectLink(self._world.chains[name])


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
