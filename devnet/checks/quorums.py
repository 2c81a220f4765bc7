"""Quorums behind justification and finality: S4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import Forest
from devnet.checks.kernels import KernelSets
from devnet.checks.votes import RecordedVote, data, domains, is_signed, number, recorded_votes
from devnet.config.network import ChainSpec, Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.votes import Domain


def judge_quorums(devnet: Devnet, history: Readable) -> Findings:
    """A justified checkpoint has a quorum of genuine votes in both sets, from a justified source that it descends from.

    The sets are those of the kernel in force at the end of the source's block; for votes about origin of the one
    active when the quorum was reached (R15-R17). What is finalised has a direct child with such a quorum.
    """
    trees, known = Forest(history), domains(devnet, history)
    found: list[str] = []
    looked_at = 0
    for spec in devnet.auxiliaries:
        counted = _Counted(devnet, history, spec, trees, known)
        for about, _, event in counted.justified:
            looked_at += 1
            found += counted.judge_justified(event, is_origin_identifier(about))
        for event in counted.finalised:
            found += counted.judge_finalised(event)
    if not looked_at:
        raise HistoryInsufficient("nothing was justified")
    return found or f"{looked_at} justified checkpoints, each with a quorum in both sets"


class _Counted:
    """What one auxiliary counted, justified and finalised."""

    def __init__(
        self, devnet: Devnet, history: Readable, spec: ChainSpec, trees: Forest, known: Mapping[str, Domain]
    ) -> None:
        self._devnet, self._spec, self._trees, self._tree = devnet, spec, trees, trees[spec.name]
        self._kernels = KernelSets(devnet, history, spec.name)
        self._known = known
        self._genuine: dict[tuple[str, str], bool] = {}
        votes = {_key(one.event): one for one in recorded_votes(history, ("VoteCast",)) if one.auxiliary == spec.name}
        mine = [event for event in history.effective_events() if event.payload.get("auxiliary") == spec.name]
        self._votes: dict[tuple[bytes, bytes], list[tuple[Event, RecordedVote]]] = {}
        self._targets: dict[bytes, dict[bytes, int]] = {}
        for event in mine:
            if event.kind == "VoteCast":
                vote = votes[_key(event)]
                one = vote.signed.vote
                self._votes.setdefault((one.source, one.target), []).append((event, vote))
                self._targets.setdefault(one.source, {})[one.target] = one.target_height
        self.justified = [
            (data(event.payload["coreId"]), data(event.payload["blockHash"]), event)
            for event in mine
            if event.kind == "CheckpointJustified"
        ]
        """Core id, checkpoint and event of every justification."""
        self.finalised = [event for event in mine if event.kind == "CheckpointFinalised"]
        """Every finalisation."""

    def judge_justified(self, event: Event, about_origin: bool) -> Iterator[str]:
        """What is wrong with one justification."""
        where = f"{self._spec.name}, event {event.sequence}: checkpoint {event.payload['blockHash']}"
        source, target = data(event.payload["source"]), data(event.payload["blockHash"])
        votes = self._before(event, source, target)
        kernel = number(event, "kernelHeight")
        expected = self._kernel_of(event, votes, about_origin)
        if kernel != expected:
            yield f"{where} was justified under kernel {kernel}, in force was {expected}"
        if not self._has_quorum(event, votes, kernel):
            yield f"{where} was justified without a quorum of votes in both sets of kernel {kernel}"
        if votes and not self._is_justified(event, source, votes[0][1].signed.vote.source_height):
            yield f"{where} was justified from 0x{source.hex()}, which was not justified"
        tree = self._trees[self._devnet.origin.name] if about_origin else self._tree
        if not tree.is_ancestor("0x" + source.hex(), "0x" + target.hex()):
            yield f"{where} was justified from 0x{source.hex()}, which it does not descend from"

    def judge_finalised(self, event: Event) -> Iterator[str]:
        """Whether the checkpoint has a direct child with a quorum."""
        checkpoint, height = data(event.payload["blockHash"]), number(event, "height")
        for target, above in self._targets.get(checkpoint, {}).items():
            if above == height + 1:
                before = self._before(event, checkpoint, target)
                if any(self._has_quorum(event, before, kernel) for kernel in {_kernel(vote) for vote, _ in before}):
                    return
        yield (
            f"{self._spec.name}, event {event.sequence}: checkpoint {event.payload['blockHash']} at height {height} "
            "was finalised without a quorum on a link to a direct child"
        )

    def _before(self, event: Event, source: bytes, target: bytes) -> list[tuple[Event, RecordedVote]]:
        """Genuine votes on a link that were counted before an event, on its branch."""
        block = self._tree.block_of(event)
        return [
            (one, vote)
            for one, vote in self._votes.get((source, target), ())
            if one.sequence < event.sequence
            and self._is_genuine(one, vote)
            and self._tree.is_ancestor(self._tree.block_of(one), block)
        ]

    def _is_genuine(self, event: Event, vote: RecordedVote) -> bool:
        key = _key(event)
        if key not in self._genuine:
            self._genuine[key] = is_signed(vote, self._known)
        return self._genuine[key]

    def _has_quorum(self, event: Event, votes: list[tuple[Event, RecordedVote]], kernel: int) -> bool:
        voters: dict[object, set[bytes]] = {}
        for one, vote in votes:
            if _kernel(one) == kernel:
                voters.setdefault(vote.signed.vote, set()).add(vote.signed.validator)
        sets = self._kernels.sets(self._kernels.stored_at(self._tree, self._tree.block_of(event), kernel))
        return any(sets.tally(kernel, who).has_quorum() for who in voters.values())

    def _kernel_of(self, event: Event, votes: list[tuple[Event, RecordedVote]], about_origin: bool) -> int:
        """Height of the kernel that should have weighed the votes."""
        block = self._tree.block_of(event)
        if about_origin or not votes:
            return self._kernels.active(self._tree, block, event.sequence)
        last = votes[0][1].signed.vote.source_height * self._spec.epoch_length
        return self._kernels.active(self._tree, block, event.sequence, last)

    def _is_justified(self, event: Event, source: bytes, height: int) -> bool:
        if height == 0:
            return True
        about, block = data(event.payload["coreId"]), self._tree.block_of(event)
        return any(
            (core, checkpoint) == (about, source)
            and one.sequence < event.sequence
            and self._tree.is_ancestor(self._tree.block_of(one), block)
            for core, checkpoint, one in reversed(self.justified)
        )


def _key(event: Event) -> tuple[str, str]:
    return str(event.payload["validator"]), str(event.payload["digest"])


def _kernel(event: Event) -> int:
    return number(event, "kernelHeight")


S4 = Invariant("S4", "what is justified has a quorum in both sets, what is finalised a direct child", judge_quorums)
"""Justification and finality (R15-R17)."""
