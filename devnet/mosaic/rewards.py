"""What finalising the auxiliary chain earns, to the wei: the twin of ``Rewards.sol`` (R75-R77)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from devnet.errors import ProtocolViolation
from devnet.types import Address, Hash32, Wei

PAID_AT_ONCE: Final = 49
"""Percent of what is earned that is paid before the stake is withdrawn (R76)."""

PERCENT: Final = 100
"""The whole."""


class RewardRefused(ProtocolViolation):
    """A claim, or a proof, that the contract would not take."""


def share(income: Wei, weights: tuple[Wei, Wei], joint_total: Wei) -> Wei:
    """What one voter gets of a link's income: its weight's part of the weight of both sets, rounded down (R75).

    ``weights`` are those in the forward and the rear set: a member of both weighs the same in each and counts once.
    """
    return income * max(weights) // joint_total


def payable(earned: Wei, has_withdrawn: bool) -> Wei:
    """What is paid of all that was earned: 49 %, rounded down, until the withdrawal is proven (R76)."""
    return earned if has_withdrawn else earned * PAID_AT_ONCE // PERCENT


@dataclass(frozen=True, slots=True)
class Settlement:
    """A link that finalised its source (R75)."""

    digest: Hash32
    """Digest of its votes."""
    kernel_height: int
    """Kernel whose sets voted."""
    income: Wei
    """Coins received since the settlement before."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What a claim, or a proof, brought a validator."""

    amount: Wei
    """Coins that went to it."""
    held: Wei
    """What it has earned besides, and gets when its withdrawal is proven."""


class RewardBook:
    """What everybody earned and was paid, on one branch of one auxiliary chain.

    It knows nothing of votes and weights: whoever writes into it says what a share is.
    """

    def __init__(self) -> None:
        self.settlements: dict[int, Settlement] = {}
        """By target height."""
        self.claimed: dict[Address, dict[int, Wei]] = {}
        """Shares by validator and target height."""
        self.paid: dict[Address, Wei] = {}
        """Coins by validator."""
        self.withdrawn: set[Address] = set()
        """Whose withdrawal was proven."""
        self.slashed: set[Address] = set()
        """Who is paid nothing any more."""
        self.committed_height = 0
        """Checkpoint of the last commit that was proven on auxiliary: no link above it is paid (R77)."""

    @property
    def income(self) -> Wei:
        """All that was settled so far."""
        return sum(one.income for one in self.settlements.values())

    @property
    def paid_total(self) -> Wei:
        """All that was paid so far: never more than the income."""
        return sum(self.paid.values())

    def earned(self, validator: Address) -> Wei:
        """Shares that a validator has claimed."""
        return sum(self.claimed.get(validator, {}).values())

    def settle(self, target_height: int, settlement: Settlement) -> None:
        """A link finalised its source. Raises RewardRefused for a second settlement of a height."""
        if target_height in self.settlements:
            raise RewardRefused(f"target height {target_height} was settled before")
        self.settlements[target_height] = settlement

    def claim(self, validator: Address, shares: Iterable[tuple[int, Wei]]) -> Payment | None:
        """Credit shares by target height, and pay; None if that comes to nothing.

        Raises RewardRefused, with nothing changed, for a slashed validator, and for a height that was not settled,
        is above the last proven commit, or was claimed before.
        """
        self._require_honest(validator)
        claimed = dict(self.claimed.get(validator, {}))
        for height, amount in shares:
            if height not in self.settlements:
                raise RewardRefused(f"target height {height} was not settled")
            if height > self.committed_height:
                raise RewardRefused(f"target height {height} is above the proven commit of {self.committed_height}")
            if height in claimed:
                raise RewardRefused(f"0x{validator.hex()} has claimed target height {height} before")
            claimed[height] = amount
        self.claimed[validator] = claimed
        return self._pay(validator)

    def prove_withdrawal(self, validator: Address) -> Payment | None:
        """Origin marks the validator as withdrawn: pay the rest. Raises RewardRefused like ``claim``."""
        self._require_honest(validator)
        if validator in self.withdrawn:
            raise RewardRefused(f"the withdrawal of 0x{validator.hex()} was proven before")
        self.withdrawn.add(validator)
        return self._pay(validator)

    def _require_honest(self, validator: Address) -> None:
        if validator in self.slashed:
            raise RewardRefused(f"0x{validator.hex()} was slashed")

    def _pay(self, validator: Address) -> Payment | None:
        earned = self.earned(validator)
        due = payable(earned, validator in self.withdrawn)
        amount = due - self.paid.get(validator, 0)
        if amount == 0:
            return None
        self.paid[validator] = due
        return Payment(amount, earned - due)
