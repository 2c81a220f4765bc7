"""Finding geth: who is asked in which order, and what is said when nobody will do."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from devnet.errors import EnvironmentFailure
from devnet.runtime import geth_build, toolchain
from devnet.runtime.geth_build import MODULE_SUM, PATCH, without_kzg_setup
from devnet.runtime.toolchain import GETH_VERSION, cached_geth, find_geth, verify_geth

FLAGS_GO = """import (
\t"github.com/ethereum/go-ethereum/crypto"
\t"github.com/ethereum/go-ethereum/crypto/kzg4844"
\t"github.com/ethereum/go-ethereum/eth"
)

func SetEthConfig() {
\tbefore()
\t// The initialization of the KZG library can take up to 2 seconds
\t// We start this here in parallel, so it should be available
\t// once we start executing blocks. It's threadsafe.
\tgo func() {
\t\tlog.Info("Initializing the KZG library", "backend", ctx.String(CryptoKZGFlag.Name))
\t\tif err := kzg4844.UseCKZG(ctx.String(CryptoKZGFlag.Name) == "ckzg"); err != nil {
\t\t\tFatalf("Failed to set KZG library implementation to %s: %v", ctx.String(CryptoKZGFlag.Name), err)
\t\t}
\t}()

\t// VM tracing config.
\tafter()
}
"""


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No geth anywhere, no go, an empty cache."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DEVNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DEVNET_GETH", raising=False)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def geth(path: Path, version: str = f"{GETH_VERSION}-stable") -> Path:
    return program(path, f"printf 'Geth\\nVersion: {version}\\nArchitecture: amd64\\n'")


def cache_entry(tmp_path: Path, go: str = "go1.26.8") -> Path:
    entry = tmp_path / "cache" / "geth" / f"{GETH_VERSION}-{PATCH}-{go}-{toolchain._platform()}"
    binary = geth(entry / "geth")
    (entry / "entry.json").write_text(json.dumps({"size": binary.stat().st_size}))
    return entry


def nothing_to_report(line: str) -> None:
    pytest.fail(f"reported: {line}")


def test_explicit_geth_is_taken_before_everything_else(tmp_path: Path) -> None:
    named = geth(tmp_path / "mine")
    cache_entry(tmp_path)
    found = find_geth(nothing_to_report, explicit=named)
    assert (found.path, found.version, found.source) == (named, GETH_VERSION, "explicit")


def test_environment_names_geth_when_no_flag_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVNET_GETH", str(geth(tmp_path / "mine")))
    assert find_geth(nothing_to_report).path == tmp_path / "mine"


def test_flag_wins_over_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVNET_GETH", str(geth(tmp_path / "environment")))
    assert find_geth(nothing_to_report, explicit=geth(tmp_path / "flag")).path == tmp_path / "flag"


def test_explicit_geth_of_another_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    cache_entry(tmp_path)
    with pytest.raises(EnvironmentFailure, match=r"is geth 1\.16\.0-stable, expected geth 1\.17\.8"):
        find_geth(nothing_to_report, explicit=geth(tmp_path / "old", "1.16.0-stable"))


def test_unstable_geth_of_the_pinned_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="unstable"):
        verify_geth(geth(tmp_path / "geth", f"{GETH_VERSION}-unstable-2026"))


def test_geth_built_from_a_release_commit_is_accepted(tmp_path: Path) -> None:
    assert verify_geth(geth(tmp_path / "geth", f"{GETH_VERSION}-stable-1a2b3c4d")) == GETH_VERSION


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no file"),
        (lambda path: path.mkdir(), "there is no file"),
        (lambda path: path.write_text("text"), "cannot be run"),
        (lambda path: program(path, "echo anvil 1.0"), "is not geth"),
        (lambda path: program(path, "printf '\\377\\376\\000'; exit 1"), "is not geth"),
    ],
    ids=["missing", "directory", "not executable", "another program", "binary output"],
)
def test_explicit_path_that_is_no_geth_is_refused(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    make(tmp_path / "named")
    with pytest.raises(EnvironmentFailure, match=words):
        find_geth(nothing_to_report, explicit=tmp_path / "named")


def test_geth_that_does_not_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_ANSWER_WITHIN_S", 0.2)
    monkeypatch.setenv("PATH", os.defpath)
    with pytest.raises(EnvironmentFailure, match=r"gave no answer in 0\.2 s"):
        verify_geth(program(tmp_path / "geth", "exec sleep 5"))


def test_cached_build_is_taken_before_path(tmp_path: Path) -> None:
    geth(tmp_path / "bin" / "geth")
    entry = cache_entry(tmp_path)
    found = find_geth(nothing_to_report)
    assert (found.path, found.source) == (entry / "geth", "cache")


def test_cache_prefers_the_newest_go(tmp_path: Path) -> None:
    cache_entry(tmp_path, "go1.9.1")
    newest = cache_entry(tmp_path, "go1.26.10")
    cache_entry(tmp_path, "go1.26.8")
    found = cached_geth()
    assert found is not None
    assert found.path.parent == newest


def test_cache_entry_that_was_cut_off_is_not_used(tmp_path: Path) -> None:
    entry = cache_entry(tmp_path)
    (entry / "geth").write_text("#!/bin/sh\n")
    assert cached_geth() is None


def test_cache_entry_without_description_is_not_used(tmp_path: Path) -> None:
    (cache_entry(tmp_path) / "entry.json").write_bytes(b"\xff\x00")
    assert cached_geth() is None


def test_geth_on_path_of_the_pinned_version_is_taken_when_none_can_be_built(tmp_path: Path) -> None:
    on_path = geth(tmp_path / "bin" / "geth")
    said: list[str] = []
    found = find_geth(said.append)
    assert (found.path, found.source) == (on_path, "path")
    assert "none was found on PATH" in said[-1]


def test_geth_on_path_of_another_version_is_never_taken(tmp_path: Path) -> None:
    geth(tmp_path / "bin" / "geth", "1.17.7-stable")
    with pytest.raises(EnvironmentFailure, match=r"go 1\.21 or newer is needed to build geth, none was found"):
        find_geth(lambda line: None)


def test_go_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", "echo go1.19.8")
    with pytest.raises(EnvironmentFailure, match=r"is 1\.19: install a newer one"):
        find_geth(lambda line: None)


def test_failed_build_says_gos_own_words_and_leaves_no_entry(tmp_path: Path) -> None:
    script = '[ "$1" = env ] && { echo go1.26.8; exit 0; }\necho "dial tcp: no route" >&2\nexit 1'
    program(tmp_path / "bin" / "go", script)
    with pytest.raises(EnvironmentFailure, match="dial tcp: no route"):
        find_geth(lambda line: None)
    assert sorted(path.name for path in (tmp_path / "cache" / "geth").iterdir()) == ["lock"]


def test_source_with_another_checksum_is_not_compiled(tmp_path: Path) -> None:
    answer = json.dumps({"Dir": str(tmp_path), "Sum": "h1:other="})
    program(tmp_path / "bin" / "go", f"""[ "$1" = env ] && {{ echo go1.26.8; exit 0; }}\necho '{answer}'""")
    with pytest.raises(EnvironmentFailure, match="has checksum h1:other="):
        find_geth(lambda line: None)


def go_that_builds(tmp_path: Path, compile_script: str) -> None:
    """A go that has the module's source, read-only as in Go's cache, and runs ``compile_script`` for ``go build``."""
    module = tmp_path / "module"
    (module / "cmd" / "utils").mkdir(parents=True)
    (module / "cmd" / "utils" / "flags.go").write_text(FLAGS_GO)
    (module / "cmd" / "utils" / "flags.go").chmod(0o444)
    (module / "cmd" / "utils").chmod(0o555)
    answer = json.dumps({"Dir": str(module), "Sum": MODULE_SUM})
    program(
        tmp_path / "bin" / "go",
        f"""case "$1" in
env) echo go1.26.8;;
mod) echo '{answer}';;
build) {compile_script};;
esac""",
    )


# `go build -v -trimpath -ldflags FLAGS -o BINARY ./cmd/geth` in the copy of the source
WRITES_GETH = f"""test "$CGO_ENABLED" = 0 || exit 9
grep -q UseCKZG cmd/utils/flags.go && exit 8
i=0; while [ $i -lt 250 ]; do echo github.com/x/package$i >&2; i=$((i+1)); done
printf '#!/bin/sh\\nprintf "Geth\\\\nVersion: {GETH_VERSION}-stable\\\\n"\\n' > "$7"
chmod +x "$7" """


def test_build_is_of_the_edited_source_and_kept_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.defpath}")
    go_that_builds(tmp_path, WRITES_GETH)
    said: list[str] = []
    built = find_geth(said.append)
    assert built.source == "built"
    assert built.path.parent.name == f"{GETH_VERSION}-{PATCH}-go1.26.8-{toolchain._platform()}"
    assert find_geth(nothing_to_report).path == built.path
    assert sorted(path.name for path in (tmp_path / "cache" / "geth").iterdir()) == [built.path.parent.name, "lock"]
    assert f"geth {GETH_VERSION}: 0 modules fetched, 200 packages compiled (of fewer than 1000)" in said


def test_build_of_another_version_than_expected_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.defpath}")
    go_that_builds(tmp_path, WRITES_GETH.replace(GETH_VERSION, "1.16.0"))
    with pytest.raises(EnvironmentFailure, match=r"is geth 1\.16\.0"):
        find_geth(lambda line: None)
    assert cached_geth() is None


def test_compiler_error_is_said_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.defpath}")
    go_that_builds(tmp_path, "echo 'flags.go:1:2: undefined: x' >&2; exit 1")
    with pytest.raises(EnvironmentFailure, match="undefined: x"):
        find_geth(lambda line: None)
    assert sorted(path.name for path in (tmp_path / "cache" / "geth").iterdir()) == ["lock"]


def test_full_disk_is_said_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geth_build, "DISK_NEEDED_MIB", 10**9)
    go_that_builds(tmp_path, "exit 7")
    with pytest.raises(EnvironmentFailure, match="building geth needs 1000000000 MiB of disk"):
        find_geth(lambda line: None)


def test_leftover_of_an_interrupted_build_is_removed_by_the_next(tmp_path: Path) -> None:
    leftover = tmp_path / "cache" / "geth" / f"building-{GETH_VERSION}-x1"
    leftover.mkdir(parents=True)
    program(tmp_path / "bin" / "go", "exit 1")
    with pytest.raises(EnvironmentFailure):
        find_geth(lambda line: None)
    assert not leftover.exists()


def test_cache_that_cannot_be_written_is_an_environment_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DEVNET_CACHE", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFailure, match="set DEVNET_CACHE"):
        find_geth(lambda line: None)


def test_edit_removes_the_goroutine_and_its_import_and_nothing_else() -> None:
    expected = FLAGS_GO.splitlines(keepends=True)
    assert without_kzg_setup(FLAGS_GO).splitlines(keepends=True) == expected[:2] + expected[3:8] + expected[18:]


@pytest.mark.parametrize(
    "changed",
    [
        FLAGS_GO.replace("The initialization of the KZG library", "Setting up KZG"),
        FLAGS_GO.replace("kzg4844.UseCKZG(", "kzg4844.Use("),
        FLAGS_GO.replace("\t// VM tracing config.", "\tkzg4844.Again()"),
        FLAGS_GO.replace("\tgo func() {", "\tmore()\n\tgo func() {"),
        FLAGS_GO.replace('\t"github.com/ethereum/go-ethereum/crypto/kzg4844"\n', ""),
        "",
    ],
    ids=["no comment", "another call", "used elsewhere", "longer", "no import", "empty"],
)
def test_edit_refuses_a_source_that_it_does_not_know(changed: str) -> None:
    with pytest.raises(EnvironmentFailure, match="another geth source"):
        without_kzg_setup(changed)
