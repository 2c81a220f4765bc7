"""Files and directories that only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from devnet.disk import disk_failures
from devnet.errors import EnvironmentFailure


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
