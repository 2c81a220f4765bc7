"""Attacks on what a bridge takes for a proof (R61, R69; J02, J04, J05, J07-J09).

Each is played on the broken contracts and on ours; it answers what was lost, or is refused.
"""

from __future__ import annotations

from devnet.errors import ChainError
from devnet.faults import mangle
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.transfers import Transfer
from devnet.scenarios.forged_state import ForgedState, forge_state
from devnet.scenarios.museum.bridges import (
    AMOUNT,
    NOTHING,
    Bridge,
    approve,
    build,
    message_hash,
    outbox_slot,
    owned,
    owned_by_attacker,
    prove,
    stake,
    stake_of_victim,
    take_home,
    token,
    transfer,
    unbacked,
)
from devnet.scenarios.museum.hall import Account, Hall, Standing, Steps, Wait
from devnet.scenarios.museum.search import (
    ATTACKED,
    COLLIDING_BALANCE,
    UNTOUCHED,
    colliding_trie,
    find_behind,
    find_crossing,
)

MASKS = (0x00, 0x01, 0x20, 0xFF)
"""First bytes of encodings of one path: 224 are taken."""


def zero_root(hall: Hall) -> Steps[int]:
    """A message that nobody proved, where zero is an accepted root, or is what a provider knows."""
    if hall.is_broken:
        bridge = yield from build(hall, co_gateway="ZeroRootCoGateway", further=(bytes(32),))
    else:
        roots = hall.deploy(hall.auxiliary, "KeyedRoots", hall.address(Account.CURATOR))
        bridge = yield from build(hall, roots=roots.address)
    yield from take_home(hall, bridge.target, transfer(hall), NOTHING)
    return unbacked(hall, bridge)


def forged_root(hall: Hall) -> Steps[int]:
    """A state that origin never had, posted as its root by who has the key, where there is one."""
    if hall.is_broken:
        roots = hall.deploy(hall.auxiliary, "KeyedRoots", hall.address(Account.ATTACKER))
    else:
        roots = hall.at(hall.auxiliary, "KeyedRoots", hall.observer.address)
    bridge = yield from build(hall, roots=roots.address)
    yield Wait.FINALISED
    sent = transfer(hall)
    forged = _forged_state(hall, bridge, sent)
    reason = yield from hall.tell(roots, "anchorStateRoot", hall.root.height, forged.state.root)
    if not hall.is_broken:
        core = hall.at(hall.origin, "KeyedRoots", hall.core.address)
        others = yield from hall.tell(core, "anchorStateRoot", hall.root.height, forged.state.root)
        if reason is None or others is None:
            raise ChainError("a root must come from votes: expected core and observer to take none from an account")
    yield from take_home(hall, bridge.target, sent, (hall.root.height, forged.state.nodes, forged.storage.nodes))
    return unbacked(hall, bridge)


def malleable_proof(hall: Hall) -> Steps[int]:
    """One stake, minted once for each encoding of its path."""
    bridge = yield from build(hall, co_gateway=hall.pick("MaskedProofCoGateway", "CoGateway"))
    sent = transfer(hall)
    yield from stake(hall, bridge, sent)
    yield Wait.FINALISED
    height, account, storage = proof = prove(hall, bridge, bridge.target, sent)
    gate = bridge.target.co_gateway
    if hall.is_broken:
        path = keccak(outbox_slot(message_hash(hall, bridge.target, sent)))
        for mask in MASKS:
            yield from hall.attempt(gate, "mintByProof", sent.fields(), bytes([mask]) + path, proof)
        return unbacked(hall, bridge)
    longer = (height, account, mangle.add_node(storage, len(storage), storage[0]))
    reason = yield from hall.tell(gate, "confirmStake", sent.fields(), longer)
    yield from take_home(hall, bridge.target, sent, longer if reason is None else proof)
    yield from take_home(hall, bridge.target, sent, proof)
    return unbacked(hall, bridge)


def trailing_bytes(hall: Hall) -> Steps[int]:
    """Another account after the end of the node that holds the gateway's."""
    bridge = yield from build(hall, co_gateway=hall.pick("TrailingBytesCoGateway", "CoGateway"))
    yield from stake_of_victim(hall, bridge)
    sent = transfer(hall)
    forged = _forged_state(hall, bridge, sent)
    height, account, _ = prove(hall, bridge, bridge.target, sent)
    longer = mangle.append_bytes(account, len(account) - 1, rlp.encode(forged.account.encode()))
    yield from take_home(hall, bridge.target, sent, (height, longer, forged.storage.nodes))
    return owned_by_attacker(hall, bridge.target)


def leaf_and_extension(hall: Hall) -> Steps[int]:
    """One unit staked so that an extension comes about, and a message behind it that was never staked."""
    bridge = yield from build(hall, co_gateway=hall.pick("FlaglessCoGateway", "CoGateway"))
    crossing = find_crossing(bridge.ends(hall), transfer(hall, amount=1))
    yield from stake(hall, bridge, crossing.staked)
    yield Wait.FINALISED
    sent = find_behind(bridge.ends(hall), transfer(hall, nonce=1), crossing.prefix)
    height, account, storage = prove(hall, bridge, bridge.target, sent)
    cut = mangle.cut_at_extension(storage)
    yield from take_home(hall, bridge.target, sent, (height, account, storage if cut is None else cut))
    return owned_by_attacker(hall, bridge.target)


def short_and_long_node(hall: Hall) -> Steps[int]:
    """A short node that, padded, reads like the hash of a long one, in its place."""
    if hall.is_broken:
        return (yield from _rob_vault(hall))
    bridge = yield from build(hall)
    sent = yield from stake_of_victim(hall, bridge)
    height, account, storage = prove(hall, bridge, bridge.target, sent)
    short = mangle.short_node(storage, len(storage) - 1)
    yield from take_home(hall, bridge.target, sent, (height, account, short))
    return owned_by_attacker(hall, bridge.target)


def exclusion(hall: Hall) -> Steps[int]:
    """The proof that a message is absent, shown as proof that it was declared."""
    bridge = yield from build(hall, co_gateway=hall.pick("ExclusionCoGateway", "CoGateway"))
    yield from stake_of_victim(hall, bridge)
    sent = transfer(hall)
    yield from take_home(hall, bridge.target, sent, prove(hall, bridge, bridge.target, sent))
    return owned_by_attacker(hall, bridge.target)


def _forged_state(hall: Hall, bridge: Bridge, sent: Transfer) -> ForgedState:
    return forge_state(bridge.gateway.address, message_hash(hall, bridge.target, sent))


def _rob_vault(hall: Hall) -> Steps[int]:
    """Pay in the balance whose leaf has a colliding hash, and take everything out."""
    chain, nodes = hall.auxiliary, colliding_trie(AMOUNT)
    value = token(hall, chain)
    roots = hall.deploy(chain, "KeyedRoots", hall.address(Account.CURATOR))
    vault = hall.deploy(chain, "ShortNodeVault", value.address, roots.address)
    yield Wait.MINED
    hall.send(roots, "anchorStateRoot", 1, keccak(nodes[0]), by=Account.CURATOR)
    yield from _deposit(hall, value, vault, UNTOUCHED, AMOUNT, Account.VICTIM)
    yield from _deposit(hall, value, vault, ATTACKED, COLLIDING_BALANCE, Account.ATTACKER)
    before = owned(hall, value, hall.address(Account.ATTACKER))
    everything = owned(hall, value, vault.address)
    yield from hall.attempt(vault, "withdraw", ATTACKED, everything, 1, mangle.short_node(nodes, 1))
    return owned(hall, value, hall.address(Account.ATTACKER)) - before - COLLIDING_BALANCE


def _deposit(hall: Hall, value: Standing, vault: Standing, number: bytes, amount: int, by: Account) -> Steps[None]:
    yield from approve(hall, value, vault, by)
    yield from hall.attempt(vault, "deposit", number, amount, by=by)
