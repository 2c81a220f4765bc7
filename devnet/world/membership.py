"""Validators that come and go while a network runs (R41-R43): deposits, logouts and withdrawals on every core.

What the owner of a stake would do with a wallet is done here with the validator's own key, derived from seed and
name: the contracts see nothing special about it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from devnet.config.network import ActorSpec, Devnet, Key
from devnet.config.resolve import with_validator
from devnet.config.validate import name_problem
from devnet.contracts.errors import raise_reverted
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle, Read, read_many
from devnet.contracts.handles import CoreHandles, Handles
from devnet.contracts.send import Sender
from devnet.errors import ChainError, ManifestError, RpcError, UsageError
from devnet.mosaic.votes import Domain, registration_digest, sign_digest
from devnet.types import TOKEN, Json, Wei
from devnet.world.casting import Casting
from devnet.world.running import Running
from devnet.world.surroundings import Links

_ADVICE: Final = MappingProxyType(
    {
        "StakeLocked": "it may withdraw once it has left and the delay is over, see devnet validator list",
        "AlreadyLeaving": "wait until it has left, see devnet validator list",
    }
)
"""What to do where the contract refuses, by its error."""

FEES_WEI: Wei = 1_000 * TOKEN
"""What a newcomer gets on every chain for fees and bonds, from the deployer."""

NEVER = 2**32 - 1
"""``Member.entered`` of one whose deposit waits, ``Member.left`` of one that stays."""

_TRANSFER_GAS = 21_000


class Membership:
    """Lets validators join and leave one running world."""

    def __init__(
        self,
        running: Running,
        handles: Handles,
        casting: Casting,
        links: Links,
        paused: Callable[[], AbstractContextManager[None]],
        grown: Callable[[Devnet], None],
    ) -> None:
        self._running = running
        self._handles = handles
        self._casting = casting
        self._links = links
        self._paused = paused
        self._grown = grown
        self._devnet = running.devnet
        self._origin = running.chains[running.devnet.origin.name]

    def join(self, name: str, weight_wei: Wei) -> dict[str, Json]:
        """Fund and start a new validator, and deposit its stake on every core; one block is made on every chain.

        It becomes a member with the next commits (R35), and votes once auxiliary has their kernels.
        Raises ManifestError for a name or a weight that cannot be, UsageError where the core takes nobody.
        """
        devnet = self._with(name, weight_wei)
        spec = devnet.actor(name)
        for core in self._cores():
            self._require_new(core, spec)
        with self._paused():
            self._fund(spec)
            for core in self._cores():
                arguments = (spec.auxiliary_key.address, _registration(self._devnet, core, spec))
                self._send(spec.origin_key, core.stake, "deposit", arguments, weight_wei)
            self._start(devnet, spec)
        return self._told("ValidatorJoins", spec)

    def leave(self, name: str) -> dict[str, Json]:
        """Log a validator out of every core: it leaves with the next commits, or never enters if it still waited."""
        return self._ask(name, "logout", "ValidatorLeaves")

    def withdraw(self, name: str) -> dict[str, Json]:
        """Pay a validator's stakes back to it and end it. Raises ChainError while any of them is locked (R41)."""
        found = self._ask(name, "withdraw", "ValidatorWithdraws")
        with self._paused():
            self._running.cast[name].end()
        return found

    def validators(self) -> list[dict[str, Json]]:
        """Every validator of every core, as the contracts know it."""
        return [self._row(core, spec) for core in self._cores() for spec in self._devnet.validators]

    def _with(self, name: str, weight_wei: Wei) -> Devnet:
        problem, least = name_problem(name), self._devnet.parameters.minimum_stake_wei
        if problem is not None:
            raise ManifestError(f"validator name {name!r}: {problem}")
        if name in self._running.cast or name in self._running.chains:
            raise ManifestError(f"{name!r} is taken: {', '.join((*self._running.chains, *self._running.cast))}")
        if weight_wei < least:
            raise ManifestError(f"a stake must be at least {least} wei, found {weight_wei}")
        # After a rewind to before it joined, it is still described but does not run.
        others = tuple(actor for actor in self._devnet.actors if actor.name != name)
        return with_validator(replace(self._devnet, actors=others), name, weight_wei)

    def _cores(self) -> list[CoreHandles]:
        return [self._handles.core_of(chain.name) for chain in self._devnet.auxiliaries]

    def _require_new(self, core: CoreHandles, spec: ActorSpec) -> None:
        reads = [Read(core.stake, "member", (spec.auxiliary_key.address,)), Read(core.core, "isHalted")]
        member, halted = read_many(self._running.to_origin, reads)
        if member["known"]:
            raise UsageError(f"{spec.name} was a validator before and an address deposits once: choose another name")
        if halted:
            raise UsageError(f"the core of {core.deployment.auxiliary} has halted: nobody enters it any more")

    def _fund(self, spec: ActorSpec) -> None:
        """Send it what it stakes and what it needs for fees, and make the blocks that bring it."""
        for chain in self._devnet.chains:
            is_origin = chain.name == self._devnet.origin.name
            key = spec.origin_key if is_origin else spec.auxiliary_key
            amount = FEES_WEI + (spec.weight_wei * len(self._devnet.auxiliaries) if is_origin else 0)
            running, link = self._running.chains[chain.name], self._running.link(chain.name)
            Sender(link, self._devnet.deployer, chain.chain_id).send(key.address, b"", _TRANSFER_GAS, amount)
            running.mine()
            if int(link.call("eth_getBalance", ("0x" + key.address.hex(), "latest")), 16) < amount:
                raise ChainError(f"{chain.name}: {spec.name} was sent {amount} wei, which the next block did not bring")
        self._running.take_over()

    def _start(self, devnet: Devnet, spec: ActorSpec) -> None:
        self._devnet = devnet
        self._grown(devnet)
        self._casting.know(devnet)
        self._links.add(spec.name)
        self._running.cast[spec.name] = self._casting.make(spec)

    def _ask(self, name: str, function: str, told: str) -> dict[str, Json]:
        specs = {spec.name: spec for spec in self._devnet.validators}
        if name not in specs:
            raise ManifestError(f"no validator {name!r} in this network (there are: {', '.join(specs)})")
        spec = specs[name]
        # Before anything is paused: whoever asks again and again must not hold the network up.
        for core in self._cores():
            self._try(spec.origin_key, core.stake, function)
        with self._paused():
            for core in self._cores():
                self._send(spec.origin_key, core.stake, function)
        return self._told(told, spec)

    def _try(self, key: Key, stake: ContractHandle, function: str) -> None:
        """Raises ContractReverted if the call would revert in the next block."""
        call = {
            "from": "0x" + key.address.hex(),
            "to": "0x" + stake.address.hex(),
            "data": "0x" + stake.calldata(function).hex(),
        }
        try:
            # The node would call it in the block that there is, whose number decides about delays.
            self._running.to_origin.call(
                "eth_call", (call, "latest", {}, {"number": hex(self._origin.head.number + 1)})
            )
        except RpcError as error:
            raise_reverted(stake.name, function, error, (stake.abi,), _ADVICE)

    def _send(
        self, key: Key, stake: ContractHandle, function: str, arguments: tuple[object, ...] = (), value: Wei = 0
    ) -> None:
        sender = Sender(self._running.to_origin, key, self._devnet.origin.chain_id)
        sender.send(stake.address, stake.calldata(function, *arguments), gas_limit("Stake", function), value)

    def _told(self, kind: str, spec: ActorSpec) -> dict[str, Json]:
        validator = "0x" + spec.auxiliary_key.address.hex()
        payload: dict[str, Json] = {"validator": validator, "weight_wei": str(spec.weight_wei)}
        chain = self._devnet.origin.name
        self._running.history.append(
            kind,
            time=self._running.clock.now(),
            chain=chain,
            block=self._origin.head.number,
            actor=spec.name,
            payload=payload,
        )
        return {"name": spec.name, **payload}

    def _row(self, core: CoreHandles, spec: ActorSpec) -> dict[str, Json]:
        validator, stake = spec.auxiliary_key.address, core.stake
        reads = [
            Read(stake, "member", (validator,)),
            Read(stake, "openHeight"),
            Read(stake, "withdrawn", (validator,)),
            Read(stake, "isLeaving", (validator,)),
            Read(stake, "cancelledAt", (validator,)),
            Read(core.core, "haltedAt"),
        ]
        member, height, withdrawn, leaving, cancelled, halted = read_many(self._running.to_origin, reads)
        known = bool(member["known"])
        left = int(member["left"]) if known and member["left"] != NEVER else None
        committed = 0 if left is None else core.core.read(self._running.to_origin, "committedAt", left + 1)
        begins = [block for block in (committed or cancelled, halted) if block and known]
        handle = self._running.cast.get(spec.name)
        return {
            "auxiliary": core.deployment.auxiliary,
            "name": spec.name,
            "validator": "0x" + validator.hex(),
            "weight_wei": str(member["weight"] if known else spec.weight_wei),
            "state": _state(member, height, bool(withdrawn), bool(leaving), bool(cancelled)),
            "entered": int(member["entered"]) if known and member["entered"] != NEVER else None,
            "left": left,
            "withdrawable_from": min(begins) + self._devnet.parameters.withdrawal_delay if begins else None,
            "actor": handle.state if handle is not None else "not there",
        }


def _registration(devnet: Devnet, core: CoreHandles, spec: ActorSpec) -> bytes:
    """The validator's own signature that it is registered by this depositor (R3)."""
    deployment, depositor = core.deployment, spec.origin_key.address
    domain = Domain(devnet.origin.chain_id, deployment.core)
    digest = registration_digest(deployment.core_id, depositor, spec.auxiliary_key.address, domain)
    return sign_digest(digest, spec.auxiliary_key.secret)


def _state(member: dict[str, int], height: int, withdrawn: bool, leaving: bool, cancelled: bool) -> str:
    """One word or two for where a validator stands at the open height."""
    words = (
        (withdrawn, "withdrawn"),
        (bool(member["slashed"]), "slashed"),
        (cancelled, "cancelled"),
        (not member["known"], "depositing"),
        (member["entered"] == NEVER, "waiting"),
        (member["left"] <= height, "left"),
        (leaving, "leaving"),
    )
    return next((word for holds, word in words if holds), "member")
