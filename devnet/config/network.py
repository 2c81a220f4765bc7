"""A network as resolved from a manifest: complete, validated, frozen.

Nothing downstream reads YAML. Keys, weights and schedules derive from ``seed`` and names, so that the
same manifest and seed give the same network everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devnet.types import Address, Mode, Role, RuntimeKind, Wei

BLOCKS_KEPT = 512
"""Newest blocks of a chain that an actor keeps in full; a deeper reorg makes it read the chain again."""


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One geth node of a chain."""

    name: str
    """Unique in the network: ``origin-0``, ``auxiliary-1-0``, ..."""
    chain: str
    """Name of the chain it belongs to."""
    index: int
    """Position in the chain, from 0; node 0 serves the chain's own view."""


@dataclass(frozen=True, slots=True)
class ChainSpec:
    """One chain: the origin or an auxiliary."""

    name: str
    """``origin`` or the auxiliary's name."""
    role: Role
    """Origin or auxiliary."""
    chain_id: int
    """EIP-155 chain id, unique in the network."""
    block_time_s: int
    """Seconds between blocks, >= 1; virtual seconds in lockstep."""
    epoch_length: int
    """Blocks from one checkpoint to the next, >= 2."""
    gas_limit: int
    """Block gas limit, the same in genesis and in the node."""
    genesis_time: int
    """Timestamp of block 0, a constant, so that genesis hashes repeat."""
    nodes: tuple[NodeSpec, ...]
    """At least one; more than one allows branches."""
    finalised_after_epochs: int = 0
    """The node's ``finalized`` is the head minus this many epochs, ``safe`` one epoch less; 0: votes decide (R23)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secp256k1 key pair derived from the seed and a name."""

    secret: bytes = field(repr=False)
    """32 bytes. A public test key: worthless outside a devnet."""
    address: Address
    """20 bytes."""


@dataclass(frozen=True, slots=True)
class ActorSpec:
    """One actor: a validator, a fisherman, a facilitator."""

    name: str
    """Unique in the network: ``validator-1``, ``fisherman``, ``facilitator``."""
    kind: str
    """``validator``, ``fisherman`` or ``facilitator``."""
    origin_key: Key
    """Pays on origin; for a validator the depositor v^O (R3)."""
    auxiliary_key: Key
    """Pays on every auxiliary; for a validator v^A, which signs votes (R3)."""
    weight_wei: Wei = 0
    """Stake on every core, equal to the weight (R41); 0 unless a validator."""
    behaviour: str = "honest"
    """Name of the ``Behaviour`` at its decision points."""


@dataclass(frozen=True, slots=True)
class PairSpec:
    """A token on origin, the token on one auxiliary that stands for it, and the gateways between them (R61-R74)."""

    name: str
    """Unique in the network: the symbol of the token on origin."""
    auxiliary: str
    """Name of the auxiliary chain."""
    bounty_wei: Wei
    """Base coin locked with every message, on either side (R67)."""

    @property
    def symbol(self) -> str:
        """Symbol of the token on origin; the one on auxiliary has a ``u`` before it."""
        return self.name


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of every core in the network (protocol section 12)."""

    gas_target: int = 30_000_000
    """l of Eq. 1: auxiliary gas after which a commit is due (R37)."""
    commit_every: int = 5
    """Committers propose after this many finalised checkpoints, even below the gas target (R83)."""
    commit_window: int = 6
    """Origin blocks between becoming the candidate and commit (R34)."""
    evidence_period: int = 200
    """Origin blocks in which a skipped checkpoint may be reported (R38)."""
    withdrawal_delay: int = 300
    """Origin blocks between the end of membership and withdrawal (R41)."""
    proposal_bond_wei: Wei = 10**18
    """Locked with every proposal (R39b)."""
    max_kernel_changes: int = 64
    """Deposits and logouts applied per meta-height (R35)."""
    minimum_stake_wei: Wei = 32 * 10**18
    """Least stake of one validator (R41)."""
    minimum_total_wei: Wei = 64 * 10**18
    """Least total weight; below it the core halts (R40)."""


@dataclass(frozen=True, slots=True)
class Devnet:
    """A whole network, resolved."""

    name: str
    """What ``--name`` addresses; lower-case letters, digits and hyphens."""
    seed: int
    """Everything drawn derives from it; 0 <= seed < 2**64."""
    runtime: RuntimeKind
    """Where nodes run; AUTO is resolved by the World."""
    mode: Mode
    """Live or lockstep."""
    chains: tuple[ChainSpec, ...]
    """The origin first, then the auxiliaries in manifest order."""
    actors: tuple[ActorSpec, ...]
    """Validators in manifest order, then fishermen, then facilitators."""
    parameters: Parameters
    """The same for every core."""
    mnemonic: str = field(repr=False)
    """The user accounts' mnemonic: public test keys."""
    accounts: tuple[Key, ...] = ()
    """Funded user accounts, the same on every chain."""
    deployer: Key = field(default=Key(b"", b""))
    """Deploys the contracts on every chain, with fixed nonces."""
    ports: tuple[tuple[str, int], ...] = ()
    """Fixed ports by the name of a chain, a node, or ``world``; every other is chosen. No digest depends on it."""
    pairs: tuple[PairSpec, ...] = ()
    """Pairs of gateways that are deployed with the network, in manifest order; ``Deployment`` knows later ones too."""
    blocks_kept: int = BLOCKS_KEPT
    """Newest blocks of each chain that an actor keeps in full. No digest depends on it, unless a reorg goes deeper."""

    @property
    def origin(self) -> ChainSpec:
        """The origin chain."""
        return self.chains[0]

    @property
    def auxiliaries(self) -> tuple[ChainSpec, ...]:
        """The auxiliary chains, in manifest order."""
        return self.chains[1:]

    @property
    def validators(self) -> tuple[ActorSpec, ...]:
        """The validators, in manifest order."""
        return tuple(actor for actor in self.actors if actor.kind == "validator")

    @property
    def fishermen(self) -> tuple[ActorSpec, ...]:
        """The fishermen, in manifest order."""
        return tuple(actor for actor in self.actors if actor.kind == "fisherman")

    @property
    def facilitators(self) -> tuple[ActorSpec, ...]:
        """The facilitators, in manifest order."""
        return tuple(actor for actor in self.actors if actor.kind == "facilitator")

    def chain(self, name: str) -> ChainSpec:
        """The chain of that name. Raises KeyError if there is none."""
        return {chain.name: chain for chain in self.chains}[name]

    def actor(self, name: str) -> ActorSpec:
        """The actor of that name. Raises KeyError if there is none."""
        return {actor.name: actor for actor in self.actors}[name]
