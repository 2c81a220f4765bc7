"""Pairs of gateways in the museum, and the steps of transfers over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from devnet.mosaic.identity import core_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import hash_lock
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Ends, Transfer
from devnet.scenarios.museum.hall import Account, Hall, Standing, Steps, Wait
from devnet.types import TOKEN, Address, Hash32

AMOUNT: Final = 1_000 * TOKEN
"""What a victim stakes, and an attacker wants; of the bridged token."""

BOUNTY: Final = TOKEN // 10
"""Base coin locked with each message."""

SECRET: Final = keccak(b"museum")
"""Opens every lock here."""

DECIMALS: Final = 18
"""Of every token here."""

Proof = tuple[int, tuple[bytes, ...], tuple[bytes, ...]]
"""A ``RemoteProof``: checkpoint height, account proof, storage proof."""

NOTHING: Final[Proof] = (0, (), ())
"""A proof of nothing, under a height that nobody knows."""


@dataclass(frozen=True, slots=True)
class Target:
    """A co-gateway and its token."""

    utility: Standing
    """UtilityToken."""
    co_gateway: Standing
    """CoGateway, or a broken one."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A pair of gateways and its tokens."""

    token: Standing
    """What is staked."""
    gateway: Standing
    """Gateway, or a broken one, on origin."""
    target: Target
    """On auxiliary."""

    def ends(self, hall: Hall) -> Ends:
        """The two gateways, as messages name them."""
        ids = hall.chain_id(hall.origin), hall.chain_id(hall.auxiliary)
        return Ends(ids[0], self.gateway.address, ids[1], self.target.co_gateway.address)


def transfer(hall: Hall, **changes: Any) -> Transfer:
    """A transfer of AMOUNT by the attacker to itself, without reward; members by name are others."""
    attacker = hall.address(Account.ATTACKER)
    members: dict[str, Any] = {
        "amount": AMOUNT,
        "beneficiary": attacker,
        "gas_price": 0,
        "gas_limit": 0,
        "sender": attacker,
        "nonce": 0,
        "hash_lock": hash_lock(SECRET),
    }
    return Transfer(**(members | changes))


def token(
    hall: Hall,
    chain: str,
    name: str = "OriginToken",
    holders: tuple[Address, ...] = (),
    by: Account = Account.CURATOR,
) -> Standing:
    """Deploy a token of which attacker and victim, or the holders named, own AMOUNT each."""
    owners = holders or (hall.address(Account.ATTACKER), hall.address(Account.VICTIM))
    return hall.deploy(chain, name, ("Museum token", "MUS", owners, AMOUNT), by=by)


def build(
    hall: Hall,
    gateway: str = "Gateway",
    co_gateway: str = "CoGateway",
    *,
    staked: Standing | None = None,
    roots: Address | None = None,
    further: tuple[object, ...] = (),
    founder: Account = Account.CURATOR,
) -> Steps[Bridge]:
    """Deploy a pair on the network's core and observer, or on another provider of roots, and wait until it is there.

    ``further`` are arguments of the co-gateway beyond its parameters; ``founder`` deploys it.
    """
    value = staked or token(hall, hall.origin)
    utility, co_address = (hall.next_address(hall.auxiliary, ahead, founder) for ahead in (0, 1))
    parameters = (
        hall.core.address,
        hall.chain_id(hall.auxiliary),
        value.address,
        co_address,
        utility,
        BOUNTY,
        hall.address(Account.CURATOR),
    )
    front = hall.deploy(hall.origin, gateway, parameters)
    target = found(hall, hall.auxiliary, co_gateway, front, roots, further, founder)
    yield Wait.MINED
    return Bridge(value, front, target)


def found(
    hall: Hall,
    chain: str,
    co_gateway: str,
    gateway: Standing,
    roots: Address | None = None,
    further: tuple[object, ...] = (),
    founder: Account = Account.CURATOR,
) -> Target:
    """Deploy a co-gateway for a gateway, with a token of its own."""
    address = hall.next_address(chain, 1, founder)
    utility = hall.deploy(chain, "UtilityToken", "Museum utility token", "uMUS", DECIMALS, address, by=founder)
    core_id = core_identifier(hall.chain_id(hall.origin), hall.core.address)
    parameters = (core_id, roots or hall.observer.address, gateway.address, utility.address, BOUNTY)
    return Target(utility, hall.deploy(chain, co_gateway, parameters, *further, by=founder))


def approve(hall: Hall, value: Standing, spender: Standing, by: Account) -> Steps[None]:
    """Let a contract take tokens."""
    yield from hall.attempt(value, "approve", spender.address, AMOUNT, by=by)


def stake(hall: Hall, bridge: Bridge, sent: Transfer, by: Account = Account.ATTACKER) -> Steps[None]:
    """Approve and stake, by the sender itself."""
    yield from approve(hall, bridge.token, bridge.gateway, by)
    yield from hall.attempt(bridge.gateway, "stake", sent.fields(), b"", by=by, value=BOUNTY)


def stake_of_victim(hall: Hall, bridge: Bridge) -> Steps[Transfer]:
    """An honest stake, and the root that shows it."""
    victim = hall.address(Account.VICTIM)
    sent = transfer(hall, sender=victim, beneficiary=victim)
    yield from stake(hall, bridge, sent, Account.VICTIM)
    yield Wait.FINALISED
    return sent


def message_hash(hall: Hall, target: Target, sent: Transfer) -> Hash32:
    """What the co-gateway takes the transfer for."""
    return bytes(hall.read(target.co_gateway, "stakeHash", sent.fields()))


def outbox_slot(message: Hash32) -> Hash32:
    """Where a gateway keeps the status of a message that begins there."""
    return mapping_slot(message, GATEWAY_OUTBOX)


def prove(hall: Hall, bridge: Bridge, target: Target, sent: Transfer) -> Proof:
    """What origin says about a message, as eth_getProof has it: also that it is absent."""
    return (hall.root.height, *hall.prove(bridge.gateway.address, outbox_slot(message_hash(hall, target, sent))))


def take_home(hall: Hall, target: Target, sent: Transfer, proof: Proof, by: Account = Account.ATTACKER) -> Steps[None]:
    """Both steps on the target: confirm by proof, progress by the secret."""
    yield from hall.attempt(target.co_gateway, "confirmStake", sent.fields(), proof, by=by)
    yield from hall.attempt(target.co_gateway, "progressMint", sent.fields(), SECRET, by=by)


def owned(hall: Hall, value: Standing, owner: Address) -> int:
    """Balance of an owner, in the token's smallest unit."""
    return int(hall.read(value, "balanceOf", owner))


def owned_by_attacker(hall: Hall, target: Target) -> int:
    """What the attacker has of the utility token."""
    return owned(hall, target.utility, hall.address(Account.ATTACKER))


def unbacked(hall: Hall, bridge: Bridge) -> int:
    """Utility tokens for which nothing is locked (R70)."""
    return int(hall.read(bridge.target.utility, "totalSupply")) - int(hall.read(bridge.gateway, "locked"))
