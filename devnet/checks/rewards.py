"""Rewards, exact to the wei: what was settled, claimed, held and paid is what the twin says (E5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import BlockTree
from devnet.checks.kernels import KernelSets
from devnet.checks.tips import Tips
from devnet.checks.votes import data, name_of, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.rewards import Payment, RewardBook, RewardRefused, Settlement, share
from devnet.mosaic.sets import ValidatorSets
from devnet.types import Address, Hash32, Wei


def judge_rewards(devnet: Devnet, history: Readable) -> Findings:
    """Every auxiliary's Rewards did on its main branch what the twin does, and never paid more than it received.

    An income is what blocks paid in tips. Coins that somebody sent besides leave no event: then it is unknown.
    """
    ledgers = [_Ledger(devnet, history, spec.name) for spec in devnet.auxiliaries]
    found = [text for ledger in ledgers for text in ledger.judge()]
    settled = sum(len(ledger.book.settlements) for ledger in ledgers)
    if not settled and not found:
        raise HistoryInsufficient("no link that finalises was settled")
    besides = [text for ledger in ledgers for text in ledger.besides]
    if besides and not found:
        raise HistoryInsufficient("; ".join(besides))
    claimed = sum(len(shares) for ledger in ledgers for shares in ledger.book.claimed.values())
    income, paid = sum(ledger.book.income for ledger in ledgers), sum(ledger.book.paid_total for ledger in ledgers)
    return (
        found or f"{settled} links settled for {income} wei, {claimed} shares claimed, {paid} wei paid, none too much"
    )


class _Ledger:
    """One auxiliary's rewards: its events in order, and the twin that does the same."""

    def __init__(self, devnet: Devnet, history: Readable, auxiliary: str) -> None:
        self._devnet = devnet
        self._auxiliary = auxiliary
        self._tree = BlockTree(history, auxiliary)
        self._kernels = KernelSets(devnet, history, auxiliary)
        self._sets: dict[int, ValidatorSets] = {}
        self._votes: dict[Hash32, set[Address]] = {}
        self._claimed_of: dict[int, Wei] = {}
        self._withdrawn: dict[Address, int] = {}
        self._commits: dict[Hash32, int] = {}
        self._events: list[Event] = []
        self.book = RewardBook()
        """The twin."""
        self.besides: list[str] = []
        """Settlements of more than tips, one sentence each."""
        self._tips = Tips(history, auxiliary, self._tree)
        branch = self._tree.main_branch()
        for event in history.effective_events():
            if event.payload.get("auxiliary") != auxiliary:
                continue
            if event.kind == "MetaBlockCommitted":
                self._commits[data(event.payload["metaBlockHash"])] = number(event, "checkpointHeight")
            elif event.kind == "StakeWithdrawn":
                self._withdrawn[data(event.payload["validator"])] = event.sequence
            elif event.chain == auxiliary and event.kind in _KINDS and self._tree.block_of(event) in branch:
                self._events.append(event)

    def judge(self) -> Iterator[str]:
        """What differs from the twin, one sentence each."""
        for _, group in groupby(self._events, key=lambda event: event.payload.get("transaction")):
            events = list(group)
            yield from self._unsettled(events)
            yield from self._transaction(events)
            if self.book.paid_total > self.book.income:
                yield f"{self._at(events[-1])}: {self.book.paid_total} wei were paid of {self.book.income} received"

    def _unsettled(self, events: list[Event]) -> Iterator[str]:
        """A link settles if and only if it finalises its source, in that very transaction (R75)."""
        finalised = [number(one, "height") + 1 for one in events if _is_own_finality(one)]
        settled = [number(one, "targetHeight") for one in events if one.kind == "LinkSettled"]
        if finalised != settled:
            yield f"{self._at(events[0])}: links to {finalised} finalised their sources, settled were {settled}"

    def _transaction(self, events: list[Event]) -> Iterator[str]:
        """One transaction's events: shares are credited first, then one payment follows (R76)."""
        shares: dict[Address, list[tuple[int, Wei]]] = {}
        due: dict[Address, Payment | None] = {}
        for event in events:
            try:
                match event.kind:
                    case "ShareClaimed":
                        yield from self._claimed(event)
                        claim = number(event, "targetHeight"), number(event, "share")
                        shares.setdefault(data(event.payload["validator"]), []).append(claim)
                    case "WithdrawalProven":
                        yield from self._proven(event)
                        validator = data(event.payload["validator"])
                        due[validator] = self.book.prove_withdrawal(validator)
                    case "RewardPaid":
                        validator = data(event.payload["validator"])
                        if validator in shares:
                            due[validator] = self.book.claim(validator, shares.pop(validator))
                        yield from self._paid(event, due.pop(validator, None))
                    case "LinkSettled":
                        yield from self._settled(event)
                    case _:
                        self._note(event)
            except RewardRefused as refused:
                yield f"{self._at(event)}: {refused}"
        yield from self._left_over(events[-1], shares, due)

    def _left_over(
        self, last: Event, shares: dict[Address, list[tuple[int, Wei]]], due: dict[Address, Payment | None]
    ) -> Iterator[str]:
        """What should have been paid and was not: only nothing may be left out."""
        for validator, claimed in shares.items():
            try:
                due[validator] = self.book.claim(validator, claimed)
            except RewardRefused as refused:
                yield f"{self._at(last)}: {refused}"
        for validator, payment in due.items():
            if payment is not None:
                yield f"{self._at(last)}: {name_of(self._devnet, validator)} was due {payment.amount} wei, got nothing"

    def _note(self, event: Event) -> None:
        payload = event.payload
        match event.kind:
            case "VoteCast":
                self._votes.setdefault(data(payload["digest"]), set()).add(data(payload["validator"]))
            case "KernelStored":
                self._stored(event)
            case "ValidatorSlashed":
                self.book.slashed.add(data(payload["validator"]))

    def _settled(self, event: Event) -> Iterator[str]:
        """The income is what was paid in tips since the settlement before (R75)."""
        height, income = number(event, "targetHeight"), number(event, "income")
        tips = self._tips.received(event)
        self.book.settle(height, Settlement(data(event.payload["digest"]), number(event, "kernelHeight"), income))
        if income < tips:
            yield f"{self._at(event)}: the link to {height} was settled for {income} wei, {tips} were paid in tips"
        elif income > tips:
            self.besides.append(
                f"{self._at(event)}: the link to {height} was settled for {income - tips} wei more than was paid in "
                "tips: somebody sent them, or they were counted twice"
            )

    def _stored(self, event: Event) -> None:
        digest, height = data(event.payload["kernelHash"]), number(event, "height")
        self._sets[height] = self._kernels.sets(digest if height > 1 else None)
        kernel = self._kernels.opened(digest)
        if height > 1 and (kernel is None or kernel.parent not in self._commits):
            raise HistoryInsufficient(f"the commit before kernel {height} was not recorded")
        if kernel is not None:
            self.book.committed_height = self._commits.get(kernel.parent, 0)

    def _claimed(self, event: Event) -> Iterator[str]:
        """The share is the voter's, and all shares of a link are no more than its income (R75)."""
        validator, height, found = (
            data(event.payload["validator"]),
            number(event, "targetHeight"),
            number(event, "share"),
        )
        settled = self.book.settlements.get(height)
        if settled is None:
            return
        who = name_of(self._devnet, validator)
        if validator not in self._votes.get(settled.digest, set()):
            yield f"{self._at(event)}: {who} has no part in the link to {height}, it did not vote for it"
        kernel = settled.kernel_height
        sets = self._sets.get(kernel) or self._kernels.sets(None)
        expected = share(settled.income, sets.weights(kernel, validator), sets.joint_total(kernel))
        if found != expected:
            yield f"{self._at(event)}: the share of {who} in the link to {height} is {expected} wei, found {found}"
        self._claimed_of[height] = self._claimed_of.get(height, 0) + found
        if self._claimed_of[height] > settled.income:
            yield f"{self._at(event)}: shares of the link to {height} exceed its income of {settled.income} wei"

    def _proven(self, event: Event) -> Iterator[str]:
        validator = data(event.payload["validator"])
        if self._withdrawn.get(validator, event.sequence) >= event.sequence:
            yield f"{self._at(event)}: {name_of(self._devnet, validator)} never withdrew its stake on origin"

    def _paid(self, event: Event, due: Payment | None) -> Iterator[str]:
        found = Payment(number(event, "amount"), number(event, "held"))
        if found != due:
            who = name_of(self._devnet, data(event.payload["validator"]))
            expected = "nothing" if due is None else f"{due.amount} wei with {due.held} held"
            yield f"{self._at(event)}: {who} was due {expected}, got {found.amount} with {found.held} held"

    def _at(self, event: Event) -> str:
        return f"{self._auxiliary}, event {event.sequence}"


_KINDS = frozenset(
    {
        "VoteCast",
        "CheckpointFinalised",
        "LinkSettled",
        "KernelStored",
        "ValidatorSlashed",
        "ShareClaimed",
        "RewardPaid",
        "WithdrawalProven",
    }
)


def _is_own_finality(event: Event) -> bool:
    return event.kind == "CheckpointFinalised" and not is_origin_identifier(data(event.payload["coreId"]))


E5 = Invariant("E5", "rewards are what finality earned, paid once and to the wei", judge_rewards)
"""Rewards (R75-R77)."""
