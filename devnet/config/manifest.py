"""What a user writes about a network. ``resolve`` turns it into a ``Devnet``; nothing downstream reads this.

Every field can be left out unless it says "required". A manifest may also be built in Python: the same
validation applies, only without line numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devnet.config import fields
from devnet.config.network import Parameters
from devnet.types import TOKEN, Mode, Role, RuntimeKind

MAX_WEIGHT_WEI = 2**96 - 1
"""Largest weight of one validator, in wei."""
MAX_VALIDATORS = 200
"""Most validators of a network: so many initial ones fit the one transaction that deploys Stake (EIP-7825)."""
MAX_AUXILIARIES = 16
"""Most auxiliary chains of a network."""
MAX_FISHERMEN = 16
"""Most fishermen of a network."""
MAX_FACILITATORS = 16
"""Most facilitators of a network."""
MAX_GATEWAYS = 16
"""Most pairs of gateways that a manifest describes."""
DEFAULT_BOUNTY_WEI = TOKEN // 10
"""Bounty of a pair for which none is written, in wei."""

_DEFAULTS = Parameters()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a manifest was read from, for error messages."""

    path: Path | None = None
    """The file; None if it was built in Python."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line, from 1, of every field that was written, by its path such as ``validators[2].weight``."""

    def where(self, field_path: str) -> str:
        """``file:line: field`` as far as known, for the start of a message."""
        if self.path is None:
            return f"manifest: {field_path}"
        parent = field_path
        while parent and parent not in self.lines:
            parent = parent[: max(parent.rfind("."), parent.rfind("["), 0)]
        return f"{self.path}:{self.lines.get(parent, 1)}: {field_path}"


@dataclass(frozen=True, slots=True)
class ChainManifest:
    """One chain. Fields left out take the default of its role (``chains/<role>/chain.yaml``)."""

    role: Role = field(metadata=fields.choice(Role, required=True))
    """``origin`` or ``auxiliary``; required. A network has exactly one origin, written first."""
    name: str | None = field(default=None, metadata=fields.name())
    """Default ``origin`` for the origin (no other name is allowed), ``auxiliary-1``, ``auxiliary-2``, ... in order."""
    chain_id: int | None = field(default=None, metadata=fields.integer(1, 2**32 - 1))
    """EIP-155 chain id, unique in the network; 1 to 4,294,967,295. Default 1515 for the origin, 1001, 1002, ..."""
    nodes: int = field(default=1, metadata=fields.integer(1, 16))
    """Number of geth nodes, 1 to 16. A branch needs a node of its own, so attacks by branches need 2."""
    block_time_s: int | None = field(default=None, metadata=fields.integer(1, 3600, "seconds", key="block_time"))
    """Seconds between blocks, 1 to 3600. Default 1."""
    epoch: int | None = field(default=None, metadata=fields.integer(2, 1024, "blocks"))
    """Blocks from one checkpoint to the next, 2 to 1024. Default 4."""
    gas_limit: int | None = field(default=None, metadata=fields.integer(30_000_000, 1_000_000_000, "gas"))
    """Gas limit of every block, 30,000,000 to 1,000,000,000. Default 60,000,000."""


@dataclass(frozen=True, slots=True)
class ValidatorManifest:
    """One validator."""

    name: str | None = field(default=None, metadata=fields.name())
    """Unique in the network. Default ``validator-1``, ``validator-2``, ... in order."""
    weight_wei: int = field(default=40 * TOKEN, metadata=fields.tokens(1, MAX_WEIGHT_WEI, key="weight"))
    """Stake on every core, written in tokens (``40``, ``40.5``), above zero, at least the parameter
    ``minimum_stake`` and below 2^96 wei. Default 40."""
    behaviour: str = field(default="honest", metadata=fields.name())
    """What it does at its decision points; ``honest`` or the name of a Byzantine behaviour. Default ``honest``."""


@dataclass(frozen=True, slots=True)
class TokenManifest:
    """The token on origin that a pair of gateways moves; every user account holds 1,000,000 of it."""

    symbol: str | None = field(default=None, metadata=fields.text())
    """Unique in the network, the name of its pair; 1 to 11 capital letters and digits, a letter first. Default
    ``TKN1``, ``TKN2``, ... in order."""


@dataclass(frozen=True, slots=True)
class GatewayManifest:
    """One pair of gateways: a token on origin, and the token on one auxiliary that stands for it."""

    auxiliary: str | None = field(default=None, metadata=fields.name())
    """Name of the auxiliary chain. Default: the first one."""
    token: TokenManifest = field(default_factory=TokenManifest, metadata=fields.special())
    """The token on origin."""
    bounty_wei: int = field(default=DEFAULT_BOUNTY_WEI, metadata=fields.tokens(0, MAX_WEIGHT_WEI, key="bounty"))
    """Base coin locked with every message on either chain, in tokens (R67). Default 0.1."""


@dataclass(frozen=True, slots=True)
class ParametersManifest:
    """Parameters of every core (docs/protocol.md, Parameters)."""

    gas_target: int = field(default=_DEFAULTS.gas_target, metadata=fields.integer(1, 2**63, "gas"))
    """Auxiliary gas after which a commit is due (R37). Default 30,000,000."""
    commit_every: int = field(
        default=_DEFAULTS.commit_every, metadata=fields.integer(1, 10_000, "finalised checkpoints")
    )
    """A meta-block is proposed after this many finalised checkpoints at the latest (R83). Default 5."""
    commit_window: int = field(default=_DEFAULTS.commit_window, metadata=fields.integer(1, 100_000, "origin blocks"))
    """From becoming the candidate to the commit (R34). Default 6."""
    evidence_period: int = field(
        default=_DEFAULTS.evidence_period, metadata=fields.integer(1, 1_000_000, "origin blocks")
    )
    """In which a skipped checkpoint may be reported (R38). Default 200."""
    withdrawal_delay: int = field(
        default=_DEFAULTS.withdrawal_delay, metadata=fields.integer(1, 10_000_000, "origin blocks")
    )
    """From the end of membership to withdrawal; more than commit_window + evidence_period (R41). Default 300."""
    proposal_bond_wei: int = field(
        default=_DEFAULTS.proposal_bond_wei, metadata=fields.tokens(0, MAX_WEIGHT_WEI, key="proposal_bond")
    )
    """Locked with every proposal, in tokens (R39b). Default 1."""
    max_kernel_changes: int = field(default=_DEFAULTS.max_kernel_changes, metadata=fields.integer(1, 256, "changes"))
    """Deposits and logouts applied in one meta-height (R35). Default 64."""
    minimum_stake_wei: int = field(
        default=_DEFAULTS.minimum_stake_wei, metadata=fields.tokens(1, MAX_WEIGHT_WEI, key="minimum_stake")
    )
    """Least stake of one validator, in tokens (R41). Default 32."""
    minimum_total_wei: int = field(
        default=_DEFAULTS.minimum_total_wei, metadata=fields.tokens(1, 2**104, key="minimum_total")
    )
    """Least total weight, in tokens; below it the core halts (R40). Default 64."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole network, as written."""

    name: str = field(default="devnet", metadata=fields.name())
    """What ``--name`` addresses; 1 to 32 lower-case letters, digits and hyphens. Default: the file's name."""
    description: str = field(default="", metadata=fields.text())
    """One line on what the network is for. Default empty."""
    seed: int = field(default=1, metadata=fields.integer(0, 2**64 - 1))
    """Keys and everything drawn derive from it; 0 to 2^64 - 1. Default 1."""
    runtime: RuntimeKind = field(default=RuntimeKind.AUTO, metadata=fields.choice(RuntimeKind))
    """``process``, ``docker``, or ``auto``: Docker where a daemon answers. Default ``auto``."""
    mode: Mode = field(default=Mode.LIVE, metadata=fields.choice(Mode))
    """``live`` (a timer) or ``lockstep`` (virtual time). Default ``live``."""
    chains: tuple[ChainManifest, ...] = field(
        default=(ChainManifest(Role.ORIGIN), ChainManifest(Role.AUXILIARY)), metadata=fields.special()
    )
    """A list, the origin first, then 1 to 16 auxiliaries. Default: an origin and one auxiliary."""
    validators: tuple[ValidatorManifest, ...] = field(
        default_factory=lambda: validators_by_count(4), metadata=fields.special()
    )
    """A count (weights 40, 38, 36, 34 tokens in turn) or a list; 1 to 100. Default 4."""
    fishermen: int = field(default=1, metadata=fields.integer(0, MAX_FISHERMEN))
    """Number of fishermen, 0 to 16. Default 1."""
    gateways: tuple[GatewayManifest, ...] = field(default=(), metadata=fields.special())
    """A list of pairs of gateways, at most 16, ``- {}`` for one with every default. Default none."""
    facilitators: int = field(default=0, metadata=fields.integer(0, MAX_FACILITATORS))
    """Number of facilitators, who carry messages between the gateways of every pair, 0 to 16. Default 0."""
    accounts: int = field(default=10, metadata=fields.integer(0, 100))
    """Funded user accounts on every chain, 0 to 100. Default 10."""
    parameters: ParametersManifest = field(default_factory=ParametersManifest, metadata=fields.special())
    """Parameters of every core."""
    ports: Mapping[str, int] = field(default_factory=dict, metadata=fields.special())
    """Fixed ports by the name of a chain (its RPC), a node (its own port) or ``world`` (control API); 1 to 65535,
    each once. Default: chosen by the network's name."""
    source: Source = field(default_factory=Source, compare=False, repr=False)
    """Where it was read from; not written by users."""


def validators_by_count(count: int) -> tuple[ValidatorManifest, ...]:
    """``count`` validators with unequal weights: counting heads and weighing must not agree by accident."""
    return tuple(ValidatorManifest(weight_wei=(40 - 2 * (index % 4)) * TOKEN) for index in range(count))
