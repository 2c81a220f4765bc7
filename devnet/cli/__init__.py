"""The ``devnet`` command: parse, call one function of the world, print."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command with the process's arguments and leave with its exit code."""
    import sys

    try:
        from devnet.cli.root import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Ctrl-C while it imports: nothing was started yet.
        sys.exit(130)
