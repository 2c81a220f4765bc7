"""From what the user wrote to the network itself."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from devnet.config.keys import TEST_MNEMONIC, derive_key, mnemonic_accounts
from devnet.config.manifest import ChainManifest, Manifest
from devnet.config.naming import (
    chain_ids,
    chain_names,
    facilitator_names,
    fisherman_names,
    gateway_auxiliaries,
    gateway_symbols,
    validator_names,
)
from devnet.config.network import ActorSpec, ChainSpec, Devnet, NodeSpec, PairSpec, Parameters
from devnet.config.roles import role_defaults
from devnet.config.validate import validate, validate_overrides
from devnet.types import Mode, RuntimeKind, Wei


def resolve(
    manifest: Manifest,
    *,
    name: str | None = None,
    seed: int | None = None,
    runtime: RuntimeKind | None = None,
    mode: Mode | None = None,
) -> Devnet:
    """Fill in every default and derive every key; the arguments override what is written.

    The same manifest and seed give the same Devnet everywhere. Raises ManifestError if it is not valid.
    """
    given = {"name": name, "seed": seed, "runtime": runtime, "mode": mode}
    overrides: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    validate_overrides(overrides)
    manifest = replace(manifest, **overrides)
    validate(manifest)
    return Devnet(
        name=manifest.name,
        seed=manifest.seed,
        runtime=manifest.runtime,
        mode=manifest.mode,
        chains=_chains(manifest),
        actors=(*_validators(manifest), *_others(manifest)),
        pairs=_pairs(manifest),
        parameters=_parameters(manifest),
        mnemonic=TEST_MNEMONIC,
        accounts=mnemonic_accounts(TEST_MNEMONIC, manifest.accounts),
        deployer=derive_key(manifest.seed, "deployer"),
        ports=tuple(sorted(manifest.ports.items())),
    )


def with_validator(devnet: Devnet, name: str, weight_wei: Wei) -> Devnet:
    """The same network with one more validator, its keys derived from seed and name as those of the first ones."""
    newcomer = replace(_actor(devnet.seed, name, "validator"), weight_wei=weight_wei)
    others = tuple(actor for actor in devnet.actors if actor.kind != "validator")
    return replace(devnet, actors=(*devnet.validators, newcomer, *others))


def _chains(manifest: Manifest) -> tuple[ChainSpec, ...]:
    names = chain_names(manifest.chains)
    return tuple(
        _chain(chain, name, chain_id)
        for chain, name, chain_id in zip(manifest.chains, names, chain_ids(manifest.chains), strict=True)
    )


def _chain(chain: ChainManifest, name: str, chain_id: int) -> ChainSpec:
    defaults = role_defaults(chain.role)

    def given(value: int | None, default: int) -> int:
        return default if value is None else value

    return ChainSpec(
        name=name,
        role=chain.role,
        chain_id=chain_id,
        block_time_s=given(chain.block_time_s, defaults.block_time_s),
        epoch_length=given(chain.epoch, defaults.epoch),
        gas_limit=given(chain.gas_limit, defaults.gas_limit),
        genesis_time=defaults.genesis_time,
        nodes=tuple(NodeSpec(f"{name}-{number}", name, number) for number in range(chain.nodes)),
        finalised_after_epochs=defaults.finalised_after_epochs,
    )


def _validators(manifest: Manifest) -> tuple[ActorSpec, ...]:
    names = validator_names(manifest)
    return tuple(
        replace(
            _actor(manifest.seed, name, "validator"),
            weight_wei=item.weight_wei,
            behaviour=item.behaviour,
        )
        for name, item in zip(names, manifest.validators, strict=True)
    )


def _others(manifest: Manifest) -> tuple[ActorSpec, ...]:
    fishermen = [_actor(manifest.seed, name, "fisherman") for name in fisherman_names(manifest)]
    return (*fishermen, *(_actor(manifest.seed, name, "facilitator") for name in facilitator_names(manifest)))


def _pairs(manifest: Manifest) -> tuple[PairSpec, ...]:
    named = zip(gateway_symbols(manifest), gateway_auxiliaries(manifest), manifest.gateways, strict=True)
    return tuple(PairSpec(symbol, auxiliary, gateway.bounty_wei) for symbol, auxiliary, gateway in named)


def _actor(seed: int, name: str, kind: str) -> ActorSpec:
    return ActorSpec(
        name=name,
        kind=kind,
        origin_key=derive_key(seed, f"{kind}/{name}/origin"),
        auxiliary_key=derive_key(seed, f"{kind}/{name}/auxiliary"),
    )


def _parameters(manifest: Manifest) -> Parameters:
    return Parameters(**{item.name: getattr(manifest.parameters, item.name) for item in fields(Parameters)})
