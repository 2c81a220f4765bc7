"""A network's log files, read where they lie: no World needs to run for that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from pathlib import Path

from devnet.chain.wait import pause
from devnet.errors import ManifestError
from devnet.world.down import find_known

POLL_S = 0.2
"""How often files that are followed are looked at."""

TAIL_BYTES = 1 << 20
"""At most so much of a file's end is read for its last lines."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def logs_of(network: str | None, who: str | None) -> Mapping[str, Path]:
    """Logs of a network's last run by writer; ``who`` is a chain, a node, an actor or ``world``, None = all.

    Raises ManifestError for an unknown name.
    """
    found = find_known(network)
    runs = sorted((found.path / "runs").glob("*/logs"))
    logs = {path.stem: path for path in sorted(runs[-1].glob("*.log"))} if runs else {}
    if not logs:
        raise ManifestError(f"network {found.name} has no logs yet")
    if who is None:
        return logs
    # The nodes of a chain are named after it and numbered.
    of_chain = {name: path for name, path in logs.items() if name.rpartition("-")[0] == who}
    chosen = {who: logs[who]} if who in logs else of_chain
    if not chosen:
        raise ManifestError(_unknown(who, found.name, tuple(logs)))
    return chosen


def last_lines(logs: Mapping[str, Path], count: int) -> Iterator[tuple[str, str]]:
    """The last lines of each log, log after log, as (writer, line)."""
    for writer, path in logs.items():
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        for line in lines[len(lines) - min(count, len(lines)) :]:
            yield writer, _printable(line)


def follow(logs: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Every line written from now on, as (writer, line), without end."""
    with ExitStack() as stack:
        files = {writer: stack.enter_context(path.open("rb")) for writer, path in logs.items()}
        rest = dict.fromkeys(files, b"")
        for file in files.values():
            file.seek(0, 2)
        while True:
            for writer, file in files.items():
                *lines, rest[writer] = (rest[writer] + file.read()).split(b"\n")
                for line in lines:
                    yield writer, _printable(line.decode(errors="replace"))
            pause(POLL_S)


def _printable(line: str) -> str:
    """A line that cannot move the cursor or recolour the terminal of who reads it."""
    return _CONTROL.sub("", line)


def _unknown(who: str, network: str, known: Sequence[str]) -> str:
    chains = {name.rpartition("-")[0] for name in known if name.rpartition("-")[2].isdigit()}
    near = get_close_matches(who, [*known, *chains], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"network {network} has no log of {who!r}{hint} (there are: {', '.join(known)})"
