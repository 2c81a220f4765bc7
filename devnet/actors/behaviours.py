"""Every way in which a validator decides other than honestly, and all of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice

from devnet.actors.behaviour import TO_ORIGIN, Ballot, Behaviour, Honest, Situation
from devnet.chain.block import MAIN
from devnet.errors import ManifestError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.offences import classify
from devnet.mosaic.votes import Vote

_SKIPPED = 2
"""Due checkpoints passed over: with two, the committed one's own state shows that the first was final."""

_AGREED = 4
"""Colluders forge at the first target height that is a multiple of this, without another word between them."""

_WIDTH = 3
"""Checkpoints from source to target of a vote that has room for another one inside."""


class DoubleVote(Honest):
    """Signs, once per auxiliary chain, two checkpoints of one height on two branches and sends both (R50; A01).

    The rival vote goes to the main view, where it becomes public as a conflicting one, and to its own branch.
    """

    name = "double-vote"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, and the first time that another branch has a checkpoint of its height that one too."""
        if situation.is_about_origin or heights_taken:
            return (Ballot(vote),)
        rivals = {
            view: target for view, target in situation.rivals(vote.target_height).items() if target != vote.target
        }
        if not rivals:
            return (Ballot(vote),)
        view, target = sorted(rivals.items())[0]
        return Ballot(vote), Ballot(replace(vote, target=target), (MAIN, view), guarded=False)


class SurroundVote(Honest):
    """Signs, once per auxiliary chain, a vote around its own last one: lower source, higher target (R51; A05)."""

    name = "surround-vote"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, or once, in its place, the one that surrounds the vote before."""
        inner = _vote_for(situation, vote.source_height)
        if situation.is_about_origin or heights_taken or inner is None or inner.source_height == 0:
            return (Ballot(vote),)
        wide = situation.vote_between(inner.source_height - 1, vote.target_height)
        return (Ballot(vote),) if wide is None else (Ballot(wide, guarded=False),)


class SurroundedVote(Honest):
    """Keeps one vote back, then signs a wide vote and, inside it, the one it had kept back (R51; A06)."""

    name = "surrounded-vote"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """Nothing at one height, the pair of votes at the next, the vote itself ever after."""
        if situation.is_about_origin or heights_taken or vote.target_height <= _WIDTH:
            return (Ballot(vote),)
        if _vote_for(situation, vote.target_height - 1) is not None:
            return ()
        wide = situation.vote_between(vote.target_height - _WIDTH, vote.target_height)
        inner = situation.vote_between(vote.target_height - _WIDTH + 1, vote.target_height - 1)
        if wide is None or inner is None:
            return (Ballot(vote),)
        return Ballot(wide, guarded=False), Ballot(inner, guarded=False)


class TransitionConflict(Honest):
    """Signs two transitions of one source, with targets of different heights (R52; A04)."""

    name = "transition-conflict"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, or once, in its place, one from the source of the vote before with another transition."""
        before = _vote_for(situation, vote.source_height)
        if situation.is_about_origin or heights_taken or before is None:
            return (Ballot(vote),)
        other = bytes(byte ^ 0xFF for byte in before.transition)
        forged = replace(before, transition=other, target=vote.target, target_height=vote.target_height)
        return (Ballot(forged, guarded=False),)


class Shallow(Honest):
    """Signs about blocks of origin that are one block deep, as if origin never took anything back (against R30)."""

    name = "shallow"
    origin_depth = 1

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself; about origin it is rash."""
        return (Ballot(vote, rash=situation.is_about_origin and not heights_taken),)


class LateVote(Honest):
    """Votes as honest validators do, and every other vote about the auxiliary chain is lost on its way (R37; A18)."""

    name = "late-vote"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, which at odd heights arrives nowhere: no deviation, for delay is nobody's fault."""
        is_lost = not situation.is_about_origin and vote.target_height % 2 == 1
        return (Ballot(vote, views=() if is_lost else (MAIN,)),)


class SkipCheckpoint(Honest):
    """Passes over checkpoints that are due, and commits a later one (against R37; B09)."""

    name = "skip-checkpoint"

    def checkpoint_to_commit(self, due: Iterable[Checkpoint]) -> Checkpoint | None:
        """The one after those it passes over, as soon as there is one."""
        return next(islice(due, _SKIPPED, None), None)


class Amnesia(Honest):
    """Lost its protection store: after a reorg it signs the new branch's checkpoint of a height it voted at (A19)."""

    name = "amnesia"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, whatever was signed before."""
        offends = any(classify(before, vote) is not None for before in situation.votes())
        return (Ballot(vote, guarded=not offends, forgotten=not situation.is_about_origin),)


class InvalidTransition(Honest):
    """Signs, once per auxiliary chain, that a checkpoint with a false state root is final (R80; B07).

    At that height it votes on the real chain too, which is its undoing (R81).
    """

    name = "invalid-transition"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, and once the forged one, which goes to origin alone."""
        forged = self._forged(vote, situation, heights_taken)
        return (Ballot(vote),) if forged is None else (Ballot(vote), Ballot(forged, TO_ORIGIN, guarded=False))

    def _forged(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> Vote | None:
        if situation.is_about_origin or heights_taken or vote.target_height % _AGREED != 0:
            return None
        return situation.forged_vote(vote.target_height - 1)


class WithheldVote(InvalidTransition):
    """Signs the same, and keeps back its one vote on the real chain that would cost its stake (R82)."""

    name = "withheld-vote"

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself, or once, in its place, the forged one: its store has nothing against it."""
        forged = self._forged(vote, situation, heights_taken)
        return (Ballot(vote),) if forged is None else (Ballot(forged, TO_ORIGIN, rash=True),)


BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    kind.name: kind
    for kind in (
        Honest,
        DoubleVote,
        SurroundVote,
        SurroundedVote,
        TransitionConflict,
        Shallow,
        LateVote,
        SkipCheckpoint,
        Amnesia,
        InvalidTransition,
        WithheldVote,
    )
}
"""Every behaviour by its name in manifests and attack cards."""


def behaviour_named(name: str) -> Behaviour:
    """A behaviour by name. Raises ManifestError for an unknown one."""
    make = BEHAVIOURS.get(name)
    if make is None:
        near = get_close_matches(name, BEHAVIOURS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(BEHAVIOURS))}"
        raise ManifestError(f"unknown behaviour {name!r}: {hint}")
    return make()


def _vote_for(situation: Situation, height: int) -> Vote | None:
    return next((vote for vote in situation.votes() if vote.target_height == height), None)
