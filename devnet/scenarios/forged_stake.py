"""A stake that nobody declared, and how it is minted by whoever is believed to know origin's state (R61, R69)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.contracts.handle import ContractHandle
from devnet.faults.base import World
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import hash_lock
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.scenarios.calls import contract, refusal, send
from devnet.scenarios.forged_state import ForgedState, forge_state
from devnet.types import TOKEN, Address, Wei

AMOUNT: Wei = 1_000_000 * TOKEN
"""Of the stake: far more than any pair of a devnet locks."""

BLOCKS = 10
"""Origin blocks in which it is minted; seen: 1."""

_SECRET = keccak(b"forged stake")


@dataclass(frozen=True, slots=True)
class ForgedStake:
    """A stake over an auxiliary's one pair of gateways, and a state of origin in which it is declared."""

    auxiliary: str
    """Where it is to be minted."""
    sent: Transfer
    """What it says."""
    message: str
    """Its hash, as events name it."""
    shown: ForgedState
    """Where it is declared."""

    def mint(self, world: World, height: int) -> str:
        """Confirm and progress it under a checkpoint of origin; name of the error that stops it, empty if none does."""
        co_gateway, fields = _of_pair(world, "CoGateway", self.auxiliary), self.sent.fields()
        account, storage = self.shown.state.nodes, self.shown.storage.nodes
        proof, observer = (height, account, storage), contract(world, "OriginObserver", self.auxiliary)
        calldata = co_gateway.calldata("confirmStake", fields, proof)
        if said := refusal(world, co_gateway, calldata, self.auxiliary, (observer,)):
            return said
        send(world, self.auxiliary, co_gateway, "confirmStake", fields, proof, nodes=len(account) + len(storage))
        send(world, self.auxiliary, co_gateway, "progressMint", fields, _SECRET)
        return "" if world.run_until(lambda: self._is_minted(world), BLOCKS) else "nothing"

    def _is_minted(self, world: World) -> bool:
        return self.message in {one.payload["messageHash"] for one in world.history.effective_events("MintProgressed")}


def forge_stake(world: World, auxiliary: str, thief: Address) -> ForgedStake:
    """One from the thief to itself, without reward."""
    gateway, co_gateway = (_of_pair(world, name, auxiliary).address for name in ("Gateway", "CoGateway"))
    ends = Ends(world.devnet.origin.chain_id, gateway, world.devnet.chain(auxiliary).chain_id, co_gateway)
    sent = Transfer(AMOUNT, thief, gas_price=0, gas_limit=0, sender=thief, nonce=0, hash_lock=hash_lock(_SECRET))
    message = sent.hash(Direction.STAKE, ends)
    return ForgedStake(auxiliary, sent, "0x" + message.hex(), forge_state(gateway, message))


def _of_pair(world: World, name: str, auxiliary: str) -> ContractHandle:
    (pair,) = (one for one in world.devnet.pairs if one.auxiliary == auxiliary)
    return contract(world, f"{pair.name}:{name}", auxiliary)
