"""What the devnet needs of a machine, looked at one by one: what was found, whether it will do, and the fix.

Nothing here starts or changes anything; every look is bounded and a look that fails is a finding, not an error.
``scripts/prerequisites`` asks for the same versions before there is a Python environment to ask with.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devnet.errors import EnvironmentFailure
from devnet.runtime.geth_build import GO_MINIMUM
from devnet.runtime.select import docker_trouble
from devnet.runtime.toolchain import cache_directory, cached_geth, verify_geth

PYTHON_MINIMUM: Final = (3, 11)
"""Oldest Python that runs the devnet."""

NODE_MINIMUM: Final = (20,)
"""Oldest Node.js that runs the Solidity compiler."""

DISK_MINIMUM_MIB: Final = 2000
"""Free disk for networks that run for a while; building geth asks for its own."""

MEMORY_MINIMUM_MIB: Final = 1500
"""Available memory for the default network and a test run beside it."""

_ANSWER_WITHIN_S: Final = 10


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that was looked for."""

    name: str
    """What it is, such as ``go``."""
    found: str
    """What was found, such as ``1.26.8 at /usr/local/go/bin/go`` or ``not found``."""
    ok: bool
    """Whether that will do."""
    fix: str
    """What to do, as a command or a sentence; empty where nothing is to be done."""
    optional: bool = False
    """Whether the devnet works without it; the name says for what it is wanted."""


def check_requirements() -> list[Requirement]:
    """Look at everything, in the order in which a set-up needs it."""
    return [
        _python(),
        _venv(),
        _geth(),
        _go(),
        _tool("node", ["node", "--version"], NODE_MINIMUM, "install Node.js 20 or newer from https://nodejs.org"),
        _tool("npm", ["npm", "--version"], (), "apt-get install npm, or Node.js from https://nodejs.org"),
        _tool("git", ["git", "--version"], (), "apt-get install git"),
        _tool("make", ["make", "--version"], (), "apt-get install make", optional=True),
        _disk(),
        _memory(),
        _docker(),
    ]


def _python() -> Requirement:
    version = sys.version_info[:3]
    return _judge("python", version, sys.executable, PYTHON_MINIMUM, "install Python 3.11 or newer")


def _venv() -> Requirement:
    inside = sys.prefix != sys.base_prefix
    found = f"running in {sys.prefix}" if inside else "not running in one"
    return Requirement("virtual environment", found, inside, "" if inside else "run 'make setup'", optional=True)


def _geth() -> Requirement:
    """Look for a geth without building one."""
    named = os.environ.get("DEVNET_GETH")
    candidates = [named] if named else [shutil.which("geth")]
    cached = None if named else cached_geth()
    if cached is not None:
        return Requirement("geth", f"{cached.version}, our build at {cached.path}", True, "")
    if candidates[0] is None:
        return Requirement("geth", f"not built yet in {cache_directory()}", False, "run 'make setup', it is built once")
    try:
        return Requirement("geth", f"{verify_geth(Path(candidates[0]))} at {candidates[0]}", True, "")
    except EnvironmentFailure as failure:
        return Requirement("geth", str(failure), False, "unset DEVNET_GETH" if named else "run 'make setup'")


def _go() -> Requirement:
    fix = "install Go 1.21 or newer from https://go.dev/dl (Debian 12 packages 1.19)"
    needed = cached_geth() is None and not os.environ.get("DEVNET_GETH")
    return _tool("go" if needed else "go (to build geth)", ["go", "version"], GO_MINIMUM, fix, optional=not needed)


def _docker() -> Requirement:
    name = "docker engine (runtime docker)"
    trouble = docker_trouble()
    if trouble is None:
        return Requirement(name, "a daemon answers", True, "", optional=True)
    fix = "apt-get install docker.io, then start it: systemctl start docker, or dockerd where there is no systemd"
    return Requirement(name, trouble, False, fix, optional=True)


def _disk() -> Requirement:
    directory = next(path for path in (Path.home(), *Path.home().parents) if path.exists())
    free = shutil.disk_usage(directory).free // 2**20
    enough = free >= DISK_MINIMUM_MIB
    fix = "" if enough else f"make room: {DISK_MINIMUM_MIB} MiB are needed, or set DEVNET_HOME and DEVNET_CACHE"
    return Requirement("disk", f"{free} MiB free at {directory}", enough, fix)


def _memory() -> Requirement:
    try:
        words = Path("/proc/meminfo").read_text()
    except OSError:
        return Requirement("memory", f"not known on {platform.system()}", True, "", optional=True)
    match = re.search(r"^MemAvailable:\s+(\d+) kB", words, re.MULTILINE)
    available = int(match[1]) // 1024 if match else 0
    enough = available >= MEMORY_MINIMUM_MIB
    fix = "" if enough else f"end something: {MEMORY_MINIMUM_MIB} MiB are wanted"
    return Requirement("memory", f"{available} MiB available", enough, fix, optional=True)


def _tool(
    name: str, command: Sequence[str], minimum: tuple[int, ...], fix: str, *, optional: bool = False
) -> Requirement:
    path = shutil.which(command[0])
    if path is None:
        return Requirement(name, "not found", False, fix, optional)
    done = _ask([path, *command[1:]])
    match = re.search(r"(\d+(?:\.\d+)+)", done.stdout) if done is not None and done.returncode == 0 else None
    if match is None:
        return Requirement(name, f"{path} does not say its version", False, fix, optional)
    version = tuple(int(part) for part in match[1].split("."))
    return _judge(name, version, path, minimum, fix, optional=optional)


def _judge(
    name: str, version: tuple[int, ...], path: str, minimum: tuple[int, ...], fix: str, *, optional: bool = False
) -> Requirement:
    found = f"{'.'.join(map(str, version))} at {path}"
    enough = version >= minimum
    wanted = "" if enough else f", expected {'.'.join(map(str, minimum))} or newer"
    return Requirement(name, found + wanted, enough, "" if enough else fix, optional)


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
    """Run a command that only tells something; None if it cannot be run or says nothing in time."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
