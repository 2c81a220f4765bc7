"""Values and relations that no network can have are refused, from YAML and from Python alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devnet.config.amounts import tokens_text
from devnet.config.load import load_manifest
from devnet.config.manifest import (
    ChainManifest,
    GatewayManifest,
    Manifest,
    ParametersManifest,
    TokenManifest,
    ValidatorManifest,
    validators_by_count,
)
from devnet.config.validate import validate
from devnet.errors import ManifestError
from devnet.types import TOKEN, Role

ORIGIN = ChainManifest(Role.ORIGIN)
AUXILIARY = ChainManifest(Role.AUXILIARY)


def chains(**changes: object) -> Manifest:
    return Manifest(chains=(ORIGIN, replace(AUXILIARY, **changes)))  # type: ignore[arg-type]


def validator(**changes: object) -> Manifest:
    return Manifest(validators=(replace(ValidatorManifest(), **changes), *validators_by_count(3)))  # type: ignore[arg-type]


def gateway(symbol: str | None = None, **changes: object) -> Manifest:
    """A good gateway, then one that is changed."""
    changed = replace(GatewayManifest(token=TokenManifest(symbol)), **changes)  # type: ignore[arg-type]
    return Manifest(gateways=(GatewayManifest(), changed))


CASES = {
    "no validators": (Manifest(validators=()), "validators", "expected 1 to 200"),
    "too many validators": (Manifest(validators=validators_by_count(251)), "validators", "found 251"),
    "zero weight": (validator(weight_wei=0), "validators[0].weight", "more than 0 tokens, found 0"),
    "negative weight": (validator(weight_wei=-TOKEN), "validators[0].weight", "found -1"),
    "weight below the minimum": (validator(weight_wei=32 * TOKEN - 1), "validators[0].weight", "31.999999999999999999"),
    "absurd weight": (validator(weight_wei=2**96), "validators[0].weight", "expected at most 79228162514"),
    "float weight": (validator(weight_wei=40.0), "validators[0].weight", "wei as int"),
    "too light together": (Manifest(validators=validators_by_count(1)), "validators", "weigh 40 tokens"),
    "no chains": (Manifest(chains=()), "chains", "has no origin"),
    "auxiliary without origin": (Manifest(chains=(AUXILIARY,)), "chains", "has no origin"),
    "origin alone": (Manifest(chains=(ORIGIN,)), "chains", "found 0"),
    "two origins": (Manifest(chains=(ORIGIN, AUXILIARY, ORIGIN)), "chains[2]", "second origin"),
    "origin last": (Manifest(chains=(AUXILIARY, ORIGIN)), "chains[1]", "not the first"),
    "too many auxiliaries": (Manifest(chains=(ORIGIN, *[AUXILIARY] * 17)), "chains", "found 17"),
    "other name of origin": (Manifest(chains=(replace(ORIGIN, name="l1"), AUXILIARY)), "chains[0].name", "'l1'"),
    "no nodes": (chains(nodes=0), "chains[1].nodes", "from 1 to 16, found 0"),
    "too many nodes": (chains(nodes=17), "chains[1].nodes", "found 17"),
    "epoch of one block": (chains(epoch=1), "chains[1].epoch", "from 2 to 1024 blocks, found 1"),
    "endless epoch": (chains(epoch=1025), "chains[1].epoch", "found 1025"),
    "no block time": (chains(block_time_s=0), "chains[1].block_time", "from 1 to 3600 seconds, found 0"),
    "endless block time": (chains(block_time_s=3601), "chains[1].block_time", "found 3601"),
    "boolean block time": (chains(block_time_s=True), "chains[1].block_time", "found True"),
    "tiny blocks": (chains(gas_limit=21_000), "chains[1].gas_limit", "found 21000"),
    "chain id zero": (chains(chain_id=0), "chains[1].chain_id", "found 0"),
    "chain id of origin": (chains(chain_id=1515), "chains[1].chain_id", "1515 is the id of origin"),
    "chain id of a default": (
        Manifest(chains=(ORIGIN, AUXILIARY, replace(AUXILIARY, chain_id=1001))),
        "chains[2].chain_id",
        "1001 is the id of auxiliary-1",
    ),
    "bad name": (chains(name="Side_1"), "chains[1].name", "'Side_1'"),
    "name of a path": (Manifest(name="../x"), "name", "'../x'"),
    "long name": (Manifest(name="a" * 33), "name", "1 to 32"),
    "name taken by origin": (chains(name="origin"), "chains[1].name", "'origin' is taken by chains[0]"),
    "name taken by a chain": (validator(name="auxiliary-1"), "validators[0].name", "taken by chains[1]"),
    "name taken by the world": (validator(name="world"), "validators[0].name", "taken by the control API"),
    "name taken by a fisherman": (validator(name="fisherman"), "fishermen", "taken by validators[0]"),
    "name taken by a node": (validator(name="origin-0"), "chains[0].nodes", "taken by validators[0]"),
    "two validators of one name": (
        Manifest(validators=(ValidatorManifest(name="a"), ValidatorManifest(name="a"))),
        "validators[1].name",
        "taken by validators[0]",
    ),
    "negative seed": (Manifest(seed=-1), "seed", "found -1"),
    "huge seed": (Manifest(seed=2**64), "seed", "18446744073709551616"),
    "too many fishermen": (Manifest(fishermen=17), "fishermen", "from 0 to 16"),
    "too many facilitators": (Manifest(facilitators=17), "facilitators", "from 0 to 16"),
    "name taken by a facilitator": (
        replace(validator(name="facilitator"), facilitators=1),
        "facilitators",
        "taken by validators[0]",
    ),
    "too many gateways": (Manifest(gateways=(GatewayManifest(),) * 17), "gateways", "at most 16, found 17"),
    "gateway to origin": (gateway(auxiliary="origin"), "gateways[1].auxiliary", "there are: auxiliary-1"),
    "gateway to nowhere": (gateway(auxiliary="auxiliary-2"), "gateways[1].auxiliary", "found 'auxiliary-2'"),
    "negative bounty": (gateway(bounty_wei=-1), "gateways[1].bounty", "expected 0 or more tokens, found -0.0"),
    "symbol in small letters": (gateway("gold"), "gateways[1].token.symbol", "capital letters and digits"),
    "symbol that begins with a digit": (gateway("1INCH"), "gateways[1].token.symbol", "a letter first"),
    "empty symbol": (gateway(""), "gateways[1].token.symbol", "found ''"),
    "long symbol": (gateway("A" * 12), "gateways[1].token.symbol", "1 to 11"),
    "symbol of a default": (gateway("TKN1"), "gateways[1].token.symbol", "the symbol of gateways[0]"),
    "too many accounts": (Manifest(accounts=101), "accounts", "from 0 to 100"),
    "text as runtime": (Manifest(runtime="docker"), "runtime", "auto, process, docker"),  # type: ignore[arg-type]
    "short withdrawal delay": (
        Manifest(parameters=ParametersManifest(withdrawal_delay=206)),
        "parameters.withdrawal_delay",
        "commit_window + evidence_period = 206",
    ),
    "no commit window": (Manifest(parameters=ParametersManifest(commit_window=0)), "parameters.commit_window", "0"),
    "port of nobody": (Manifest(ports={"orign": 1}), "ports.orign", "names no chain"),
    "port out of range": (Manifest(ports={"origin": 65536}), "ports.origin", "found 65536"),
    "port given twice": (Manifest(ports={"origin": 80, "world": 80}), "ports.world", "given to origin"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_impossible_network_is_refused(case: str) -> None:
    manifest, path, part = CASES[case]
    with pytest.raises(ManifestError) as caught:
        validate(manifest)
    assert str(caught.value).startswith(f"manifest: {path} ")
    assert part in str(caught.value)


def test_the_default_manifest_is_valid() -> None:
    validate(Manifest())


@pytest.mark.parametrize("count", [2, 4, 5, 7, 100])
def test_a_count_of_validators_gives_unequal_weights(count: int) -> None:
    manifest = Manifest(validators=validators_by_count(count))
    validate(manifest)
    weights = [item.weight_wei // TOKEN for item in manifest.validators]
    assert weights[:4] == [40, 38, 36, 34][:count]
    assert count < 4 or 3 * max(weights) < sum(weights)


def test_a_mistake_found_late_still_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("chains:\n  - role: origin\n  - role: auxiliary\n    nodes: 2\n    chain_id: 1515\n")
    with pytest.raises(ManifestError, match=r"n\.yaml:5: chains\[1\]\.chain_id 1515 is the id of origin"):
        load_manifest(path)


def test_a_mistake_in_a_default_names_the_nearest_line(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("chains:\n  - role: origin\n    chain_id: 1001\n  - role: auxiliary\n")
    with pytest.raises(ManifestError, match=r"n\.yaml:4: chains\[1\]\.chain_id 1001 is the id of origin"):
        load_manifest(path)


@pytest.mark.parametrize(
    ("wei", "text"),
    [(0, "0"), (1, "0.000000000000000001"), (3 * TOKEN // 2, "1.5"), (-TOKEN, "-1"), (40 * TOKEN, "40")],
)
def test_tokens_are_written_exactly(wei: int, text: str) -> None:
    assert tokens_text(wei) == text
