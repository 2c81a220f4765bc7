"""The signing store on disk: nothing is forgotten, a bad file is refused (R24)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.protection import ProtectionStore, StoreRefused
from devnet.mosaic.votes import Domain, Vote
from tests.unit.actors.stores import ADDRESS, ALICE, CORE, DOMAIN, ORIGIN, may_sign, signed_store, vote, word


def test_everything_is_remembered_after_a_restart(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        store.check_and_record(ALICE, vote(1, 2))
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        assert may_sign(store, vote(1, 2))
        assert not may_sign(store, vote(1, 2, to="x"))
        assert not may_sign(store, vote(1, 5, transition="x"))
        assert may_sign(store, vote(2, 3))


def in_child(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root}
    return subprocess.run([sys.executable, "-c", code, *arguments], text=True, capture_output=True, env=environment)


def test_a_vote_is_on_disk_when_the_process_dies_before_it_signs(tmp_path: Path, strategy: Any) -> None:
    """R24."""
    code = (
        "import os, sys; from devnet.actors.protection import ProtectionStore; from devnet.mosaic.votes import Vote\n"
        "core = bytes.fromhex(sys.argv[2]); h = bytes(32)\n"
        "store = ProtectionStore(sys.argv[1], core, sys.argv[3])\n"
        "store.check_and_record(b'\\xaa' * 20, Vote(core, h, h, h, 1, 2)); os.kill(os.getpid(), 9)"
    )
    assert in_child(code, str(tmp_path / "s"), CORE.hex(), strategy).returncode == -9
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        assert not may_sign(store, vote(1, 2))
        assert may_sign(store, Vote(CORE, bytes(32), bytes(32), bytes(32), 1, 2))


def test_another_process_cannot_open_it(tmp_path: Path) -> None:
    code = (
        "import sys; from devnet.actors.protection import ProtectionStore, StoreRefused\n"
        "try: ProtectionStore(sys.argv[1], bytes.fromhex(sys.argv[2]))\n"
        "except StoreRefused as error: print(error.reason)"
    )
    with ProtectionStore(tmp_path / "s", CORE):
        assert "open elsewhere" in in_child(code, str(tmp_path / "s"), CORE.hex()).stdout
    assert in_child(code, str(tmp_path / "s"), CORE.hex()).stdout == ""


def test_the_same_process_cannot_open_it_twice_and_the_first_stays_locked(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "s", CORE) as store:
        for _ in range(2):
            with pytest.raises(StoreRefused, match="open elsewhere"):
                ProtectionStore(tmp_path / "s", CORE)
        assert may_sign(store, vote(1, 2))


def test_an_older_copy_is_refused(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    shutil.copy(path, tmp_path / "copy")
    with ProtectionStore(path, CORE, strategy) as store:
        store.check_and_record(ALICE, vote(5, 6))
    shutil.copy(tmp_path / "copy", path)
    with pytest.raises(StoreRefused, match="older copy: it knows 5 of 6 transactions"):
        ProtectionStore(path, CORE, strategy)


def remove_database(path: Path) -> None:
    path.unlink()


def empty_database(path: Path) -> None:
    path.write_bytes(b"")


def remove_counter(path: Path) -> None:
    path.with_name("s.lock").unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192])


def overwrite_header(path: Path) -> None:
    path.write_bytes(b"not a database!!" + path.read_bytes()[16:])


def change_a_digest(path: Path) -> None:
    # One bit of one stored byte: SQLite's own check does not see it.
    content = bytearray(path.read_bytes())
    content[content.index(vote(4, 5).digest(DOMAIN))] ^= 1
    path.write_bytes(content)


def delete_a_row(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM transitions WHERE source = ?", (word("c4"),))
    connection.close()


def drop_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE bounds")
    connection.close()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (remove_database, "missing or empty"),
        (empty_database, "missing or empty"),
        (remove_counter, "counter file is missing"),
        (cut_off, "damaged"),
        (overwrite_header, "damaged"),
        (change_a_digest, "damaged"),
        (delete_a_row, "damaged"),
        (drop_a_table, "damaged"),
    ],
)
def test_a_damaged_store_is_refused(tmp_path: Path, strategy: Any, damage: Callable[[Path], None], reason: str) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    damage(path)
    with pytest.raises(StoreRefused, match=reason) as caught:
        ProtectionStore(path, CORE, strategy)
    assert str(path) in str(caught.value)


def test_a_store_of_another_core_domain_or_strategy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    signed_store(path, "complete")
    wrong_ways: tuple[Callable[[], object], ...] = (
        lambda: ProtectionStore(path, ORIGIN),
        lambda: ProtectionStore(path, CORE, "minimal"),
        lambda: ProtectionStore(path, CORE, domain=Domain(1, ADDRESS)),
    )
    for open_wrongly in wrong_ways:
        with pytest.raises(StoreRefused, match="belongs to complete protection of core"):
            open_wrongly()
    ProtectionStore(path, CORE).close()


def test_a_directory_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="cannot be opened"):
        ProtectionStore(tmp_path / "nowhere" / "s", CORE)


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    signed_store(tmp_path / "s", "complete")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_rewound_store_forgets_what_came_after_the_snapshot(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    with ProtectionStore(path, CORE, strategy) as store:
        store.check_and_record(ALICE, vote(0, 1))
        snapshot = store.snapshot()
        for other in ("", "x", "y"):
            store.check_and_record(ALICE, vote(1, 2, to=other))
            store.restore(snapshot)
        assert not may_sign(store, vote(0, 1, to="x"))
        store.check_and_record(ALICE, vote(1, 3))
    with ProtectionStore(path, CORE, strategy) as store:
        assert not may_sign(store, vote(1, 3, to="x"))
        store.restore(snapshot)
        assert may_sign(store, vote(1, 3, to="x"))


def test_a_file_from_before_a_rewind_is_older(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    shutil.copy(path, tmp_path / "copy")
    with ProtectionStore(path, CORE, strategy) as store:
        store.restore(store.snapshot())
    shutil.copy(tmp_path / "copy", path)
    with pytest.raises(StoreRefused, match="older copy"):
        ProtectionStore(path, CORE, strategy)


def test_a_snapshot_of_another_store_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "a", CORE) as store, ProtectionStore(tmp_path / "b", CORE, "minimal") as other:
        store.check_and_record(ALICE, vote(1, 2))
        for snapshot, reason in ((other.snapshot(), "snapshot must be of"), (b"x" * 4096, "snapshot is damaged")):
            with pytest.raises(StoreRefused, match=reason):
                store.restore(snapshot)
        assert not may_sign(store, vote(1, 2, to="x"))
