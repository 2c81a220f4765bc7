"""The other views of an auxiliary chain, for those whose links reach both sides of a split.

Honest validators look at the main view only. A Byzantine one that supports two branches needs the second
branch's checkpoints, and must report blocks there itself before its vote can be counted there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devnet.chain.link import Link
from devnet.config.network import ChainSpec, Key
from devnet.contracts.gas import MAX_HEADERS, MAX_VOTES, gas_limit
from devnet.contracts.handle import Read, read_many
from devnet.contracts.handles import CoreHandles
from devnet.contracts.send import Sender
from devnet.errors import ChainError, UsageError
from devnet.mosaic.headers import InvalidHeader, header_from_rpc
from devnet.mosaic.votes import SignedVote
from devnet.types import Hash32


class Branches:
    """Further views of one auxiliary chain, by name."""

    def __init__(self, spec: ChainSpec, contracts: CoreHandles, links: Mapping[str, Link], key: Key) -> None:
        self._spec = spec
        self._contracts = contracts
        self._links = dict(sorted(links.items()))
        self._senders = {view: Sender(link, key, spec.chain_id) for view, link in self._links.items()}

    def begin(self) -> None:
        """Start a step."""
        for sender in self._senders.values():
            sender.begin()

    @property
    def sent(self) -> int:
        """Transactions accepted since ``begin``, on all views."""
        return sum(sender.sent for sender in self._senders.values())

    def checkpoints(self, height: int) -> dict[str, Hash32]:
        """The checkpoint of that height on every view that has one; a view that does not answer is left out."""
        found: dict[str, Hash32] = {}
        for view, link in self._links.items():
            try:
                block = link.call("eth_getBlockByNumber", (hex(height * self._spec.epoch_length), False))
                if block is not None:
                    found[view] = header_from_rpc(block).hash
            except (ChainError, UsageError, InvalidHeader):
                continue
        return found

    def cast(self, view: str, votes: Sequence[SignedVote]) -> None:
        """Send votes to a view, after the blocks that its store must know to count them. Raises ChainError."""
        sender = self._senders[view]
        self._report(self._links[view], sender, max(signed.vote.target_height for signed in votes))
        cast_votes(sender, self._contracts, votes)

    def _report(self, link: Link, sender: Sender, height: int) -> None:
        store = self._contracts.block_store
        tip: Mapping[str, Any] = read_many(link, [Read(store, "tip")])[0]
        last = height * self._spec.epoch_length
        while tip["number"] < last:
            numbers = range(tip["number"] + 1, min(last, tip["number"] + MAX_HEADERS) + 1)
            blocks = link.batch([("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
            headers = [header_from_rpc(block).encode() for block in blocks]
            checkpoints = sum(1 for number in numbers if number % self._spec.epoch_length == 0)
            gas = gas_limit("AuxiliaryBlockStore", "reportBlocks", headers=len(headers), checkpoints=checkpoints)
            sender.send(store.address, store.calldata("reportBlocks", headers), gas)
            tip = {"number": numbers[-1]}


def cast_votes(sender: Sender, contracts: CoreHandles, votes: Sequence[SignedVote]) -> None:
    """Send votes in as few transactions as can hold them; a refused one keeps none of the others out (R20).

    Raises ChainError.
    """
    polling_place = contracts.polling_place
    for start in range(0, len(votes), MAX_VOTES):
        batch = votes[start : start + MAX_VOTES]
        structs = [signed.vote.fields() for signed in batch]
        data = polling_place.calldata("castVotes", structs, [signed.signature for signed in batch])
        sender.send(polling_place.address, data, gas_limit("PollingPlace", "castVotes", votes=len(batch)))
