"""The disk that everything is written to: whether it has room, and what to say when it does not take a write."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devnet.errors import EnvironmentFailure

LEAST_FREE_MIB = 256
"""What a network needs to start with: three chains of some ten thousand blocks and their logs."""

_MIB = 1 << 20
_FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
_UNUSABLE = {
    errno.EACCES: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.EPERM: "not allowed",
    errno.ENOTDIR: "a part of that path is no directory",
    errno.ENOENT: "there is no such directory, and none can be made",
    errno.ENAMETOOLONG: "the path is too long",
    errno.ELOOP: "its links go round in circles",
    errno.EIO: "the disk does not work",
}


def check_disk(directory: Path, least_mib: int = LEAST_FREE_MIB) -> None:
    """Refuse to start what would soon run out of room. Raises EnvironmentFailure."""
    free_mib = shutil.disk_usage(directory).free // _MIB
    if free_mib < least_mib:
        raise EnvironmentFailure(
            f"{directory} has {free_mib} MiB free, needs {least_mib} MiB: free some or set DEVNET_HOME to another disk"
        )


@contextmanager
def disk_failures(path: Path) -> Iterator[None]:
    """Turn a disk that is full, read-only or forbidden into one sentence that names the path."""
    try:
        yield
    except OSError as error:
        said = {**_FULL, **_UNUSABLE}.get(error.errno or 0)
        if said is None:
            raise
        raise EnvironmentFailure(
            f"cannot write {path}: {said}; make room for it or set DEVNET_HOME to another place"
        ) from error
