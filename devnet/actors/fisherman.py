"""A fisherman: it reads every vote that is public, and shows offences on both chains (R53, R54).

It also watches over the gas rule and over what auxiliary believes about origin, and proves on origin what was passed
over (R38) and what was signed and taken back (R40).

Votes come from events, from the calldata of refused ones, from side branches and from transactions that wait.
Evidence is on disk before it is sent; only origin pays for it, once; what is not mined, or was taken back by a
reorg, is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record, Surroundings, Wake
from devnet.actors.detector import Detected, OffenceDetector
from devnet.actors.evidence import Evidence, EvidenceStore
from devnet.actors.gas_rule import GasRule
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.actors.pinner import Pinner
from devnet.actors.public_votes import SideBranches, slashes_waiting, votes_in, votes_shown, votes_waiting
from devnet.actors.reversal import ReversalProver
from devnet.actors.slashing import slash_on_auxiliary, slash_on_origin
from devnet.actors.vote_log import VoteLog
from devnet.actors.waiting import objects_in
from devnet.contracts.handle import DecodedEvent
from devnet.errors import ChainError, UsageError
from devnet.mosaic.votes import SignedVote
from devnet.types import Hash32


@dataclass(slots=True)
class _Catch:
    """What a fisherman knows about the votes of one core."""

    view: AuxiliaryView
    branches: SideBranches
    detector: OffenceDetector
    log: VoteLog
    recovered: list[Detected]
    pinner: Pinner
    gas_rule: GasRule
    reversal: ReversalProver


@dataclass(frozen=True, slots=True)
class FishermanMark:
    """All that a fisherman knows, evidence on disk included."""

    gathering: GatheringMark
    """Chains and attempts."""
    catches: dict[str, tuple[object, int, frozenset[Hash32]]]
    """By auxiliary: detector, votes logged, side blocks read."""
    evidence: tuple[Evidence, ...]
    """What was found."""


class Fisherman:
    """One fisherman for every core of the network."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._spec = surroundings.spec
        self._record: Record = surroundings.record
        self._gathering = Gathering(surroundings, position=0)
        self._evidence = EvidenceStore(surroundings.directory / "evidence.json")
        self._links = surroundings.links
        self._directory = surroundings.directory
        self._catches = [self._catch(view) for view in self._gathering.views.values()]
        for catch in self._catches:
            catch.view.chain.begin_taking()
        self._gathering.origin.begin_taking()

    @property
    def name(self) -> str:
        """Its name in the network."""
        return self._spec.name

    def step(self, now: int) -> Wake:
        """Look at every chain once, take every new vote, and send what evidence is due."""
        self._gathering.begin()
        self._gathering.look()
        ready = [catch for catch in self._catches if catch.view.chain.seen.blocks and catch.view.origin.seen.blocks]
        if len(ready) == len(self._catches):
            self._attempt([(self._gathering.origin.chain, self._take_shown)])
        for catch in ready:
            self._fish(catch)
        return self._gathering.wake()

    def mark(self) -> FishermanMark:
        """A copy of all that it knows."""
        catches = {
            catch.view.name: (catch.detector.mark(), catch.log.size, catch.branches.read) for catch in self._catches
        }
        return FishermanMark(self._gathering.mark(), catches, self._evidence.all)

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a fisherman. Raises UsageError for anything else."""
        if not isinstance(mark, FishermanMark):
            raise UsageError(f"mark must come from Fisherman.mark, found {type(mark).__name__}")
        self._gathering.rewind(mark.gathering)
        for catch in self._catches:
            detector, logged, catch.branches.read = mark.catches[catch.view.name]
            catch.detector.rewind(detector)
            catch.log.forget_after(logged)
            # Made again from a directory that knew of what is to come, it must not remember that.
            catch.recovered.clear()
        self._evidence.restore(mark.evidence)

    def close(self) -> None:
        """Let go of the votes' files; idempotent."""
        for catch in self._catches:
            catch.log.close()

    def _catch(self, view: AuxiliaryView) -> _Catch:
        auxiliary, origin = self._links[view.name], self._links[self._gathering.origin.chain]
        detector, log = OffenceDetector(), VoteLog(self._directory / f"votes-{view.name}.sqlite")
        # What was found last may not have come so far as to be kept as evidence.
        recovered = [found for signed in log.votes() if (found := detector.add(signed)) is not None]
        return _Catch(
            view,
            SideBranches(auxiliary, view.contracts.polling_place),
            detector,
            log,
            recovered,
            # Whoever broke the gas rule has no reason to keep what proves it.
            Pinner(view, is_last=True),
            GasRule(view, auxiliary, origin, self._record),
            ReversalProver(view, auxiliary, origin, self._record),
        )

    def _fish(self, catch: _Catch) -> None:
        """One auxiliary: a chain that does not answer must not keep evidence from the other."""
        origin, auxiliary = self._gathering.origin.chain, catch.view.name
        while catch.recovered:
            self._found(catch.view, catch.recovered[0])
            del catch.recovered[0]
        acts: list[tuple[str, Callable[[], None]]] = [
            (auxiliary, partial(self._take_events, catch)),
            (auxiliary, partial(self._take_elsewhere, catch)),
            (origin, partial(self._take_from_origin, catch)),
        ]
        for evidence in self._evidence.all:
            if evidence.auxiliary == auxiliary:
                acts.append((origin, partial(slash_on_origin, catch.view, evidence, self._record)))
                acts.append((auxiliary, partial(slash_on_auxiliary, catch.view, evidence, self._record)))
        acts += [(origin, catch.pinner.act), (origin, catch.gas_rule.act), (origin, catch.reversal.act)]
        self._attempt(acts)

    def _attempt(self, acts: Iterable[tuple[str, Callable[[], None]]]) -> None:
        for chain, act in acts:
            try:
                act()
            except ChainError as error:
                self._gathering.note_trouble(chain, error)

    def _take_events(self, catch: _Catch) -> None:
        # Votes of a lost branch stay evidence; of the new one some are read twice.
        events = catch.view.chain.untaken()
        self._take(catch, votes_in(events))
        self._take_refused(catch, events)
        catch.view.chain.take()

    def _take_refused(self, catch: _Catch, events: Iterable[DecodedEvent]) -> None:
        """Votes that were not counted are no less signed; the event names only the digest, the calldata has them."""
        transactions = sorted({event.transaction for event in events if event.name == "VoteRefused"})
        calls = [("eth_getTransactionByHash", ("0x" + digest.hex(),)) for digest in transactions]
        if calls:
            found = [one for one in self._links[catch.view.name].batch(calls) if one is not None]
            self._take(catch, votes_waiting(found, [catch.view.contracts.polling_place], catch.view.domain))

    def _take_elsewhere(self, catch: _Catch) -> None:
        """Votes of the auxiliary chain's side branches, and in transactions that wait there."""
        view = catch.view
        calls: list[tuple[str, tuple[object, ...]]] = [("devnet_heads", ()), ("devnet_pendingTransactions", ())]
        heads, waiting = (objects_in(answer) for answer in self._links[view.name].batch(calls))
        self._take(catch, catch.branches.votes(heads, view.chain.seen))
        self._take(catch, votes_waiting(waiting, [view.contracts.polling_place], view.domain))
        own = slashes_waiting(waiting, view.contracts.polling_place, self._spec.auxiliary_key.address, view.domain)
        for validator in own:
            view.attempts.sent(("slash", validator), view.chain.seen.height)

    def _take_from_origin(self, catch: _Catch) -> None:
        """Votes that others are about to show on origin, as evidence or to seal a proposal."""
        waiting = objects_in(self._links[self._gathering.origin.chain].call("devnet_pendingTransactions"))
        view = catch.view
        self._take(catch, votes_waiting(waiting, [view.contracts.stake], view.domain))
        self._take(catch, self._shown(view, waiting))
        for validator in slashes_waiting(waiting, view.contracts.stake, self._spec.origin_key.address, view.domain):
            view.origin_attempts.sent(("slash", validator), view.origin.seen.height)

    def _take_shown(self) -> None:
        """Votes in blocks of origin that sealed what a core is to commit: some may never have been cast."""
        origin = self._gathering.origin
        events = [event for event in origin.untaken() if event.name == "VotesVerified"]
        for catch in self._catches:
            transactions = sorted({event.transaction for event in events if event.auxiliary == catch.view.name})
            calls = [("eth_getTransactionByHash", ("0x" + digest.hex(),)) for digest in transactions]
            found = self._links[origin.chain].batch(calls) if calls else []
            self._take(catch, self._shown(catch.view, [one for one in found if one is not None]))
        origin.take()

    def _shown(self, view: AuxiliaryView, transactions: Iterable[Mapping[str, Any]]) -> Iterator[SignedVote]:
        proposals = {digest: one.transition for digest, one in view.core.proposals.items()}
        return votes_shown(transactions, view.contracts.core, proposals, view.domain)

    def _take(self, catch: _Catch, votes: Iterable[SignedVote]) -> None:
        core, members = catch.view.contracts.deployment, catch.view.core.members
        ours = (core.core_id, core.origin_core_id)
        new = [
            signed
            for signed in votes
            if signed.vote.core_id in ours and signed.validator in members and not catch.detector.knows(signed)
        ]
        catch.log.add(new)
        for signed in new:
            detected = catch.detector.add(signed)
            if detected is not None:
                self._found(catch.view, detected)

    def _found(self, view: AuxiliaryView, detected: Detected) -> None:
        evidence = Evidence(view.name, detected.offence, detected.first, detected.second)
        known = {(one.auxiliary, one.validator, one.first.vote.core_id) for one in self._evidence.all}
        if (evidence.auxiliary, evidence.validator, evidence.first.vote.core_id) in known:
            return
        self._evidence.add(evidence)
        self._record("OffenceDetected", chain=view.name, block=view.chain.seen.height, **evidence.payload())


def make(surroundings: Surroundings) -> Fisherman:
    """Make a fisherman, or make it again from its directory."""
    return Fisherman(surroundings)
