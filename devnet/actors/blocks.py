"""The blocks of one branch: the newest in full, of all others hash and sums alone.

A network runs for days. What is asked of an old block is its hash and the sums up to it, which are 96 bytes; its
header is asked for seldom and can be read again, since the hash says whether it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.errors import ChainError
from devnet.mosaic.headers import Header
from devnet.mosaic.transitions import Accumulators
from devnet.types import Hash32

_WORD = 32
_RECORD = 3 * _WORD
"""Bytes that are kept of every block: its hash and both sums."""


@dataclass(frozen=True, slots=True)
class SeenBlock:
    """One block as it was read, with the sums that transitions state (R26)."""

    number: int
    """Its block number."""
    hash: Hash32
    """Its hash."""
    sums: Accumulators
    """Gas and transaction roots up to this block, the root not counted."""
    kept: Header | None
    """Its header; None once the block is old."""

    @property
    def header(self) -> Header:
        """Its header. Raises ChainError for an old block: ``Follower.header`` reads it again."""
        if self.kept is None:
            raise ChainError(f"the header of block {self.number} is no longer kept")
        return self.kept


class Blocks:
    """Blocks 0 to the head, each at the index that is its number."""

    def __init__(self) -> None:
        self.first = 0
        """The oldest block whose header is kept; the head's successor where none is."""
        self._headers: list[Header] = []
        self._records = bytearray()

    def __len__(self) -> int:
        """One more than the head's number; 0 before the first block."""
        return len(self._records) // _RECORD

    def __getitem__(self, number: int) -> SeenBlock:
        """The block of that number; -1 is the head. Raises IndexError where there is none."""
        number = number + len(self) if number < 0 else number
        if not 0 <= number < len(self):
            raise IndexError(f"block {number} is not one of {len(self)} blocks")
        record = self._records[number * _RECORD : (number + 1) * _RECORD]
        digest, gas, root = (bytes(record[start : start + _WORD]) for start in range(0, _RECORD, _WORD))
        kept = self._headers[number - self.first] if number >= self.first else None
        return SeenBlock(number, digest, Accumulators(int.from_bytes(gas), root), kept)

    def hash_at(self, number: int) -> Hash32:
        """The hash of the block of that number, which is asked for far more often than the block itself."""
        if not 0 <= number < len(self):
            raise IndexError(f"block {number} is not one of {len(self)} blocks")
        return bytes(self._records[number * _RECORD : number * _RECORD + _WORD])

    def has_other(self, number: int, digest: Hash32) -> bool:
        """Whether there is a block of that number and it has another hash: asked of many blocks in every step."""
        start = number * _RECORD
        return start < len(self._records) and not self._records.startswith(digest, start)

    def __iter__(self) -> Iterator[SeenBlock]:
        """From block 0 on."""
        return (self[number] for number in range(len(self)))

    def append(self, header: Header, digest: Hash32) -> None:
        """Add the next block."""
        sums = self[-1].sums.after(header) if len(self) else Accumulators()
        self._headers.append(header)
        # As the contract's uint256 would hold it: no header, however forged, is too large.
        self._records += digest + (sums.gas % 2**256).to_bytes(_WORD) + sums.transaction_root

    def forget_above(self, number: int) -> None:
        """Drop every block above this number, which must be at least ``first - 1``."""
        del self._headers[number + 1 - self.first :]
        del self._records[(number + 1) * _RECORD :]

    def forget_headers_below(self, number: int) -> None:
        """Keep of the blocks below this number their records alone."""
        del self._headers[: number - self.first]
        self.first = number

    def copy(self) -> Blocks:
        """The same, unaffected by what happens to this one; headers are shared."""
        twin = Blocks()
        twin.first, twin._headers, twin._records = self.first, self._headers[:], self._records[:]
        return twin
