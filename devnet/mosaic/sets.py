"""Who votes with which weight: F_n, forward and rear sets, and the changes that kernels carry (R35, R41-R44).

F_n is the set of meta-block height n; F_0 = F_1 is the initial one. Height n is voted on by two sets at once:
forward(n) = F_n and rear(n) = F_(n-1). Kernel 1 lists F_1 in full, every later one exactly the changes from F_(n-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from devnet.errors import ProtocolViolation
from devnet.mosaic.quorum import Tally
from devnet.mosaic.transitions import Kernel
from devnet.types import Address, Wei

LOOKS_PER_CHANGE = 4
"""Entries of the queue looked at for every change that a height may carry (R35)."""


class InvalidKernel(ProtocolViolation):
    """A kernel whose changes do not fit the sets before it."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One validator's time: it belongs to F_n for entered <= n < left. One deposit an address for ever (R41)."""

    weight: Wei
    """Its stake, never topped up."""
    entered: int
    """First height of F it belongs to."""
    left: int | None = None
    """First height of F it no longer belongs to; None while it stays."""

    def weight_at(self, height: int) -> Wei:
        """Weight in F_height; slashing does not change it (R43)."""
        return self.weight if self.entered <= height and (self.left is None or height < self.left) else 0


class ValidatorSets:
    """F_n for every n that a kernel fixed; both chains and everybody else must come to the same (R44)."""

    def __init__(self, kernels: Iterable[Kernel] = ()) -> None:
        self.last = 0
        """Height of the last kernel taken in; 0 before the first."""
        self.members: dict[Address, Membership] = {}
        """Everybody that ever belonged to a set."""
        self._totals: dict[int, Wei] = {}
        for kernel in kernels:
            self.apply(kernel)

    def apply(self, kernel: Kernel) -> None:
        """Take in the kernel of the next height. Raises InvalidKernel and changes nothing if it does not fit."""
        self._check(kernel)
        height = kernel.height
        total = self._totals.get(height - 1, 0) if height > 1 else 0
        for validator, weight in zip(kernel.validators, kernel.weights, strict=True):
            if weight > 0:
                # F_0 = F_1: the initial set is in both.
                self.members[validator] = Membership(weight, height if height > 1 else 0)
                total += weight
            else:
                self.members[validator] = replace(self.members[validator], left=height)
                total -= self.members[validator].weight
        self._totals[height] = total
        if height == 1:
            self._totals[0] = total
        self.last = height

    def weight_at(self, height: int, validator: Address) -> Wei:
        """Weight of a validator in F_height; 0 for one that is not in it."""
        known = self.members.get(validator)
        return 0 if known is None else known.weight_at(height)

    def weights(self, height: int, validator: Address) -> tuple[Wei, Wei]:
        """Weight of a validator in forward(height) and in rear(height)."""
        return self.weight_at(height, validator), self.weight_at(height - 1, validator)

    def votes_at(self, height: int, validator: Address) -> bool:
        """Whether a validator's vote counts under the kernel of that height (R42)."""
        return any(self.weights(height, validator))

    def total_at(self, height: int) -> Wei:
        """Total weight of F_height. Raises KeyError for a height that is not fixed yet."""
        return self._totals[height]

    def totals(self, height: int) -> tuple[Wei, Wei]:
        """Totals of forward(height) and rear(height)."""
        return self._totals[height], self._totals[height - 1]

    def joint_total(self, height: int) -> Wei:
        """Weight of forward(height) and rear(height) together, each validator once: W(V_height) (R42, R75)."""
        return sum(max(self.weights(height, validator)) for validator in self.members)

    def forward(self, height: int) -> dict[Address, Wei]:
        """F_height, ascending by address."""
        found = {validator: self.weight_at(height, validator) for validator in sorted(self.members)}
        return {validator: weight for validator, weight in found.items() if weight}

    def rear(self, height: int) -> dict[Address, Wei]:
        """F_(height-1), ascending by address."""
        return self.forward(height - 1)

    def tally(self, height: int, voters: Iterable[Address]) -> Tally:
        """What these voters weigh in both sets of a height, each once."""
        pairs = [self.weights(height, voter) for voter in set(voters)]
        forward_total, rear_total = self.totals(height)
        return Tally(sum(forward for forward, _ in pairs), forward_total, sum(rear for _, rear in pairs), rear_total)

    def _check(self, kernel: Kernel) -> None:
        validators, weights = kernel.validators, kernel.weights
        if kernel.height != self.last + 1:
            raise InvalidKernel(f"kernel {kernel.height} cannot follow kernel {self.last}")
        if len(validators) != len(weights):
            raise InvalidKernel(f"kernel {kernel.height} has {len(validators)} validators and {len(weights)} weights")
        if list(validators) != sorted(set(validators)):
            raise InvalidKernel(f"kernel {kernel.height} does not list its validators ascending, each once")
        for validator, weight in zip(validators, weights, strict=True):
            known = self.members.get(validator)
            if weight > 0 and known is not None:
                raise InvalidKernel(f"kernel {kernel.height}: 0x{validator.hex()} enters a second time")
            if weight == 0 and (known is None or known.left is not None):
                raise InvalidKernel(f"kernel {kernel.height}: 0x{validator.hex()} leaves without being a member")


@dataclass(frozen=True, slots=True)
class Request:
    """One entry of the queue: somebody wants to enter, or to leave (R35)."""

    validator: Address
    """Who."""
    weight: Wei
    """Its stake if it enters; 0 if it leaves."""

    @property
    def enters(self) -> bool:
        """Whether it is a deposit, not a logout."""
        return self.weight > 0


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commit makes of the queue."""

    changes: Mapping[Address, Wei]
    """Weight by validator, 0 for one that leaves, ascending by address: what the kernel lists (R42)."""
    queue: tuple[Request, ...]
    """What still waits, first come first."""


def open_next(
    queue: Sequence[Request], slashed: Iterable[Address], void: Iterable[Address], most_changes: int
) -> Opening:
    """The changes of the next height: whoever was slashed leaves first and without limit, then the queue in order.

    ``slashed`` are members of the height that ends, ``void`` those whose deposit was cancelled or who were slashed
    while they waited. The queue gives up to ``most_changes`` changes, and at most four times as many of its entries
    are looked at; what a void or slashed validator asked for only costs a look (R35, R42).
    """
    gone = set(slashed)
    skipped = gone | set(void)
    changes: dict[Address, Wei] = dict.fromkeys(gone, 0)
    applied = looked = 0
    for request in queue:
        if applied == most_changes or looked == LOOKS_PER_CHANGE * most_changes:
            break
        looked += 1
        if request.validator not in skipped:
            changes[request.validator] = request.weight
            applied += 1
    return Opening({validator: changes[validator] for validator in sorted(changes)}, tuple(queue[looked:]))
