"""Events as contracts write them, and views of chains that were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from devnet.actors.attempts import Attempts
from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.follower import OriginState
from devnet.actors.watch import Seen
from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.contracts.deployment import CoreDeployment, Deployment
from devnet.contracts.handle import ContractHandle, DecodedEvent
from devnet.contracts.handles import Handles
from devnet.contracts.send import Sender
from devnet.mosaic import rlp
from devnet.mosaic.headers import Header
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import Domain, SignedVote, Vote
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.nodes import FakeLink, chain_of

EPOCH = 4
KERNEL = b"\x4b" * 32
CORE_ID = b"\x0c" * 32
ORIGIN_ID = b"\x0e" * 32
AUXILIARY_ROOT = b"\xa0" * 32
ORIGIN_ROOT = b"\xb0" * 32

CORE = CoreDeployment(
    auxiliary="auxiliary-1",
    core_id=CORE_ID,
    origin_core_id=ORIGIN_ID,
    core=b"\x01" * 20,
    stake=b"\x02" * 20,
    evidence=b"\x07" * 20,
    block_store=b"\x03" * 20,
    observer=b"\x04" * 20,
    kernel_gateway=b"\x05" * 20,
    polling_place=b"\x06" * 20,
    rewards=b"\x08" * 20,
    auxiliary_root=AUXILIARY_ROOT,
    origin_root=ORIGIN_ROOT,
)


def event(name: str, block: int = 1, contract: str = "PollingPlace", **args: Any) -> DecodedEvent:
    return DecodedEvent(contract, "auxiliary-1", name, args, block, block.to_bytes(32), 0, bytes(32))


def checkpoint_hash(height: int, kind: int = 0xAA) -> bytes:
    return bytes([kind]) * 30 + height.to_bytes(2)


def make_vote(source: int, target: int, /, **changes: Any) -> Vote:
    """A vote about the auxiliary chain between checkpoints ``checkpoint_hash(height)``."""
    fields: dict[str, Any] = {
        "core_id": CORE_ID,
        "transition": b"\x77" * 32,
        "source": checkpoint_hash(source) if source else AUXILIARY_ROOT,
        "target": checkpoint_hash(target),
        "source_height": source,
        "target_height": target,
    }
    return Vote(**(fields | changes))


def struct_of(vote: Vote) -> dict[str, Any]:
    names = ("coreId", "transition", "source", "target", "sourceHeight", "targetHeight")
    return dict(zip(names, vote.fields(), strict=True))


def digest_of(vote: Vote) -> bytes:
    """What the fake contracts call the vote."""
    return vote.digest(Domain(1, CORE.core))


def vote_event(
    vote: Vote, validator: bytes, name: str = "VoteCast", block: int = 1, kernel_height: int = 1
) -> DecodedEvent:
    args: dict[str, Any] = {"coreId": vote.core_id, "validator": validator, "vote": struct_of(vote)}
    args["digest"] = digest_of(vote)
    if name == "VoteCast":
        args["kernelHeight"] = kernel_height
    return event(name, block, signature=b"\x01" * 65, **args)


def kernel_struct(
    height: int, weights: Mapping[bytes, int] | None = None, gas_target: int = 1_000, parent: bytes = bytes(32)
) -> dict[str, Any]:
    """A kernel as events carry it, with the given weights as its changes."""
    listed = sorted((weights or {}).items())
    return {
        "height": height,
        "parent": parent,
        "validators": tuple(validator for validator, _ in listed),
        "weights": tuple(weight for _, weight in listed),
        "gasTarget": gas_target,
    }


def kernel_stored(
    height: int, digest: bytes, activation: int = 0, weights: Mapping[bytes, int] | None = None
) -> DecodedEvent:
    kernel = kernel_struct(height, weights)
    return event("KernelStored", height=height, kernelHash=digest, activationDynasty=activation, kernel=kernel)


def kernel_opened(height: int, digest: bytes, gas_target: int = 1_000, block: int = 1) -> DecodedEvent:
    kernel = kernel_struct(height, gas_target=gas_target)
    return event("KernelOpened", block, height=height, kernelHash=digest, kernel=kernel)


PROPOSER = b"\x50" * 20


def proposed(digest: bytes, kernel_height: int, transition: Transition, proposer: bytes = PROPOSER) -> DecodedEvent:
    names = ("coreId", "kernelHash", "height", "dynasty", "checkpoint", "accumulatedGas")
    more = ("accumulatedTransactionRoot", "originDynasty", "originCheckpoint")
    struct = dict(zip((*names, *more), transition.fields(), strict=True))
    return event("Proposed", proposalId=digest, kernelHeight=kernel_height, proposer=proposer, transition=struct)


def any_transition(height: int) -> Transition:
    """A transition of which only the height matters."""
    return Transition(CORE_ID, bytes(32), height, 0, checkpoint_hash(height), 0, bytes(32), 0, bytes(32))


def committed(height: int, checkpoint_height: int, digest: bytes = bytes(32)) -> DecodedEvent:
    args: dict[str, Any] = {
        "checkpointHeight": checkpoint_height,
        "transitionHash": digest,
        "target": b"\x7a" * 32,
        "stateRoot": bytes(32),
    }
    return event("MetaBlockCommitted", height=height, **args)


def signed(vote: Vote, validator: bytes) -> SignedVote:
    return SignedVote(vote, validator, b"\x01" * 65)


@dataclass
class FakeFollower:
    """A chain as it was read, and the state that a test gives it."""

    seen: Seen
    state: Any
    is_behind: bool = False

    def header(self, number: int) -> Header:
        return self.seen.blocks[number].header

    def amend(self, change: Callable[[Any], None]) -> None:
        change(self.state)


def seen_chain(length: int, gas_used: int = 100, finalized: int = 0) -> Seen:
    """Blocks 0 .. length - 1 as read."""
    seen = Seen(finalized=finalized)
    for one in chain_of(length, gas_used=gas_used):
        seen.append(one, one.hash)
    return seen


def demo_devnet() -> Devnet:
    return resolve(load_manifest(find_manifest("minimal")), seed=0)


def make_view(auxiliary: Seen, origin: Seen, position: int = 0) -> tuple[AuxiliaryView, FakeLink, FakeLink]:
    """A view of one auxiliary on fake chains, whose roots are their blocks 0; with the links that it sends to."""
    devnet = demo_devnet()
    core = replace(CORE, auxiliary_root=auxiliary.blocks[0].hash, origin_root=origin.blocks[0].hash)
    contracts = Handles(Deployment((core,)), FakeCompiled()).core_of("auxiliary-1")  # type: ignore[arg-type]
    to_auxiliary, to_origin = FakeLink([]), FakeLink([], chain="origin")
    key = devnet.validators[0].auxiliary_key
    origin_state = OriginState(["auxiliary-1"])
    view = AuxiliaryView(
        devnet=devnet,
        spec=devnet.chain("auxiliary-1"),
        contracts=contracts,
        chain=FakeFollower(auxiliary, AuxiliaryState(core)),  # type: ignore[arg-type]
        origin=FakeFollower(origin, origin_state),  # type: ignore[arg-type]
        sender=Sender(to_auxiliary, key, 1),
        origin_sender=Sender(to_origin, key, 1),
        position=position,
        attempts=Attempts(),
        origin_attempts=Attempts(),
    )
    return view, to_auxiliary, to_origin


def make_ruled_view(gas_used: int = 100, gas_target: int = 1_000, position: int = 0) -> tuple[AuxiliaryView, FakeLink]:
    """Both chains 40 blocks long with kernel 1 in force on both, and the link to origin."""
    view, _, to_origin = make_view(seen_chain(41, gas_used), seen_chain(41, finalized=32), position)
    view.state.apply(kernel_stored(1, KERNEL))
    view.core.apply(kernel_opened(1, KERNEL, gas_target))
    return view, to_origin


def calls_in(link: FakeLink, contract: ContractHandle) -> list[tuple[str, tuple[Any, ...]]]:
    """What the transactions sent to a link call."""
    calls = []
    for raw in link.sent:
        fields = rlp.decode(raw[1:])
        assert isinstance(fields, list)
        assert fields[5] == contract.address
        assert isinstance(fields[7], bytes)
        call = contract.decode_calldata(fields[7])
        assert call is not None
        calls.append(call)
    return calls
