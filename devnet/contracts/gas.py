"""Gas limits of every call that an actor or the command line sends, in one table.

Nothing is estimated: an estimate depends on the state that the node happens to have, so two runs of one seed could
differ. A limit is ``base + sum(each * count)`` and stays well above what was measured; unused gas is returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TRANSACTION_GAS_CAP = 2**24
"""Most gas of one transaction (EIP-7825)."""

MAX_HEADERS = 64
"""Most headers in one ``reportBlocks``: about 5.5M gas."""

MAX_VOTES = 150
"""Most votes in one ``castVotes``: about 11.3M gas where every voter votes for the first time."""

MAX_SIGNATURES = 800
"""Most signatures in one ``verifyVotes``: about 11M gas."""


MAX_CLAIMS = 64
"""Most links in one ``claim``: about 4M gas."""


@dataclass(frozen=True, slots=True)
class GasLimit:
    """The limit of one function."""

    base: int
    """Gas of the call itself."""
    each: dict[str, int] = field(default_factory=dict)
    """Further gas per item, by the items' name."""

    def limit(self, **counts: int) -> int:
        """The limit for so many items, at most what one transaction may have."""
        return min(TRANSACTION_GAS_CAP, self.base + sum(self.each[name] * count for name, count in counts.items()))


DEFAULT = GasLimit(300_000)

TOKEN_CALL = GasLimit(100_000)

PROOF = GasLimit(250_000, {"nodes": 80_000})
"""A call with one proof; ``nodes`` are those of its account proof and its storage proof together, about 57,000 each."""

TWO_PROOFS = GasLimit(350_000, {"nodes": 80_000, "code_bytes": 45})
"""An exit with two proofs; ``nodes`` are those of all proofs, ``code_bytes`` is the length of the code supplied, of
which a byte costs 40 at least (EIP-7623)."""

GAS: dict[str, GasLimit] = {
    "AuxiliaryBlockStore.reportBlocks": GasLimit(200_000, {"headers": 100_000, "checkpoints": 150_000}),
    "AuxiliaryBlockStore.backfill": GasLimit(200_000, {"headers": 120_000}),
    "OriginObserver.reportCheckpoint": DEFAULT,
    "KernelGateway.proveKernel": GasLimit(1_500_000, {"changes": 80_000}),
    "PollingPlace.castVote": GasLimit(450_000),
    "PollingPlace.castVotes": GasLimit(450_000, {"votes": 95_000}),
    "PollingPlace.slash": DEFAULT,
    "Rewards.claim": GasLimit(200_000, {"links": 60_000}),
    "Rewards.proveWithdrawal": GasLimit(1_000_000),
    "Stake.slash": GasLimit(400_000),
    "Stake.deposit": GasLimit(400_000),
    "Stake.logout": DEFAULT,
    "Stake.withdraw": DEFAULT,
    "Core.propose": GasLimit(400_000),
    "Core.pinOrigin": GasLimit(100_000),
    "Core.verifyVotes": GasLimit(300_000, {"signatures": 17_000, "slashed": 25_000}),
    "Core.commit": GasLimit(400_000, {"changes": 30_000, "slashed": 25_000}),
    "Core.returnBond": DEFAULT,
    "Evidence.reportSkippedCheckpoint": GasLimit(1_500_000, {"signatures": 15_000}),
    "Evidence.reportReversal": GasLimit(400_000, {"signatures": 17_000}),
    "OriginToken.approve": TOKEN_CALL,
    "OriginToken.transfer": TOKEN_CALL,
    "Gateway.stake": GasLimit(400_000),
    "Gateway.progressStake": DEFAULT,
    "Gateway.progressStakeWithProof": PROOF,
    "Gateway.revertStake": DEFAULT,
    "Gateway.progressRevertStake": PROOF,
    "Gateway.confirmRedeem": PROOF,
    "Gateway.progressUnstake": DEFAULT,
    "Gateway.progressUnstakeWithProof": PROOF,
    "Gateway.confirmRevertRedeem": PROOF,
    "Gateway.deactivate": GasLimit(100_000),
    "Gateway.exit": TWO_PROOFS,
    "Gateway.settleStake": PROOF,
    "Gateway.claimStake": TWO_PROOFS,
    "Gateway.settleRedeem": PROOF,
    "Gateway.claimRedeem": TWO_PROOFS,
    "Gateway.withdrawBounties": DEFAULT,
    "UtilityToken.approve": TOKEN_CALL,
    "UtilityToken.transfer": TOKEN_CALL,
    "CoGateway.redeem": GasLimit(400_000),
    "CoGateway.progressRedeem": DEFAULT,
    "CoGateway.progressRedeemWithProof": PROOF,
    "CoGateway.revertRedeem": DEFAULT,
    "CoGateway.progressRevertRedeem": PROOF,
    "CoGateway.confirmStake": PROOF,
    "CoGateway.progressMint": DEFAULT,
    "CoGateway.progressMintWithProof": PROOF,
    "CoGateway.confirmRevertStake": PROOF,
}
"""Limits by ``Contract.function``; tests compare them with what the calls cost: ``gas-snapshot.json``."""


def gas_limit(contract: str, function: str, **counts: int) -> int:
    """The gas limit of one call; ``counts`` are its items, as named in the table."""
    return GAS[f"{contract}.{function}"].limit(**counts)
