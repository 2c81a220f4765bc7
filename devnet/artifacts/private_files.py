"""Files and directories that only their owner may read, written whole or not at all, on a disk with room."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devnet.errors import EnvironmentFailure

LEAST_FREE_MIB = 256
"""What a network needs to start with: three chains of some ten thousand blocks and their logs."""

_MIB = 1 << 20
_FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
_UNUSABLE = {errno.EACCES: "permission denied", errno.EROFS: "the file system is read-only", errno.EPERM: "not allowed"}


def make_private(directory: Path) -> Path:
    """Make a directory and its missing parents with mode 0700; those that exist stay as they are."""
    with disk_failures(directory):
        for missing in reversed([directory, *directory.parents]):
            if not missing.exists():
                missing.mkdir(mode=0o700, exist_ok=True)
        if not directory.is_dir():
            raise EnvironmentFailure(f"{directory} is no directory: remove it or set DEVNET_HOME to another place")
    return directory


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 by rename: readers see the old content or the new, never a part."""
    with disk_failures(path):
        descriptor, work = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
            os.replace(work, path)
        except BaseException:
            Path(work).unlink(missing_ok=True)
            raise


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
