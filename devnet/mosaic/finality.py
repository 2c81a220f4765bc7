"""Justification and finality from links that reached quorum, in whatever order they arrive (R16, R17)."""

from __future__ import annotations

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

    def last_finalised(self) -> Checkpoint:
        """The highest finalised checkpoint; of several at one height the smallest hash."""
        return min(self._finalised, key=lambda one: (-one.height, one.hash))

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
