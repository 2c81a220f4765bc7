"""Votes are found wherever they are public, and only those whose signatures hold (Lemma 1, R4)."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from devnet.actors.public_votes import SideBranches, slashes_waiting, votes_in, votes_waiting
from devnet.actors.watch import Seen
from devnet.contracts.handle import ContractHandle
from devnet.errors import TransportError
from devnet.mosaic.keccak import keccak
from devnet.mosaic.votes import Domain, SignedVote, sign_vote
from tests.unit.actors.abis import ABIS
from tests.unit.actors.fakes import event, make_vote, vote_event
from tests.unit.actors.nodes import FakeLink, chain_of

DOMAIN = Domain(1, b"\x01" * 20)
SECRET = bytes(31) + b"\x05"
HERE = b"\x06" * 20
POLLING_PLACE = ContractHandle("PollingPlace", HERE, ABIS["PollingPlace"], "auxiliary-1")
FIRST = sign_vote(make_vote(0, 1), DOMAIN, SECRET)
SECOND = sign_vote(make_vote(0, 1, target=b"\x99" * 32), DOMAIN, SECRET)


def transaction(data: bytes, to: bytes | None = HERE) -> dict[str, Any]:
    return {"to": None if to is None else "0x" + to.hex(), "input": "0x" + data.hex()}


def waiting(*data: bytes) -> list[SignedVote]:
    return list(votes_waiting([transaction(one) for one in data], [POLLING_PLACE], DOMAIN))


def test_counted_and_conflicting_votes_are_read_from_events() -> None:
    events = [vote_event(FIRST.vote, b"\xaa" * 20), event("Other"), vote_event(SECOND.vote, b"\xaa" * 20)]
    assert [found.vote for found in votes_in(events)] == [FIRST.vote, SECOND.vote]


def test_votes_are_read_from_every_call_that_carries_some() -> None:
    one = POLLING_PLACE.calldata("castVote", FIRST.vote.fields(), FIRST.signature)
    batch = [FIRST.vote.fields(), SECOND.vote.fields()], [FIRST.signature, SECOND.signature]
    many = POLLING_PLACE.calldata("castVotes", *batch)
    both = (FIRST.vote.fields(), FIRST.signature, SECOND.vote.fields(), SECOND.signature)
    slash = POLLING_PLACE.calldata("slash", *both)
    assert waiting(one, many, slash) == [FIRST, FIRST, SECOND, FIRST, SECOND]


def test_a_bad_signature_spoils_only_its_own_vote() -> None:
    signatures = [FIRST.signature[:-1] + b"\x05", b"", SECOND.signature]
    votes = [FIRST.vote.fields(), FIRST.vote.fields(), SECOND.vote.fields()]
    assert waiting(POLLING_PLACE.calldata("castVotes", votes, signatures)) == [SECOND]


def test_only_ones_own_waiting_slashes_are_found() -> None:
    both = (FIRST.vote.fields(), FIRST.signature, SECOND.vote.fields(), SECOND.signature)
    slash = POLLING_PLACE.calldata("slash", *both)
    vote = POLLING_PLACE.calldata("castVote", FIRST.vote.fields(), FIRST.signature)
    me, other = b"\x0a" * 20, b"\x0b" * 20
    transactions = [
        transaction(slash) | {"from": "0x" + other.hex()},
        transaction(vote) | {"from": "0x" + me.hex()},
        transaction(slash, None) | {"from": "0x" + me.hex()},
    ]
    assert slashes_waiting(transactions, POLLING_PLACE, me, DOMAIN) == []
    assert slashes_waiting(transactions, POLLING_PLACE, other, DOMAIN) == [FIRST.validator]


def test_other_transactions_carry_no_votes() -> None:
    data = POLLING_PLACE.calldata("castVote", FIRST.vote.fields(), FIRST.signature)
    others = [transaction(data, None), transaction(data, b"\x44" * 20), transaction(b""), transaction(data[:50])]
    assert list(votes_waiting(others, [POLLING_PLACE], DOMAIN)) == []


@pytest.mark.parametrize("malformed", [{}, {"to": 7, "input": "0x"}, {"to": "0x"}, {"to": "zz", "input": "0x"}])
def test_a_malformed_transaction_is_a_transport_error(malformed: dict[str, Any]) -> None:
    with pytest.raises(TransportError):
        list(votes_waiting([malformed], [POLLING_PLACE], DOMAIN))


VOTE_TYPE = "(bytes32,bytes32,bytes32,bytes32,uint64,uint64)"


def log(block_hash: bytes, signed: SignedVote) -> dict[str, Any]:
    topic = keccak(f"VoteCast(bytes32,address,bytes32,{VOTE_TYPE},bytes,uint64,uint256,uint256)".encode())
    topics = [topic, signed.vote.core_id, bytes(12) + signed.validator, signed.vote.digest(DOMAIN)]
    types = [VOTE_TYPE, "bytes", "uint64", "uint256", "uint256"]
    return {
        "address": "0x" + HERE.hex(),
        "topics": ["0x" + one.hex() for one in topics],
        "data": "0x" + encode(types, [signed.vote.fields(), signed.signature, 1, 2, 3]).hex(),
        "blockNumber": "0x8",
        "blockHash": "0x" + block_hash.hex(),
        "logIndex": "0x0",
        "transactionHash": "0x" + bytes(32).hex(),
    }


def forked() -> tuple[FakeLink, Seen, list[dict[str, Any]]]:
    """A node that follows a main branch of 10 blocks and knows a side branch of 12, forked off after block 5."""
    main = chain_of(10)
    side = chain_of(12, b"side", base=main[:6])
    seen = Seen()
    for header in main:
        seen.append(header, header.hash)
    link = FakeLink([*main, *side[6:]])
    link.logs = [log(side[8].hash, FIRST), log(main[8].hash, SECOND)]
    heads = [{"number": hex(one.number), "hash": "0x" + one.hash.hex()} for one in (main[-1], side[-1])]
    return link, seen, heads


def test_a_side_branch_is_read_back_to_the_branch_that_is_followed_once() -> None:
    link, seen, heads = forked()
    branches = SideBranches(link, POLLING_PLACE)
    assert branches.votes(heads, seen) == [FIRST]
    assert link.asked.count("eth_getLogs") == 6
    assert branches.votes(heads, seen) == []
    assert link.asked.count("eth_getLogs") == 6


def test_a_head_that_the_node_does_not_have_is_a_transport_error() -> None:
    link, seen, heads = forked()
    link.headers = link.headers[:10]
    with pytest.raises(TransportError, match="is a head, but is not there"):
        SideBranches(link, POLLING_PLACE).votes(heads, seen)


@pytest.mark.parametrize("head", [{}, {"number": 7, "hash": "0x"}, {"number": "0x1"}, None])
def test_malformed_heads_are_transport_errors(head: Any) -> None:
    link, seen, _ = forked()
    with pytest.raises(TransportError):
        SideBranches(link, POLLING_PLACE).votes([head], seen)
