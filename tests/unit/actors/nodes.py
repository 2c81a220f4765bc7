"""A chain in memory that answers like a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devnet.errors import RpcError
from devnet.mosaic.headers import Header


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
