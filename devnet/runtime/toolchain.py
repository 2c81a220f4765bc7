"""Finding geth, or building it: one pinned version, the same bytes in both runtimes.

Order: what the user names, our build in the user cache, building it there, a geth of exactly the pinned version on
PATH. A cache entry appears by rename and under a lock: a build that failed or was interrupted leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from platformdirs import user_cache_path

from devnet.errors import DevnetError, EnvironmentFailure
from devnet.locks import hold_lock
from devnet.runtime.geth_build import PATCH, build_geth

GETH_VERSION: Final = "1.17.8"
"""The one version of go-ethereum that the devnet drives: ``testing_`` methods differ between versions."""

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

Source = Literal["explicit", "cache", "built", "path"]
"""Where a geth came from: named by the user, our cache, our cache just now, or PATH."""

_ANSWER_WITHIN_S: Final = 30
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Geth:
    """A geth binary of the pinned version."""

    path: Path
    """Absolute path of the executable."""
    version: str
    """Its version without the suffix, such as ``1.17.8``."""
    source: Source
    """Where it was found; ``cache`` and ``built`` are our own build, the others are taken as they are."""


def find_geth(report: Report, explicit: Path | str | None = None) -> Geth:
    """A geth of the pinned version, building it if there is none.

    ``explicit`` (``--geth``) or else DEVNET_GETH names a binary, and then nothing else is tried. Raises
    EnvironmentFailure, saying what was expected, what was found and what to do.
    """
    named = explicit or os.environ.get("DEVNET_GETH")
    if named:
        return _explicit(str(named))
    cached = cached_geth()
    if cached is not None:
        return cached
    try:
        return _build(report)
    except EnvironmentFailure as failure:
        stock = _on_path()
        if stock is None:
            raise
        report(f"geth {GETH_VERSION} could not be built ({str(failure).splitlines()[0]}): using {stock.path}")
        return stock


def cached_geth() -> Geth | None:
    """Our build of the pinned version from the cache, None if there is none; starts nothing."""
    found = [entry for entry in _entries() if _is_whole(entry)]
    if not found:
        return None
    return Geth(max(found, key=_go_of) / "geth", GETH_VERSION, "cache")


def cache_directory() -> Path:
    """Where built tools are kept: $DEVNET_CACHE, else the user's cache directory for mosaic-devnet."""
    named = os.environ.get("DEVNET_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("mosaic-devnet")


def verify_geth(path: Path) -> str:
    """Run ``geth version`` and return the version. Raises EnvironmentFailure unless it is the pinned release."""
    expected = f"expected geth {GETH_VERSION}"
    try:
        done = subprocess.run(
            [path, "version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFailure(f"{path} version gave no answer in {_ANSWER_WITHIN_S} s, {expected}") from error
    except OSError as error:
        raise EnvironmentFailure(f"{path} cannot be run ({error.strerror}), {expected}") from error
    said = done.stdout.decode(errors="replace")
    match = re.search(r"^Version: (\d+\.\d+\.\d+)(-\w+)?", said, re.MULTILINE)
    if match is None or not said.startswith("Geth"):
        first = next(iter((said or done.stderr.decode(errors="replace")).strip().splitlines()), "")
        raise EnvironmentFailure(f"{path} is not geth: {expected}, to 'version' it answered {first!r}")
    if match[1] != GETH_VERSION or match[2] == "-unstable":
        raise EnvironmentFailure(
            f"{path} is geth {match[1]}{match[2] or ''}, {expected}: name another with --geth or DEVNET_GETH, "
            "or name none and one is built"
        )
    return match[1]


def _explicit(named: str) -> Geth:
    found = shutil.which(named) if os.sep not in named else named
    path = Path(found or named).expanduser().absolute()
    if not path.is_file():
        raise EnvironmentFailure(f"geth: there is no file {path} (from --geth or DEVNET_GETH)")
    return Geth(path, verify_geth(path), "explicit")


def _on_path() -> Geth | None:
    found = shutil.which("geth")
    if found is None:
        return None
    try:
        return Geth(Path(found).absolute(), verify_geth(Path(found)), "path")
    except EnvironmentFailure:
        return None


def _build(report: Report) -> Geth:
    """Build geth into the cache, or wait for the process that is doing so."""
    root = cache_directory() / "geth"
    prefix = f"building-{GETH_VERSION}-"
    try:
        with hold_lock(root / "lock", lambda: report("geth: waiting for another process that is building it")):
            cached = cached_geth()
            if cached is not None:
                return cached
            for leftover in root.glob(f"{prefix}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=root, prefix=prefix, ignore_cleanup_errors=True) as directory:
                path = _build_entry(root, Path(directory), report)
    except OSError as error:
        raise EnvironmentFailure(
            f"geth cannot be built in {root}: {error.strerror or error}; set DEVNET_CACHE to a directory that works"
        ) from error
    report(f"geth {GETH_VERSION}: built, kept as {path}")
    return Geth(path, GETH_VERSION, "built")


def _build_entry(root: Path, workspace: Path, report: Report) -> Path:
    made = workspace / "entry"
    made.mkdir()
    toolchain = build_geth(GETH_VERSION, made, report)
    verify_geth(made / "geth")
    _describe(made, toolchain)
    entry = root / f"{GETH_VERSION}-{PATCH}-{toolchain}-{_platform()}"
    if entry.exists():
        shutil.rmtree(entry)
    made.rename(entry)
    return entry / "geth"


def _describe(entry: Path, toolchain: str) -> None:
    """Write down what was built; its size tells a whole entry from one that was cut off later."""
    size = (entry / "geth").stat().st_size
    facts = {"geth": GETH_VERSION, "patch": PATCH, "go": toolchain, "platform": _platform(), "size": size}
    (entry / "entry.json").write_text(json.dumps(facts, indent=2) + "\n")


def _entries() -> list[Path]:
    return list((cache_directory() / "geth").glob(f"{GETH_VERSION}-{PATCH}-go*-{_platform()}"))


def _is_whole(entry: Path) -> bool:
    try:
        size = json.loads((entry / "entry.json").read_text())["size"]
        return bool((entry / "geth").stat().st_size == size) and os.access(entry / "geth", os.X_OK)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _go_of(entry: Path) -> tuple[int, ...]:
    match = re.search(r"-go([\d.]+)", entry.name)
    return tuple(int(part) for part in match[1].strip(".").split(".")) if match else ()


def _platform() -> str:
    """This machine in Go's words, such as ``linux-amd64``."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{_MACHINES.get(machine, machine)}"


def main() -> int:
    """Find or build geth, print its path; progress goes to stderr."""
    try:
        geth = find_geth(lambda line: print(f"==> {line}", file=sys.stderr, flush=True))
    except DevnetError as error:
        print(f"geth: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    print(geth.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
