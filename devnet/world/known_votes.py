"""Every vote about one auxiliary chain that is public anywhere: what its producer can know (R23).

Counted and conflicting ones of any branch, those that a branch refused or that were shown there as evidence, those
that wait in a mempool, and what was shown to origin or is about to be: as evidence, or to seal a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from devnet.actors.public_votes import VOTE_EVENTS, proposed_in, votes_shown, votes_waiting
from devnet.actors.structs import transition_of, vote_of
from devnet.chain.chain import Chain
from devnet.contracts.handle import parse_bytes
from devnet.contracts.handles import CoreHandles
from devnet.history import Event, History
from devnet.mosaic.signatures import Domain
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import SignedVote
from devnet.types import Hash32


class KnownVotes:
    """The public votes about one auxiliary chain."""

    def __init__(self, chain: Chain, origin: Chain, core: CoreHandles, history: History) -> None:
        self._chain = chain
        self._origin = origin
        self._core = core
        self._history = history
        self._domain = Domain(origin.spec.chain_id, core.deployment.core)

    def above(self, height: int) -> list[SignedVote]:
        """Those for targets above a checkpoint height. Raises ChainError if a chain does not answer.

        Only what may bear on them is read: an honest vote is never older than its target.
        """
        everywhere = (*self._told(height), *self._on_auxiliary(height), *self._on_origin(height))
        core_id = self._core.deployment.core_id
        return [one for one in everywhere if one.vote.core_id == core_id and one.vote.target_height > height]

    def _told(self, height: int) -> Iterator[SignedVote]:
        for event in self._events(self._chain, *VOTE_EVENTS):
            vote: Any = event.payload["vote"]
            if int(vote["targetHeight"]) > height:
                validator, signature = (parse_bytes(event.payload[name]) for name in ("validator", "signature"))
                yield SignedVote(vote_of(_parsed(vote)), validator, signature)

    def _on_auxiliary(self, height: int) -> Iterator[SignedVote]:
        number = height * self._chain.spec.epoch_length
        refused = self._events(self._chain, "VoteRefused", "ValidatorSlashed")
        mined = _mined(self._chain, (event for event in refused if event.block is not None and event.block >= number))
        return votes_waiting([*mined, *_waiting(self._chain)], [self._core.polling_place], self._domain)

    def _on_origin(self, height: int) -> Iterator[SignedVote]:
        waiting = _waiting(self._origin)
        told = self._proposals(height)
        verified = [
            event
            for event in self._events(self._origin, "VotesVerified")
            if parse_bytes(event.payload["proposalId"]) in told
        ]
        mined = _mined(self._origin, (*verified, *self._events(self._origin, "ValidatorSlashed")))
        transactions = [*mined, *waiting]
        yield from votes_waiting(transactions, [self._core.polling_place, self._core.stake], self._domain)
        proposals = told | proposed_in(waiting, self._core.core)
        yield from votes_shown(transactions, self._core.core, proposals, self._domain)

    def _proposals(self, height: int) -> dict[Hash32, Transition]:
        """By hash(T) what was proposed that votes above that height may seal."""
        proposed = {
            parse_bytes(event.payload["proposalId"]): transition_of(_parsed(event.payload["transition"]))
            for event in self._events(self._origin, "Proposed")
        }
        return {digest: one for digest, one in proposed.items() if one.height >= height}

    def _events(self, chain: Chain, *kinds: str) -> list[Event]:
        found = [event for kind in kinds for event in self._history.effective_events(kind)]
        name = self._core.deployment.auxiliary
        return [one for one in found if one.chain == chain.spec.name and one.payload["auxiliary"] == name]


def _mined(chain: Chain, events: Iterable[Event]) -> list[Mapping[str, Any]]:
    """The transactions that wrote these events, of every branch that a view still follows."""
    transactions = sorted({str(event.payload["transaction"]) for event in events})
    calls = [("eth_getTransactionByHash", (transaction,)) for transaction in transactions]
    answers = [chain.rpc_batch(calls, view) for view in chain.views] if calls else []
    return [one for answer in answers for one in answer if one is not None]


def _waiting(chain: Chain) -> list[Mapping[str, Any]]:
    return [one for view in chain.views for one in chain.rpc("devnet_pendingTransactions", (), view)]


def _parsed(fields: Any) -> dict[str, Any]:
    """A struct of a log as the History keeps it: bytes as 0x strings, integers as decimal ones."""
    return {name: parse_bytes(value) if value.startswith("0x") else int(value) for name, value in fields.items()}
