"""A validator: it watches every chain, reports, votes about both, carries finality to origin and kernels back, takes
what it is owed for that, and proves to origin what origin took back."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings, Wake
from devnet.actors.behaviours import behaviour_named
from devnet.actors.bonds import BondKeeper
from devnet.actors.branches import Branches, cast_votes
from devnet.actors.claimer import Claimer
from devnet.actors.committer import Committer
from devnet.actors.forgery import Forger
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.actors.kernel_prover import KernelProver
from devnet.actors.pinner import Pinner
from devnet.actors.protection import ProtectionStore
from devnet.actors.reporter import Reporter
from devnet.actors.reversal import ReversalProver
from devnet.actors.vote_carrier import VoteCarrier
from devnet.actors.voter import Voter, VoterMemory
from devnet.actors.withdrawal_prover import WithdrawalProver
from devnet.chain.block import MAIN
from devnet.errors import ChainError, UsageError


@dataclass(frozen=True, slots=True)
class ValidatorMark:
    """All that a validator knows, durable stores included."""

    gathering: GatheringMark
    """Chains and attempts."""
    voters: dict[tuple[str, bytes], tuple[VoterMemory, bytes]]
    """By auxiliary and core identifier: memory, and the protection store's content."""


class _Duties:
    """What one validator does for one auxiliary."""

    def __init__(self, surroundings: Surroundings, view: AuxiliaryView) -> None:
        self.view = view
        self.branches = _branches(surroundings, view)
        self.reporter = Reporter(view)
        self.pinner = Pinner(view)
        self.committer = Committer(view, behaviour_named(surroundings.spec.behaviour), surroundings.record)
        spec, links = surroundings.spec, surroundings.links
        auxiliary, origin = links[view.name], links[surroundings.devnet.origin.name]
        self.prover = KernelProver(view, origin)
        self.vote_carrier = VoteCarrier(view, origin)
        self.claimer = Claimer(view, spec.auxiliary_key.address)
        self.withdrawal_prover = WithdrawalProver(view, origin)
        self.bonds = BondKeeper(view, spec.origin_key.address)
        self.reversal = ReversalProver(view, auxiliary, origin, surroundings.record, is_validator=True)
        self.forger = Forger(view)
        core = view.contracts.deployment
        self.voters = {
            about: self._voter(surroundings, about, kind)
            for about, kind in ((core.core_id, "auxiliary"), (core.origin_core_id, "origin"))
        }

    def vote(self) -> None:
        """Send every vote that is due: a batch to the main view, and whatever goes elsewhere."""
        due = [(signed, views) for voter in self.voters.values() for signed, views in voter.due()]
        for name in sorted({name for _, views in due for name in views}):
            votes = [signed for signed, views in due if name in views]
            if name == MAIN:
                cast_votes(self.view.sender, self.view.contracts, votes)
            else:
                self.branches.cast(name, votes)
        for signed, _ in due:
            what = ("vote", signed.vote.digest(self.view.domain))
            self.view.attempts.sent(what, self.view.chain.seen.height)

    def forge(self) -> None:
        """Bring to origin the votes that auxiliary is not to see; an honest validator has none."""
        self.forger.act(self.voters[self.view.contracts.deployment.core_id].kept_from_auxiliary())

    def close(self) -> None:
        """Let go of the protection stores."""
        for voter in self.voters.values():
            voter.store.close()

    def _voter(self, surroundings: Surroundings, about: bytes, kind: str) -> Voter:
        path = surroundings.directory / f"protection-{self.view.name}-{kind}.sqlite"
        return Voter(
            self.view,
            about,
            key=surroundings.spec.auxiliary_key,
            store=ProtectionStore(path, about, domain=self.view.domain),
            behaviour=behaviour_named(surroundings.spec.behaviour),
            branches=self.branches,
            record=surroundings.record,
        )


class Validator:
    """One validator of every core of the network."""

    def __init__(self, surroundings: Surroundings) -> None:
        behaviour = behaviour_named(surroundings.spec.behaviour)
        self._name = surroundings.spec.name
        names = [spec.name for spec in surroundings.devnet.validators]
        self._gathering = Gathering(surroundings, names.index(self._name), behaviour.origin_depth)
        self._duties = [_Duties(surroundings, view) for view in self._gathering.views.values()]

    @property
    def name(self) -> str:
        """Its name in the network."""
        return self._name

    def step(self, now: int) -> Wake:
        """Look at every chain once, then report, vote and commit where that is due."""
        gathering = self._gathering
        had_trouble = gathering.begin()
        if gathering.look() or had_trouble:
            for duties in self._duties:
                self._act(duties)
        return gathering.wake(sent=sum(duties.branches.sent for duties in self._duties))

    def mark(self) -> ValidatorMark:
        """A copy of all that it knows."""
        return ValidatorMark(
            self._gathering.mark(),
            {
                (duties.view.name, about): (voter.memory.copy(), voter.store.snapshot())
                for duties in self._duties
                for about, voter in duties.voters.items()
            },
        )

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a validator. Raises UsageError for anything else."""
        if not isinstance(mark, ValidatorMark):
            raise UsageError(f"mark must come from Validator.mark, found {type(mark).__name__}")
        self._gathering.rewind(mark.gathering)
        for duties in self._duties:
            for about, voter in duties.voters.items():
                memory, snapshot = mark.voters[duties.view.name, about]
                voter.memory = memory.copy()
                voter.store.restore(snapshot)

    def close(self) -> None:
        """Let go of its files; idempotent."""
        for duties in self._duties:
            duties.close()

    def _act(self, duties: _Duties) -> None:
        duties.branches.begin()
        if not duties.view.is_complete:
            return
        # Each duty on its own: a chain that refuses one thing must not keep the others from being done.
        origin, auxiliary = self._gathering.origin.chain, duties.view.name
        acts = (
            (auxiliary, duties.reporter.act),
            (auxiliary, duties.vote),
            (auxiliary, duties.prover.act),
            (auxiliary, duties.vote_carrier.act),
            (auxiliary, duties.claimer.act),
            (auxiliary, duties.withdrawal_prover.act),
            (origin, duties.forge),
            (origin, duties.pinner.act),
            (origin, duties.committer.act),
            (origin, duties.bonds.act),
            (origin, duties.reversal.act),
        )
        for chain, act in acts:
            try:
                act()
            except ChainError as error:
                self._gathering.note_trouble(chain, error)


def _branches(surroundings: Surroundings, view: AuxiliaryView) -> Branches:
    prefix = f"{view.name}/"
    links = {key.removeprefix(prefix): link for key, link in surroundings.links.items() if key.startswith(prefix)}
    return Branches(view.spec, view.contracts, links, surroundings.spec.auxiliary_key)


def make(surroundings: Surroundings) -> Validator:
    """Make a validator, or make it again from its directory."""
    return Validator(surroundings)
