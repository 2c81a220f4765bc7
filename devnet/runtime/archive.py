"""Tar archives for Docker: the build context of the geth image and the first content of a node's volume."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from devnet.errors import EnvironmentFailure

OWNER = 1000
"""User and group that geth runs as in a container."""

_ELF_64_LITTLE = b"\x7fELF\x02\x01"
_INTERPRETER = 3
_HASHED_AT_ONCE = 1 << 20


def check_static(geth: Path) -> None:
    """Refuse a binary that needs a loader: an image made of nothing else could not run it."""
    with geth.open("rb") as binary:
        head = binary.read(64)
        if head[:6] != _ELF_64_LITTLE:
            raise EnvironmentFailure(f"{geth} is no 64-bit Linux program: containers cannot run it")
        offset, size, count = *struct.unpack_from("<Q", head, 32), *struct.unpack_from("<HH", head, 54)
        binary.seek(offset)
        table = binary.read(size * count)
    if any(struct.unpack_from("<I", table, entry * size)[0] == _INTERPRETER for entry in range(count)):
        raise EnvironmentFailure(f"{geth} is not statically linked: unset DEVNET_GETH, so that a static one is built")


def content_tag(dockerfile: Path, geth: Path) -> str:
    """A tag that changes whenever the image would."""
    digest = hashlib.sha256(dockerfile.read_bytes())
    with geth.open("rb") as binary:
        while part := binary.read(_HASHED_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()[:16]


@contextmanager
def image_context(dockerfile: Path, geth: Path) -> Iterator[IO[bytes]]:
    """The build context: Dockerfile and binary, in a temporary file."""
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as archive:
            archive.add(dockerfile, "Dockerfile")
            member = archive.gettarinfo(geth, "geth")
            member.mode = 0o755
            with geth.open("rb") as binary:
                archive.addfile(member, binary)
        context.seek(0)
        yield context


def volume_content(files: Mapping[str, bytes], directories: Mapping[str, Path], empty: Sequence[str] = ()) -> bytes:
    """What a volume starts with, owned by the user that geth runs as, private to it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in empty:
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, 0o700
            archive.addfile(_owned(member))
        for name, source in directories.items():
            archive.add(source, name, filter=_owned)
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            member.mode = 0o600
            archive.addfile(_owned(member), io.BytesIO(body))
    return content.getvalue()


def _owned(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = OWNER
    member.uname = member.gname = ""
    return member
