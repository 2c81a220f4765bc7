"""What Rewards owes everybody, as the events of one auxiliary chain tell it (R75, R76). A pure fold."""

from __future__ import annotations

from dataclasses import dataclass, field

from devnet.contracts.handle import DecodedEvent
from devnet.mosaic.rewards import Settlement, payable, share
from devnet.mosaic.sets import ValidatorSets
from devnet.types import Address, Hash32, Wei

SHARES_KEPT = 1_024
"""Unclaimed shares of one validator that are kept, the newest: far more than one that claims at all ever has."""


@dataclass(slots=True)
class Earnings:
    """Shares that were earned and not claimed, and what was claimed and paid."""

    unclaimed: dict[Address, dict[int, Wei]] = field(default_factory=dict)
    """Shares by validator and target height; those of slashed validators stay with the contract."""
    earned: dict[Address, Wei] = field(default_factory=dict)
    """Shares claimed, by validator."""
    paid: dict[Address, Wei] = field(default_factory=dict)
    """Coins paid, by validator."""
    withdrawn: set[Address] = field(default_factory=set)
    """Whose withdrawal was proven on auxiliary."""
    _voters: dict[int, list[tuple[Hash32, Address]]] = field(default_factory=dict)
    _settled: tuple[int, Settlement] | None = None

    def payable(self, validator: Address, shares: Wei = 0) -> Wei:
        """What it would be paid now if it claimed further shares."""
        earned = self.earned.get(validator, 0) + shares
        return payable(earned, validator in self.withdrawn) - self.paid.get(validator, 0)

    def held(self, validator: Address) -> Wei:
        """What it is paid once its withdrawal is proven, without claiming anything."""
        return self.earned.get(validator, 0) - self.paid.get(validator, 0)

    def voted(self, event: DecodedEvent, sets: ValidatorSets) -> None:
        """A vote about the auxiliary chain was counted: before its link settles, or after it as a late one (R18)."""
        args = event.args
        height, cast = int(args["vote"]["targetHeight"]), (args["digest"], args["validator"])
        self._voters.setdefault(height, []).append(cast)
        if self._settled is not None and self._settled[0] == height:
            self._credit(height, self._settled[1], [cast], sets)

    def apply(self, event: DecodedEvent, sets: ValidatorSets, slashed: set[Address]) -> None:
        """Take in one event of Rewards, with the sets of every kernel stored so far."""
        args = event.args
        match event.name:
            case "LinkSettled":
                height = args["targetHeight"]
                self._settled = height, Settlement(args["digest"], args["kernelHeight"], args["income"])
                honest = [cast for cast in self._voters.get(height, []) if cast[1] not in slashed]
                self._credit(height, self._settled[1], honest, sets)
                # A chain finalises upwards only: no vote at a lower height settles or earns any more (R10).
                self._voters = {one: casts for one, casts in self._voters.items() if one >= height}
            case "ShareClaimed":
                self.unclaimed.get(args["validator"], {}).pop(args["targetHeight"], None)
                self.earned[args["validator"]] = self.earned.get(args["validator"], 0) + args["share"]
            case "RewardPaid":
                self.paid[args["validator"]] = self.paid.get(args["validator"], 0) + args["amount"]
            case "WithdrawalProven":
                self.withdrawn.add(args["validator"])

    def forfeit(self, validator: Address) -> None:
        """The validator was slashed: its shares stay with the contract (R75)."""
        self.unclaimed.pop(validator, None)

    def _credit(
        self, height: int, settled: Settlement, casts: list[tuple[Hash32, Address]], sets: ValidatorSets
    ) -> None:
        total = sets.joint_total(settled.kernel_height)
        for digest, validator in casts:
            if digest != settled.digest:
                continue
            shares = self.unclaimed.setdefault(validator, {})
            shares[height] = share(settled.income, sets.weights(settled.kernel_height, validator), total)
            while len(shares) > SHARES_KEPT:
                del shares[min(shares)]
