"""The Solidity tools from npm: installing what package-lock.json pins, and running forge."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devnet.artifacts.content_hash import content_hash
from devnet.errors import EnvironmentFailure
from devnet.locks import hold_lock

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_PINS: Final = ("package.json", "package-lock.json")


@dataclass(frozen=True, slots=True)
class Forge:
    """The forge of one contracts project."""

    project: Path
    """Directory of foundry.toml and node_modules."""

    @property
    def binary(self) -> Path:
        """The native executable; npm's own wrapper would start a Node.js process in front of it."""
        machine = platform.machine().lower()
        package = f"forge-{sys.platform}-{_MACHINES.get(machine, machine)}"
        return self.project / "node_modules" / "@foundry-rs" / package / "bin" / "forge"

    def build(self) -> None:
        """Compile everything but the tests. Raises EnvironmentFailure with the compiler's errors."""
        command = [str(self.binary), "build", "--skip", "test/**", "--color", "never"]
        done = _run(command, self.project)
        if done.returncode != 0:
            raise EnvironmentFailure(f"the contracts do not compile; forge said:\n{_last_lines(done, 40)}")

    def pass_through(self, arguments: Sequence[str]) -> int:
        """Run forge with the terminal's own output and return its exit code."""
        command = [str(self.binary), *arguments]
        return subprocess.run(command, cwd=self.project, env=_environment(), check=False).returncode


def install_tools(project: Path, report: Report) -> None:
    """Install what package-lock.json pins with ``npm ci``, unless exactly that is installed already.

    Raises EnvironmentFailure when npm is missing or fails, with its own words.
    """
    pins = content_hash(project, [project / name for name in _PINS])
    if _installed(project) == pins:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise EnvironmentFailure(
            "npm was not found, it installs forge and solc: install Node.js 20 or newer from https://nodejs.org"
        )
    with hold_lock(project / "out" / ".npm-lock", lambda: report("contracts: another process is running npm ci")):
        if _installed(project) == pins:
            return
        report("contracts: installing forge, solc and OpenZeppelin (npm ci, once)")
        done = _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], project)
        if done.returncode != 0:
            raise EnvironmentFailure(
                f"npm ci failed in {project}; it said:\n{_first_lines(done, 8)}\n"
                "to do: check that this machine reaches the npm registry"
            )
        if not Forge(project).binary.is_file():
            raise EnvironmentFailure(f"npm installed no forge for this machine: {Forge(project).binary} is missing")
        _stamp(project).write_text(pins)


def _installed(project: Path) -> str | None:
    """The content hash of the pins that node_modules was installed from, None if unfinished or absent."""
    try:
        return _stamp(project).read_text() if Forge(project).binary.is_file() else None
    except OSError:
        return None


def _stamp(project: Path) -> Path:
    return project / "node_modules" / ".installed-from"


def _environment() -> dict[str, str]:
    """The user's environment without forge's own settings: the compiler's output depends on files alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}


def _run(command: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=directory,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise EnvironmentFailure(f"{command[0]} could not be started: {error}") from error


def _last_lines(done: subprocess.CompletedProcess[str], count: int) -> str:
    """The end of what a command said; forge says errors on stdout or stderr, depending on the error."""
    said = "\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip())
    return "\n".join(said.splitlines()[-count:])


def _first_lines(done: subprocess.CompletedProcess[str], count: int) -> str:
    """The beginning of what npm said: its errors come first, its usage after them."""
    said = [line for line in done.stderr.splitlines() if line.strip() not in ("", "npm error")]
    return "\n".join(said[:count])
