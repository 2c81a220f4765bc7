"""Conflicting finality, and the sets that answer for it (R15, R21, R42).

Whoever finalised either of two conflicting checkpoints had a quorum in the forward and the rear set of its kernel.
So in every set that both kernels share two quorums met, and a third of *that* set signed an offence.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise

from devnet.checks.base import HistoryInsufficient
from devnet.checks.blocks import Forest
from devnet.checks.kernels import KernelSets
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.quorum import is_third
from devnet.types import Address, Wei


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two finalised checkpoints of one chain, neither of which descends from the other."""

    auxiliary: str
    """Whose validators finalised both."""
    chain: str
    """The chain that they are checkpoints of."""
    lower: Event
    """``CheckpointFinalised`` of the lower one."""
    higher: Event
    """``CheckpointFinalised`` of the other."""

    def __str__(self) -> str:
        """Both, in words."""
        one, two = (f"{event.payload['blockHash']} at height {event.payload['height']}" for event in self._events())
        return f"{self.chain}: both {one} and {two} were finalised, they conflict"

    def kernels(self, sets: KernelSets, trees: Forest, epoch_length: int) -> list[tuple[int, Event]]:
        """Height of the kernel that weighed the quorums behind either checkpoint, ascending."""
        found = []
        for event in self._events():
            about_origin = is_origin_identifier(data(event.payload["coreId"]))
            last = None if about_origin else number(event, "height") * epoch_length
            tree = trees[self.auxiliary]
            found.append((sets.active(tree, tree.block_of(event), event.sequence, last), event))
        return sorted(found, key=lambda one: one[0])

    def _events(self) -> tuple[Event, Event]:
        return self.lower, self.higher


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one set some validators are."""

    height: int
    """n of F_n."""
    weight: Wei
    """Theirs."""
    total: Wei
    """Everybody's."""

    @property
    def is_third(self) -> bool:
        """Whether it is a third or more."""
        return is_third(self.weight, self.total)

    def __str__(self) -> str:
        """In words."""
        return f"{self.weight} of {self.total} wei of F_{self.height}"


class Conflicts:
    """The conflicts of a History, and what anybody weighed where they arose."""

    def __init__(self, devnet: Devnet, history: Readable) -> None:
        self._devnet, self._history, self._trees = devnet, history, Forest(history)
        self._finalised: dict[tuple[str, str], list[Event]] = {}
        for event in history.effective_events("CheckpointFinalised"):
            auxiliary = str(event.payload["auxiliary"])
            about_origin = is_origin_identifier(data(event.payload["coreId"]))
            subject = devnet.origin.name if about_origin else auxiliary
            self._finalised.setdefault((auxiliary, subject), []).append(event)
        if not self._finalised:
            raise HistoryInsufficient("nothing was finalised")
        self.finalised = sum(map(len, self._finalised.values()))
        """How many finalisations were looked at."""
        found = [list(self._in(*subject)) for subject in self._finalised]
        self.all = [conflict for conflicts in found for conflict in conflicts]
        """Those found, per core and chain the lowest first."""
        self.first = [conflicts[0] for conflicts in found if conflicts]
        """The lowest of every core and chain: those above it are its consequences."""

    def shares(self, conflict: Conflict, validators: Set[Address]) -> tuple[Share, ...]:
        """What those validators weigh in every set in which the quorums of a conflict met.

        Raises HistoryInsufficient if there is no such set, or if it was not recorded.
        """
        sets = KernelSets(self._devnet, self._history, conflict.auxiliary)
        epoch_length = next(one.epoch_length for one in self._devnet.auxiliaries if one.name == conflict.auxiliary)
        (low, event), (high, _) = conflict.kernels(sets, self._trees, epoch_length)
        # Kernel n weighs by F_n and F_(n-1), so n and n + 1 share F_n.
        shared = sorted({low - 1, low} & {high - 1, high})
        if not shared:
            raise HistoryInsufficient(f"{conflict}; kernels {low} and {high}, under which that happened, share no set")
        tree = self._trees[conflict.auxiliary]
        known = sets.sets(sets.stored_at(tree, tree.block_of(event), low))
        return tuple(
            Share(height, sum(known.weight_at(height, one) for one in validators), known.total_at(height))
            for height in shared
        )

    def _in(self, auxiliary: str, chain: str) -> Iterator[Conflict]:
        # The latest first: what counts is the first finalisation of a checkpoint.
        finalised = self._finalised[auxiliary, chain][::-1]
        events = {(number(one, "height"), str(one.payload["blockHash"])): one for one in finalised}
        # Ancestry is transitive: if each descends from the next lower one, no two conflict.
        for (low, older), (high, younger) in pairwise(sorted(events)):
            if low == high or not self._trees[chain].is_ancestor(older, younger):
                yield Conflict(auxiliary, chain, events[low, older], events[high, younger])
