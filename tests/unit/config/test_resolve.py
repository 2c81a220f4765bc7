"""A manifest resolves to the same complete network everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.config.load import load_manifest
from devnet.config.manifest import ChainManifest, GatewayManifest, Manifest, TokenManifest, ValidatorManifest
from devnet.config.networks import find_manifest, network_names
from devnet.config.resolve import resolve
from devnet.errors import ManifestError
from devnet.types import TOKEN, Mode, Role, RuntimeKind


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_network_resolves(name: str) -> None:
    devnet = resolve(load_manifest(find_manifest(name)))
    assert devnet.name == name
    assert devnet.origin.role is Role.ORIGIN
    assert devnet.auxiliaries


def test_demo_is_the_default_network_of_the_protocol() -> None:
    devnet = resolve(load_manifest(find_manifest()))
    assert [(chain.name, chain.chain_id) for chain in devnet.chains] == [
        ("origin", 1515),
        ("auxiliary-1", 1001),
        ("auxiliary-2", 1002),
    ]
    assert all((chain.block_time_s, chain.epoch_length) == (1, 4) for chain in devnet.chains)
    assert [actor.weight_wei // TOKEN for actor in devnet.validators] == [40, 38, 36, 34]
    assert [actor.name for actor in devnet.actors] == [f"validator-{n}" for n in range(1, 5)] + [
        "fisherman",
        "facilitator",
    ]
    assert [(pair.name, pair.auxiliary) for pair in devnet.pairs] == [("TKN1", "auxiliary-1"), ("TKN2", "auxiliary-2")]
    assert (devnet.runtime, devnet.mode, len(devnet.accounts)) == (RuntimeKind.AUTO, Mode.LIVE, 10)
    assert [chain.finalised_after_epochs for chain in devnet.chains] == [2, 0, 0]


def test_the_smallest_networks_have_no_gateway() -> None:
    for name in ("minimal", "ci"):
        devnet = resolve(load_manifest(find_manifest(name)))
        assert (devnet.pairs, devnet.facilitators) == ((), ()), name


def test_double_vote_has_two_nodes_on_its_auxiliary() -> None:
    devnet = resolve(load_manifest(find_manifest("double-vote")))
    assert [node.name for node in devnet.auxiliaries[0].nodes] == ["auxiliary-1-0", "auxiliary-1-1"]
    assert devnet.mode is Mode.LOCKSTEP


def test_a_gateway_without_anything_written_is_on_the_first_auxiliary_with_a_numbered_symbol() -> None:
    chains = (ChainManifest(Role.ORIGIN), ChainManifest(Role.AUXILIARY, name="one"), ChainManifest(Role.AUXILIARY))
    written = GatewayManifest(auxiliary="auxiliary-2", token=TokenManifest("GOLD"), bounty_wei=0)
    devnet = resolve(Manifest(chains=chains, gateways=(GatewayManifest(), written, GatewayManifest())))
    assert [(pair.name, pair.auxiliary, pair.bounty_wei) for pair in devnet.pairs] == [
        ("TKN1", "one", TOKEN // 10),
        ("GOLD", "auxiliary-2", 0),
        ("TKN3", "one", TOKEN // 10),
    ]


def test_facilitators_come_last_and_have_keys_of_their_own() -> None:
    devnet = resolve(Manifest(facilitators=2))
    assert [actor.name for actor in devnet.actors[-3:]] == ["fisherman", "facilitator-1", "facilitator-2"]
    assert devnet.facilitators == devnet.actors[-2:]
    assert len({actor.origin_key.address for actor in devnet.actors}) == len(devnet.actors)


def test_resolving_twice_gives_the_same_network() -> None:
    assert resolve(Manifest()) == resolve(Manifest())


def test_the_seed_changes_keys_but_not_the_user_accounts() -> None:
    one, two = resolve(Manifest(), seed=1), resolve(Manifest(), seed=2)
    assert one.accounts == two.accounts
    assert one.deployer != two.deployer
    assert not {actor.origin_key for actor in one.actors} & {actor.origin_key for actor in two.actors}


def test_every_key_is_its_own() -> None:
    devnet = resolve(Manifest(fishermen=3))
    keys = [key.address for actor in devnet.actors for key in (actor.origin_key, actor.auxiliary_key)]
    keys += [devnet.deployer.address, *(account.address for account in devnet.accounts)]
    assert len(set(keys)) == len(keys)


def test_a_key_depends_on_the_name_and_not_on_the_position() -> None:
    first = resolve(Manifest(validators=(ValidatorManifest(name="a"), ValidatorManifest(name="b"))))
    second = resolve(Manifest(validators=(ValidatorManifest(name="b"), ValidatorManifest(name="a"))))
    assert first.actor("a").origin_key == second.actor("a").origin_key


def test_arguments_override_what_is_written() -> None:
    devnet = resolve(Manifest(), name="other", seed=9, runtime=RuntimeKind.PROCESS, mode=Mode.LOCKSTEP)
    assert (devnet.name, devnet.seed, devnet.runtime, devnet.mode) == ("other", 9, RuntimeKind.PROCESS, Mode.LOCKSTEP)


@pytest.mark.parametrize(
    ("override", "message"),
    [({"name": "../up"}, "name expected 1 to 32"), ({"seed": -1}, "seed expected a whole number")],
)
def test_a_bad_override_is_refused_without_blaming_the_file(override: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        resolve(load_manifest(find_manifest()), **override)
    assert str(caught.value).startswith(message)


def test_a_chain_overrides_the_defaults_of_its_role() -> None:
    side = ChainManifest(Role.AUXILIARY, name="side", chain_id=5, block_time_s=3, epoch=8, gas_limit=30_000_000)
    chain = resolve(Manifest(chains=(ChainManifest(Role.ORIGIN), side))).chain("side")
    assert (chain.chain_id, chain.block_time_s, chain.epoch_length, chain.gas_limit) == (5, 3, 8, 30_000_000)


def test_secrets_are_not_printed() -> None:
    devnet = resolve(Manifest())
    assert repr(devnet.deployer.secret) not in repr(devnet)
    assert devnet.mnemonic not in repr(devnet)
