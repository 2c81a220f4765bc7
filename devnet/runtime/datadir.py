"""Data directories of geth: initialised once per genesis, copied for every node, never opened by another geth."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from devnet.disk import disk_failures
from devnet.errors import EnvironmentFailure
from devnet.runtime.launch import init_arguments

_RECORD = "datadir.json"
_GETH_TIMEOUT_S = 60

TEMPLATES_KEPT = 32
"""Templates that stay in one place; about a megabyte each."""

_IN_USE_S = 3600
"""A template touched within this time is never removed: another process may be copying it."""


@dataclass(frozen=True, slots=True)
class DatadirRecord:
    """What a data directory was made by and for."""

    geth: str
    """Version, as in ``1.17.8-stable``."""
    genesis: str
    """SHA-256 of the genesis as canonical JSON."""


def geth_version(geth: Path) -> str:
    """The version that a geth binary says it has. Raises EnvironmentFailure if it does not run."""
    said = _run(geth, ("--version",)).split()
    if said[:2] != ["geth", "version"] or len(said) != 3:
        raise EnvironmentFailure(f"{geth} is no geth: --version said {' '.join(said)[:80]!r}; set DEVNET_GETH")
    return said[2]


def genesis_digest(genesis: Path) -> str:
    """SHA-256 of a genesis file's content, whatever its layout."""
    try:
        content = json.loads(genesis.read_bytes())
    except (OSError, ValueError) as error:
        raise EnvironmentFailure(f"cannot read genesis {genesis}: {error}") from error
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Datadirs:
    """Makes data directories for one geth binary. Thread-safe."""

    def __init__(self, geth: Path, templates: Path) -> None:
        self._geth = geth
        self._templates = templates
        self._version = geth_version(geth)
        self._lock = threading.Lock()

    def prepare(self, node: Path, genesis: Path) -> Path:
        """The data directory under ``node``, made if there is none.

        Raises EnvironmentFailure when there is one of another geth or another genesis.
        """
        record = DatadirRecord(self._version, genesis_digest(genesis))
        datadir = node / "datadir"
        if datadir.exists():
            self._check(node, record)
            return datadir
        with disk_failures(node):
            node.mkdir(parents=True, exist_ok=True, mode=0o700)
            template = self.template(genesis, record)
            try:
                shutil.copytree(template, datadir)
            except shutil.Error as errors:
                # It gathers what went wrong; one reason is enough to act on.
                raise EnvironmentFailure(f"cannot copy {template} to {datadir}: {errors.args[0][0][2]}") from errors
            (node / _RECORD).write_text(json.dumps(asdict(record)))
        return datadir

    def template(self, genesis: Path, record: DatadirRecord | None = None) -> Path:
        """An initialised data directory that is only ever copied."""
        record = record or DatadirRecord(self._version, genesis_digest(genesis))
        template = self._templates / f"{record.geth}-{record.genesis[:16]}"
        with self._lock:
            if not template.exists():
                self._init(template, genesis)
                self._sweep()
            os.utime(template)
        return template

    def _init(self, template: Path, genesis: Path) -> None:
        self._templates.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix="init-", dir=self._templates))
        try:
            _run(self._geth, init_arguments(work / "datadir", genesis))
            # By rename: a template is complete or not there at all.
            os.rename(work / "datadir", template)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove the templates that nobody has used for longest, where there are too many."""
        ages = sorted(((found.stat().st_mtime, found) for found in self._templates.iterdir()), reverse=True)
        for used, found in ages[TEMPLATES_KEPT:]:
            if used < time.time() - _IN_USE_S:
                shutil.rmtree(found, ignore_errors=True)

    def _check(self, node: Path, wanted: DatadirRecord) -> None:
        try:
            found = DatadirRecord(**json.loads((node / _RECORD).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise EnvironmentFailure(f"data directory {node} has no readable record ({error}): remove it") from error
        if found.geth != wanted.geth:
            raise EnvironmentFailure(
                f"data directory {node} was made by geth {found.geth}, not {wanted.geth}: "
                "use that geth or remove the directory"
            )
        if found.genesis != wanted.genesis:
            raise EnvironmentFailure(
                f"data directory {node} has genesis {found.genesis[:16]}, not {wanted.genesis[:16]}: "
                "it belongs to another network; remove it"
            )


def _run(geth: Path, arguments: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([str(geth), *arguments], capture_output=True, timeout=_GETH_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailure(f"cannot run geth {geth}: {error}") from error
    if done.returncode != 0:
        said = b"\n".join(done.stderr.splitlines()[-5:]).decode(errors="replace")
        raise EnvironmentFailure(f"geth {arguments[0]} failed with exit code {done.returncode}:\n{said}")
    return done.stdout.decode(errors="replace")
