from __future__ import annotations

import errno
from pathlib import Path

import pytest

from devnet.disk import check_disk, disk_failures
from devnet.errors import EnvironmentFailure


def test_a_disk_without_room_is_refused_with_both_numbers(tmp_path: Path) -> None:
    check_disk(tmp_path, least_mib=0)
    with pytest.raises(EnvironmentFailure, match=r"has \d+ MiB free, needs 1000000000 MiB"):
        check_disk(tmp_path, least_mib=1_000_000_000)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "denied"),
        (errno.ENOENT, "no such"),
    ],
)
def test_a_disk_that_cannot_be_written_is_one_sentence(tmp_path: Path, number: int, said: str) -> None:
    with pytest.raises(EnvironmentFailure, match=said), disk_failures(tmp_path):
        raise OSError(number, "as the kernel says")


def test_other_failures_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), disk_failures(tmp_path):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


def test_a_full_disk_met_while_writing_is_one_sentence() -> None:
    full = Path("/dev/full")
    with pytest.raises(EnvironmentFailure, match="cannot write /dev/full: the disk is full"), disk_failures(full):
        full.write_text("x")
