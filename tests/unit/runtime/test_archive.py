from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

import pytest

from devnet.errors import EnvironmentFailure
from devnet.runtime.archive import check_static, content_tag, image_context, volume_content


def elf(path: Path, *segment_types: int) -> Path:
    """A 64-bit little-endian ELF file with program headers of these types."""
    head = (
        b"\x7fELF\x02\x01" + bytes(26) + struct.pack("<Q", 64) + bytes(14) + struct.pack("<HH", 56, len(segment_types))
    )
    path.write_bytes(
        head.ljust(64, b"\0") + b"".join(struct.pack("<I", kind).ljust(56, b"\0") for kind in segment_types)
    )
    return path


def test_a_static_program_may_go_into_an_empty_image(tmp_path: Path) -> None:
    check_static(elf(tmp_path / "geth", 1, 1))


def test_a_program_that_needs_a_loader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="not statically linked"):
        check_static(elf(tmp_path / "geth", 1, 3))


def test_what_is_no_linux_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "geth").write_text("#!/bin/sh\n")
    with pytest.raises(EnvironmentFailure, match="no 64-bit Linux program"):
        check_static(tmp_path / "geth")


def test_the_tag_changes_with_binary_and_dockerfile(tmp_path: Path) -> None:
    dockerfile, geth = tmp_path / "Dockerfile", tmp_path / "geth"
    tags = set()
    for text, binary in (("FROM scratch", b"one"), ("FROM scratch", b"two"), ("FROM scratch\n", b"one")):
        dockerfile.write_text(text)
        geth.write_bytes(binary)
        tags.add(content_tag(dockerfile, geth))
    assert len(tags) == 3


def test_the_build_context_holds_the_dockerfile_and_an_executable(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("FROM scratch")
    (tmp_path / "g").write_bytes(b"geth")
    with image_context(tmp_path / "d", tmp_path / "g") as context, tarfile.open(fileobj=context) as archive:
        assert archive.getnames() == ["Dockerfile", "geth"]
        assert archive.getmember("geth").mode == 0o755


def test_a_volumes_content_belongs_to_the_containers_user_alone(tmp_path: Path) -> None:
    (tmp_path / "datadir").mkdir(mode=0o700)
    (tmp_path / "datadir" / "file").write_text("x")
    content = volume_content({"jwt": b"secret"}, {"datadir": tmp_path / "datadir"}, empty=("new",))
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert sorted(archive.getnames()) == ["datadir", "datadir/file", "jwt", "new"]
        assert {(member.uid, member.gid) for member in archive} == {(1000, 1000)}
        assert archive.getmember("jwt").mode == 0o600
        assert archive.getmember("new").isdir()
