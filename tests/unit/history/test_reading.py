"""What a rewind undoes no longer counts, and an arm can still be judged as it stood."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.history import History, HistoryView
from devnet.types import Json


def kinds(history: History | HistoryView) -> list[str]:
    return [event.kind for event in history.effective_events()]


def test_without_a_rewind_everything_counts() -> None:
    with History(None, "r") as history:
        history.append("A", time=1)
        assert kinds(history) == ["A"]


def test_a_rewind_undoes_what_came_after_its_mark() -> None:
    with History(None, "r") as history:
        history.append("A", time=1)
        mark = history.sequence
        history.append("B", time=2)
        history.append("Rewound", time=1, payload={"to": mark})
        history.append("C", time=2)
        assert kinds(history) == ["A", "Rewound", "C"]
        assert [event.kind for event in history.events()] == ["A", "B", "Rewound", "C"]


def test_a_rewind_to_the_same_mark_again_undoes_the_second_arm_too() -> None:
    with History(None, "r") as history:
        history.append("A", time=1)
        for kind in ("B", "C"):
            history.append(kind, time=2)
            history.append("Rewound", time=1, payload={"to": 1})
        assert kinds(history) == ["A", "Rewound"]


def test_a_rewind_to_an_earlier_mark_undoes_the_later_one() -> None:
    with History(None, "r") as history:
        for time, kind in enumerate(("A", "B", "C")):
            history.append(kind, time=time)
        history.append("Rewound", time=1, payload={"to": 2})
        history.append("D", time=2)
        history.append("Rewound", time=0, payload={"to": 0})
        assert kinds(history) == ["Rewound"]


def test_asking_while_the_run_goes_on_gives_the_same_as_asking_at_the_end() -> None:
    with History(None, "r") as history:
        asked = []
        recorded: tuple[tuple[str, dict[str, Json]], ...] = (
            ("A", {}),
            ("B", {}),
            ("Rewound", {"to": 1}),
            ("C", {}),
            ("Rewound", {"to": 1}),
            ("D", {}),
        )
        for kind, payload in recorded:
            history.append(kind, time=1, payload=payload)
            asked.append(kinds(history))
        assert asked == [kinds(history.at(sequence)) for sequence in range(1, 7)]
        assert asked[-1] == ["A", "Rewound", "D"]


def test_a_reader_follows_the_rewinds_of_a_writer(tmp_path: Path) -> None:
    with History(tmp_path / "h.db", "r") as history, History.open(tmp_path / "h.db") as reader:
        history.append("A", time=1)
        assert kinds(reader) == ["A"]
        history.append("Rewound", time=1, payload={"to": 0})
        assert kinds(reader) == ["Rewound"]


def test_an_arm_is_judged_as_it_stood() -> None:
    with History(None, "r") as history:
        history.append("A", time=1)
        end = history.append("B", time=2).sequence
        history.append("Rewound", time=1, payload={"to": "1"})
        assert kinds(history.at(end)) == ["A", "B"]
        assert history.at(end).events("B")[0].sequence == end
        assert history.at(end).effective_events("A")[0].kind == "A"


@pytest.mark.parametrize("to", [None, "x", True, 2, 1.0, -1])
def test_a_rewind_to_nowhere_is_an_error(to: object) -> None:
    with History(None, "r") as history:
        event = history.append("A", time=1)
        broken = type(event)("r", 2, 1, None, None, None, "Rewound", {"to": to})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="expected 'to' as an earlier sequence"):
        HistoryView([event, broken])


def test_asking_for_one_kind_while_the_run_goes_on_gives_that_kind_of_all() -> None:
    with History(None, "r") as history:
        recorded: tuple[tuple[str, dict[str, Json]], ...] = (
            ("A", {}),
            ("B", {}),
            ("Rewound", {"to": 1}),
            ("B", {}),
            ("A", {}),
            ("Rewound", {"to": 4}),
            ("B", {}),
        )
        for kind, payload in recorded:
            history.append(kind, time=1, payload=payload)
            for asked in ("A", "B", "Rewound", "C"):
                everything = HistoryView(history.events()).effective_events()
                assert history.effective_events(asked) == [event for event in everything if event.kind == asked]
