"""``devnet`` as a user types it, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devnet.chain.wait import wait_until
from devnet.runtime.leftovers import leftovers

NAME = f"cli-{os.getpid()}"
"""The network that tests start; no other test process has it, so that nobody waits for the other's ports."""

DEADLINE_S = 60
"""Longest wait for anything; seen: 6 s."""


@dataclass(frozen=True)
class Said:
    """What a command left on both streams, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The error as the user reads it."""
        return next((line for line in self.err.splitlines() if line.lower().startswith("error: ")), self.err)


@dataclass(frozen=True)
class CommandLine:
    """Runs the command and finds what its networks leave behind."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "devnet.cli", *arguments],
            env={**os.environ, "DEVNET_HOME": str(self.home), **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def say(self, *arguments: str, **environment: str) -> Said:
        """Run a command that may fail."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=DEADLINE_S)
        assert "Traceback" not in out + err, out + err
        return Said(process.returncode, out, err)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command that must end with that code; its output, or its complaint."""
        said = self.say(*arguments)
        assert said.code == expect, f"{arguments}: {said}"
        return said.out if expect == 0 else said.err

    def up(self, *arguments: str, name: str = NAME) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.run("up", "-f", "minimal", "--name", name, "--runtime", "process", "--json", *arguments)
        )
        return found

    def status(self, name: str = NAME) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("status", "--name", name, "--json"))
        return found

    @contextmanager
    def running(self, manifest: str, name: str) -> Iterator[CommandLine]:
        """A network of that manifest's text, up inside and gone afterwards."""
        path = self.home.parent / "network.yaml"
        path.write_text(manifest)
        try:
            self.run("up", "-f", str(path), "--name", name)
            yield self
        finally:
            self.say("down", "--name", name)
            self.await_nothing_left()

    def runs(self) -> list[str]:
        """Every run that was ever begun in this home."""
        return sorted(path.name for path in self.home.glob("networks/*/runs/*"))

    def left(self) -> list[str]:
        """What still exists of any of them."""
        return [found for run in self.runs() for found in leftovers(run)]

    def await_nothing_left(self) -> None:
        """Wait until all is gone, as after a death nobody waited for."""
        wait_until(lambda: not self.left(), DEADLINE_S, lambda: f"left: {self.left()}")
