"""What a signing store keeps of its votes, and what it refuses by heights: everything, or watermarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from devnet.actors.durable import DurableDatabase, Row
from devnet.actors.interchange import InterchangeRefused, Record
from devnet.mosaic.offences import Offence

Refusal: TypeAlias = tuple[Offence | None, str]
"""Which offence a vote would be (None where the store only knows that it might be one), and why."""

TABLES: Final = (
    "CREATE TABLE bounds (validator BLOB PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT NULL, digest BLOB)",
    "CREATE TABLE votes (validator BLOB, target INTEGER, source INTEGER NOT NULL, digest BLOB, source_hash BLOB,"
    " PRIMARY KEY (validator, target)) WITHOUT ROWID",
)
"""Tables that the strategies write."""


class Strategy(Protocol):
    """What is kept and what follows from it."""

    def repeats(self, record: Record) -> bool:
        """Whether exactly this vote was signed before."""

    def refusal(self, record: Record) -> Refusal | None:
        """Why the vote must not be signed, by heights; None if it may."""

    def keep(self, record: Record) -> None:
        """Remember a vote that may be signed; inside a transaction."""

    def take(self, records: Sequence[Record]) -> None:
        """Remember votes that another store allowed; inside a transaction."""

    def records(self) -> list[Record]:
        """What another store must know."""


class _Bounds:
    """Per validator the source and target below which nothing is signed."""

    def __init__(self, database: DurableDatabase) -> None:
        self._database = database

    def of(self, validator: bytes) -> Record | None:
        """The bounds of one validator."""
        rows = self._database.rows("SELECT * FROM bounds WHERE validator = ?", validator)
        return Record(*rows[0]) if rows else None  # type: ignore[arg-type]

    def all(self) -> list[Record]:
        """The bounds of every validator."""
        return [Record(*row) for row in self._database.rows("SELECT * FROM bounds")]  # type: ignore[arg-type]

    def raise_to(self, record: Record) -> None:
        """Never lower than before; the digest is that of the one vote that stands exactly at the bounds."""
        old = self.of(record.validator)
        source = max(record.source_height, old.source_height if old else 0)
        target = max(record.target_height, old.target_height if old else 0)
        digest = None
        if (source, target) == (record.source_height, record.target_height):
            digest = record.digest
        elif old is not None and (source, target) == (old.source_height, old.target_height):
            digest = old.digest
        self._database.replace("bounds", _bounds_row(old), (record.validator, source, target, digest))

    def refusal(self, record: Record) -> Refusal | None:
        """Why heights are out of bounds."""
        bounds = self.of(record.validator)
        if bounds is None:
            return None
        if record.source_height < bounds.source_height:
            return None, f"its source is below the lowest allowed source {bounds.source_height}"
        if record.target_height <= bounds.target_height:
            return None, f"its target is not above target {bounds.target_height}"
        return None


class Minimal:
    """Only the high watermarks."""

    def __init__(self, database: DurableDatabase) -> None:
        self._bounds = _Bounds(database)

    def repeats(self, record: Record) -> bool:
        """Only the vote that set the watermarks is known again."""
        bounds = self._bounds.of(record.validator)
        return bounds is not None and bounds.digest == record.digest

    def refusal(self, record: Record) -> Refusal | None:
        """Whatever does not go forward."""
        return self._bounds.refusal(record)

    def keep(self, record: Record) -> None:
        """Raise the watermarks."""
        self._bounds.raise_to(record)

    def take(self, records: Sequence[Record]) -> None:
        """Raise the watermarks; offences of others do no harm here, so none is refused."""
        for record in records:
            self._bounds.raise_to(replace(record, digest=None))

    def records(self) -> list[Record]:
        """The watermarks, one record per validator."""
        return self._bounds.all()


class Complete:
    """Every vote; no two that are kept conflict, so that only the neighbours need a look."""

    def __init__(self, database: DurableDatabase) -> None:
        self._database = database
        self._bounds = _Bounds(database)

    def repeats(self, record: Record) -> bool:
        """Whether the digest stands at that target."""
        kept = self._at("=", "ASC", record)
        return kept is not None and kept.digest == record.digest and record.digest is not None

    def refusal(self, record: Record) -> Refusal | None:
        """An offence by heights, or below what an import knows."""
        return self._conflict(record) or self._bounds.refusal(record)

    def keep(self, record: Record) -> None:
        """Add it."""
        values = (record.validator, record.target_height, record.source_height, record.digest, record.source)
        self._database.insert("votes", values)

    def take(self, records: Sequence[Record]) -> None:
        """Add all that are new; below the lowest of them nothing is known."""
        for record in records:
            if record.source_height > record.target_height:
                raise InterchangeRefused(f"validator 0x{record.validator.hex()}: {_heights(record)} goes backwards")
            kept = self._at("=", "ASC", record)
            if kept is not None and _height_and_digest(kept) == _height_and_digest(record):
                continue
            conflict = self._conflict(record)
            if conflict is not None:
                raise InterchangeRefused(
                    f"validator 0x{record.validator.hex()}: {_heights(record)} is an offence: {conflict[1]}"
                )
            self.keep(record)
        for validator in {record.validator for record in records}:
            own = [record for record in records if record.validator == validator]
            source = min(record.source_height for record in own)
            target = min(record.target_height for record in own)
            self._bounds.raise_to(Record(validator, source, target, None))

    def records(self) -> list[Record]:
        """Every vote from the bounds on."""
        # A vote below the bound tells less than the bound, and would lower it where it is imported.
        query = (
            "SELECT v.validator, v.source, v.target, v.digest, v.source_hash FROM votes v"
            " LEFT JOIN bounds b ON b.validator = v.validator WHERE b.target IS NULL OR v.target >= b.target"
        )
        return [Record(*row) for row in self._database.rows(query)]  # type: ignore[arg-type]

    def _conflict(self, record: Record) -> Refusal | None:
        same = self._at("=", "ASC", record)
        if same is not None:
            return Offence.DOUBLE_VOTE, f"it signed another vote {_heights(same)}"
        after = self._at(">", "ASC", record)
        if after is not None and after.source_height < record.source_height:
            return Offence.SURROUND_VOTE, f"its vote {_heights(after)} surrounds it"
        before = self._at("<", "DESC", record)
        if before is not None and before.source_height > record.source_height:
            return Offence.SURROUND_VOTE, f"it surrounds its vote {_heights(before)}"
        return None

    def _at(self, comparison: str, order: str, record: Record) -> Record | None:
        query = (
            "SELECT validator, source, target, digest, source_hash FROM votes"
            f" WHERE validator = ? AND target {comparison} ? ORDER BY target {order} LIMIT 1"
        )
        rows = self._database.rows(query, record.validator, record.target_height)
        return Record(*rows[0]) if rows else None  # type: ignore[arg-type]


STRATEGIES: Final[Mapping[str, type[Complete] | type[Minimal]]] = {"complete": Complete, "minimal": Minimal}
"""By the name that a store is opened with."""


def _bounds_row(bounds: Record | None) -> Row | None:
    if bounds is None:
        return None
    return (bounds.validator, bounds.source_height, bounds.target_height, bounds.digest)


def _height_and_digest(record: Record) -> tuple[int, int, bytes | None]:
    return record.source_height, record.target_height, record.digest


def _heights(record: Record) -> str:
    return f"{record.source_height} -> {record.target_height}"
