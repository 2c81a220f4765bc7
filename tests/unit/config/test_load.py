"""A manifest with one mistake gives one sentence that names file, line, what was expected, found and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.config.load import load_manifest
from devnet.config.manifest import Manifest
from devnet.errors import ManifestError
from devnet.types import TOKEN, Mode, Role, RuntimeKind

CHAINS = "chains:\n  - role: origin\n  - role: auxiliary\n"


def load(directory: Path, text: str | bytes) -> Manifest:
    path = directory / "network.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_manifest(path)


def refusal(directory: Path, text: str | bytes) -> str:
    with pytest.raises(ManifestError) as caught:
        load(directory, text)
    message = str(caught.value)
    assert message.startswith(str(directory))
    assert "\n" not in message
    return message.removeprefix(str(directory) + "/")


def test_every_field_is_read(tmp_path: Path) -> None:
    manifest = load(
        tmp_path,
        "name: mine\nseed: 0x10\nruntime: docker\nmode: lockstep\nfishermen: 2\naccounts: 5\n"
        "chains:\n  - role: origin\n    block_time: 2\n"
        "  - role: auxiliary\n    name: side\n    chain_id: 7\n    nodes: 2\n    epoch: 8\n    gas_limit: 30_000_000\n"
        "validators:\n  - name: alice\n    weight: 40.5\n    behaviour: double-vote\n  - weight: '32'\n"
        "gateways:\n  - auxiliary: side\n    token:\n      symbol: GOLD\n    bounty: 0.5\n  - {}\nfacilitators: 2\n"
        "parameters:\n  minimum_stake: 1\n  commit_window: 3\nports:\n  origin: 8545\n  side-1: 8546\n  world: 8547\n",
    )
    assert (manifest.name, manifest.seed, manifest.fishermen, manifest.accounts) == ("mine", 16, 2, 5)
    assert (manifest.runtime, manifest.mode) == (RuntimeKind.DOCKER, Mode.LOCKSTEP)
    origin, side = manifest.chains
    assert (origin.role, origin.block_time_s, origin.nodes) == (Role.ORIGIN, 2, 1)
    assert (side.name, side.chain_id, side.nodes, side.epoch, side.gas_limit) == ("side", 7, 2, 8, 30_000_000)
    assert [item.weight_wei for item in manifest.validators] == [40 * TOKEN + TOKEN // 2, 32 * TOKEN]
    assert [item.behaviour for item in manifest.validators] == ["double-vote", "honest"]
    assert [(one.auxiliary, one.token.symbol, one.bounty_wei) for one in manifest.gateways] == [
        ("side", "GOLD", TOKEN // 2),
        (None, None, TOKEN // 10),
    ]
    assert manifest.facilitators == 2
    assert (manifest.parameters.minimum_stake_wei, manifest.parameters.commit_window) == (TOKEN, 3)
    assert manifest.ports == {"origin": 8545, "side-1": 8546, "world": 8547}


def test_name_defaults_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "My Network_2.yaml"
    path.write_text("seed: 3\n")
    assert load_manifest(path).name == "my-network-2"


def test_an_empty_value_takes_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, "seed:\nvalidators: ~\n").seed == Manifest().seed


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("40", 40 * TOKEN),
        ("40.000000000000000001", 40 * TOKEN + 1),
        ("'1234567.9'", 12345679 * 10**17),
        ("1e3", 1000 * TOKEN),
        ("79228162514.264337593543950335", 2**96 - 1),
    ],
)
def test_weights_are_exact(tmp_path: Path, text: str, wei: int) -> None:
    manifest = load(tmp_path, f"validators:\n  - weight: {text}\n  - weight: 40\n")
    assert manifest.validators[0].weight_wei == wei


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("nmae: x\n", 1, ["unknown key 'nmae'", "did you mean 'name'"]),
        (CHAINS + "    blok_time: 1\n", 4, ["unknown key 'blok_time'", "did you mean 'block_time'"]),
        ("validators:\n  - weigth: 4\n", 2, ["unknown key 'weigth'", "did you mean 'weight'"]),
        ("parameters:\n  comit_window: 4\n", 2, ["unknown key 'comit_window'", "did you mean 'commit_window'"]),
        ("gateways:\n  - bountty: 4\n", 2, ["unknown key 'bountty'", "did you mean 'bounty'"]),
        ("gateways:\n  - token:\n      sybmol: X\n", 3, ["unknown key 'sybmol'", "did you mean 'symbol'"]),
        ("zzz: 1\n", 1, ["unknown key 'zzz'", "known: accounts, chains"]),
        ("<<: {seed: 1}\n", 1, ["unknown key '<<'"]),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(
    tmp_path: Path, text: str, line: int, parts: list[str]
) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith(f"network.yaml:{line}: ")
    assert all(part in message for part in parts)


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("seed: x\n", 1, ["seed", "whole number", "'x'"]),
        ("seed: '5'\n", 1, ["seed", "whole number"]),
        ("seed: 1.0\n", 1, ["whole number", "'1.0'"]),
        ("seed: true\n", 1, ["whole number", "'true'"]),
        (f"seed: {'9' * 5000}\n", 1, ["whole number"]),
        ("seed: [1]\n", 1, ["single value", "a list of 1"]),
        ("runtime: dokcer\n", 1, ["auto, process, docker", "'dokcer'", "did you mean 'docker'"]),
        ("mode: fast\n", 1, ["live, lockstep", "'fast'"]),
        ("validators: many\n", 1, ["whole number", "'many'"]),
        ("validators:\n  a: 1\n", 2, ["validators", "a list", "a mapping"]),
        ("validators:\n  - 4\n", 2, ["validators[0]", "mapping", "'4'"]),
        ("validators:\n  - weight: forty\n", 2, ["validators[0].weight", "tokens", "'forty'"]),
        ("validators:\n  - weight: .nan\n", 2, ["tokens", "'.nan'"]),
        ("validators:\n  - weight: [1]\n", 2, ["single value"]),
        ("validators:\n  - weight: 40.0000000000000000001\n", 2, ["18 decimals"]),
        ("validators:\n  - weight: 1e-4000\n", 2, ["18 decimals"]),
        ("validators:\n  - weight: 1_000\n", 2, ["plain digits", "'1_000'"]),
        ("validators:\n  - weight: 1e4000\n", 2, ["tokens", "'1e4000'"]),
        ("chains: origin\n", 1, ["chains", "a list", "'origin'"]),
        ("chains:\n  - name: x\n", 2, ["'role'", "add 'role"]),
        ("chains:\n  - role: orign\n", 2, ["origin, auxiliary", "did you mean 'origin'"]),
        ("gateways: 2\n", 1, ["gateways", "a list", "'2'"]),
        ("gateways:\n  - token: GOLD\n", 2, ["gateways[0].token", "mapping", "'GOLD'"]),
        ("gateways:\n  - bounty: free\n", 2, ["gateways[0].bounty", "tokens", "'free'"]),
        ("ports: 8545\n", 1, ["ports", "'name: port'"]),
        ("ports:\n  origin: x\n", 2, ["ports.origin", "whole number"]),
        ("- a\n- b\n", 1, ["mapping", "a list of 2"]),
        ("just text\n", 1, ["mapping", "'just text'"]),
        ("seed: 1\nseed: 2\n", 2, ["'seed' is written twice", "line 1"]),
        ("? [a]\n: b\n", 1, ["a word as key"]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path, text: str, line: int, parts: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith(f"network.yaml:{line}: ")
    assert all(part in message for part in parts)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "empty file"),
        ("# only a comment\n", 1, "empty file"),
        ("seed: [1\n", 2, "not valid YAML"),
        ("seed: 1\n\tname: x\n", 2, "not valid YAML"),
        ("seed: 1\n--- \nseed: 2\n", 2, "not valid YAML"),
        ("seed: *anchor\n", 1, "undefined alias"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "binary"),
        (b"seed: 1\nname: \xff\xfe\n", 2, "binary"),
        (b"seed: 1\nname: a\x00b\n", 2, "binary"),
        ("[" * 2001, None, "2000 brackets"),
        ("- " * 60_000, None, "2000 brackets"),
        ("x: " + "[" * 17 + "]" * 17, 1, "16 levels"),
        ("a: &a [" + "1," * 99 + "1]\nb: &b [" + "*a," * 99 + "*a]\nc: [" + "*b," * 99 + "*b]\n", 1, "10000 values"),
        (b"#" * (1 << 17) + b"#", None, "131072 bytes"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str | bytes, line: int | None, part: str) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith("network.yaml:" + (f"{line}: " if line else ""))
    assert part in message


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="No such file"):
        load_manifest(tmp_path / "absent.yaml")
    with pytest.raises(ManifestError, match="Is a directory"):
        load_manifest(tmp_path)
