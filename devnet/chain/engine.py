"""The Engine API and geth's block building: the one file that speaks them.

A block is made in three calls: built on the current head from an explicit list of transactions (nothing is
taken from geth's pool), imported, set as head. geth says VALID in cases where nothing moved, so the head is
read back and compared after every step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from devnet.chain.answers import Answers
from devnet.chain.block import Attributes, Envelope, Heads
from devnet.chain.client import Call, HttpTransport, IpcTransport, Transport
from devnet.chain.encoding import to_data, to_quantity
from devnet.errors import ChainError, RpcError, TransportError
from devnet.runtime.base import Endpoint
from devnet.types import Hash32

BEACON_ROOT = "0x" + "00" * 32
"""parentBeaconBlockRoot of every block: there is no beacon chain."""

METHOD_NOT_FOUND = -32601

UNCHANGED: Hash32 = bytes(32)
"""As safe or finalised block of a choice of head: leave it as it is."""

READ_HEAD: Call = ("eth_getHeaderByNumber", ("latest",))


class Engine:
    """Drives one node: builds, imports and chooses the head."""

    def __init__(self, endpoint: Endpoint, timeout_s: float = 10.0, name: str = "") -> None:
        self.node: Transport
        """Serves eth, debug and the building of blocks."""
        self._engine: Transport
        self._answers = Answers()
        if endpoint.ipc_path is not None:
            self.node = self._engine = IpcTransport(endpoint.ipc_path, timeout_s, name)
        elif endpoint.http_url is not None and endpoint.engine_url is not None:
            self.node = HttpTransport(endpoint.http_url, timeout_s=timeout_s, name=name)
            self._engine = HttpTransport(endpoint.engine_url, endpoint.jwt_secret, timeout_s, name=name)
        else:
            raise ChainError("a node needs an IPC socket, or an HTTP and an Engine API address")

    def close(self) -> None:
        """Let go of every connection."""
        self.node.close()
        self._engine.close()

    def check(self) -> None:
        """Make sure that this geth can build blocks from explicit lists.

        The namespace is geth's own and unstable. Raises ChainError if the methods are missing.
        """
        try:
            self.node.call("testing_buildBlockV1", [BEACON_ROOT, {}, [], "0x"])
        except RpcError as error:
            if error.code == METHOD_NOT_FOUND:
                raise ChainError("this geth has no testing_buildBlockV1: use the pinned version") from error

    def read_many(self, calls: Sequence[Call]) -> list[Any]:
        """Results of calls that change nothing, in one round trip at most (see ``Answers``)."""
        return self._answers.read(calls, self.node.batch)

    def build(self, parent: Hash32, attributes: Attributes, transactions: Sequence[bytes], number: int) -> Envelope:
        """A block of exactly these transactions in this order, on ``parent``, which must be the node's head.

        Changes nothing. Raises RpcError with geth's words if a transaction cannot be in it; the words name
        no index.
        """
        fields = {
            "timestamp": to_quantity(attributes.timestamp),
            "prevRandao": to_data(attributes.prev_randao),
            "suggestedFeeRecipient": to_data(attributes.fee_recipient),
            "withdrawals": [],
            "parentBeaconBlockRoot": BEACON_ROOT,
        }
        raw = [to_data(transaction) for transaction in transactions]
        answer = self.node.call("testing_buildBlockV1", [to_data(parent), fields, raw, to_data(attributes.extra_data)])
        envelope = _envelope(answer)
        payload = envelope.payload
        if payload["parentHash"] != to_data(parent) or payload["blockNumber"] != to_quantity(number):
            raise ChainError(f"built {payload['blockNumber']} on {payload['parentHash']}, not on {to_data(parent)}")
        if payload["transactions"] != raw:
            raise ChainError(f"block {number} was built with {len(payload['transactions'])} of {len(raw)} transactions")
        return envelope

    def import_blocks(self, envelopes: Sequence[Envelope]) -> bool:
        """Make blocks known to the node, oldest first. Known ones are accepted again.

        A death may leave a block without its state: geth calls it valid, and its children only ``ACCEPTED``.
        Made head once, it is executed again. Returns whether that was needed: only then has the head moved.
        """
        rest, restored_for = list(envelopes), b""
        self._answers.drop()
        while rest:
            answers = self._engine.batch([_import(envelope) for envelope in rest])
            taken = next((i for i, answer in enumerate(answers) if _is_stateless(answer)), len(rest))
            taken += taken == 0 and restored_for == rest[0].hash  # it was tried: the answer is now the error
            for envelope, answer in zip(rest[:taken], answers, strict=False):
                _require_valid(answer, envelope.hash)
            rest = rest[taken:]
            if rest:
                restored_for = rest[0].hash
                self._engine.batch([_choose(Heads(rest[0].parent, UNCHANGED, UNCHANGED))])
        return bool(restored_for)

    def begin_adopt(self, envelope: Envelope, heads: Heads, receipts: bool) -> Callable[[], list[dict[str, Any]]]:
        """Import a block and make it the head, in one message; the returned function waits and checks.

        It returns the block's receipts if they were asked for.
        """
        calls = [_import(envelope), _choose(heads), READ_HEAD]
        if receipts:
            calls.append(("eth_getBlockReceipts", (to_data(heads.head),)))
        self._answers.drop()
        finish = self._engine.begin(calls)

        def wait() -> list[dict[str, Any]]:
            imported, chosen, header, *rest = finish()
            _require_valid(imported, heads.head)
            _require_chosen(chosen, header, heads.head)
            self._answers.keep()
            return _receipts(rest[0]) if rest else []

        return wait

    def begin_set_heads(self, heads: Heads) -> Callable[[], None]:
        """Choose the head, and what is safe and finalised; the returned function waits and checks the head."""
        self._answers.drop()
        finish = self._engine.begin([_choose(heads), READ_HEAD])

        def wait() -> None:
            chosen, header = finish()
            _require_chosen(chosen, header, heads.head)
            self._answers.keep()

        return wait

    def frozen(self) -> int:
        """How many of its oldest blocks the node has moved to the store that it never rewrites (the freezer)."""
        return int(self.node.call("debug_dbAncients"))

    def cut(self, number: int) -> None:
        """Delete every canonical block above that height, the frozen ones included."""
        self._answers.drop()
        self.node.call("debug_setHead", (hex(number),))

    def head(self) -> Hash32:
        """Hash of the node's newest block."""
        return _header_hash(self._engine.batch([READ_HEAD])[0])


def _import(envelope: Envelope) -> Call:
    return "engine_newPayloadV4", (envelope.payload, [], BEACON_ROOT, envelope.requests)


def _choose(heads: Heads) -> Call:
    state = {
        "headBlockHash": to_data(heads.head),
        "safeBlockHash": to_data(heads.safe),
        "finalizedBlockHash": to_data(heads.finalised),
    }
    return "engine_forkchoiceUpdatedV3", (state, None)


def _envelope(answer: Any) -> Envelope:
    try:
        payload = answer["executionPayload"]
        payload["blockHash"], payload["parentHash"], payload["blockNumber"], payload["transactions"]
        return Envelope(payload, tuple(answer.get("executionRequests") or ()))
    except (KeyError, TypeError) as error:
        raise TransportError(f"malformed block: {str(answer)[:120]}") from error


def _receipts(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(receipt.get("logs"), list) for receipt in answer):
        raise TransportError(f"malformed receipts: {str(answer)[:120]}")
    return answer


def _is_stateless(status: Any) -> bool:
    return isinstance(status, dict) and status.get("status") == "ACCEPTED"


def _require_valid(status: Any, block: Hash32) -> None:
    if not isinstance(status, dict) or status.get("status") != "VALID":
        raise ChainError(f"node refused block {to_data(block)}: {status}")


def _require_chosen(answer: Any, header: Any, head: Hash32) -> None:
    if not isinstance(answer, dict):
        raise TransportError(f"malformed answer to a choice of head: {str(answer)[:120]}")
    _require_valid(answer.get("payloadStatus"), head)
    found = _header_hash(header)
    if found != head:
        raise ChainError(f"node is at {to_data(found)} after it was told to be at {to_data(head)}")


def _header_hash(header: Any) -> Hash32:
    try:
        return bytes.fromhex(header["hash"][2:])
    except (KeyError, TypeError, ValueError) as error:
        raise TransportError(f"malformed header: {str(header)[:120]}") from error
