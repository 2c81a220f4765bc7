"""Where votes are public besides the events of the chain itself: side branches, and transactions that wait.

A vote counts as evidence wherever it was signed: it need never have been mined (Lemma 1). What is read here came
from anybody, so every signature is checked before a vote is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from devnet.actors.auxiliary_state import signed_vote_of
from devnet.actors.watch import Seen
from devnet.chain.encoding import from_quantity
from devnet.chain.link import Link
from devnet.contracts.handle import ContractHandle, DecodedEvent, parse_bytes
from devnet.errors import ChainError, TransportError
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import Domain, InvalidSignature, SignedVote, Vote, cast
from devnet.types import Address, Hash32

BLOCKS_PER_BRANCH = 256
"""Most blocks of side branches read in one step."""

VOTE_EVENTS = ("VoteCast", "ConflictingVote")
"""Events that carry a vote with its signature."""


def votes_in(events: Iterable[DecodedEvent]) -> Iterator[SignedVote]:
    """The votes that events made public."""
    return (signed_vote_of(event.args) for event in events if event.name in VOTE_EVENTS)


def votes_waiting(
    transactions: Iterable[Mapping[str, Any]], contracts: Sequence[ContractHandle], domain: Domain
) -> Iterator[SignedVote]:
    """The votes in the calldata of waiting transactions, with the signers that their signatures recover to."""
    by_address = {contract.address: contract for contract in contracts}
    for transaction in transactions:
        to, data = _call_of(transaction)
        contract = by_address.get(to)
        call = contract.decode_calldata(data) if contract is not None else None
        if call is not None:
            yield from _valid(_pairs(*call), domain)


def votes_shown(
    transactions: Iterable[Mapping[str, Any]],
    core: ContractHandle,
    proposals: Mapping[Hash32, Transition],
    domain: Domain,
) -> Iterator[SignedVote]:
    """The votes that transactions show to a core so as to seal a proposal (R33), with their signers.

    Only signatures are in the calldata: the vote follows from the proposal. They may be the only trace of votes
    that were never cast on auxiliary.
    """
    for transaction in transactions:
        to, data = _call_of(transaction)
        call = core.decode_calldata(data) if to == core.address else None
        if call is None or call[0] != "verifyVotes" or call[1][0] not in proposals:
            continue
        digest, target, signatures = call[1]
        proposed = proposals[digest]
        fields = (proposed.core_id, digest, proposed.checkpoint, target, proposed.height, proposed.height + 1)
        yield from _valid(((fields, signature) for signature in signatures), domain)


def proposed_in(transactions: Iterable[Mapping[str, Any]], core: ContractHandle) -> dict[Hash32, Transition]:
    """By hash(T) the transitions that transactions propose to a core, whether it will take them or not (R32)."""
    proposed: list[Transition] = []
    for transaction in transactions:
        to, data = _call_of(transaction)
        call = core.decode_calldata(data) if to == core.address else None
        if call is not None and call[0] == "propose":
            proposed.append(Transition(*call[1][0]))
    return {transition.hash(): transition for transition in proposed}


def slashes_waiting(
    transactions: Iterable[Mapping[str, Any]], contract: ContractHandle, sender: Address, domain: Domain
) -> list[Address]:
    """Whom waiting transactions of this sender would slash: after a restart it need not send them once more.

    Only its own count: a stranger's transaction may never be mined, and would keep evidence away.
    """
    own = [one for one in transactions if one.get("from") == "0x" + sender.hex()]
    calls = [contract.decode_calldata(_call_of(one)[1]) for one in own if _call_of(one)[0] == contract.address]
    pairs = [_pairs(*call)[0] for call in calls if call is not None and call[0] == "slash"]
    return [signed.validator for signed in _valid(pairs, domain)]


class SideBranches:
    """Blocks that are not on the branch being followed, each read once."""

    def __init__(self, link: Link, polling_place: ContractHandle) -> None:
        self._link = link
        self._polling_place = polling_place
        self.read: frozenset[Hash32] = frozenset()
        """Hashes of side blocks whose logs were read; replaced, never changed."""

    def votes(self, heads: Sequence[Mapping[str, Any]], seen: Seen) -> list[SignedVote]:
        """Votes in blocks of side branches not read before. Raises ChainError if the chain does not answer."""
        found: list[SignedVote] = []
        budget = BLOCKS_PER_BRANCH
        for head in heads:
            number, digest = _reference(head)
            while budget and not self._is_known(number, digest, seen):
                budget -= 1
                block, logs = self._link.batch(
                    [
                        ("eth_getBlockByHash", ("0x" + digest.hex(), False)),
                        ("eth_getLogs", ({"blockHash": "0x" + digest.hex(), "address": self._address},)),
                    ]
                )
                found += self._decode(logs)
                self.read |= {digest}
                if block is None:
                    raise TransportError(f"{self._link.chain}: block 0x{digest.hex()} is a head, but is not there")
                number, digest = number - 1, _reference(block, "parentHash")[1]
        return found

    @property
    def _address(self) -> str:
        return "0x" + self._polling_place.address.hex()

    def _is_known(self, number: int, digest: Hash32, seen: Seen) -> bool:
        # A head above the branch read so far is most likely its next block, which is about to be read.
        is_followed = 0 <= number <= seen.height and seen.blocks[number].hash == digest
        return is_followed or number <= 0 or digest in self.read

    def _decode(self, logs: Any) -> list[SignedVote]:
        events = (self._polling_place.decode_log(log) for log in logs or ())
        return list(votes_in(event for event in events if event is not None))


def _call_of(transaction: Any) -> tuple[bytes, bytes]:
    """Recipient and calldata; nobody and nothing for a transaction that creates a contract."""
    try:
        return parse_bytes(transaction["to"] or "0x"), parse_bytes(transaction["input"])
    except (KeyError, TypeError) as error:
        raise TransportError(f"malformed transaction {transaction!r}"[:200]) from error


def _reference(block: Any, name: str = "hash") -> tuple[int, Hash32]:
    """Number of a block, and a hash that it names."""
    try:
        return from_quantity(block["number"]), parse_bytes(block[name])
    except (KeyError, TypeError) as error:
        raise TransportError(f"malformed block {block!r}"[:200]) from error


def _pairs(function: str, arguments: Sequence[Any]) -> list[tuple[Any, bytes]]:
    match function:
        case "castVote":
            return [(arguments[0], arguments[1])]
        case "castVotes":
            return list(zip(arguments[0], arguments[1], strict=False))
        case "slash":
            return [(arguments[0], arguments[1]), (arguments[2], arguments[3])]
        case _:
            return []


def _valid(pairs: Iterable[tuple[Any, bytes]], domain: Domain) -> Iterator[SignedVote]:
    for fields, signature in pairs:
        try:
            yield cast(Vote(*fields), signature, domain)
        except (InvalidSignature, ValueError, ChainError):
            continue
