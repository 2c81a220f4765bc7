"""A chain in memory that answers like a node, and events as contracts write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from devnet.errors import RpcError
from devnet.mosaic import rlp
from devnet.mosaic.headers import Header
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import Domain, SignedVote, Vote
from tests.unit.actors.abis import FakeCompiled

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


def header(number: int, parent: bytes = bytes(32), salt: bytes = b"", gas_used: int = 0) -> Header:
    return Header(
        parent_hash=parent,
        uncles_hash=bytes(32),
        fee_recipient=bytes(20),
        state_root=number.to_bytes(32),
        transactions_root=(7 + number).to_bytes(32),
        receipts_root=bytes(32),
        logs_bloom=bytes(256),
        difficulty=0,
        number=number,
        gas_limit=60_000_000,
        gas_used=gas_used,
        timestamp=1_000 + number,
        extra_data=salt,
        prev_randao=bytes(32),
        nonce=bytes(8),
        base_fee_per_gas=7,
        withdrawals_root=bytes(32),
        blob_gas_used=0,
        excess_blob_gas=0,
        parent_beacon_block_root=bytes(32),
        requests_hash=bytes(32),
    )


def rpc_block(one: Header) -> dict[str, Any]:
    def data(value: bytes) -> str:
        return "0x" + value.hex()

    return {
        "parentHash": data(one.parent_hash),
        "sha3Uncles": data(one.uncles_hash),
        "miner": data(one.fee_recipient),
        "stateRoot": data(one.state_root),
        "transactionsRoot": data(one.transactions_root),
        "receiptsRoot": data(one.receipts_root),
        "logsBloom": data(one.logs_bloom),
        "difficulty": hex(one.difficulty),
        "number": hex(one.number),
        "gasLimit": hex(one.gas_limit),
        "gasUsed": hex(one.gas_used),
        "timestamp": hex(one.timestamp),
        "extraData": data(one.extra_data),
        "mixHash": data(one.prev_randao),
        "nonce": data(one.nonce),
        "baseFeePerGas": hex(one.base_fee_per_gas),
        "withdrawalsRoot": data(one.withdrawals_root),
        "blobGasUsed": hex(one.blob_gas_used),
        "excessBlobGas": hex(one.excess_blob_gas),
        "parentBeaconBlockRoot": data(one.parent_beacon_block_root),
        "requestsHash": data(one.requests_hash),
        "hash": data(one.hash),
    }


def chain_of(length: int, salt: bytes = b"", base: Sequence[Header] = (), gas_used: int = 0) -> list[Header]:
    """Headers 0 .. length - 1, going on from ``base``."""
    headers = list(base)
    while len(headers) < length:
        parent = headers[-1].hash if headers else bytes(32)
        headers.append(header(len(headers), parent, salt, gas_used if headers else 0))
    return headers


@dataclass
class FakeLink:
    """A node with a chain of headers and some logs."""

    headers: list[Header]
    logs: list[dict[str, Any]] = field(default_factory=list)
    finalized: int = 0
    chain: str = "auxiliary-1"
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """Fixed answers by method; an exception is raised, a callable is called with the parameters."""
    before_logs: Callable[[], None] = lambda: None
    sent: list[bytes] = field(default_factory=list)

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        self.asked.append(method)
        if method in self.answers:
            answer = self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            return answer(*params) if callable(answer) else answer
        match method:
            case "eth_getBlockByNumber":
                return self._block(str(params[0]))
            case "eth_getBlockByHash":
                found = [one for one in self.headers if "0x" + one.hash.hex() == params[0]]
                return rpc_block(found[0]) if found else None
            case "eth_getLogs":
                self.before_logs()
                return self._logs(params[0])  # type: ignore[arg-type]
            case "eth_getTransactionCount":
                return hex(len(self.sent))
            case "eth_sendRawTransaction":
                self.sent.append(bytes.fromhex(str(params[0])[2:]))
                return "0x" + bytes(32).hex()
        raise RpcError(-32601, f"the method {method} does not exist/is not available")

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]

    def _block(self, tag: str) -> dict[str, Any] | None:
        number = {"latest": len(self.headers) - 1, "finalized": self.finalized}.get(tag)
        number = int(tag, 16) if number is None else number
        return rpc_block(self.headers[number]) if number < len(self.headers) else None

    def _logs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            return [log for log in self.logs if log["blockHash"] == query["blockHash"]]
        span = range(int(query["fromBlock"], 16), int(query["toBlock"], 16) + 1)
        return [log for log in self.logs if int(log["blockNumber"], 16) in span]


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
