"""What a running network says about itself to other processes: who runs it, where, and how to reach it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from devnet.artifacts.private_files import write_private
from devnet.errors import EnvironmentFailure

_START_TIME_FIELD = 19
"""Position of ``starttime`` in /proc/PID/stat, counted from after the command name."""


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Content of ``state.json``. Valid only while the network's lock is held."""

    pid: int
    """The World's process."""
    process_start: int
    """When that process started, in clock ticks since boot: tells it from a later one with the same pid."""
    run: str
    """Run id: the label of containers, the marker of processes."""
    run_directory: str
    """Where this run writes."""
    api: str = ""
    """URL of the control API; empty until it serves."""
    token: str = field(default="", repr=False)
    """Bearer token for it."""

    def is_own(self) -> bool:
        """Whether the calling process wrote it."""
        return self.pid == os.getpid() and self.process_start == process_start(self.pid)


def process_start(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 when it is gone or there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # The command name, in parentheses, may hold blanks and parentheses itself.
    return int(stat.rpartition(")")[2].split()[_START_TIME_FIELD])


def write_state(path: Path, state: NetworkState) -> None:
    """Write ``state.json`` by rename, readable by its owner alone."""
    write_private(path, json.dumps(asdict(state), indent=1))


def read_state(path: Path) -> NetworkState | None:
    """The state, or None when there is none. Raises EnvironmentFailure when it is not ours to read."""
    try:
        return NetworkState(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise EnvironmentFailure(f"cannot read {path} ({error}): remove it, then run devnet down") from error
