"""R23: votes are known wherever they are public, on origin as well as on any branch of auxiliary."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.contracts.deployment import Deployment
from devnet.contracts.handle import ContractHandle, as_json
from devnet.contracts.handles import Handles
from devnet.history import History
from devnet.mosaic.votes import Domain, SignedVote, sign_vote
from devnet.world.known_votes import KnownVotes
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.fakes import CORE, ORIGIN_ID, any_transition, make_vote, struct_of

HANDLES = Handles(Deployment((CORE,)), FakeCompiled()).core_of("auxiliary-1")  # type: ignore[arg-type]
DOMAIN = Domain(1, CORE.core)
SECRET = bytes(31) + b"\x05"
PROPOSED = any_transition(3)
TARGET = b"\x99" * 32
SEALING = sign_vote(
    make_vote(3, 4, transition=PROPOSED.hash(), source=PROPOSED.checkpoint, target=TARGET), DOMAIN, SECRET
)
FIRST = sign_vote(make_vote(0, 3), DOMAIN, SECRET)
SECOND = sign_vote(make_vote(0, 3, target=TARGET), DOMAIN, SECRET)


class FakeChain:
    """A chain with blocks' transactions by hash and view, and others that wait."""

    def __init__(self, name: str, *views: str) -> None:
        self.spec = SimpleNamespace(name=name, chain_id=1, epoch_length=4)
        self.views = ("main", *views)
        self.mined: dict[tuple[str, str], dict[str, Any]] = {}
        self.waiting: dict[str, list[dict[str, Any]]] = {}
        self.asked = 0

    def rpc(self, method: str, params: tuple[object, ...], view: str) -> list[dict[str, Any]]:
        assert method == "devnet_pendingTransactions"
        return self.waiting.get(view, [])

    def rpc_batch(self, calls: list[tuple[str, tuple[str]]], view: str) -> list[Any]:
        self.asked += len(calls)
        return [self.mined.get((view, digest)) for _, (digest,) in calls]


class Surroundings:
    def __init__(self, history: History) -> None:
        self.history = history
        self.auxiliary = FakeChain("auxiliary-1", "view-1")
        self.origin = FakeChain("origin")

    def known(self, above: int = 0) -> list[SignedVote]:
        return KnownVotes(self.auxiliary, self.origin, HANDLES, self.history).above(above)  # type: ignore[arg-type]

    def tell(self, chain: FakeChain, kind: str, block: int = 20, **payload: Any) -> None:
        values = {name: as_json(value) for name, value in payload.items()}
        payload = {"auxiliary": "auxiliary-1", "view": "main"} | values
        self.history.append(kind, time=0, chain=chain.spec.name, block=block, payload=payload)

    def mine(self, chain: FakeChain, kind: str, data: dict[str, Any], view: str = "main", **payload: Any) -> None:
        """A block's transaction, and the event that tells of it."""
        digest = f"0x{len(chain.mined):064x}"
        chain.mined[view, digest] = data
        self.tell(chain, kind, **({"transaction": bytes.fromhex(digest[2:])} | payload))

    def propose(self) -> None:
        names = ("coreId", "kernelHash", "height", "dynasty", "checkpoint", "accumulatedGas")
        more = ("accumulatedTransactionRoot", "originDynasty", "originCheckpoint")
        struct = dict(zip((*names, *more), PROPOSED.fields(), strict=True))
        self.tell(self.origin, "Proposed", proposalId=PROPOSED.hash(), transition=struct)


@pytest.fixture
def around() -> Iterator[Surroundings]:
    with History(None, "run") as history:
        yield Surroundings(history)


def call(contract: ContractHandle, function: str, *arguments: object) -> dict[str, Any]:
    data = contract.calldata(function, *arguments)
    return {"to": "0x" + contract.address.hex(), "input": "0x" + data.hex()}


SLASHING = (FIRST.vote.fields(), FIRST.signature, SECOND.vote.fields(), SECOND.signature)
SHOWING = call(HANDLES.core, "verifyVotes", PROPOSED.hash(), TARGET, [SEALING.signature])


@pytest.mark.parametrize("kind", ["VoteCast", "ConflictingVote"])
def test_votes_in_events_of_any_branch_are_known(around: Surroundings, kind: str) -> None:
    signed: dict[str, Any] = {"vote": struct_of(FIRST.vote), "validator": FIRST.validator, "signature": FIRST.signature}
    around.tell(around.auxiliary, kind, **signed)
    assert around.known() == [FIRST]
    assert around.known(above=2) == [FIRST]
    assert around.known(above=3) == []


@pytest.mark.parametrize("view", ["main", "view-1"])
def test_votes_that_wait_in_any_mempool_are_known(around: Surroundings, view: str) -> None:
    around.auxiliary.waiting[view] = [call(HANDLES.polling_place, "castVote", FIRST.vote.fields(), FIRST.signature)]
    assert around.known() == [FIRST]


@pytest.mark.parametrize("view", ["main", "view-1"])
def test_votes_that_a_branch_refused_are_known(around: Surroundings, view: str) -> None:
    """One that is about another branch is refused here, and counts there."""
    cast = call(HANDLES.polling_place, "castVotes", [FIRST.vote.fields()], [FIRST.signature])
    around.mine(around.auxiliary, "VoteRefused", cast, view)
    assert around.known() == [FIRST]


def test_what_was_refused_before_any_vote_could_matter_is_not_even_read(around: Surroundings) -> None:
    cast = call(HANDLES.polling_place, "castVotes", [FIRST.vote.fields()], [FIRST.signature])
    around.mine(around.auxiliary, "VoteRefused", cast, block=7)
    assert around.known(above=2) == []
    assert around.auxiliary.asked == 0
    assert around.known(above=1) == [FIRST]


@pytest.mark.parametrize("chain", ["auxiliary", "origin"])
def test_votes_of_evidence_that_was_mined_are_known(around: Surroundings, chain: str) -> None:
    on, contract = (around.origin, HANDLES.stake) if chain == "origin" else (around.auxiliary, HANDLES.polling_place)
    around.mine(on, "ValidatorSlashed", call(contract, "slash", *SLASHING))
    assert around.known() == [FIRST, SECOND]


def test_votes_of_evidence_that_waits_on_origin_are_known(around: Surroundings) -> None:
    around.origin.waiting["main"] = [call(HANDLES.stake, "slash", *SLASHING)]
    assert around.known() == [FIRST, SECOND]


def test_votes_that_seal_a_proposal_are_known_once_mined(around: Surroundings) -> None:
    around.propose()
    around.mine(around.origin, "VotesVerified", SHOWING, proposalId=PROPOSED.hash())
    assert around.known() == [SEALING]
    assert around.known(above=3) == [SEALING]


def test_votes_that_seal_a_proposal_are_known_while_they_wait(around: Surroundings) -> None:
    around.propose()
    around.origin.waiting["main"] = [SHOWING]
    assert around.known() == [SEALING]


def test_they_are_known_also_while_their_proposal_waits(around: Surroundings) -> None:
    around.origin.waiting["main"] = [call(HANDLES.core, "propose", PROPOSED.fields(), b"", 0), SHOWING]
    assert around.known() == [SEALING]
    around.origin.waiting["main"] = [SHOWING]
    assert around.known() == []


def test_what_sealed_long_ago_is_not_even_read(around: Surroundings) -> None:
    around.propose()
    around.mine(around.origin, "VotesVerified", SHOWING, proposalId=PROPOSED.hash())
    assert around.known(above=4) == []
    assert around.origin.asked == 0


def test_a_transaction_that_no_branch_holds_any_more_says_nothing(around: Surroundings) -> None:
    around.mine(around.origin, "ValidatorSlashed", call(HANDLES.stake, "slash", *SLASHING))
    around.origin.mined.clear()
    assert around.known() == []


def test_votes_about_origin_and_of_other_cores_are_no_votes_about_this_chain(around: Surroundings) -> None:
    other = sign_vote(make_vote(0, 3, core_id=ORIGIN_ID, transition=bytes(32)), DOMAIN, SECRET)
    around.auxiliary.waiting["main"] = [call(HANDLES.polling_place, "castVote", other.vote.fields(), other.signature)]
    around.mine(around.origin, "ValidatorSlashed", call(HANDLES.stake, "slash", *SLASHING), auxiliary="auxiliary-2")
    assert around.known() == []
