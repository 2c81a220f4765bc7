"""What a signing store keeps of its votes, and what it refuses by heights: everything, or watermarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from devnet.actors.durable import DurableDatabase, Row
from devnet.actors.interchange import InterchangeRefused, SignedHeights
from devnet.mosaic.offences import Offence

Refusal: TypeAlias = tuple[Offence | None, str]
"""Which offence a vote would be (None where the store only knows that it might be one), and why."""

TABLES: Final = (
    "CREATE TABLE bounds (validator BLOB PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT NULL, digest BLOB)",
    "CREATE TABLE votes (validator BLOB, target INTEGER, source INTEGER NOT NULL, digest BLOB,"
    " PRIMARY KEY (validator, target)) WITHOUT ROWID",
)
"""Tables that the strategies write."""


class Strategy(Protocol):
    """What is kept and what follows from it."""

    def repeats(self, vote: SignedHeights) -> bool:
        """Whether exactly this vote was signed before."""

    def refusal(self, vote: SignedHeights) -> Refusal | None:
        """Why the vote must not be signed, by heights; None if it may."""

    def keep(self, vote: SignedHeights) -> None:
        """Remember a vote that may be signed; inside a transaction."""

    def take(self, votes: Sequence[SignedHeights]) -> None:
        """Remember votes that another store allowed; inside a transaction."""

    def votes(self) -> list[SignedHeights]:
        """What another store must know."""


class _Bounds:
    """Per validator the source and target below which nothing is signed."""

    def __init__(self, database: DurableDatabase) -> None:
        self._database = database

    def of(self, validator: bytes) -> SignedHeights | None:
        """The bounds of one validator."""
        rows = self._database.rows("SELECT * FROM bounds WHERE validator = ?", validator)
        return SignedHeights(*rows[0]) if rows else None  # type: ignore[arg-type]

    def all(self) -> list[SignedHeights]:
        """The bounds of every validator."""
        return [SignedHeights(*row) for row in self._database.rows("SELECT * FROM bounds")]  # type: ignore[arg-type]

    def raise_to(self, vote: SignedHeights) -> None:
        """Never lower than before; the digest is that of the one vote that stands exactly at the bounds."""
        old = self.of(vote.validator)
        source = max(vote.source, old.source if old else 0)
        target = max(vote.target, old.target if old else 0)
        digest = None
        if (source, target) == (vote.source, vote.target):
            digest = vote.digest
        elif old is not None and (source, target) == (old.source, old.target):
            digest = old.digest
        self._database.replace("bounds", _bounds_row(old), (vote.validator, source, target, digest))

    def refusal(self, vote: SignedHeights) -> Refusal | None:
        """Why heights are out of bounds."""
        bounds = self.of(vote.validator)
        if bounds is None:
            return None
        if vote.source < bounds.source:
            return None, f"its source is below the lowest allowed source {bounds.source}"
        if vote.target <= bounds.target:
            return None, f"its target is not above target {bounds.target}"
        return None


class Minimal:
    """Only the high watermarks."""

    def __init__(self, database: DurableDatabase) -> None:
        self._bounds = _Bounds(database)

    def repeats(self, vote: SignedHeights) -> bool:
        """Only the vote that set the watermarks is known again."""
        bounds = self._bounds.of(vote.validator)
        return bounds is not None and bounds.digest == vote.digest

    def refusal(self, vote: SignedHeights) -> Refusal | None:
        """Whatever does not go forward."""
        return self._bounds.refusal(vote)

    def keep(self, vote: SignedHeights) -> None:
        """Raise the watermarks."""
        self._bounds.raise_to(vote)

    def take(self, votes: Sequence[SignedHeights]) -> None:
        """Raise the watermarks; offences of others do no harm here, so none is refused."""
        for vote in votes:
            self._bounds.raise_to(replace(vote, digest=None))

    def votes(self) -> list[SignedHeights]:
        """The watermarks, one vote per validator."""
        return self._bounds.all()


class Complete:
    """Every vote; no two that are kept conflict, so that only the neighbours need a look."""

    def __init__(self, database: DurableDatabase) -> None:
        self._database = database
        self._bounds = _Bounds(database)

    def repeats(self, vote: SignedHeights) -> bool:
        """Whether the digest stands at that target."""
        kept = self._at("=", "ASC", vote)
        return kept is not None and kept.digest == vote.digest and vote.digest is not None

    def refusal(self, vote: SignedHeights) -> Refusal | None:
        """An offence by heights, or below what an import knows."""
        return self._conflict(vote) or self._bounds.refusal(vote)

    def keep(self, vote: SignedHeights) -> None:
        """Add it."""
        values = (vote.validator, vote.target, vote.source, vote.digest)
        self._database.insert("votes", values)

    def take(self, votes: Sequence[SignedHeights]) -> None:
        """Add all that are new; below the lowest of them nothing is known."""
        for vote in votes:
            if vote.source > vote.target:
                raise InterchangeRefused(f"validator 0x{vote.validator.hex()}: {vote} goes backwards")
            kept = self._at("=", "ASC", vote)
            if kept == vote:
                continue
            conflict = self._conflict(vote)
            if conflict is not None:
                raise InterchangeRefused(f"validator 0x{vote.validator.hex()}: {vote} is an offence: {conflict[1]}")
            self.keep(vote)
        for validator in {vote.validator for vote in votes}:
            own = [vote for vote in votes if vote.validator == validator]
            source = min(vote.source for vote in own)
            target = min(vote.target for vote in own)
            self._bounds.raise_to(SignedHeights(validator, source, target, None))

    def votes(self) -> list[SignedHeights]:
        """Every vote from the bounds on."""
        # A vote below the bound tells less than the bound, and would lower it where it is imported.
        query = (
            "SELECT v.validator, v.source, v.target, v.digest FROM votes v"
            " LEFT JOIN bounds b ON b.validator = v.validator WHERE b.target IS NULL OR v.target >= b.target"
        )
        return [SignedHeights(*row) for row in self._database.rows(query)]  # type: ignore[arg-type]

    def _conflict(self, vote: SignedHeights) -> Refusal | None:
        same = self._at("=", "ASC", vote)
        if same is not None:
            return Offence.DOUBLE_VOTE, f"it signed another vote {same}"
        after = self._at(">", "ASC", vote)
        if after is not None and after.source < vote.source:
            return Offence.SURROUND_VOTE, f"its vote {after} surrounds it"
        before = self._at("<", "DESC", vote)
        if before is not None and before.source > vote.source:
            return Offence.SURROUND_VOTE, f"it surrounds its vote {before}"
        return None

    def _at(self, comparison: str, order: str, vote: SignedHeights) -> SignedHeights | None:
        query = (
            "SELECT validator, source, target, digest FROM votes"
            f" WHERE validator = ? AND target {comparison} ? ORDER BY target {order} LIMIT 1"
        )
        rows = self._database.rows(query, vote.validator, vote.target)
        return SignedHeights(*rows[0]) if rows else None  # type: ignore[arg-type]


STRATEGIES: Final[Mapping[str, Callable[[DurableDatabase], Strategy]]] = {"complete": Complete, "minimal": Minimal}
"""By the name that a store is opened with."""


def _bounds_row(bounds: SignedHeights | None) -> Row | None:
    if bounds is None:
        return None
    return (bounds.validator, bounds.source, bounds.target, bounds.digest)
