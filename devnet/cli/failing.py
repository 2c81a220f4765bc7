"""What a user sees when something goes wrong: one sentence, never a traceback."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

DEBUG = "DEVNET_DEBUG"
"""Environment variable that, set to 1, shows the traceback of an internal error."""


@contextmanager
def asking(shown_by: str) -> Iterator[None]:
    """Around what the World is asked to do: it knows nothing of a Ctrl-C here, and ``shown_by`` tells what came of it.

    Leaves with 130 then.
    """
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"interrupted: the network may still carry it out, {shown_by} shows", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def sentence(error: Exception) -> str:
    """The error as one line on stderr."""
    return f"error: {error or type(error).__name__}"


def internal_error(error: Exception) -> int:
    """Report a defect of ours and return its exit code."""
    return report_defect(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


def report_defect(what: str, details: str) -> int:
    """Say in one line that there is a defect of ours and where its details are; returns the exit code."""
    if os.environ.get(DEBUG) == "1":
        click.echo(details, err=True)
        return 1
    path = _write(details)
    where = f"; details in {path}" if path else f"; {DEBUG}=1 shows details"
    click.echo(f"internal error: {_first_line(what)}{where}", err=True)
    return 1


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "")


def _write(text: str) -> Path | None:
    """A private file, so that nobody else's is overwritten; None where nothing can be written."""
    try:
        handle, name = tempfile.mkstemp(prefix="devnet-error-", suffix=".log")
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)
