"""The lock between processes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from devnet.locks import hold_lock


def test_free_lock_is_held_without_waiting(tmp_path: Path) -> None:
    with hold_lock(tmp_path / "deep" / "lock", lambda: pytest.fail("waited")):
        assert (tmp_path / "deep" / "lock").exists()


def test_second_holder_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    waiting, order = threading.Event(), []

    def second() -> None:
        with hold_lock(tmp_path / "lock", waiting.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with hold_lock(tmp_path / "lock", lambda: None):
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), hold_lock(tmp_path / "lock", lambda: None):
        raise RuntimeError
    with hold_lock(tmp_path / "lock", lambda: pytest.fail("still held")):
        pass
