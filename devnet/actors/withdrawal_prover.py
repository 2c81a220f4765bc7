"""Shows auxiliary that a validator left with its whole stake: then it is paid what was held back (R76).

Whoever withdrew is gone; the others prove it, in turn, as they prove kernels (R83).
"""

from __future__ import annotations

from dataclasses import dataclass

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.claimer import dearest
from devnet.actors.state_proofs import fetch_proofs
from devnet.chain.link import Link
from devnet.contracts.gas import gas_limit
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.keccak import uint_word
from devnet.mosaic.slots import STAKE_WITHDRAWN, mapping_slot
from devnet.types import Address

WITHDRAWN = uint_word(1)
"""What Stake writes at a withdrawal."""


@dataclass(frozen=True, slots=True)
class DueWithdrawal:
    """A withdrawal that can be proven now."""

    validator: Address
    """Who left."""
    observed: Checkpoint
    """The newest origin checkpoint, finalised on auxiliary, that shows it."""


def due_withdrawal(view: AuxiliaryView) -> DueWithdrawal | None:
    """The first withdrawal that brings somebody more than its proof can cost, and is final on auxiliary."""
    cost = dearest(view, gas_limit("Rewards", "proveWithdrawal"))
    for validator, block in sorted(view.core.withdrawn.items(), key=lambda item: (item[1], item[0])):
        if validator in view.state.earnings.withdrawn or validator in view.state.slashed:
            continue
        observed = _observed(view, block)
        if observed is not None and view.state.earnings.held(validator) > cost:
            return DueWithdrawal(validator, observed)
    return None


def _observed(view: AuxiliaryView, block: int) -> Checkpoint | None:
    """The newest observation that is this origin's own and not before that block of it."""
    for item in reversed(view.state.origin.finalised):
        if item.checkpoint.height * view.devnet.origin.epoch_length < block:
            return None
        if view.origin_block(item.checkpoint) == item.checkpoint.hash:
            return item.checkpoint
    return None


class WithdrawalProver:
    """Proves withdrawals on one auxiliary chain."""

    def __init__(self, view: AuxiliaryView, origin: Link) -> None:
        self._view = view
        self._origin = origin

    def act(self) -> None:
        """Prove the next withdrawal, if it is due and this actor's turn. Raises ChainError."""
        view, due = self._view, due_withdrawal(self._view)
        if due is None:
            return
        what, height = ("withdrawal", due.validator), view.chain.seen.height
        if not view.attempts.may_send(what, height, view.turn_at(view.core.withdrawn[due.validator])):
            return
        words = ((mapping_slot(due.validator, STAKE_WITHDRAWN), WITHDRAWN),)
        root = view.origin.header(due.observed.height * view.devnet.origin.epoch_length).state_root
        stake, rewards = view.contracts.stake.address, view.contracts.rewards
        account, (storage,) = fetch_proofs(self._origin, due.observed.hash, root, stake, words)
        data = rewards.calldata("proveWithdrawal", due.validator, due.observed.height, list(account), list(storage))
        view.sender.send(rewards.address, data, gas_limit("Rewards", "proveWithdrawal"))
        view.attempts.sent(what, height)
