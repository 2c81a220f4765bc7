"""One hash over what something is made from, to know whether it must be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def content_hash(root: Path, files: Iterable[Path], salt: str = "") -> str:
    """A SHA-256 hex digest over the files' paths below ``root`` and their bytes, in the order of the paths.

    ``salt`` names how the result is made: another salt, another digest. A file that is missing counts as missing,
    not as empty. Modification times play no part.
    """
    digest = hashlib.sha256(salt.encode())
    for path in sorted(files):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        name = path.relative_to(root).as_posix().encode()
        digest.update(b"%d:%s:%d:" % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()
