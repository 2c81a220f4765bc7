"""Waiting looks again and again, and says what it saw last."""

from __future__ import annotations

import pytest

from devnet.chain.wait import wait_until
from devnet.errors import WaitTimeout


def test_waiting_returns_what_the_condition_said() -> None:
    answers = iter([None, 0, "", "yes"])
    assert wait_until(lambda: next(answers), 5, "answer") == "yes"


def test_waiting_in_vain_says_what_was_last_seen() -> None:
    seen: list[int] = []

    def look() -> bool:
        seen.append(len(seen))
        return False

    with pytest.raises(WaitTimeout, match=r"height 2 of 5, last saw \d+: waited 0\.\d s of 0\.0 s"):
        wait_until(look, 0.02, lambda: f"height 2 of 5, last saw {seen[-1]}")
