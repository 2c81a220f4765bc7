"""Votes about one chain, auxiliary or origin: chosen by pure rules, allowed by the protection store, then signed (R24).

A vote that was signed is kept until its height is settled: what a reorg took off the chain is sent again,
and never signed differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from devnet.actors.auxiliary_state import Observed
from devnet.actors.auxiliary_view import AuxiliaryView, deep_height
from devnet.actors.base import Record
from devnet.actors.behaviour import Ballot, Behaviour
from devnet.actors.branches import Branches
from devnet.actors.forgery import forge
from devnet.actors.links import contradicted, links_of_others, own_link
from devnet.actors.protection import ProtectionStore, WouldBeSlashable
from devnet.actors.transition import transition_at
from devnet.chain.block import MAIN
from devnet.config.network import Key
from devnet.mosaic.finality import Checkpoint, Link
from devnet.mosaic.votes import SignedVote, Vote, sign_vote
from devnet.types import Hash32, Json

_HEIGHTS_REMEMBERED = 64
"""Target heights whose votes are kept for sending again."""


@dataclass(slots=True)
class VoterMemory:
    """What a voter knows besides its protection store; all of it may be lost with the process."""

    signed: dict[int, tuple[tuple[SignedVote, Ballot], ...]] = field(default_factory=dict)
    """Votes by target height."""
    locked: set[Vote] = field(default_factory=set)
    """Votes that the protection store refused."""
    taken: list[int] = field(default_factory=list)
    """Target heights at which the behaviour deviated."""
    alarmed: bool = False
    """Whether a reversal of origin, or a transition that differs, was reported."""

    def copy(self) -> VoterMemory:
        """The same, unaffected by what happens to this one."""
        return VoterMemory(dict(self.signed), set(self.locked), list(self.taken), self.alarmed)


class Voter:
    """Votes about one chain on one auxiliary."""

    def __init__(
        self,
        view: AuxiliaryView,
        about: bytes,
        *,
        key: Key,
        store: ProtectionStore,
        behaviour: Behaviour,
        branches: Branches,
        record: Record,
    ) -> None:
        self._view = view
        self._about = about
        self._key = key
        self._store = store
        self._behaviour = behaviour
        self._branches = branches
        self._record = record
        self.memory = VoterMemory()
        """What it knows besides its store."""

    @property
    def is_about_origin(self) -> bool:
        """Whether it votes about origin, not about the auxiliary chain."""
        return self._about != self._view.contracts.deployment.core_id

    @property
    def store(self) -> ProtectionStore:
        """Where every vote is recorded before it is signed."""
        return self._store

    def rivals(self, height: int) -> Mapping[str, Hash32]:
        """Checkpoints of that height on other views of the auxiliary chain."""
        return self._branches.checkpoints(height)

    def votes(self) -> tuple[Vote, ...]:
        """Votes that it remembers having signed, the lowest target first."""
        return tuple(one.vote for height in sorted(self.memory.signed) for one, _ in self.memory.signed[height])

    def vote_between(self, source: int, target: int) -> Vote | None:
        """The vote on the link between two heights of the own node, with the transition R11 demands.

        None where the node has no such block, or the source's transition is not known.
        """
        first, last = self._block_at(source), self._block_at(target)
        if first is None or last is None:
            return None
        link = Link(Checkpoint(first, source), Checkpoint(last, target))
        transition = self._transition(link)
        return None if transition is None else Vote(self._about, transition, first, last, source, target)

    def forged_vote(self, source: int) -> Vote | None:
        """The vote that finalises a forged checkpoint of the auxiliary chain."""
        forgery = forge(self._view, source)
        return None if forgery is None else forgery.vote

    def kept_from_auxiliary(self) -> tuple[SignedVote, ...]:
        """Votes that it signed for origin alone."""
        return tuple(one for signed in self.memory.signed.values() for one, ballot in signed if not ballot.views)

    def due(self) -> list[tuple[SignedVote, tuple[str, ...]]]:
        """Sign what is to be signed; answer every vote that is to be sent now, with the views it goes to.

        Whoever sends them takes note of it in the view's attempts, by ``("vote", digest)``.
        """
        if self._key.address in self._view.state.slashed or self._is_alarmed():
            return []
        for link in self._links():
            if self._is_member(link):
                self._sign(link)
        height = self._view.chain.seen.height
        due = []
        for signed, ballot in self._unsettled():
            what = ("vote", signed.vote.digest(self._view.domain))
            if self._view.attempts.may_send(what, height):
                due.append((signed, ballot.views))
        return due

    @property
    def _observed(self) -> Observed:
        return self._view.state.origin if self.is_about_origin else self._view.state.own

    def _block_at(self, height: int) -> Hash32 | None:
        view = self._view
        if not self.is_about_origin:
            checkpoint = view.checkpoint(height)
            return checkpoint.hash if checkpoint is not None else None
        number = height * view.devnet.origin.epoch_length
        return view.origin.seen.blocks.hash_at(number) if number <= view.origin.seen.height else None

    def _newest(self) -> int:
        view = self._view
        if self.is_about_origin:
            return view.settled_origin // view.devnet.origin.epoch_length
        return deep_height(view.chain.seen.height, view.spec.epoch_length)

    def _links(self) -> Iterator[Link]:
        newest = self._newest()
        if self.is_about_origin:
            # Others may be locked on a link after a reorg; joining them is what brings a quorum about.
            kernel = self._view.state.active_kernel
            yield from links_of_others(self._observed, self._key.address, newest, self._block_at, kernel)
        link = own_link(self._observed, newest, self._block_at)
        if link is not None:
            yield link

    def _is_member(self, link: Link) -> bool:
        """Whether this validator weighs anything in the sets that its vote on the link is weighed by (R15, R42)."""
        state = self._view.state
        kernel = state.active_kernel
        if not self.is_about_origin:
            kernel, _ = state.kernel_at(state.own.in_force(link.source.height * self._view.spec.epoch_length)[0])
        return state.sets.votes_at(kernel, self._key.address)

    def _is_alarmed(self) -> bool:
        """Whether origin took back what was justified here: then nothing more is signed (R31)."""
        if not self.is_about_origin:
            return False
        view = self._view
        reversed_ones = contradicted(self._observed, view.origin.seen.blocks, view.devnet.origin.epoch_length)
        if reversed_ones and not self.memory.alarmed:
            self.memory.alarmed = True
            self._record(
                "OriginReversed",
                chain=view.name,
                block=view.chain.seen.height,
                checkpoint="0x" + reversed_ones[0].hash.hex(),
                height=reversed_ones[0].height,
            )
        return bool(reversed_ones)

    def _sign(self, link: Link) -> None:
        if self._has_voted(link.target):
            return
        transition = self._transition(link)
        if transition is None:
            return
        vote = Vote(self._about, transition, link.source.hash, link.target.hash, link.source.height, link.target.height)
        if vote in self.memory.locked:
            return
        ballots = self._behaviour.ballots(vote, self, tuple(self.memory.taken))
        signed = tuple((self._signed(ballot.vote), ballot) for ballot in ballots if self._is_allowed(ballot))
        if not signed:
            self.memory.locked.add(vote)
            return
        self.memory.signed[link.target.height] = signed
        while len(self.memory.signed) > _HEIGHTS_REMEMBERED:
            del self.memory.signed[min(self.memory.signed)]
        if any(ballot.deviates for _, ballot in signed):
            self._note_deviation(link.target.height, signed)

    def _has_voted(self, target: Checkpoint) -> bool:
        """Whether it knows of a vote of its own at that height: any but a forgotten one for another checkpoint."""
        signed = self.memory.signed.get(target.height, ())
        return any(not ballot.forgotten or one.vote.target == target.hash for one, ballot in signed)

    def _transition(self, link: Link) -> Hash32 | None:
        """What R11 demands; None if the contract's own computation differs from ours."""
        if self.is_about_origin:
            return bytes(32)
        view = self._view
        ours = transition_at(
            view.contracts.deployment, view.chain.seen, view.state, link.source, view.spec.epoch_length
        ).hash()
        theirs = view.state.transitions.get(link.source.hash, ours)
        if ours == theirs:
            return ours
        if not self.memory.alarmed:
            self.memory.alarmed = True
            source, found = "0x" + link.source.hash.hex(), "0x" + theirs.hex()
            self._record("TransitionDiffered", chain=view.name, source=source, expected="0x" + ours.hex(), found=found)
        return None

    def _is_allowed(self, ballot: Ballot) -> bool:
        if not ballot.guarded:
            return True
        try:
            self._store.check_and_record(self._key.address, ballot.vote)
        except WouldBeSlashable:
            return False
        return True

    def _signed(self, vote: Vote) -> SignedVote:
        signed = sign_vote(vote, self._view.domain, self._key.secret)
        self._record("VoteSigned", chain=self._view.name, block=self._view.chain.seen.height, **self._payload(signed))
        return signed

    def _payload(self, signed: SignedVote) -> dict[str, Json]:
        digest = "0x" + signed.vote.digest(self._view.domain).hex()
        return {"auxiliary": self._view.name, "digest": digest, **vote_payload(signed)}

    def _note_deviation(self, height: int, signed: tuple[tuple[SignedVote, Ballot], ...]) -> None:
        self.memory.taken.append(height)
        votes: list[Json] = [self._payload(one) for one, _ in signed]
        views: list[Json] = [list(ballot.views) for _, ballot in signed]
        self._record(
            "BehaviourTook",
            chain=self._view.name,
            block=self._view.chain.seen.height,
            auxiliary=self._view.name,
            behaviour=self._behaviour.name,
            validator="0x" + self._key.address.hex(),
            votes=votes,
            views=views,
        )

    def _unsettled(self) -> Iterator[tuple[SignedVote, Ballot]]:
        """Signed votes that are not public yet, or void since, and can still matter on this branch."""
        observed = self._observed
        for height in sorted(self.memory.signed):
            if height <= observed.last_finalised.height:
                continue
            for signed, ballot in self.memory.signed[height]:
                on_branch = signed.vote.target in observed.reported and signed.vote.source in observed.justified
                may_matter = on_branch or MAIN not in ballot.views or not ballot.guarded
                if may_matter and self._is_missing(signed):
                    yield signed, ballot

    def _is_missing(self, signed: SignedVote) -> bool:
        if not self._observed.is_public(signed.vote, signed.validator):
            return True
        kernel = self._view.state.active_kernel
        return self.is_about_origin and self._observed.is_void(signed.vote, signed.validator, kernel)


def vote_payload(signed: SignedVote) -> dict[str, Json]:
    """A signed vote as events of the History carry it."""
    vote = signed.vote
    return {
        "core_id": "0x" + vote.core_id.hex(),
        "transition": "0x" + vote.transition.hex(),
        "source": "0x" + vote.source.hex(),
        "target": "0x" + vote.target.hex(),
        "source_height": vote.source_height,
        "target_height": vote.target_height,
        "validator": "0x" + signed.validator.hex(),
        "signature": "0x" + signed.signature.hex(),
    }
