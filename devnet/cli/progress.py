"""Progress on stderr: a moving line on a terminal, plain timed lines anywhere else."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """Hears one line per step; use it as a context manager, so that the moving line ends."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._step: str | None = None
        self._since = time.monotonic()
        self._begun = self._since

    def __enter__(self) -> Progress:
        """Start the moving line where there is a terminal to move it on."""
        if is_lively():
            from rich.console import Console

            self._status = Console(stderr=True).status("", spinner="line")
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the moving line; the last step is written out if it succeeded."""
        self.finish(is_done=kind is None)

    def finish(self, is_done: bool = True) -> None:
        """End the moving line, so that results can be printed; idempotent."""
        if self._status is not None:
            self._status.stop()
            if is_done:
                self._write_out()
            self._status = None

    def __call__(self, line: str) -> None:
        """A new step begins, the one before it is done."""
        if self._status is None:
            click.echo(f"{time.monotonic() - self._begun:6.1f} s  {line}", err=True)
            return
        self._write_out()
        from rich.markup import escape

        self._step, self._since = line, time.monotonic()
        self._status.update(escape(line))

    def _write_out(self) -> None:
        if self._step is None or self._status is None:
            return
        took = time.monotonic() - self._since
        self._status.console.print(f"  {self._step}  ({took:.1f} s)", style="dim", markup=False, highlight=False)
        self._step = None


def is_lively() -> bool:
    """Whether a line on stderr may move: a real terminal, and no CI log."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
