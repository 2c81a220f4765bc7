"""Names that a manifest leaves out: what chains, nodes, actors and tokens are called then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devnet.config.manifest import ChainManifest, Manifest
from devnet.config.roles import role_defaults
from devnet.types import Role

ORIGIN_NAME = "origin"
"""The only name an origin can have."""


def chain_names(chains: Iterable[ChainManifest]) -> tuple[str, ...]:
    """The chains' names, defaults filled in, in written order."""
    names, auxiliaries = [], 0
    for chain in chains:
        auxiliaries += chain.role is Role.AUXILIARY
        default = ORIGIN_NAME if chain.role is Role.ORIGIN else f"auxiliary-{auxiliaries}"
        names.append(chain.name if chain.name is not None else default)
    return tuple(names)


def chain_ids(chains: Iterable[ChainManifest]) -> tuple[int, ...]:
    """The chains' ids, defaults filled in, in written order."""
    ids, counted = [], dict.fromkeys(Role, 0)
    for chain in chains:
        default = role_defaults(chain.role).chain_id + counted[chain.role]
        counted[chain.role] += 1
        ids.append(default if chain.chain_id is None else chain.chain_id)
    return tuple(ids)


def node_names(chains: Sequence[ChainManifest]) -> tuple[str, ...]:
    """The names of all nodes, chain by chain."""
    named = zip(chain_names(chains), chains, strict=True)
    return tuple(f"{name}-{index}" for name, chain in named for index in range(chain.nodes))


def validator_names(manifest: Manifest) -> tuple[str, ...]:
    """The validators' names, defaults filled in, in written order."""
    return tuple(item.name or f"validator-{index + 1}" for index, item in enumerate(manifest.validators))


def fisherman_names(manifest: Manifest) -> tuple[str, ...]:
    """``fisherman``, or numbered if there are several."""
    return _numbered("fisherman", manifest.fishermen)


def facilitator_names(manifest: Manifest) -> tuple[str, ...]:
    """``facilitator``, or numbered if there are several."""
    return _numbered("facilitator", manifest.facilitators)


def gateway_symbols(manifest: Manifest) -> tuple[str, ...]:
    """The symbols of the pairs' tokens, defaults filled in, in written order."""
    return tuple(
        item.token.symbol if item.token.symbol is not None else f"TKN{index + 1}"
        for index, item in enumerate(manifest.gateways)
    )


def gateway_auxiliaries(manifest: Manifest) -> tuple[str, ...]:
    """The auxiliary chains of the pairs, defaults filled in, in written order."""
    first = chain_names(manifest.chains)[1]
    return tuple(item.auxiliary or first for item in manifest.gateways)


def _numbered(kind: str, count: int) -> tuple[str, ...]:
    return (kind,) if count == 1 else tuple(f"{kind}-{index + 1}" for index in range(count))
