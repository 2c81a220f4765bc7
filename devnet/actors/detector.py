"""Finding offences in a stream of votes: who is found does not depend on the order (R50-R52).

Per validator and core id the votes of an honest history form a chain: targets strictly, sources weakly
increasing. So only a vote with an equal target and the two neighbours can conflict with a new one, and one
bisection finds them, however long the history is. Transition conflicts do not respect that order and have
an index of their own. After a validator's first offence its further votes are not looked at: one proof
takes the whole stake, once (R54).

A detector belongs to one core: two cores of one origin share the identifier for votes about origin, but
not the domain under which they are signed (R2).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from operator import attrgetter

from devnet.errors import UsageError
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.signatures import SIGNATURE_LENGTH
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class Detected:
    """Two votes that prove an offence of one validator."""

    offence: Offence
    """What they prove."""
    first: SignedVote
    """The vote that was known before."""
    second: SignedVote
    """The vote that revealed it."""


class OffenceDetector:
    """Says of every vote whether it proves an offence together with an earlier one.

    Signatures must have been checked before (``votes.cast``): the detector believes who signed. It keeps
    every vote for ever, because an old vote never stops being evidence: about 80 bytes each where many
    validators sign the same links, 170 with four validators.
    """

    def __init__(self) -> None:
        self._histories: dict[tuple[Address, bytes], _History] = {}
        self._by_target: dict[Hash32, Vote] = {}
        self._by_source: dict[Hash32, Vote] = {}

    def add(self, signed_vote: SignedVote) -> Detected | None:
        """Take one vote; answer the first offence of its signer under this core id, at most once.

        The same vote again, with whatever signature, is no offence (R55). Raises ValueError unless the
        signature has 65 bytes.
        """
        vote = signed_vote.vote
        signer = (signed_vote.validator, vote.core_id)
        history = self._histories.get(signer)
        if history is None:
            history = self._histories[signer] = _History()
        if history.guilty:
            return None
        kept = self._by_target.get(vote.target)
        if kept is not vote and (
            kept is None
            or kept.source != vote.source
            or kept.transition != vote.transition
            or kept.target_height != vote.target_height
            or kept.source_height != vote.source_height
            or kept.core_id != vote.core_id
        ):
            kept = self._intern(vote)
        deviates = self._by_source[vote.source].transition != vote.transition
        conflicting = history.add(kept, signed_vote.signature, deviates)
        if conflicting is None:
            return None
        history.guilty = True
        return _evidence(history, conflicting, signed_vote)

    def is_guilty(self, validator: Address, core_id: bytes) -> bool:
        """Whether an offence of that validator under that core id was found."""
        history = self._histories.get((validator, core_id))
        return history is not None and history.guilty

    def guilty(self) -> frozenset[tuple[Address, bytes]]:
        """Everybody found so far, as (validator, core id)."""
        return frozenset(signer for signer, history in self._histories.items() if history.guilty)

    def votes_kept(self) -> int:
        """How many distinct votes it knows; those of the guilty after their offence are not kept."""
        return sum(len(history.votes) for history in self._histories.values())

    def mark(self) -> object:
        """A copy of all that it knows, which later votes do not change."""
        return self._copy()

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a detector; usable any number of times."""
        if not isinstance(mark, OffenceDetector):
            raise UsageError(f"mark must come from OffenceDetector.mark, found {type(mark).__name__}")
        twin = mark._copy()
        self._histories, self._by_target, self._by_source = twin._histories, twin._by_target, twin._by_source

    def _copy(self) -> OffenceDetector:
        twin = OffenceDetector()
        twin._histories = {signer: history.copy() for signer, history in self._histories.items()}
        twin._by_target = dict(self._by_target)
        twin._by_source = dict(self._by_source)
        return twin

    def _intern(self, vote: Vote) -> Vote:
        # Most validators sign the same links, and a source was the target of an earlier link: share both.
        before = self._by_target.get(vote.source)
        if before is not None and before.target is not vote.source:
            core_id, transition, _, target, source_height, target_height = vote.fields()
            vote = Vote(core_id, transition, before.target, target, source_height, target_height)
        self._by_target.setdefault(vote.target, vote)
        self._by_source.setdefault(vote.source, vote)
        return vote


class _History:
    """The votes of one validator under one core id, sorted by target height; no two of them conflict."""

    __slots__ = ("by_source", "guilty", "positions", "signatures", "votes")

    def __init__(self) -> None:
        self.guilty = False
        self.votes: list[Vote] = []
        self.signatures = bytearray()
        self.positions: array[int] | None = None
        """Where the signature of each vote is; None as long as all votes came in order."""
        self.by_source: dict[Hash32, Vote] | None = None
        """A vote per source; None as long as all transitions were those that the detector saw first."""

    def add(self, vote: Vote, signature: bytes, deviates: bool) -> Vote | None:
        """Keep the vote if it conflicts with none, else answer one that it conflicts with."""
        if len(signature) != SIGNATURE_LENGTH:
            raise ValueError(f"signature must have {SIGNATURE_LENGTH} bytes, found {len(signature)}")
        if deviates or self.by_source is not None:
            same_source = self._from_source(vote)
            if same_source.transition != vote.transition:
                return same_source
        votes = self.votes
        last = votes[-1] if votes else None
        if last is None or (vote.target_height > last.target_height and vote.source_height >= last.source_height):
            if self.positions is not None:
                self.positions.append(len(votes))
            votes.append(vote)
            self.signatures += signature
            return None
        return self._insert(vote, signature)

    def signature_of(self, vote: Vote) -> bytes:
        """The signature under a vote that is kept."""
        index = self._index(vote)
        start = SIGNATURE_LENGTH * (index if self.positions is None else self.positions[index])
        return bytes(self.signatures[start : start + SIGNATURE_LENGTH])

    def copy(self) -> _History:
        """An independent copy; votes are immutable and shared."""
        twin = _History()
        twin.guilty = self.guilty
        twin.votes = self.votes[:]
        twin.signatures = self.signatures[:]
        twin.positions = None if self.positions is None else self.positions[:]
        twin.by_source = None if self.by_source is None else dict(self.by_source)
        return twin

    def _index(self, vote: Vote) -> int:
        return bisect_left(self.votes, vote.target_height, key=_target_height)

    def _insert(self, vote: Vote, signature: bytes) -> Vote | None:
        index = self._index(vote)
        conflicting = self._conflicting(index, vote)
        if conflicting is not None:
            return None if conflicting == vote else conflicting
        if self.positions is None:
            self.positions = array("I", range(len(self.votes)))
        self.positions.insert(index, len(self.votes))
        self.votes.insert(index, vote)
        self.signatures += signature
        return None

    def _from_source(self, vote: Vote) -> Vote:
        """A vote from the same source: a kept one, or this one if there is none."""
        if self.by_source is None:
            self.by_source = {kept.source: kept for kept in self.votes}
        return self.by_source.setdefault(vote.source, vote)

    def _conflicting(self, index: int, vote: Vote) -> Vote | None:
        """The kept vote with the same target height, or the neighbour that surrounds or is surrounded."""
        after = self.votes[index] if index < len(self.votes) else None
        if after is not None and (
            after.target_height == vote.target_height or after.source_height < vote.source_height
        ):
            return after
        before = self.votes[index - 1] if index > 0 else None
        if before is not None and before.source_height > vote.source_height:
            return before
        return None


_target_height = attrgetter("target_height")


def _evidence(history: _History, conflicting: Vote, second: SignedVote) -> Detected:
    offence = classify(conflicting, second.vote)
    if offence is None:
        raise AssertionError(f"{conflicting} does not conflict with {second.vote}")
    return Detected(offence, SignedVote(conflicting, second.validator, history.signature_of(conflicting)), second)
