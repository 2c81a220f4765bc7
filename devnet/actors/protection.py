"""The store that keeps a validator from signing an offending pair, across restarts (R24; EIP-3076).

``check_and_record`` is called before every signature. When it returns, the vote is on disk; when it
raises, the vote must not be signed. One store is for one core identifier under one domain: a validator
keeps one for votes about its auxiliary chain and one for votes about origin, which never conflict (R14).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from devnet.actors.durable import DurableDatabase, StoreRefused
from devnet.actors.interchange import (
    Interchange,
    InterchangeRefused,
    SignedHeights,
    SignedTransition,
    read_interchange,
    write_interchange,
)
from devnet.actors.strategies import STRATEGIES, TABLES, Refusal
from devnet.errors import ProtocolViolation, UsageError
from devnet.mosaic.identity import split_identifier
from devnet.mosaic.offences import Offence
from devnet.mosaic.votes import Domain, Vote
from devnet.types import Address, Json

__all__ = ["InterchangeRefused", "ProtectionStore", "StoreRefused", "WouldBeSlashable"]

_TRANSITIONS: Final = (
    "CREATE TABLE transitions (validator BLOB, source BLOB, transition BLOB NOT NULL,"
    " PRIMARY KEY (validator, source)) WITHOUT ROWID"
)
_HEIGHT_LIMIT: Final = 1 << 63


class WouldBeSlashable(ProtocolViolation):
    """Signing this vote could prove an offence of the validator, together with what it signed before."""

    def __init__(self, validator: Address, vote: Vote, refusal: Refusal) -> None:
        offence, reason = refusal
        heights = f"{vote.source_height} -> {vote.target_height}"
        super().__init__(f"validator 0x{validator.hex()} must not sign {heights}: {reason}")
        self.validator: Final = validator
        """Who asked."""
        self.vote: Final = vote
        """What it wanted to sign."""
        self.offence: Final = offence
        """Which offence it would be; None where the store only knows that it might be one."""
        self.reason: Final = reason
        """What stands against it."""


class ProtectionStore:
    """What a validator signed under one core identifier, or the little of it that keeps it safe.

    ``complete`` keeps every vote and refuses exactly the offences, plus what lies below the lowest vote of
    an imported document (what happened there is unknown). ``minimal`` keeps the highest source and target
    and refuses everything that does not go forward. Both keep the transition signed per source (R52).
    """

    def __init__(
        self,
        path: Path | str,
        core_id: bytes,
        strategy: Literal["complete", "minimal"] = "complete",
        *,
        domain: Domain | None = None,
    ) -> None:
        """Open or create the store. ``domain`` is derived from the core identifier unless given; votes
        about origin need it, since origin's identifier does not name the core (R1, R2).

        Raises StoreRefused if it is damaged, older than its counter, open elsewhere, or another's.
        """
        if strategy not in STRATEGIES:
            raise UsageError(f"strategy must be complete or minimal, found {strategy!r}")
        self._core_id: Final = core_id
        self._domain: Final = domain or Domain(*split_identifier(core_id))
        identity = f"{strategy} protection of core 0x{core_id.hex()} under 0x{self._domain.separator().hex()}"
        self._database: Final = DurableDatabase(Path(path), identity, (*TABLES, _TRANSITIONS))
        self._strategy: Final = STRATEGIES[strategy](self._database)

    def check_and_record(self, validator: Address, vote: Vote) -> None:
        """Allow one signature: on return the vote is on disk, and the same vote may be signed again.

        Raises WouldBeSlashable, and UsageError for a vote under another core identifier.
        """
        if vote.core_id != self._core_id:
            raise UsageError(f"vote must be under core 0x{self._core_id.hex()}, found 0x{vote.core_id.hex()}")
        if not (0 <= vote.source_height < _HEIGHT_LIMIT and 0 <= vote.target_height < _HEIGHT_LIMIT):
            raise UsageError(f"heights must be in [0, 2**63), found {vote.source_height}, {vote.target_height}")
        heights = SignedHeights(validator, vote.source_height, vote.target_height, vote.digest(self._domain))
        if self._strategy.repeats(heights):
            return
        transition = SignedTransition(validator, vote.source, vote.transition)
        refusal = self._refusal(heights, transition)
        if refusal is not None:
            raise WouldBeSlashable(validator, vote, refusal)
        with self._database.transaction():
            self._keep_transition(transition)
            self._strategy.keep(heights)

    def export_interchange(self) -> dict[str, Json]:
        """Everything that another store must know, as an EIP-3076 document."""
        rows = self._database.rows("SELECT validator, source, transition FROM transitions")
        transitions = tuple(SignedTransition(*row) for row in rows)  # type: ignore[arg-type]
        return write_interchange(self._core_id, Interchange(tuple(self._strategy.votes()), transitions))

    def import_interchange(self, document: Mapping[str, Any]) -> None:
        """Take what another store signed, all of it or nothing.

        Raises InterchangeRefused if the document is malformed, of another core, or has two transitions for
        one source; ``complete`` also if its votes are an offence among themselves or with what is kept,
        because then two signers were at work.
        """
        content = read_interchange(self._core_id, document)
        with self._database.transaction():
            for one in content.transitions:
                conflict = self._transition_conflict(one)
                if conflict is not None:
                    raise InterchangeRefused(f"validator 0x{one.validator.hex()}: {conflict[1]}")
                self._keep_transition(one)
            self._strategy.take(content.votes)

    def snapshot(self) -> bytes:
        """The whole content, for ``restore``."""
        return self._database.snapshot()

    def restore(self, snapshot: bytes) -> None:
        """Forget what was signed since the snapshot: only for a world whose chains are rewound with it."""
        self._database.restore(snapshot)

    def close(self) -> None:
        """Let go of the file and of the lock; idempotent."""
        self._database.close()

    def __enter__(self) -> ProtectionStore:
        """The store itself, closed when the block ends."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close."""
        self.close()

    def _refusal(self, heights: SignedHeights, transition: SignedTransition) -> Refusal | None:
        if heights.source > heights.target:
            return None, "its source is above its target"
        return self._strategy.refusal(heights) or self._transition_conflict(transition)

    def _transition_conflict(self, one: SignedTransition) -> Refusal | None:
        kept = self._kept_transition(one)
        if kept in (None, one.transition):
            return None
        reason = f"for source 0x{one.source.hex()} it signed another transition than 0x{one.transition.hex()}"
        return Offence.TRANSITION_CONFLICT, reason

    def _kept_transition(self, one: SignedTransition) -> object:
        query = "SELECT transition FROM transitions WHERE validator = ? AND source = ?"
        rows = self._database.rows(query, one.validator, one.source)
        return rows[0][0] if rows else None

    def _keep_transition(self, one: SignedTransition) -> None:
        if self._kept_transition(one) is None:
            self._database.insert("transitions", (one.validator, one.source, one.transition))
