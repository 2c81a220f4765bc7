from __future__ import annotations

from pathlib import Path

import pytest

from devnet.artifacts.private_files import make_private, write_private
from devnet.errors import EnvironmentFailure


def test_missing_parents_are_private_and_existing_ones_stay(tmp_path: Path) -> None:
    open_to_all = tmp_path / "shared"
    open_to_all.mkdir(mode=0o755)
    made = make_private(open_to_all / "a" / "b")
    assert [path.stat().st_mode & 0o777 for path in (open_to_all, made.parent, made)] == [0o755, 0o700, 0o700]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(EnvironmentFailure, match="home is no directory"):
        make_private(tmp_path / "home")


def test_a_write_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    target.write_text("a much longer text than the new one")
    write_private(target, "new")
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(target, "\udcff")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
