"""Carries what auxiliary finalised to origin: proposals, the votes that seal them, commits (R32-R35, R83)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record
from devnet.actors.behaviour import Behaviour, Honest
from devnet.actors.core_state import CoreState, ProposalState
from devnet.actors.transition import transition_at
from devnet.actors.watch import Seen
from devnet.contracts.gas import MAX_SIGNATURES, gas_limit
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import SignedVote
from devnet.types import Address, Hash32, Wei

HONEST = Honest()
"""Commits what the gas rule asks for."""


@dataclass(frozen=True, slots=True)
class Propose:
    """Propose the transition of a finalised checkpoint."""

    transition: Transition
    """T."""
    header: bytes
    """Header of its checkpoint."""
    origin_number: int
    """Block number of its origin checkpoint."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Show the votes that finalised a proposed checkpoint."""

    proposal: Hash32
    """hash(T)."""
    target: Hash32
    """Target of the votes."""
    signatures: tuple[bytes, ...]
    """Those not counted yet; empty to try sealing again."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit the candidate."""

    proposal: Hash32
    """hash(T) of the candidate."""


Action: TypeAlias = Propose | Verify | Commit
"""One transaction on origin."""


def is_waiting_for_kernel(core: CoreState, state: AuxiliaryState) -> bool:
    """Whether origin opened a kernel that the auxiliary chain does not have yet: nothing can be proposed under it."""
    return core.open_height > state.last_kernel


def due_checkpoints(
    core: CoreState, state: AuxiliaryState, seen: Seen, epoch_length: int, commit_every: int
) -> Iterator[Checkpoint]:
    """Finalised checkpoints under the open kernel that reached the gas target, or came as the ``commit_every``-th
    since the last commit, or later; the lowest first.

    Whichever comes first (R83). Taking the lowest is what the gas rule asks for (R37). What was finalised before
    the kernel became active counts, but origin would refuse it (R32).
    """
    # A chain finalises upwards only (R10), and few checkpoints are finalised since the last commit.
    last = (one.checkpoint for one in reversed(state.own.finalised))
    candidates = [*takewhile(lambda checkpoint: checkpoint.height > core.committed_height, last)]
    for count, checkpoint in enumerate(reversed(candidates), start=1):
        number = checkpoint.height * epoch_length
        if number > seen.height or seen.blocks.hash_at(number) != checkpoint.hash:
            return
        kernel = state.kernel_at(state.own.in_force(number)[0])[1]
        is_due = seen.blocks[number].sums.gas >= core.gas_target or count >= commit_every
        if is_due and kernel == core.open_kernel:
            yield checkpoint


def sealing_votes(
    state: AuxiliaryState, transition: Transition, proposal: ProposalState, slashed: set[Address]
) -> tuple[Hash32, tuple[SignedVote, ...]] | None:
    """The target with most votes from T's checkpoint to the next height, and those of its votes still to be shown."""
    wanted = transition.hash()
    by_target = {
        target: [
            signed
            for signed in votes
            if signed.vote.target_height == transition.height + 1
            and signed.vote.transition == wanted
            and signed.validator not in slashed
        ]
        for (source, target), votes in state.own.links.items()
        if source == transition.checkpoint
    }
    if not any(by_target.values()):
        return None
    target = max(sorted(by_target), key=lambda one: len(by_target[one]))
    shown = proposal.signers.get(target, set())
    return target, tuple(signed for signed in by_target[target] if signed.validator not in shown)


def decide(view: AuxiliaryView, behaviour: Behaviour = HONEST) -> Action | None:
    """What is to be done next for this core, by whoever's turn it is; None while there is nothing."""
    core, state = view.core, view.state
    if core.halted or core.open_height == 0 or is_waiting_for_kernel(core, state):
        return None
    checkpoint = behaviour.checkpoint_to_commit(_due(view))
    transition = _transition(view, checkpoint) if checkpoint is not None else None
    if core.candidate is not None and not _improves(core, transition):
        # A transaction sent now is in the next block at the earliest.
        is_over = view.origin.seen.height + 1 >= core.candidate.committable_at
        return Commit(core.candidate.proposal) if is_over else None
    return _advance(view, transition) if transition is not None else None


def _due(view: AuxiliaryView) -> Iterator[Checkpoint]:
    every = view.devnet.parameters.commit_every
    due = due_checkpoints(view.core, view.state, view.chain.seen, view.spec.epoch_length, every)
    asked = ((checkpoint, _transition(view, checkpoint)) for checkpoint in due)
    return (checkpoint for checkpoint, one in asked if _is_acceptable(view, one) and not _is_spent(view, one))


def _is_acceptable(view: AuxiliaryView, transition: Transition) -> bool:
    """Whether origin can still tell the block that a transition names (R32); one proposed in time stays acceptable.

    Nobody may have pinned it while all were away. A later checkpoint names a later block, and is no offence against
    the gas rule: what origin would refuse counts for nothing there (R37).
    """
    height = view.state.origin.justified.get(transition.origin_checkpoint)
    if height is None:
        return True
    number = height * view.devnet.origin.epoch_length
    if view.core.knows_origin(number, transition.origin_checkpoint, view.origin.seen.height):
        return True
    return transition.hash() in view.core.open_proposals()


def _is_spent(view: AuxiliaryView, transition: Transition) -> bool:
    """Whether slashes took this proposal's quorum and nobody has a further vote for it: then a later one is sealed.

    At the gas target it is waited for: were it passed over, votes that surface later could prove that (R37, R45).
    """
    proposal = view.core.open_proposals().get(transition.hash())
    if proposal is None or not proposal.unsealed or transition.accumulated_gas >= view.core.gas_target:
        return False
    votes = sealing_votes(view.state, transition, proposal, view.core.slashed)
    return votes is None or not votes[1]


def _improves(core: CoreState, transition: Transition | None) -> bool:
    """Whether proposing this transition takes the candidate's place, as the gas rule demands (R34, R39)."""
    if core.candidate is None or transition is None or transition.accumulated_gas < core.gas_target:
        return False
    sealed = core.proposals.get(core.candidate.proposal)
    return sealed is not None and transition.height < sealed.transition.height


def _transition(view: AuxiliaryView, checkpoint: Checkpoint) -> Transition:
    return transition_at(view.contracts.deployment, view.chain.seen, view.state, checkpoint, view.spec.epoch_length)


def _advance(view: AuxiliaryView, transition: Transition) -> Action | None:
    digest = transition.hash()
    proposal = view.core.open_proposals().get(digest)
    if proposal is None:
        height = view.state.origin.justified.get(transition.origin_checkpoint)
        if height is None:
            return None
        header = view.chain.header(transition.height * view.spec.epoch_length)
        return Propose(transition, header.encode(), height * view.devnet.origin.epoch_length)
    votes = sealing_votes(view.state, transition, proposal, view.core.slashed)
    if votes is None:
        return None
    target, missing = votes
    if not missing and not proposal.unsealed:
        return None
    return Verify(digest, target, tuple(signed.signature for signed in missing[:MAX_SIGNATURES]))


def _named(action: Action) -> tuple[str, Hash32]:
    """What an action is about; more votes to show do not make it another one."""
    match action:
        case Propose(transition):
            return "propose", transition.hash()
        case Verify(proposal):
            return "verify", proposal
        case Commit(proposal):
            return "commit", proposal


class Committer:
    """Sends to origin what is due for one core."""

    def __init__(self, view: AuxiliaryView, behaviour: Behaviour, record: Record) -> None:
        self._view = view
        self._behaviour = behaviour
        self._record = record

    def act(self) -> None:
        """Send the next transaction, if it is due and this actor's turn. Raises ChainError."""
        view, action = self._view, decide(self._view, self._behaviour)
        self._note_deviation()
        if action is None:
            return
        origin_height, what = view.origin.seen.height, _named(action)
        if not view.origin_attempts.may_send(what, origin_height, self._turns(action)):
            return
        function, arguments, value, gas = self._call(action)
        core = view.contracts.core
        view.origin_sender.send(core.address, core.calldata(function, *arguments), gas, value)
        view.origin_attempts.sent(what, origin_height)

    def _turns(self, action: Action) -> int:
        """How many go first. None where a candidate has to be superseded: time runs, and others sealed it (R39)."""
        is_late = self._view.core.candidate is not None and isinstance(action, Propose | Verify)
        return 0 if is_late else self._view.turn_at(self._view.core.open_height)

    def _note_deviation(self) -> None:
        """Tell once per meta-block that a checkpoint was due which this actor does not commit."""
        view = self._view
        what = ("passed over", view.core.open_height)
        if what in view.origin_attempts.known or not view.core.open_height:
            return
        due = next(_due(view), None)
        if due is None or self._behaviour.checkpoint_to_commit(_due(view)) == due:
            return
        view.origin_attempts.sent(what, view.origin.seen.height)
        self._record(
            "BehaviourTook",
            chain=view.name,
            block=view.chain.seen.height,
            auxiliary=view.name,
            behaviour=self._behaviour.name,
            passed_over=due.height,
            checkpoint="0x" + due.hash.hex(),
            votes=[],
            views=[],
        )

    def _call(self, action: Action) -> tuple[str, tuple[object, ...], Wei, int]:
        """Function, arguments, base coin and gas of an action."""
        match action:
            case Propose(transition, header, number):
                bond = self._view.devnet.parameters.proposal_bond_wei
                return "propose", (transition.fields(), header, number), bond, gas_limit("Core", "propose")
            case Verify(proposal, target, signatures):
                gas = gas_limit("Core", "verifyVotes", signatures=len(signatures), slashed=len(self._view.core.slashed))
                return "verifyVotes", (proposal, target, list(signatures)), 0, gas
            case Commit():
                parameters, slashed = self._view.devnet.parameters, len(self._view.core.slashed)
                gas = gas_limit("Core", "commit", changes=parameters.max_kernel_changes, slashed=slashed)
                return "commit", (), 0, gas
