"""Compiled contracts: when they are compiled, what is kept, what is said when it does not work."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from devnet.artifacts import contracts
from devnet.artifacts.contracts import CompiledContracts, compile_contracts, source_digest
from devnet.artifacts.forge import Forge
from devnet.errors import EnvironmentFailure

CORE = "pragma solidity 0.8.37;\ncontract Core {}\n"


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def artifact(source: str, name: str, bytecode: str = "0x6001", deployed: str = "0x60") -> str:
    return json.dumps(
        {
            "abi": [{"type": "function", "name": "propose", "inputs": [], "outputs": []}],
            "bytecode": {"object": bytecode},
            "deployedBytecode": {"object": deployed},
            "metadata": {"settings": {"compilationTarget": {source: name}}},
        }
    )


def write_artifact(project: Path, source: str, name: str, **code: str) -> None:
    target = project / "out" / Path(source).name / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(artifact(source, name, **code))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contracts project with one contract, a forge that counts its builds and an npm that installs it."""
    project = tmp_path / "contracts"
    (project / "src" / "origin").mkdir(parents=True)
    (project / "src" / "origin" / "Core.sol").write_text(CORE)
    for name in ("foundry.toml", "package.json", "package-lock.json"):
        (project / name).write_text("{}")
    write_artifact(project, "src/origin/Core.sol", "Core")
    program(tmp_path / "forge", f'echo "$@" >> {tmp_path}/builds')
    forge = Forge(project).binary
    program(
        tmp_path / "bin" / "npm",
        f'echo "$@" >> {tmp_path}/installs\nmkdir -p {forge.parent}\ncp {tmp_path}/forge {forge}',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.defpath}")
    return project


def compiled(project: Path) -> CompiledContracts:
    return compile_contracts(project, lambda line: None)


def count(project: Path, what: str) -> int:
    counter = project.parent / what
    return len(counter.read_text().splitlines()) if counter.exists() else 0


def test_first_time_installs_compiles_and_says_so(project: Path) -> None:
    said: list[str] = []
    core = compile_contracts(project, said.append).get("Core")
    assert (core.name, core.bytecode, core.deployed_bytecode) == ("Core", b"\x60\x01", b"\x60")
    assert core.abi[0]["name"] == "propose"
    assert [line.split(" (")[0] for line in said] == [
        "contracts: installing forge, solc and OpenZeppelin",
        "contracts: compiling",
    ]


def test_second_time_does_nothing_and_says_nothing(project: Path) -> None:
    first = compiled(project)
    assert compile_contracts(project, pytest.fail) == first
    assert (count(project, "builds"), count(project, "installs")) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda project: (project / "src" / "origin" / "Core.sol").write_text(CORE + "// said\n"),
        lambda project: (project / "src" / "Stake.sol").write_text("contract Stake {}"),
        lambda project: (project / "foundry.toml").write_text("optimizer_runs = 1"),
        lambda project: (project / "remappings.txt").write_text("a=b"),
    ],
    ids=["source", "new source", "setting", "remappings"],
)
def test_change_compiles_again_but_does_not_install_again(project: Path, change: Callable[[Path], object]) -> None:
    compiled(project)
    change(project)
    compiled(project)
    assert (count(project, "builds"), count(project, "installs")) == (2, 1)


def test_new_compiler_version_installs_and_compiles_again(project: Path) -> None:
    compiled(project)
    (project / "package-lock.json").write_text('{"solc": "0.8.38"}')
    compiled(project)
    assert (count(project, "builds"), count(project, "installs")) == (2, 2)


def test_changed_test_or_touched_file_does_not_compile_again(project: Path) -> None:
    before = source_digest(project)
    (project / "test").mkdir()
    (project / "test" / "Core.t.sol").write_text("contract CoreTest {}")
    os.utime(project / "src" / "origin" / "Core.sol", (1, 1))
    assert source_digest(project) == before


def test_moving_a_source_changes_the_digest(project: Path) -> None:
    before = source_digest(project)
    (project / "src" / "origin" / "Core.sol").rename(project / "src" / "Core.sol")
    assert source_digest(project) != before


def test_two_checkouts_have_one_digest(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "deeper"
    other.parent.mkdir()
    before = source_digest(project)
    project.rename(other)
    assert source_digest(other) == before


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"[]", b'{"digest": 1}'], ids=["empty", "binary", "list", "cut"])
def test_damaged_result_is_made_again(project: Path, damage: bytes) -> None:
    compiled(project)
    (project / "out" / "devnet.json").write_bytes(damage)
    assert compiled(project).names == ("Core",)
    assert count(project, "builds") == 2


def test_artifacts_of_tests_and_of_sources_that_are_gone_are_left_out(project: Path) -> None:
    write_artifact(project, "test/Core.t.sol", "CoreTest")
    write_artifact(project, "src/Gone.sol", "Gone")
    write_artifact(project, "src/origin/Core.sol", "RenamedAway")
    write_artifact(project, "node_modules/@openzeppelin/contracts/utils/RLP.sol", "RLP")
    assert compiled(project).names == ("Core",)


def test_unknown_contract_is_named_with_what_there_is(project: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="no compiled contract 'Cora', there are: Core"):
        compiled(project).get("Cora")


def test_contract_that_needs_linking_is_refused_only_when_asked_for(project: Path) -> None:
    write_artifact(project, "src/origin/Core.sol", "Core", bytecode="0x60__$1234$__00")
    result = compiled(project)
    with pytest.raises(EnvironmentFailure, match="contract Core calls a library"):
        result.get("Core")


def test_two_contracts_of_one_name_are_refused(project: Path) -> None:
    (project / "src" / "More.sol").write_text("contract Core {}")
    write_artifact(project, "src/More.sol", "Core")
    with pytest.raises(EnvironmentFailure, match="are called Core: rename one"):
        compiled(project)


def test_compiler_errors_are_shown_in_its_own_words_and_nothing_is_kept(project: Path) -> None:
    program(project.parent / "forge", "echo 'Error (7576): Undeclared identifier.' >&2; exit 1")
    with pytest.raises(EnvironmentFailure, match=r"do not compile; forge said:\nError \(7576\)"):
        compiled(project)
    assert not (project / "out" / "devnet.json").exists()


def test_missing_npm_is_named_with_its_fix(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(EnvironmentFailure, match=r"npm was not found.*install Node"):
        compiled(project)


def test_failing_npm_is_shown_in_its_own_words_and_tried_again_next_time(project: Path) -> None:
    npm = project.parent / "bin" / "npm"
    works = npm.read_text()
    program(npm, "echo 'npm error network timeout' >&2; exit 1")
    with pytest.raises(EnvironmentFailure, match="npm error network timeout"):
        compiled(project)
    npm.write_text(works)
    assert compiled(project).names == ("Core",)


def test_npm_that_installs_no_forge_for_this_machine_is_an_error(project: Path) -> None:
    program(project.parent / "bin" / "npm", "exit 0")
    with pytest.raises(EnvironmentFailure, match="no forge for this machine"):
        compiled(project)


def test_settings_in_the_environment_do_not_reach_the_compiler(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(project.parent / "forge", f"env > {project.parent}/seen")
    monkeypatch.setenv("FOUNDRY_OPTIMIZER_RUNS", "1")
    compiled(project)
    assert "FOUNDRY_" not in (project.parent / "seen").read_text()


def test_the_contracts_are_those_of_the_checkout_of_this_package() -> None:
    assert contracts.contracts_directory() == Path(__file__).parents[3] / "chains" / "contracts"
