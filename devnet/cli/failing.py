"""What a user sees when something goes wrong: one sentence, never a traceback."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

import click

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

DEBUG = "DEVNET_DEBUG"
"""Environment variable that, set to 1, shows the traceback of an internal error."""


def sentence(error: Exception) -> str:
    """The error as one line on stderr."""
    return f"error: {error or type(error).__name__}"


def internal_error(error: Exception) -> int:
    """Report a defect of ours: where its traceback was written, and the exit code."""
    text = "".join(traceback.format_exception(error))
    if os.environ.get(DEBUG) == "1":
        click.echo(text, err=True)
        return 1
    path = _write(text)
    where = f"; details in {path}" if path else f"; {DEBUG}=1 shows details"
    click.echo(f"internal error: {type(error).__name__}: {_first_line(error)}{where}", err=True)
    return 1


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def _write(text: str) -> Path | None:
    """A private file, so that nobody else's is overwritten; None where nothing can be written."""
    try:
        handle, name = tempfile.mkstemp(prefix="devnet-error-", suffix=".log")
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)
