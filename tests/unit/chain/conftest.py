"""A geth in memory: enough of the Engine API and of JSON-RPC to drive a chain, and to fail on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from devnet.chain.block import Attributes, Block, BlockSeen, ChainEvent, Envelope, Heads
from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.chain.encoding import keccak, to_data
from devnet.chain.transaction import decode_transaction
from devnet.config.network import ChainSpec, NodeSpec
from devnet.errors import ChainError, RpcError, TransportError
from devnet.runtime.base import Endpoint, NodeLaunch
from devnet.runtime.fake import FakeNode, FakeRuntime
from devnet.types import Role

CHAIN_ID = 4242
GAS_LIMIT = 30_000_000
GENESIS = b"\x01" * 32
RICH = 10**24


class FakeGeth:
    """The disk and the head of one node; it survives a restart."""

    def __init__(self, node: FakeNode) -> None:
        self.node = node
        self.blocks: dict[bytes, Envelope] = {}
        self.heads = Heads(GENESIS, GENESIS, GENESIS)
        self.calls: list[str] = []
        self.poison: dict[bytes, str] = {}
        self.pool: list[bytes] = []
        self.is_mute = False
        """Whether it takes blocks without saying so."""

    def path(self, block: bytes) -> list[Envelope]:
        result = []
        while block != GENESIS:
            result.append(self.blocks[block])
            block = self.blocks[block].parent
        return result[::-1]

    def nonce(self, sender: bytes) -> int:
        raws = [raw for envelope in self.path(self.heads.head) for raw in envelope.payload["transactions"]]
        return sum(decode_transaction(bytes.fromhex(raw[2:]), CHAIN_ID).sender == sender for raw in raws)

    def die(self, lost: int = 0) -> None:
        for _ in range(lost):
            self.heads = Heads(self.blocks.pop(self.heads.head).parent, GENESIS, GENESIS)
        self.node.kill()


class FakeEngine:
    """A connection to a FakeGeth, with the surface of Engine and of its transport."""

    def __init__(self, geth: FakeGeth) -> None:
        self._geth = geth
        self.node = self

    def check(self) -> None:
        self._require_life()

    def close(self) -> None:
        return

    def build(self, parent: bytes, attributes: Attributes, transactions: Sequence[bytes], number: int) -> Envelope:
        self._require_life()
        geth = self._geth
        geth.calls.append(f"build {len(transactions)}")
        if parent != geth.heads.head:
            raise RpcError(-32000, "parentHash is not current head")
        nonces: dict[bytes, int] = {}
        for raw in transactions:
            transaction = decode_transaction(raw, CHAIN_ID)
            if transaction.hash in geth.poison:
                raise RpcError(-32000, geth.poison[transaction.hash])
            expected = nonces.get(transaction.sender, geth.nonce(transaction.sender))
            if transaction.nonce != expected:
                raise RpcError(-32000, f"nonce too high: tx: {transaction.nonce} state: {expected}")
            nonces[transaction.sender] = expected + 1
        content = parent + attributes.timestamp.to_bytes(8, "big") + attributes.extra_data + attributes.prev_randao
        return Envelope(
            {
                "blockHash": to_data(keccak(content + b"".join(transactions))),
                "parentHash": to_data(parent),
                "blockNumber": hex(number),
                "timestamp": hex(attributes.timestamp),
                "extraData": to_data(attributes.extra_data),
                "gasLimit": hex(GAS_LIMIT),
                "gasUsed": hex(21_000 * len(transactions)),
                "baseFeePerGas": hex(10**9),
                "transactions": [to_data(raw) for raw in transactions],
            },
            (),
        )

    def import_blocks(self, envelopes: Sequence[Envelope]) -> bool:
        for envelope in envelopes:
            self._require_life()
            if envelope.parent != GENESIS and envelope.parent not in self._geth.blocks:
                raise ChainError("SYNCING")
            self._geth.blocks[envelope.hash] = envelope
        return False

    def begin_adopt(self, envelope: Envelope, heads: Heads, receipts: bool) -> Callable[[], list[dict[str, Any]]]:
        def wait() -> list[dict[str, Any]]:
            self.import_blocks([envelope])
            self._geth.heads = heads
            if self._geth.is_mute:
                raise ChainError("no answer")
            return [{"logs": []} for _ in envelope.payload["transactions"]] if receipts else []

        return wait

    def frozen(self) -> int:
        self._require_life()
        return 0

    def begin_set_heads(self, heads: Heads) -> Callable[[], None]:
        def wait() -> None:
            self._require_life()
            self._geth.calls.append("set heads")
            if heads.head != GENESIS and heads.head not in self._geth.blocks:
                raise ChainError("SYNCING")
            final = self._geth.heads.finalised
            if final in [GENESIS, *(envelope.hash for envelope in self._geth.path(heads.head))]:
                self._geth.heads = heads
            if self._geth.heads.head != heads.head:
                raise ChainError("node is elsewhere")

        return wait

    def head(self) -> bytes:
        self._require_life()
        return self._geth.heads.head

    def read_many(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return self.batch(calls)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        self._require_life()
        geth = self._geth
        geth.calls.append(method)
        if method == "eth_getTransactionCount":
            return hex(geth.nonce(bytes.fromhex(params[0][2:])))
        if method == "eth_getBlockByNumber":
            quantities = {"number": 0, "timestamp": 1_000, "gasLimit": GAS_LIMIT, "gasUsed": 0, "baseFeePerGas": 10**9}
            hashes = {"hash": to_data(GENESIS), "parentHash": to_data(b"\0" * 32)}
            return {name: hex(value) for name, value in quantities.items()} | hashes
        plain: dict[str, Any] = {"eth_chainId": hex(CHAIN_ID), "eth_blockNumber": "0x0", "eth_getBalance": hex(RICH)}
        plain |= {"eth_getTransactionReceipt": None, "txpool_status": {"pending": hex(len(geth.pool)), "queued": "0x0"}}
        if method == "txpool_content":
            decoded = [decode_transaction(raw, CHAIN_ID) for raw in geth.pool]
            pending: dict[str, dict[str, Any]] = {to_data(transaction.sender): {} for transaction in decoded}
            for transaction in decoded:
                pending[to_data(transaction.sender)][str(transaction.nonce)] = {"hash": to_data(transaction.hash)}
            return {"pending": pending, "queued": {}}
        if method == "eth_getRawTransactionByHash":
            return next((to_data(raw) for raw in geth.pool if to_data(keccak(raw)) == params[0]), None)
        return plain.get(method, [method, *params])

    def _require_life(self) -> None:
        if not self._geth.node.is_alive():
            raise TransportError("connection refused")


@dataclass
class Rig:
    """A chain on fake nodes with what it told."""

    chain: Chain
    clock: Clock
    geths: list[FakeGeth]
    seen: list[BlockSeen] = field(default_factory=list)
    events: list[ChainEvent] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


Sign = Callable[..., bytes]


@pytest.fixture
def sign() -> Sign:
    """Signs a transaction of user ``user`` with nonce ``nonce``; other fields may be changed or, by None, left out."""

    def make(user: int, nonce: int, **changes: Any) -> bytes:
        fields = {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "to": "0x" + "11" * 20,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10**12,
            "maxPriorityFeePerGas": 10**9,
        }
        kept = {name: value for name, value in (fields | changes).items() if value is not None}
        return bytes(Account.from_key(bytes([user + 1]) * 32).sign_transaction(kept).raw_transaction)

    return make


@pytest.fixture
def make_rig() -> Iterator[Callable[..., Rig]]:
    """Makes started chains on fake nodes."""
    chains: list[Chain] = []

    def make(nodes: int = 1, role: Role = Role.AUXILIARY, **options: Any) -> Rig:
        port = options.pop("node_port_url", None)
        runtime = FakeRuntime(lambda launch: Endpoint(ipc_path=Path(launch.name), node_port_url=port))
        specs = tuple(NodeSpec(f"auxiliary-{index}", "auxiliary", index) for index in range(nodes))
        epochs = 2 if role is Role.ORIGIN else 0
        spec = ChainSpec("auxiliary", role, CHAIN_ID, 1, 4, GAS_LIMIT, 1_000, specs, epochs)
        running = [runtime.start(NodeLaunch(node.name, Path("genesis.json"), GAS_LIMIT)) for node in specs]
        geths = {node.name: FakeGeth(node) for node in running}
        clock = Clock(1_000)
        seen: list[BlockSeen] = []
        events: list[ChainEvent] = []
        chain = Chain(
            spec,
            running,
            clock,
            7,
            on_block=seen.append,
            on_event=events.append,
            connect=lambda node: FakeEngine(geths[node.name]),  # type: ignore[arg-type,return-value]
            **options,
        )
        chains.append(chain)
        chain.start()
        return Rig(chain, clock, list(geths.values()), seen, events)

    yield make
    for chain in chains:
        chain.close()


@pytest.fixture
def block() -> Callable[..., Block]:
    """A block with the figures that matter."""

    def make(**figures: Any) -> Block:
        known: dict[str, Any] = {"number": 1, "hash": b"\2" * 32, "parent": GENESIS, "timestamp": 1, "view": "main"}
        return Block(**(known | figures))

    return make
