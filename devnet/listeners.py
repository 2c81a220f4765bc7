"""Who listens on which TCP port of this machine, as /proc tells it (nothing elsewhere)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"


def listening_ports(pid: int) -> tuple[int, ...]:
    """The ports that a process listens on, sorted."""
    sockets = set(_sockets_of(pid))
    return tuple(sorted({port for port, inode in _listeners() if inode in sockets}))


def listener_of(port: int) -> str | None:
    """``COMMAND (pid N)`` of the process that listens on a port; None if there is none that we may see."""
    inodes = {inode for listening, inode in _listeners() if listening == port}
    for entry in Path("/proc").glob("[0-9]*") if inodes else ():
        pid = int(entry.name)
        if inodes & set(_sockets_of(pid)):
            try:
                command = (entry / "comm").read_text().strip()
            except OSError:
                command = "a process"
            return f"{command} (pid {pid})"
    return None


def _listeners() -> Iterator[tuple[int, str]]:
    """Port and inode of every listening socket."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN:
                yield int(fields[1].rpartition(":")[2], 16), fields[9]


def _sockets_of(pid: int) -> Iterator[str]:
    """Inodes of a process's sockets; none when it is gone or somebody else's."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]
