"""Building geth from its released source, with one deletion.

geth starts a goroutine that sets up its KZG library at every start: two CPU-seconds a node, for blob transactions
that a devnet does not carry. The library sets itself up on first use all the same, so the goroutine is deleted from
a copy of the source; nothing else changes, and blocks are equal to the released geth's, hash for hash.

The source comes through the Go module proxy and must have the checksum written here; it is never kept.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

from devnet.errors import EnvironmentFailure

MODULE: Final = "github.com/ethereum/go-ethereum"
"""The Go module that holds geth."""

MODULE_SUM: Final = "h1:iKuXrT38t1PaU6aBw6MjBJhGoCl/+Ir0vf5aqQhYT38="
"""Checksum of the pinned version's source, as Go's checksum database has it."""

PATCH: Final = "lazykzg"
"""Name of the deletion, part of the cache key: another patch is another name."""

GO_MINIMUM: Final = (1, 21)
"""From this version on Go fetches the toolchain that a module asks for."""

DISK_NEEDED_MIB: Final = 2500
"""Free space for source, modules and Go's build cache, generously."""

_PATCHED_FILE: Final = Path("cmd/utils/flags.go")
_IMPORT: Final = '\t"github.com/ethereum/go-ethereum/crypto/kzg4844"\n'
_FIRST_LINE: Final = "\t// The initialization of the KZG library can take"
_LAST_LINE: Final = "\n\t}()\n"
_REPORT_EVERY: Final = 100

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""


def go_version() -> tuple[int, int]:
    """Major and minor version of the Go on PATH. Raises EnvironmentFailure if there is none to use."""
    found = shutil.which("go")
    wanted = f"go {GO_MINIMUM[0]}.{GO_MINIMUM[1]} or newer is needed to build geth"
    if found is None:
        raise EnvironmentFailure(f"{wanted}, none was found on PATH: install it from https://go.dev/dl")
    words = _run([found, "env", "GOVERSION"], Path.cwd(), {**os.environ, "GOTOOLCHAIN": "local"})
    match = re.search(r"go(\d+)\.(\d+)", words)
    if match is None:
        raise EnvironmentFailure(f"{wanted}, {found} says its version is {words.strip()!r}")
    version = (int(match[1]), int(match[2]))
    if version < GO_MINIMUM:
        raise EnvironmentFailure(
            f"{wanted}, {found} is {version[0]}.{version[1]}: install a newer one from https://go.dev/dl "
            "(Debian 12 packages 1.19)"
        )
    return version


def build_geth(version: str, into: Path, report: Report) -> str:
    """Build geth ``version`` as ``into/geth`` and return the version of the Go toolchain that compiled it.

    ``into`` must exist, be empty and be thrown away by the caller if this raises (EnvironmentFailure).
    """
    go_version()
    _require_disk(into)
    report(f"geth {version}: fetching the source")
    module = _download(version, into)
    with tempfile.TemporaryDirectory(dir=into, prefix="source-") as directory:
        source = Path(directory) / "go-ethereum"
        shutil.copytree(module, source, copy_function=shutil.copyfile)
        _make_writable(source)
        patched = source / _PATCHED_FILE
        patched.write_text(without_kzg_setup(patched.read_text()))
        toolchain = _run(["go", "env", "GOVERSION"], source, _environment()).strip()
        report(f"geth {version}: compiling with {toolchain} (about two minutes, once)")
        _compile(source, into / "geth", f"geth {version}", report)
    return toolchain


def without_kzg_setup(text: str) -> str:
    """The source of cmd/utils/flags.go without the goroutine that sets up KZG and without its import.

    Raises EnvironmentFailure unless exactly the expected text is there: another release needs another look.
    """
    begin = text.find(_FIRST_LINE)
    end = text.find(_LAST_LINE, begin) + len(_LAST_LINE)
    goroutine = text[begin:end]
    expected = (
        begin >= 0
        and goroutine.count("\n") == 9
        and "kzg4844.UseCKZG(" in goroutine
        and text.count(_IMPORT) == 1
        and text.count("kzg4844.") == 1
    )
    if not expected:
        raise EnvironmentFailure(
            f"the KZG set-up was not found in {_PATCHED_FILE} as expected: this is another geth source; "
            "set DEVNET_GETH to a released geth instead"
        )
    return (text[:begin] + text[end:].removeprefix("\n")).replace(_IMPORT, "")


def _environment() -> dict[str, str]:
    """The environment of every Go command: no cgo, no workspace, no flags of the user's."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-buildvcs=false"}


def _require_disk(directory: Path) -> None:
    free = shutil.disk_usage(directory).free // 2**20
    if free < DISK_NEEDED_MIB:
        raise EnvironmentFailure(
            f"building geth needs {DISK_NEEDED_MIB} MiB of disk, {free} MiB are free at {directory}: "
            "make room, or set DEVNET_CACHE to a directory elsewhere"
        )


def _download(version: str, directory: Path) -> Path:
    words = _run(["go", "mod", "download", "-json", f"{MODULE}@v{version}"], directory, _environment())
    try:
        answer = json.loads(words)
        found, checksum = Path(answer["Dir"]), answer["Sum"]
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFailure(f"go mod download {MODULE}@v{version} answered {words[:200]!r}") from error
    if checksum != MODULE_SUM:
        raise EnvironmentFailure(f"the source of geth {version} has checksum {checksum}, expected {MODULE_SUM}")
    return found


def _make_writable(source: Path) -> None:
    """Undo the module cache's read-only directories, so that the copy can be edited and removed."""
    for directory, _, _ in os.walk(source):
        os.chmod(directory, 0o755)


def _compile(source: Path, binary: Path, subject: str, report: Report) -> None:
    command = ["go", "build", "-v", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", str(binary), "./cmd/geth"]
    process = subprocess.Popen(
        command,
        cwd=source,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        said = _follow(process.stderr, subject, report)
        code = process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        process.stderr.close()
    if code != 0:
        raise _failure(command, code, said)


def _follow(stream: IO[str], subject: str, report: Report) -> str:
    """Report now and then how far fetching and compiling are; return what go said besides."""
    fetched, compiled, said = 0, 0, []
    for line in stream:
        if line.startswith("go: downloading"):
            fetched += 1
        elif re.fullmatch(r"[\w.~/@-]+\n", line):
            compiled += 1
        else:
            said.append(line)
            continue
        if (fetched + compiled) % _REPORT_EVERY == 0:
            report(f"{subject}: {fetched} modules fetched, {compiled} packages compiled (of fewer than 1000)")
    return "".join(said)


def _run(command: Sequence[str], directory: Path, environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise EnvironmentFailure(f"{command[0]} could not be started: {error}") from error
    if done.returncode != 0:
        raise _failure(command, done.returncode, done.stderr or done.stdout)
    return done.stdout


def _failure(command: Sequence[str], code: int, said: str) -> EnvironmentFailure:
    last = "\n".join(said.strip().splitlines()[-12:])
    return EnvironmentFailure(
        f"{' '.join(command[:3])} failed with exit code {code}; it said:\n{last}\n"
        "to do: check that this machine reaches the Go module proxy, or set DEVNET_GETH to a geth that is there"
    )
