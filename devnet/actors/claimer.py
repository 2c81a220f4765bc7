"""Takes what a validator has earned on one auxiliary, once that is worth the transaction (R75-R77)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.contracts.gas import MAX_CLAIMS, gas_limit
from devnet.contracts.send import PRIORITY_FEE_WEI
from devnet.types import Address, Wei

BASE_FEE_STEPS = 8
"""The base fee rises by an eighth from one block to the next at most (EIP-1559)."""


@dataclass(frozen=True, slots=True)
class DueClaim:
    """Shares that a validator may claim now."""

    target_heights: tuple[int, ...]
    """Of their links, ascending."""
    amount: Wei
    """What it is paid at once for them."""


def committed_height(view: AuxiliaryView) -> int:
    """Checkpoint of the last commit that was proven on auxiliary: links up to there are paid (R77)."""
    committed = view.core.commits.get(view.state.last_kernel - 1)
    return 0 if committed is None else committed.height


def due_claim(view: AuxiliaryView, validator: Address) -> DueClaim | None:
    """What a validator can claim; None while there is nothing, and for ever once it is slashed."""
    if validator in view.state.slashed:
        return None
    earnings, committed = view.state.earnings, committed_height(view)
    shares = earnings.unclaimed.get(validator, {})
    heights = sorted(height for height in shares if height <= committed)[:MAX_CLAIMS]
    if not heights:
        return None
    return DueClaim(tuple(heights), earnings.payable(validator, sum(shares[height] for height in heights)))


def dearest(view: AuxiliaryView, gas: int) -> Wei:
    """The most that a transaction with that gas limit can cost in the auxiliary's next block."""
    base_fee = view.chain.seen.head.header.base_fee_per_gas
    return gas * (base_fee + base_fee // BASE_FEE_STEPS + 1 + PRIORITY_FEE_WEI)


class Claimer:
    """Claims for one validator on one auxiliary."""

    def __init__(self, view: AuxiliaryView, validator: Address) -> None:
        self._view = view
        self._validator = validator

    def act(self) -> None:
        """Claim, if what is paid at once is more than the claim can cost. Raises ChainError."""
        view, due = self._view, due_claim(self._view, self._validator)
        if due is None:
            return
        gas = gas_limit("Rewards", "claim", links=len(due.target_heights))
        # Further shares do not make it another claim: with those that are on their way it would be refused.
        what, height = ("claim", due.target_heights[0]), view.chain.seen.height
        if due.amount <= dearest(view, gas) or not view.attempts.may_send(what, height):
            return
        rewards = view.contracts.rewards
        view.sender.send(rewards.address, rewards.calldata("claim", self._validator, list(due.target_heights)), gas)
        view.attempts.sent(what, height)
