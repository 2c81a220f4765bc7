"""What nodes and actors wrote, and how an early end is told."""

from __future__ import annotations

from pathlib import Path

from devnet.errors import EnvironmentFailure
from devnet.runtime.base import RunningNode

_READ_AT_MOST = 256 * 1024


def tail(path: Path, lines: int = 30) -> tuple[str, ...]:
    """The last lines of a log, oldest first; empty when there is no such file."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - _READ_AT_MOST))
            text = log.read().decode(errors="replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-lines:])


def early_exit(node: RunningNode, lines: int = 30) -> EnvironmentFailure:
    """What to raise when a node ended that should run: its exit code and its last log lines."""
    said = "\n".join(f"  {line}" for line in node.log_tail(lines)) or "  (its log is empty)"
    ended = f"node {node.name} ended early, exit code {node.exit_code()}"
    return EnvironmentFailure(f"{ended}; its last log lines:\n{said}")
