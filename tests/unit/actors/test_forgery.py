"""A forged checkpoint is one that origin takes, and its votes go to origin alone (R80-R82)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.behaviour import TO_ORIGIN, Ballot
from devnet.actors.behaviours import InvalidTransition, WithheldVote
from devnet.actors.forgery import Forger, forge
from devnet.actors.public_votes import votes_shown
from devnet.mosaic.headers import decode_header
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import SignedVote, Vote, sign_vote
from devnet.types import Hash32
from tests.unit.actors.fakes import calls_in, committed, event, kernel_opened, make_ruled_view, make_vote, proposed

HEIGHT = 3


@dataclass
class Situation:
    """A height at which everything could be forged."""

    is_about_origin: bool = False
    forged: bool = True

    def rivals(self, height: int) -> Mapping[str, Hash32]:
        return {}

    def votes(self) -> tuple[Vote, ...]:
        return ()

    def vote_between(self, source: int, target: int) -> Vote | None:
        return None

    def forged_vote(self, source: int) -> Vote | None:
        forged = make_vote(source, source + 1, source=b"\x0f" * 32, target=b"\x0e" * 32)
        return forged if self.forged else None


def signed_forgery(view: AuxiliaryView) -> SignedVote:
    forgery = forge(view, HEIGHT)
    assert forgery is not None
    return sign_vote(forgery.vote, view.domain, view.devnet.validators[0].auxiliary_key.secret)


def test_a_forgery_is_the_real_header_and_transition_with_another_state_root() -> None:
    """R80."""
    view, _ = make_ruled_view(position=1)
    forgery, real = forge(view, HEIGHT), view.chain.seen.blocks[4 * HEIGHT]
    assert forgery is not None
    assert forgery.header.state_root != real.header.state_root
    assert replace(forgery.header, state_root=real.header.state_root) == real.header
    assert forgery.transition.checkpoint == forgery.header.hash != real.hash
    assert forgery.transition.accumulated_gas == real.sums.gas
    assert (forgery.vote.source_height, forgery.vote.target_height) == (HEIGHT, HEIGHT + 1)
    assert forge(view, HEIGHT) == forgery


@pytest.mark.parametrize("height", [10, 11], ids=["its target is not there yet", "it is not there yet"])
def test_nothing_is_forged_above_the_own_chain(height: int) -> None:
    assert forge(make_ruled_view(position=1)[0], height) is None


def test_nothing_is_forged_that_origin_would_refuse() -> None:
    view, _ = make_ruled_view(position=1)
    view.core.apply(committed(1, HEIGHT))
    assert forge(view, HEIGHT) is None
    assert forge(view, HEIGHT + 1) is not None
    view.core.apply(kernel_opened(2, b"\x4c" * 32))
    assert forge(view, HEIGHT + 1) is None


def test_it_is_proposed_once_and_then_shown_the_own_signature_once() -> None:
    view, to_origin = make_ruled_view(position=1)
    signed, forger, core = signed_forgery(view), Forger(view), view.contracts.core
    forger.act((signed,))
    forger.act((signed,))
    ((function, (transition, header, number)),) = calls_in(to_origin, core)
    assert (function, number) == ("propose", 0)
    assert decode_header(header).hash == signed.vote.source == transition[4]
    forgery = forge(view, HEIGHT)
    assert forgery is not None
    view.core.apply(proposed(signed.vote.transition, 1, forgery.transition))
    forger.act((signed,))
    assert calls_in(to_origin, core)[1:] == [
        ("verifyVotes", (signed.vote.transition, signed.vote.target, (signed.signature,)))
    ]
    proposal, target = signed.vote.transition, signed.vote.target
    view.core.apply(event("VotesVerified", proposalId=proposal, target=target, signers=[signed.validator]))
    forger.act((signed,))
    assert len(calls_in(to_origin, core)) == 2


def test_votes_shown_to_a_core_are_read_from_calldata_and_the_proposal() -> None:
    view, _ = make_ruled_view(position=1)
    signed, core, forgery = signed_forgery(view), view.contracts.core, forge(view, HEIGHT)
    assert forgery is not None
    data = core.calldata("verifyVotes", signed.vote.transition, signed.vote.target, [signed.signature, bytes(65)])
    transaction = {"to": "0x" + core.address.hex(), "input": "0x" + data.hex()}
    proposals = {signed.vote.transition: forgery.transition}
    assert list(votes_shown([transaction], core, proposals, view.domain)) == [signed]
    assert list(votes_shown([transaction], core, {}, view.domain)) == []
    elsewhere = transaction | {"to": "0x" + view.contracts.stake.address.hex()}
    assert list(votes_shown([elsewhere], core, proposals, view.domain)) == []


def test_a_colluder_signs_the_forged_vote_beside_the_real_one_of_that_height_which_is_an_offence() -> None:
    """R81."""
    vote = make_vote(3, 4)
    real, forged = InvalidTransition().ballots(vote, Situation(), ())
    assert real == Ballot(vote)
    assert (forged.views, forged.guarded) == (TO_ORIGIN, False)
    assert classify(real.vote, forged.vote) is Offence.DOUBLE_VOTE


def test_a_careful_colluder_keeps_the_real_vote_back_and_none_of_its_votes_are_an_offence() -> None:
    """R82."""
    (forged,) = WithheldVote().ballots(make_vote(3, 4), Situation(), ())
    assert forged.views == TO_ORIGIN
    assert forged.guarded
    assert forged.deviates
    for other in (make_vote(2, 3), make_vote(3, 5), make_vote(5, 6)):
        assert classify(forged.vote, other) is None


@pytest.mark.parametrize("behaviour", [InvalidTransition(), WithheldVote()], ids=["careless", "careful"])
@pytest.mark.parametrize(
    ("situation", "taken", "target"),
    [
        (Situation(), (4,), 8),
        (Situation(is_about_origin=True), (), 4),
        (Situation(), (), 5),
        (Situation(False, False), (), 4),
    ],
    ids=["once only", "about origin", "not the agreed height", "nothing to forge"],
)
def test_a_colluder_is_honest_otherwise(
    behaviour: InvalidTransition, situation: Situation, taken: tuple[int, ...], target: int
) -> None:
    vote = make_vote(target - 1, target)
    assert behaviour.ballots(vote, situation, taken) == (Ballot(vote),)
