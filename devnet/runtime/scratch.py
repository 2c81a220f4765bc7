"""Private directories with short paths, for the sockets of a run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from devnet.errors import EnvironmentFailure

SUFFIX = "????????"
"""What ``mkdtemp`` adds to a prefix, as a glob pattern."""

_LONGEST_BASE = 40


def make_scratch(run_id: str) -> Path:
    """A new private directory whose path is short enough for Unix sockets (at most about 100 bytes)."""
    for base in scratch_bases():
        try:
            return Path(tempfile.mkdtemp(prefix=f"{scratch_prefix(run_id)}-", dir=base))
        except OSError:
            continue
    raise EnvironmentFailure("found no writable directory for sockets: set XDG_RUNTIME_DIR or TMPDIR to a short path")


def scratch_bases() -> tuple[Path, ...]:
    """Where private directories may be made, best first; long paths are left out."""
    wanted = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")
    return tuple(dict.fromkeys(Path(base) for base in wanted if base and len(base) <= _LONGEST_BASE))


def scratch_prefix(run_id: str) -> str:
    """What the names of a run's private directories begin with."""
    return f"mdn-{run_id}"
