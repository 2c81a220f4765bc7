"""Finding offences in a stream of votes: who is found does not depend on the order (R50-R52).

Equal target heights are looked up. Of two links one of which surrounds the other the outer one spans three heights
or more; such wide votes are rare, so nearly every vote has but a few of them to be compared with. Among votes that
do not conflict sources rise with targets, so of any set of them only a neighbour by target can surround a vote, or
be surrounded by it. Transition conflicts do not respect that order; they are looked for among the votes from a
source only once somebody has signed two transitions of it. After a validator's first offence its further votes are
not looked at: one proof takes the whole stake, once (R54).

A detector belongs to one core: two cores of one origin share the identifier for votes about origin, but
not the domain under which they are signed (R2).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

from devnet.errors import UsageError
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.signatures import SIGNATURE_LENGTH
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address, Hash32

WIDE = 3
"""Heights that a link spans, at least, if it surrounds another one."""

ROOM = 4_096
"""Target heights that have a place from the beginning."""

SPARSE = 4
"""Places, at most, for every vote beyond those."""

STRETCH = 32
"""Heights looked at one by one for the vote below another one; beyond that targets are kept sorted."""


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
    every vote for ever, because an old vote never stops being evidence.
    """

    def __init__(self) -> None:
        self._histories: dict[tuple[Address, bytes], _History] = {}
        self._by_target: dict[Hash32, Vote] = {}
        self._by_source: dict[Hash32, Vote] = {}
        self._core_ids: dict[bytes, bytes] = {}
        self._contested: set[Hash32] = set()

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
        conflicting = history.add(kept, signed_vote.signature, self._contested)
        if conflicting is None:
            return None
        history.guilty = True
        return _evidence(history, conflicting, signed_vote)

    def knows(self, signed_vote: SignedVote) -> bool:
        """Whether adding the vote would change nothing: it is known, or its signer is guilty already."""
        history = self._histories.get((signed_vote.validator, signed_vote.vote.core_id))
        return history is not None and (
            history.guilty or history.at(signed_vote.vote.target_height) == signed_vote.vote
        )

    def guilty(self) -> frozenset[tuple[Address, bytes]]:
        """Everybody found so far, as (validator, core id)."""
        return frozenset(signer for signer, history in self._histories.items() if history.guilty)

    def votes_kept(self) -> int:
        """How many distinct votes it knows; those of the guilty after their offence are not kept."""
        return sum(len(history.heights) for history in self._histories.values())

    def mark(self) -> object:
        """A copy of all that it knows, which later votes do not change."""
        return self._copy()

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a detector; usable any number of times."""
        if not isinstance(mark, OffenceDetector):
            raise UsageError(f"mark must come from OffenceDetector.mark, found {type(mark).__name__}")
        twin = mark._copy()
        self._histories, self._by_target = twin._histories, twin._by_target
        self._by_source, self._contested = twin._by_source, twin._contested

    def _copy(self) -> OffenceDetector:
        twin = OffenceDetector()
        twin._histories = {signer: history.copy() for signer, history in self._histories.items()}
        twin._by_target = dict(self._by_target)
        twin._by_source = dict(self._by_source)
        twin._core_ids = dict(self._core_ids)
        twin._contested = set(self._contested)
        return twin

    def _intern(self, vote: Vote) -> Vote:
        """The vote made of what is known already: most validators sign the same links, and links follow each other."""
        below, above = self._by_target.get(vote.source), self._by_source.get(vote.target)
        source = vote.source if below is None else below.target
        target = vote.target if above is None else above.source
        source_height, core_id = vote.source_height, self._core_ids.setdefault(vote.core_id, vote.core_id)
        if below is not None and below.target_height == source_height:
            source_height = below.target_height
        vote = Vote(core_id, vote.transition, source, target, source_height, vote.target_height)
        self._by_target.setdefault(target, vote)
        if self._by_source.setdefault(source, vote).transition != vote.transition:
            self._contested.add(source)
        return vote


class _History:
    """The votes of one validator under one core id; no two of them conflict."""

    __slots__ = ("by_source", "far", "guilty", "heights", "near", "signatures", "targets", "wide", "wide_sources")

    def __init__(self) -> None:
        self.guilty = False
        self.near: list[Vote | None] = []
        """A place for every target height up to some: most heights get a vote, and a place is cheaper than a key."""
        self.far: dict[int, Vote] = {}
        """Votes by target height, above those that have a place."""
        self.heights = array("Q")
        """Target heights in the order of the signatures."""
        self.signatures = bytearray()
        self.wide: list[int] = []
        """Target heights of the wide votes, rising."""
        self.wide_sources: list[int] = []
        """Their source heights, which rise with them."""
        self.targets: list[int] | None = None
        """All target heights, rising; None as long as nobody had to look further than ``STRETCH`` for a neighbour."""
        self.by_source: dict[Hash32, Vote] | None = None
        """A vote per source; None as long as no transition of a source that was voted from here was contested."""

    def add(self, vote: Vote, signature: bytes, contested: set[Hash32]) -> Vote | None:
        """Keep the vote if it conflicts with none, else answer one that it conflicts with."""
        if len(signature) != SIGNATURE_LENGTH:
            raise ValueError(f"signature must have {SIGNATURE_LENGTH} bytes, found {len(signature)}")
        height, near = vote.target_height, self.near
        same_height = near[height] if height < len(near) else self._placed(height)
        if same_height is not None:
            return None if same_height is vote or same_height == vote else same_height
        source_height, wide = vote.source_height, self.wide
        is_common = 0 < height - source_height < WIDE and self.targets is None and self.by_source is None
        if not is_common or contested:
            return self._add(vote, signature, vote.source in contested)
        if wide:
            # The next wide vote above has the lowest source of all above, and only wide votes surround.
            above = bisect_right(wide, height)
            if above < len(wide) and self.wide_sources[above] < source_height:
                return self.at(wide[above])
        if height < len(near):
            near[height] = vote
        else:
            self.far[height] = vote
        self.heights.append(height)
        self.signatures += signature
        return None

    def signature_of(self, vote: Vote) -> bytes:
        """The signature under a vote that is kept."""
        start = SIGNATURE_LENGTH * self.heights.index(vote.target_height)
        return bytes(self.signatures[start : start + SIGNATURE_LENGTH])

    def copy(self) -> _History:
        """An independent copy; votes are immutable and shared."""
        twin = _History()
        twin.guilty = self.guilty
        twin.near, twin.far, twin.heights = self.near[:], dict(self.far), self.heights[:]
        twin.signatures = self.signatures[:]
        twin.wide, twin.wide_sources = self.wide[:], self.wide_sources[:]
        twin.targets = None if self.targets is None else self.targets[:]
        twin.by_source = None if self.by_source is None else dict(self.by_source)
        return twin

    def _add(self, vote: Vote, signature: bytes, is_contested: bool) -> Vote | None:
        """The same for any vote, however wide, and also for one whose target is not above its source."""
        conflicting = self._from_source(vote, is_contested) or self._outer(vote) or self._inner(vote)
        if conflicting is not None:
            return conflicting
        if vote.target_height < len(self.near):
            self.near[vote.target_height] = vote
        else:
            self.far[vote.target_height] = vote
        self.heights.append(vote.target_height)
        self.signatures += signature
        if self.targets is not None:
            insort(self.targets, vote.target_height)
        if self.by_source is not None:
            self.by_source.setdefault(vote.source, vote)
        if vote.target_height - vote.source_height >= WIDE:
            at = bisect_right(self.wide, vote.target_height)
            self.wide.insert(at, vote.target_height)
            self.wide_sources.insert(at, vote.source_height)
        return None

    def _from_source(self, vote: Vote, is_contested: bool) -> Vote | None:
        """A kept vote from the same source with another transition."""
        if self.by_source is None:
            if not is_contested:
                return None
            self.by_source = {kept.source: kept for kept in map(self.at, self.heights) if kept is not None}
        kept = self.by_source.get(vote.source)
        return kept if kept is not None and kept.transition != vote.transition else None

    def _outer(self, vote: Vote) -> Vote | None:
        """A kept vote that surrounds this one: the next above, of all that could."""
        candidates = self.wide if vote.target_height > vote.source_height else self._sorted()
        at = bisect_right(candidates, vote.target_height)
        kept = self.at(candidates[at]) if at < len(candidates) else None
        return kept if kept is not None and kept.source_height < vote.source_height else None

    def _inner(self, vote: Vote) -> Vote | None:
        """A kept vote that this one surrounds: the next below."""
        kept: Vote | None = None
        if self.targets is None and vote.target_height - vote.source_height <= STRETCH:
            for height in range(vote.target_height - 1, vote.source_height + 1, -1):
                kept = self.at(height)
                if kept is not None:
                    break
        else:
            targets = self._sorted()
            at = bisect_left(targets, vote.target_height)
            kept = self.at(targets[at - 1]) if at else None
        return kept if kept is not None and kept.source_height > vote.source_height else None

    def _sorted(self) -> list[int]:
        """All target heights, kept sorted from now on."""
        if self.targets is None:
            self.targets = sorted(self.heights)
        return self.targets

    def at(self, height: int) -> Vote | None:
        """The vote whose target has that height; None if there is none."""
        return self.near[height] if height < len(self.near) else self.far.get(height)

    def _placed(self, height: int) -> Vote | None:
        """The vote at a height without a place, which now gets one, unless votes are few for so many places."""
        if height < SPARSE * len(self.heights) + ROOM:
            places = height + height // 8 + 1
            self.near += [None] * (places - len(self.near))
            for low in [one for one in self.far if one < places]:
                self.near[low] = self.far.pop(low)
        return self.at(height)


def _evidence(history: _History, conflicting: Vote, second: SignedVote) -> Detected:
    offence = classify(conflicting, second.vote)
    if offence is None:
        raise AssertionError(f"{conflicting} does not conflict with {second.vote}")
    return Detected(offence, SignedVote(conflicting, second.validator, history.signature_of(conflicting)), second)
