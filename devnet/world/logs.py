"""A network's log files, read where they lie: no World needs to run for that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.chain.wait import pause
from devnet.errors import ManifestError
from devnet.world.down import find_known

POLL_S = 0.2
"""How often files that are followed are looked at."""

TAIL_BYTES = 1 << 20
"""At most so much of a file's end is read for its last lines."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs of one run of a network: all, or those that were asked for."""

    network: NetworkDirectory
    """Whose they are."""
    directory: Path
    """Where they lie."""
    who: str | None
    """A chain, a node, an actor or ``world``; None = all."""

    def files(self) -> Mapping[str, Path]:
        """Those that there are now, by writer: an actor that joins later adds its own."""
        logs = {path.stem: path for path in sorted(self.directory.glob("*.log"))}
        if self.who is None:
            return logs
        if self.who in logs:
            return {self.who: logs[self.who]}
        # The nodes of a chain are named after it and numbered.
        return {name: path for name, path in logs.items() if name.rpartition("-")[0] == self.who}

    def is_growing(self) -> bool:
        """Whether the run that writes them still runs."""
        state = self.network.state()
        return state is not None and state.run == self.directory.parent.name and self.network.is_running()


def logs_of(network: str | None, who: str | None) -> Logs:
    """Logs of a network's last run; ``who`` is a chain, a node, an actor or ``world``, None = all.

    Raises ManifestError for an unknown name.
    """
    found = find_known(network)
    runs = sorted((found.path / "runs").glob("*/logs"))
    every = Logs(found, runs[-1], None).files() if runs else {}
    if not every:
        raise ManifestError(f"network {found.name} has no logs yet")
    logs = Logs(found, runs[-1], who)
    if not logs.files():
        assert who is not None
        raise ManifestError(_unknown(who, found.name, tuple(every)))
    return logs


def last_lines(logs: Mapping[str, Path], count: int) -> Iterator[tuple[str, str]]:
    """The last lines of each log, log after log, as (writer, line)."""
    for writer, path in logs.items():
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        for line in lines[len(lines) - min(count, len(lines)) :]:
            yield writer, _printable(line)


def follow(files: Callable[[], Mapping[str, Path]], is_growing: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Every line written from now on, as (writer, line), until nothing more is written.

    Files that come later are read from their beginning.
    """
    with ExitStack() as stack:
        tails: dict[str, _Tail] = {}
        is_first = True
        while True:
            # Asked before the last look, which thus sees all that was written.
            is_last = not is_growing()
            for writer, path in files().items():
                if writer not in tails:
                    tails[writer] = _Tail(stack.enter_context(path.open("rb")), at_end=is_first)
                for line in tails[writer].lines():
                    yield writer, line
            if is_last:
                return
            is_first = False
            pause(POLL_S)


class _Tail:
    """A file that grows, read by whole lines."""

    def __init__(self, file: BinaryIO, at_end: bool) -> None:
        self._file = file
        self._rest = b""
        if at_end:
            file.seek(0, 2)

    def lines(self) -> Iterator[str]:
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            yield _printable(line.decode(errors="replace"))


def _printable(line: str) -> str:
    """A line that cannot move the cursor or recolour the terminal of who reads it."""
    return _CONTROL.sub("", line)


def _unknown(who: str, network: str, known: Sequence[str]) -> str:
    chains = {name.rpartition("-")[0] for name in known if name.rpartition("-")[2].isdigit()}
    near = get_close_matches(who, [*known, *chains], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"network {network} has no log of {who!r}{hint} (there are: {', '.join(known)})"
