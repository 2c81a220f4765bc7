"""The gas rule, exact to the wei (R37-R39b): every violation is punished once, nobody else is, and all sums fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import BlockTree
from devnet.checks.kernels import kernel_in
from devnet.checks.votes import data, name_of, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.types import Address, Wei

GRACE_BLOCKS = 4
"""Origin blocks that a fisherman has, from the commit that makes a violation provable, before E4 calls it missing."""

PENALTY_DIVISOR = 10
"""Every validator of the set owes 1/10 of its stake per violation (R38)."""

REWARD_DIVISOR = 2
"""The fisherman gets 1/2 of the committing proposal's bond (R39b)."""


def judge_gas_rule(devnet: Devnet, history: Readable) -> Findings:
    """A checkpoint that was passed over is proven and punished once; what was not passed over never is.

    A violation that became provable less than ``GRACE_BLOCKS`` origin blocks before the History ends makes the
    verdict unknown.
    """
    found: list[str] = []
    commits, violations, open_ones = 0, 0, 0
    for spec in devnet.auxiliaries:
        ledger = _Ledger(devnet, history, spec.name)
        commits += len(ledger.commits)
        violated = {height for height in ledger.commits if ledger.is_violation(height)}
        violations += len(violated)
        found += ledger.wrong_proofs(violated)
        found += ledger.wrong_sums()
        missing = violated - set(ledger.proofs)
        overdue = {height for height in missing if ledger.is_overdue(height)}
        found += [
            f"{spec.name}: meta-block {height} passed over a checkpoint that was due, nobody paid for it"
            for height in sorted(overdue)
        ]
        open_ones += len(missing - overdue)
    if not commits:
        raise HistoryInsufficient("no meta-block was committed")
    if open_ones and not found:
        raise HistoryInsufficient(f"{open_ones} violations of the gas rule can be proven only now, or not yet")
    return found or f"{commits} meta-blocks, {violations} passed over a checkpoint, each of those was punished once"


@dataclass(frozen=True, slots=True)
class _Member:
    weight: Wei
    entered: int
    left: int | None


class _Ledger:
    """What the History says about the gas rule of one core."""

    def __init__(self, devnet: Devnet, history: Readable, auxiliary: str) -> None:
        self._devnet = devnet
        self._auxiliary = auxiliary
        self._tree = BlockTree(history, auxiliary)
        self._origin = [e for e in history.effective_events("BlockProduced") if e.chain == devnet.origin.name]
        self._transitions: dict[str, dict[str, str]] = {}
        self._final: list[Event] = []
        self._bonds: list[Event] = []
        self._withdrawals: list[Event] = []
        self._violations: list[Event] = []
        self._members = {actor.auxiliary_key.address: _Member(actor.weight_wei, 1, None) for actor in devnet.validators}
        self.commits: dict[int, Event] = {}
        """``MetaBlockCommitted`` by meta-height."""
        self.proofs: dict[int, list[Event]] = {}
        """``SkippedCheckpointProven`` by meta-height."""
        for event in history.effective_events():
            if event.payload.get("auxiliary") == auxiliary:
                self._note(event)

    def _note(self, event: Event) -> None:
        match event.kind:
            case "MetaBlockCommitted":
                self.commits[number(event, "height")] = event
            case "CheckpointReported":
                transition: Any = event.payload["transition"]
                self._transitions[str(event.payload["blockHash"])] = {key: str(one) for key, one in transition.items()}
            case "CheckpointFinalised":
                if event.payload.get("contract") == "AuxiliaryBlockStore":
                    self._final.append(event)
            case "SkippedCheckpointProven":
                self.proofs.setdefault(number(event, "metaHeight"), []).append(event)
            case "ViolationRecorded":
                self._violations.append(event)
            case "BondForfeited":
                self._bonds.append(event)
            case "StakeWithdrawn":
                self._withdrawals.append(event)
            case "ValidatorRegistered":
                self._members[data(event.payload["validator"])] = _Member(number(event, "weight"), 2**32, None)
            case "KernelOpened":
                self._change_set(event)

    def _change_set(self, event: Event) -> None:
        fields: Any = event.payload["kernel"]
        kernel = kernel_in(fields)
        for validator, weight in zip(kernel.validators, kernel.weights, strict=True):
            before = self._members[validator]
            if weight:
                self._members[validator] = _Member(weight, kernel.height, None)
            else:
                self._members[validator] = _Member(before.weight, before.entered, kernel.height)

    def is_violation(self, meta_height: int) -> bool:
        """Whether the meta-block passed over a checkpoint that its signers had to know was due (R37)."""
        return any(True for _ in self._skipped(meta_height))

    def is_overdue(self, meta_height: int) -> bool:
        """Whether its proof was possible long enough ago: under the root of a commit with the record (R38)."""
        for record in self._skipped(meta_height):
            block = self._tree.block_of(record)
            for height in range(meta_height, max(self.commits) + 1):
                commit = self.commits[height]
                if self._tree.is_ancestor(block, str(commit.payload["checkpoint"])):
                    since = {e.block for e in self._origin if e.sequence > commit.sequence}
                    return len(since) >= GRACE_BLOCKS
        return False

    def wrong_proofs(self, violated: set[int]) -> Iterator[str]:
        """Proofs of what was no violation, second proofs of one, and proofs without consequence."""
        recorded = [number(event, "height") for event in self._violations]
        for height, proofs in sorted(self.proofs.items()):
            if height not in violated:
                yield f"{self._auxiliary}: meta-block {height} passed over nothing and was punished"
            if len(proofs) > 1 or recorded.count(height) > 1:
                yield f"{self._auxiliary}: meta-block {height} was punished more than once"
        for height in sorted(set(recorded) ^ set(self.proofs)):
            yield f"{self._auxiliary}: meta-block {height} was either punished without a proof or proven for nothing"

    def wrong_sums(self) -> Iterator[str]:
        """Bonds that were not split as they must be, and stakes that were not paid back less what they owed."""
        bond = self._devnet.parameters.proposal_bond_wei
        committed = {str(commit.payload["transitionHash"]): height for height, commit in self.commits.items()}
        forfeited = [committed.get(str(event.payload["proposalId"])) for event in self._bonds]
        if sorted(forfeited, key=str) != sorted(self.proofs, key=str):
            yield f"{self._auxiliary}: bonds of meta-blocks {forfeited} were lost, proven were {sorted(self.proofs)}"
        for event in self._bonds:
            sums, reward = (number(event, "reward"), number(event, "burned")), bond // REWARD_DIVISOR
            if sums != (reward, bond - reward):
                yield f"{self._auxiliary}: (reward, burned) {sums} wei, expected {(reward, bond - reward)}"
        for event in self._withdrawals:
            validator = data(event.payload["validator"])
            weight, owed = self._members[validator].weight, self._owed(validator, event.sequence)
            sums = (number(event, "amount"), number(event, "penalty"))
            if sums != (weight - owed, owed):
                who = name_of(self._devnet, validator)
                yield f"{self._auxiliary}: {who} got (amount, penalty) {sums} wei, expected {(weight - owed, owed)}"

    def _owed(self, validator: Address, before: int) -> Wei:
        member = self._members[validator]
        last = 2**32 if member.left is None else member.left
        heights = {number(event, "height") for event in self._violations if event.sequence < before}
        count = sum(member.entered <= height <= last for height in heights)
        return min(member.weight, count * member.weight // PENALTY_DIVISOR)

    def _skipped(self, meta_height: int) -> Iterator[Event]:
        """Finalisations of checkpoints that were due, in time for the votes that sealed the meta-block."""
        commit, before = self.commits[meta_height], self.commits.get(meta_height - 1)
        if meta_height > 1 and before is None:
            raise HistoryInsufficient(f"the commit of meta-block {meta_height - 1} was not recorded")
        lowest = 0 if before is None else number(before, "checkpointHeight")
        gas = 0 if before is None else int(self._transition(str(before.payload["checkpoint"]))["accumulatedGas"])
        target, kernel = gas + self._devnet.parameters.gas_target, str(commit.payload["kernelHash"])
        for event in self._final:
            if not lowest < number(event, "height") < number(commit, "checkpointHeight"):
                continue
            skipped = self._transition(str(event.payload["blockHash"]))
            if int(skipped["accumulatedGas"]) < target or skipped["kernelHash"] != kernel:
                continue
            if self._tree.is_ancestor(self._tree.block_of(event), str(commit.payload["target"])):
                yield event

    def _transition(self, block: str) -> dict[str, str]:
        if block not in self._transitions:
            raise HistoryInsufficient(f"the report of checkpoint {block} on {self._auxiliary} was not recorded")
        return self._transitions[block]


E4 = Invariant("E4", "passing over a due checkpoint costs the whole set, once and to the wei", judge_gas_rule)
"""The gas rule (Eq. 1, Theorem 4; R37-R39b)."""
