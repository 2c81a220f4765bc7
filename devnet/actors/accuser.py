"""A false accuser: it shows origin honest votes, recombined and altered, as if they were offences (R55; K01, B13).

It pays for every report and gains nothing. What each report is answered with is asked first by a call, so that
the record says why it was refused; then it is sent for real.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record, Surroundings, Wake
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.actors.public_votes import votes_in
from devnet.contracts.errors import ContractReverted
from devnet.contracts.gas import gas_limit
from devnet.errors import ChainError, UsageError
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.votes import SignedVote
from devnet.types import Json

BEHAVIOUR = "false-accuser"
"""A fisherman that is cast with it accuses falsely."""

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""n of secp256k1: (r, n - s) with the other v is the same signature once more."""


@dataclass(frozen=True, slots=True)
class Accusation:
    """Two votes that are no offence, and what is wrong with the pair."""

    case: str
    """What is wrong, in a few words."""
    first: SignedVote
    """One vote."""
    second: SignedVote
    """The other, or what is passed off as one."""

    def arguments(self) -> tuple[object, ...]:
        """Arguments of ``slash``."""
        return self.first.vote.fields(), self.first.signature, self.second.vote.fields(), self.second.signature


def accusations(votes: list[SignedVote]) -> Iterator[Accusation]:
    """Every kind of false accusation that these honest votes allow."""
    own = [vote for vote in votes if not is_origin_identifier(vote.vote.core_id)]
    about_origin = [vote for vote in votes if is_origin_identifier(vote.vote.core_id)]
    mine = [vote for vote in own if vote.validator == own[0].validator]
    others = [vote for vote in own if vote.validator != own[0].validator]
    if len(mine) < 2 or not others or not about_origin:
        return
    first, second = mine[0], mine[1]
    yield Accusation("one vote twice", first, first)
    yield Accusation("one vote and its malleated copy", first, replace(first, signature=_malleated(first.signature)))
    yield Accusation("two votes that are no offence", first, second)
    altered = replace(first.vote, target=bytes(byte ^ 0xFF for byte in first.vote.target))
    yield Accusation("a vote that nobody signed", first, replace(first, vote=altered))
    yield Accusation("votes about two chains", first, about_origin[0])
    rival = replace(others[0].vote, target=altered.target)
    yield Accusation("another validator's signature under a rival vote", first, replace(others[0], vote=rival))


class FalseAccuser:
    """A fisherman gone bad: it steps like one, and reports what is no offence, once per auxiliary."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._name = surroundings.spec.name
        self._record: Record = surroundings.record
        self._gathering = Gathering(surroundings, position=0)
        self._link = surroundings.links[surroundings.devnet.origin.name]
        self._done: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Its name in the network."""
        return self._name

    def step(self, now: int) -> Wake:
        """Look at every chain once, and accuse where there are votes enough."""
        self._gathering.begin()
        self._gathering.look()
        for name, view in self._gathering.views.items():
            cases = list(accusations(list(votes_in(view.chain.seen.events))))
            if name in self._done or not cases:
                continue
            try:
                self._accuse(view, cases)
                self._done |= {name}
            except ChainError as error:
                self._gathering.note_trouble(self._gathering.origin.chain, error)
        return self._gathering.wake()

    def mark(self) -> tuple[GatheringMark, frozenset[str]]:
        """A copy of all that it knows."""
        return self._gathering.mark(), self._done

    def rewind(self, mark: object) -> None:
        """Go back to a mark; one of the honest fisherman it was before tells it nothing of accusations."""
        if isinstance(mark, tuple):
            gathering, self._done = mark
            self._gathering.rewind(gathering)
        elif hasattr(mark, "gathering"):
            self._gathering.rewind(mark.gathering)
            self._done = frozenset()
        else:
            raise UsageError(f"mark must come from a fisherman, found {type(mark).__name__}")

    def close(self) -> None:
        """Nothing is held open."""

    def _accuse(self, view: AuxiliaryView, cases: list[Accusation]) -> None:
        stake = view.contracts.stake
        told: list[Json] = []
        for accusation in cases:
            data = stake.calldata("slash", *accusation.arguments())
            answer = self._answer(view, accusation)
            digest = view.origin_sender.send(stake.address, data, gas_limit("Stake", "slash"))
            told.append(
                {"case": accusation.case, "answer": answer, "hash": "0x" + digest.hex(), "data": "0x" + data.hex()}
            )
        self._record(
            "BehaviourTook",
            chain=self._gathering.origin.chain,
            block=view.origin.seen.height,
            auxiliary=view.name,
            behaviour=BEHAVIOUR,
            votes=[],
            views=[],
            accusations=told,
        )

    def _answer(self, view: AuxiliaryView, accusation: Accusation) -> str:
        """What origin says to it: the error's name, or that it was believed."""
        try:
            view.contracts.stake.read(self._link, "slash", *accusation.arguments())
        except ContractReverted as error:
            return error.reason.name
        return "believed"


def _malleated(signature: bytes) -> bytes:
    other = CURVE_ORDER - int.from_bytes(signature[32:64])
    return signature[:32] + other.to_bytes(32) + bytes([55 - signature[64]])
