"""Justification and finality from links that reached quorum, in whatever order they arrive (R16, R17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devnet.types import Hash32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block whose number is a multiple of the epoch length."""

    hash: Hash32
    """Its block hash."""
    height: int
    """Its number divided by the epoch length."""


@dataclass(frozen=True, slots=True)
class Link:
    """From a source to a later target."""

    source: Checkpoint
    """Where the link starts; must be justified to count."""
    target: Checkpoint
    """What the link justifies."""


class FinalityTracker:
    """Which checkpoints are justified and finalised, given every link with quorum.

    Incremental: a link whose source is not justified yet waits for it, so the result does not depend on
    the order. It takes quorum for granted and judges nobody: with more than a third of the weight
    Byzantine two conflicting checkpoints may both be finalised, and ``conflicts`` says so.
    """

    def __init__(self, root: Checkpoint) -> None:
        self._root = root
        self._justified = {root}
        self._finalised = {root}
        self._waiting: dict[Checkpoint, list[Checkpoint]] = {}

    @property
    def root(self) -> Checkpoint:
        """The checkpoint that is justified and finalised by definition."""
        return self._root

    @property
    def justified(self) -> frozenset[Checkpoint]:
        """The root, and every target of a link whose source is justified (R16)."""
        return frozenset(self._justified)

    @property
    def finalised(self) -> frozenset[Checkpoint]:
        """The root, and every justified source of a link to the next height (R17)."""
        return frozenset(self._finalised)

    def is_justified(self, checkpoint: Checkpoint) -> bool:
        """Whether it is justified, without copying the set."""
        return checkpoint in self._justified

    def is_finalised(self, checkpoint: Checkpoint) -> bool:
        """Whether it is finalised, without copying the set."""
        return checkpoint in self._finalised

    def last_justified(self) -> Checkpoint:
        """The highest justified checkpoint; of several at one height the smallest hash."""
        return _highest(self._justified)

    def last_finalised(self) -> Checkpoint:
        """The highest finalised checkpoint; of several at one height the smallest hash."""
        return _highest(self._finalised)

    def add_link(self, source: Checkpoint, target: Checkpoint) -> None:
        """Take a link with quorum. Raises ValueError unless the target is higher than the source (R10)."""
        if source.height >= target.height:
            raise ValueError(f"target must be above source height {source.height}, found {target.height}")
        if source not in self._justified:
            self._waiting.setdefault(source, []).append(target)
            return
        pending = [(source, target)]
        while pending:
            justified_source, child = pending.pop()
            if child.height == justified_source.height + 1:
                self._finalised.add(justified_source)
            if child not in self._justified:
                self._justified.add(child)
                pending += [(child, further) for further in self._waiting.pop(child, ())]

    def conflicts(self) -> tuple[tuple[Checkpoint, Checkpoint], ...]:
        """Pairs of distinct finalised checkpoints at one height: safety is lost (R21)."""
        lowest: dict[int, Checkpoint] = {}
        pairs = []
        for checkpoint in sorted(self._finalised, key=lambda one: (one.height, one.hash)):
            first = lowest.setdefault(checkpoint.height, checkpoint)
            if first != checkpoint:
                pairs.append((first, checkpoint))
        return tuple(pairs)

    def copy(self) -> FinalityTracker:
        """An independent copy."""
        twin = FinalityTracker(self._root)
        twin._justified = set(self._justified)
        twin._finalised = set(self._finalised)
        twin._waiting = {source: list(targets) for source, targets in self._waiting.items()}
        return twin


def choose_link(
    branch: Sequence[Checkpoint], tracker: FinalityTracker, *, source_floor: int = 0, target_floor: int = 0
) -> Link | None:
    """The link that an honest validator signs on its branch, or None if it must wait (R22-R24).

    ``branch`` are the reported checkpoints of the validator's own branch that are deep enough, ascending,
    each a descendant of the one before. The source is the highest justified one, the target the highest
    above it. ``source_floor`` and ``target_floor`` are the highest source and target that it ever signed:
    a link below would be a surround or a double vote. A branch without the last finalised checkpoint is
    never voted for.
    """
    justified = [checkpoint for checkpoint in branch if tracker.is_justified(checkpoint)]
    if tracker.last_finalised() not in branch or not justified:
        return None
    link = Link(justified[-1], branch[-1])
    if link.target.height <= max(link.source.height, target_floor) or link.source.height < source_floor:
        return None
    return link


def _highest(checkpoints: set[Checkpoint]) -> Checkpoint:
    return min(checkpoints, key=lambda one: (-one.height, one.hash))
