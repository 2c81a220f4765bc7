"""The record of a run: append-only, repeatable, readable while it grows."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from devnet.errors import EnvironmentFailure, ManifestError, UsageError
from devnet.history import Event, History
from devnet.types import Json


def fill(history: History, count: int = 3) -> list[Event]:
    return [
        history.append("BlockProduced", time=10 + n, chain="origin", block=n, payload={"hash": f"0x{n:02x}"})
        for n in range(count)
    ]


def test_events_come_back_as_they_were_appended(tmp_path: Path) -> None:
    payload: dict[str, Json] = {"b": [1, "x", None, True], "a": {"n": 2**70}}
    with History(tmp_path / "h.db", "r") as history:
        event = history.append("VoteCast", time=7, chain="auxiliary-1", block=3, actor="validator-1", payload=payload)
        assert event == Event("r", 1, 7, "auxiliary-1", 3, "validator-1", "VoteCast", payload)
        assert history.events() == [event]


def test_events_are_chosen_by_kind_and_sequence() -> None:
    with History(None, "r") as history:
        fill(history)
        history.append("Halted", time=20, chain="origin")
        assert [event.sequence for event in history.events("BlockProduced", after=1)] == [2, 3]
        assert [event.kind for event in history.events(after=2)] == ["BlockProduced", "Halted"]
        assert history.events("Nothing") == []
        assert history.sequence == 4


def test_the_digest_is_a_constant_of_the_events() -> None:
    with History(None, "r") as history:
        history.append("A", time=1, payload={"n": 5})
        assert history.digest() == "0x518bc1bac5261e3c393af263abeaf61e40870f9560e1d78689d3b51c7c144720"


def test_run_and_notes_are_outside_the_digest() -> None:
    with History(None, "one") as one, History(None, "two") as two:
        fill(one)
        fill(two)
        two.note("pid", 4711)
        assert one.digest() == two.digest()
        assert [(key, value) for _, key, value in two.notes()] == [("pid", 4711)]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "Other"},
        {"time": 2},
        {"chain": "origin"},
        {"block": 1},
        {"actor": "validator-1"},
        {"payload": {"n": 6}},
        {"payload": {"n": True}},
        {"payload": {"n": None}},
    ],
)
def test_every_other_field_changes_the_digest(change: dict[str, object]) -> None:
    base: dict[str, object] = {"kind": "A", "time": 1, "payload": {"n": 5}}
    with History(None, "r") as one, History(None, "r") as two:
        one.append(**base)  # type: ignore[arg-type]
        two.append(**(base | change))  # type: ignore[arg-type]
        assert one.digest() != two.digest()


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    with History(None, "r") as one, History(None, "r") as two:
        one.append("A", time=1, payload={"x": 1, "y": 2})
        two.append("A", time=1, payload={"y": 2, "x": 1})
        assert one.digest() == two.digest()


def test_an_integer_and_its_decimal_string_are_the_same_to_the_digest() -> None:
    with History(None, "r") as one, History(None, "r") as two:
        one.append("A", time=1, payload={"amount": 10**30})
        two.append("A", time=1, payload={"amount": str(10**30)})
        assert one.digest() == two.digest()


@pytest.mark.parametrize(
    ("payload", "part"),
    [({"x": 1.5}, "payload.x is a float"), ({"x": [b"a"]}, "0x string"), ({"x": {1: 2}}, "key 1"), ({"x": {1}}, "set")],
)
def test_a_payload_without_exact_form_is_refused(payload: dict[str, Json], part: str) -> None:
    with History(None, "r") as history:
        with pytest.raises(UsageError, match=part):
            history.append("A", time=1, payload=payload)
        assert history.events() == []


def test_changing_the_payload_afterwards_does_not_change_the_event() -> None:
    payload: dict[str, Json] = {"list": [1]}
    with History(None, "r") as history:
        event = history.append("A", time=1, payload=payload)
        payload["list"] = []
        assert event.payload == history.events()[0].payload == {"list": [1]}


@pytest.mark.parametrize("statement", ["DELETE FROM events", "UPDATE events SET time = 0", "DELETE FROM notes"])
def test_the_file_refuses_changes(tmp_path: Path, statement: str) -> None:
    with History(tmp_path / "h.db", "r") as history:
        fill(history)
        history.note("pid", 1)
    connection = sqlite3.connect(tmp_path / "h.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_a_closed_history_is_one_file_that_reads_the_same(tmp_path: Path) -> None:
    with History(tmp_path / "h.db", "r") as history:
        events, digest = fill(history), history.digest()
    assert [path.name for path in tmp_path.iterdir()] == ["h.db"]
    with History.open(tmp_path / "h.db") as reader:
        assert (reader.run, reader.events(), reader.digest(), reader.sequence) == ("r", events, digest, 3)


def test_a_reader_sees_events_while_it_is_written(tmp_path: Path) -> None:
    with History(tmp_path / "h.db", "r") as history, History.open(tmp_path / "h.db") as reader:
        for count in range(1, 4):
            history.append("A", time=count)
            assert len(reader.events()) == count


def test_what_was_appended_survives_a_writer_that_never_closes(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db", "r")
    fill(history)
    with History.open(tmp_path / "h.db") as reader:
        assert len(reader.events()) == 3
    with History(tmp_path / "h.db", "r") as again:
        assert again.append("Resumed", time=99).sequence == 4
    history.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    History(tmp_path / "h.db", "r").close()
    with History.open(tmp_path / "h.db") as reader:
        with pytest.raises(UsageError, match="reading only"):
            reader.append("A", time=1)
        with pytest.raises(UsageError, match="reading only"):
            reader.note("pid", 1)


def test_a_closed_history_says_so(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db", "r")
    history.close()
    history.close()
    with pytest.raises(UsageError, match="closed"):
        history.append("A", time=1)
    with pytest.raises(UsageError, match="closed"):
        history.events()


def test_another_run_cannot_continue_it(tmp_path: Path) -> None:
    History(tmp_path / "h.db", "one").close()
    with pytest.raises(UsageError, match="belongs to run one, not two"):
        History(tmp_path / "h.db", "two")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h.db"
    path.write_bytes(content)
    with pytest.raises(EnvironmentFailure, match=r"h\.db"):
        History.open(path)


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "h.db")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(EnvironmentFailure, match="another SQLite file"):
        History.open(tmp_path / "h.db")
    with pytest.raises(EnvironmentFailure, match="another SQLite file"):
        History(tmp_path / "h.db", "r")


def test_another_schema_is_refused(tmp_path: Path) -> None:
    History(tmp_path / "h.db", "r").close()
    connection = sqlite3.connect(tmp_path / "h.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(EnvironmentFailure, match="schema 99, expected 1"):
        History.open(tmp_path / "h.db")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    with History(tmp_path / "h.db", "r") as history:
        fill(history, 500)
    data = bytearray((tmp_path / "h.db").read_bytes())
    data[8192:-4096] = b"\xa5" * len(data[8192:-4096])
    (tmp_path / "h.db").write_bytes(data)
    with pytest.raises(EnvironmentFailure, match="damaged"), History.open(tmp_path / "h.db") as reader:
        reader.events()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="does not exist"):
        History.open(tmp_path / "h.db")
    assert not (tmp_path / "h.db").exists()


def test_a_directory_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        History(tmp_path / "absent" / "h.db", "r")


def test_a_full_disk_is_told_as_that() -> None:
    history = History(None, "r")
    history._connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(EnvironmentFailure, match="the disk is full; make room"):
        fill(history, 5000)


def test_threads_append_without_gaps() -> None:
    with History(None, "r") as history:
        threads = [threading.Thread(target=fill, args=(history, 50)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [event.sequence for event in history.events()] == list(range(1, 201))
