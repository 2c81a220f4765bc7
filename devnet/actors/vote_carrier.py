"""Carries to auxiliary what was voted about it and shown to origin alone, so that it counts there, too (R19, R23).

The fork choice goes by such votes. Who withholds them from auxiliary and has them seal a proposal on origin would
otherwise let origin commit what auxiliary does not know to be final.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.branches import cast_votes
from devnet.actors.core_state import ProposalState
from devnet.actors.public_votes import votes_shown
from devnet.chain.link import Link
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address


@dataclass(frozen=True, slots=True)
class DueVotes:
    """Votes for one link that origin counted and auxiliary would count."""

    vote: Vote
    """What was signed."""
    proposal: ProposalState
    """What they were shown for."""
    validators: frozenset[Address]
    """Whose votes auxiliary lacks."""


def due_votes(view: AuxiliaryView) -> Iterator[DueVotes]:
    """What there is to carry: votes from a justified checkpoint of this branch, not below the last finalised one."""
    state, own = view.state, view.state.own
    for digest, proposal in view.core.proposals.items():
        source = proposal.transition
        is_open = source.height >= own.last_finalised.height and source.checkpoint in own.justified
        # Any other transition is not what the store here computed, and would be refused (R11).
        if not is_open or state.transitions.get(source.checkpoint) != digest:
            continue
        for target, signers in proposal.signers.items():
            vote = Vote(source.core_id, digest, source.checkpoint, target, source.height, source.height + 1)
            missing = frozenset(one for one in signers - state.slashed if not own.is_public(vote, one))
            if missing and target in own.reported:
                yield DueVotes(vote, proposal, missing)


class VoteCarrier:
    """Carries votes to one auxiliary."""

    def __init__(self, view: AuxiliaryView, origin: Link) -> None:
        self._view = view
        self._origin = origin

    def act(self) -> None:
        """Cast every vote that is due, if it is this actor's turn. Raises ChainError."""
        view, height = self._view, self._view.chain.seen.height
        for due in due_votes(view):
            what = ("carry", due.vote)
            if view.attempts.may_send(what, height, view.turn_at(due.vote.target_height)):
                view.attempts.sent(what, height)
                cast_votes(view.sender, view.contracts, self._signed(due))

    def _signed(self, due: DueVotes) -> list[SignedVote]:
        """The votes with their signatures, from the transactions that showed them; none if a contract did."""
        calls = [("eth_getTransactionByHash", ("0x" + digest.hex(),)) for digest in sorted(due.proposal.shown)]
        transactions = [one for one in self._origin.batch(calls) if one is not None]
        proposals = {due.vote.transition: due.proposal.transition}
        shown = votes_shown(transactions, self._view.contracts.core, proposals, self._view.domain)
        found = {one.validator: one for one in shown if one.vote == due.vote and one.validator in due.validators}
        return [found[validator] for validator in sorted(found)]
