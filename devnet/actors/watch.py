"""Following one chain through a link: every block once, every event of our contracts once, reorgs undone.

What was seen is a chain of blocks that hang together by hash, and the events in them. When the chain turns out
to have taken another way, everything above the last common block is forgotten and read again, so that whoever
reasons about ``Seen`` reasons about one branch only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devnet.actors.blocks import Blocks, SeenBlock
from devnet.chain.link import Link
from devnet.contracts.handle import ContractHandle, DecodedEvent
from devnet.errors import RpcError, TransportError
from devnet.mosaic.headers import Header, InvalidHeader, header_from_rpc
from devnet.types import Hash32

BLOCKS_PER_LOOK = 256
"""Most blocks read in one look, so that a step stays short however far behind the actor is."""

_ROLL_BACK_STEP = 16
"""Headers compared per round trip while looking for the last common block."""


@dataclass(slots=True)
class Seen:
    """The branch that was read so far, its newest blocks in full. Whatever it holds is immutable: ``copy`` is cheap."""

    blocks: Blocks = field(default_factory=Blocks)
    """Block i at index i."""
    events: list[DecodedEvent] = field(default_factory=list)
    """The events of the watched contracts in the blocks that are kept in full, in chain order."""
    dropped: int = 0
    """How many events came before those."""
    finalized: int = 0
    """Number of the block that the node calls ``finalized``."""
    rollbacks: int = 0
    """How often blocks were forgotten: whoever keeps something derived from events compares it."""

    @property
    def head(self) -> SeenBlock:
        """The last block read."""
        return self.blocks[-1]

    @property
    def height(self) -> int:
        """Number of the last block read; -1 before the first."""
        return len(self.blocks) - 1

    @property
    def told(self) -> int:
        """How many events there were so far, kept or not."""
        return self.dropped + len(self.events)

    def append(self, header: Header, digest: Hash32) -> None:
        """Add the next block."""
        self.blocks.append(header, digest)

    def forget_above(self, number: int) -> None:
        """Drop every block above this number, and its events; everything, if events further down are needed for that.

        Everything is then read once more.
        """
        if number < self.blocks.first - 1:
            self.blocks, self.events, self.dropped = Blocks(), [], 0
        else:
            self.blocks.forget_above(number)
            while self.events and self.events[-1].block_number > number:
                self.events.pop()
        self.rollbacks += 1

    def forget_below(self, number: int) -> tuple[DecodedEvent, ...]:
        """Keep the blocks below this number no longer in full; answers the events that were in them."""
        count = sum(1 for event in self.events if event.block_number < number)
        gone = tuple(self.events[:count])
        del self.events[:count]
        self.dropped += count
        self.blocks.forget_headers_below(number)
        return gone

    def copy(self) -> Seen:
        """The same, unaffected by what happens to this one."""
        return Seen(self.blocks.copy(), list(self.events), self.dropped, self.finalized, self.rollbacks)


@dataclass(frozen=True, slots=True)
class _Read:
    header: Header
    hash: Hash32


class ChainWatch:
    """Reads one chain through one link."""

    def __init__(self, link: Link, contracts: Sequence[ContractHandle]) -> None:
        self._link = link
        self._by_address = {contract.address: contract for contract in contracts}
        self._log_addresses = ["0x" + contract.address.hex() for contract in contracts]
        self.seen = Seen()
        """What was read so far."""
        self.is_behind = False
        """Whether the last look ended before the head."""

    @property
    def chain(self) -> str:
        """Name of the chain."""
        return self._link.chain

    def look(self) -> bool:
        """Read what is new; returns whether anything changed.

        Raises TransportError if the chain does not answer, or answers with what does not hang together;
        what was read before stays as it was.
        """
        try:
            return self._look()
        except RpcError as error:
            raise TransportError(f"{self._link.chain}: reading new blocks failed: {error}") from error

    def header(self, number: int) -> Header:
        """The header of a block that was read, read again if it is an old one.

        Raises TransportError if the chain does not answer, or has another block there by now.
        """
        known = self.seen.blocks[number]
        if known.kept is not None:
            return known.kept
        try:
            header = self._header(self._link.call("eth_getBlockByNumber", (hex(number), False)))
        except RpcError as error:
            raise TransportError(f"{self._link.chain}: reading block {number} failed: {error}") from error
        if header.hash != known.hash:
            raise TransportError(f"{self._link.chain}: block {number} is not the one that was read before")
        return header

    def _look(self) -> bool:
        head, finalized = self._link.batch(
            [("eth_getBlockByNumber", ("latest", False)), ("eth_getBlockByNumber", ("finalized", False))]
        )
        changed = self._note_finalized(finalized)
        if self.seen.blocks and _hash_of(head) == self.seen.head.hash:
            self.is_behind = False
            return changed
        tip = _Read(self._header(head), _hash_of(head))
        if self.seen.blocks:
            self._roll_back(tip)
        last = min(tip.header.number, self.seen.height + BLOCKS_PER_LOOK)
        self._read_up_to(last, tip)
        self.is_behind = last < tip.header.number
        return True

    def _note_finalized(self, block: Any) -> bool:
        number = 0 if block is None else _number_of(block)
        changed = number != self.seen.finalized
        self.seen.finalized = number
        return changed

    def _roll_back(self, tip: _Read) -> None:
        """Forget blocks until the last one left is on the chain that ``tip`` heads."""
        number = min(self.seen.height, tip.header.number)
        if tip.header.number == self.seen.height + 1 and tip.header.parent_hash == self.seen.head.hash:
            return
        while number >= 0:
            numbers = range(number, max(-1, number - _ROLL_BACK_STEP), -1)
            theirs = self._link.batch([("eth_getBlockByNumber", (hex(n), False)) for n in numbers])
            for candidate, block in zip(numbers, theirs, strict=True):
                if block is not None and _hash_of(block) == self.seen.blocks[candidate].hash:
                    if candidate < self.seen.height:
                        self.seen.forget_above(candidate)
                    return
            number = numbers[-1] - 1
        raise TransportError(f"{self._link.chain}: block 0 differs from the one seen before")

    def _read_up_to(self, last: int, tip: _Read) -> None:
        first = self.seen.height + 1
        if last < first:
            return
        numbers = range(first, last + 1)
        known = [tip] if numbers[-1] == tip.header.number else []
        span = {"fromBlock": hex(first), "toBlock": hex(last), "address": self._log_addresses}
        # The last block is asked for again after the logs: if it is still the same, no reorg came in between.
        calls: list[tuple[str, tuple[object, ...]]] = [
            ("eth_getBlockByNumber", (hex(number), False)) for number in numbers[: len(numbers) - len(known)]
        ]
        again = ("eth_getBlockByNumber", (hex(last), False))
        answers = self._link.batch([*calls, ("eth_getLogs", (span,)), again])
        blocks = [_Read(self._header(block), _hash_of(block)) for block in answers[: len(calls)]] + known
        events = self._events(answers[-2])
        self._check(blocks, events, answers[-1])
        for block in blocks:
            self.seen.append(block.header, block.hash)
        self.seen.events += events

    def _check(self, blocks: Sequence[_Read], events: Sequence[DecodedEvent], again: Any) -> None:
        parent = self.seen.head.hash if self.seen.blocks else blocks[0].header.parent_hash
        for expected, block in enumerate(blocks, start=self.seen.height + 1):
            if block.header.number != expected or block.header.parent_hash != parent:
                raise TransportError(f"{self._link.chain}: block {expected} does not follow block {expected - 1}")
            parent = block.hash
        if _hash_of(again) != parent:
            raise TransportError(f"{self._link.chain}: the chain changed while its logs were read")
        hashes = {block.header.number: block.hash for block in blocks}
        for event in events:
            if hashes.get(event.block_number) != event.block_hash:
                raise TransportError(f"{self._link.chain}: a log of block {event.block_number} is of another branch")

    def _events(self, logs: Any) -> list[DecodedEvent]:
        if not isinstance(logs, list):
            raise TransportError(f"{self._link.chain}: expected a list of logs, found {logs!r}"[:200])
        decoded = (self._decode(log) for log in logs)
        return sorted(
            (event for event in decoded if event is not None), key=lambda event: (event.block_number, event.log_index)
        )

    def _decode(self, log: Mapping[str, Any]) -> DecodedEvent | None:
        try:
            contract = self._by_address.get(bytes.fromhex(log["address"][2:]))
            return contract.decode_log(log) if contract is not None else None
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise TransportError(f"{self._link.chain}: malformed log {log!r}"[:200]) from error

    def _header(self, block: Any) -> Header:
        try:
            return header_from_rpc(block)
        except (AttributeError, TypeError, InvalidHeader) as error:
            raise TransportError(f"{self._link.chain}: malformed block: {error}") from error


def _hash_of(block: Any) -> Hash32:
    try:
        return bytes.fromhex(block["hash"][2:])
    except (KeyError, TypeError, ValueError) as error:
        raise TransportError(f"malformed block {block!r}"[:200]) from error


def _number_of(block: Any) -> int:
    try:
        return int(block["number"], 16)
    except (KeyError, TypeError, ValueError) as error:
        raise TransportError(f"malformed block {block!r}"[:200]) from error
