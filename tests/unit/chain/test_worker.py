"""Commands run one after the other, and a command's own commands inside it."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from devnet.chain.worker import Worker


def test_a_command_may_give_commands() -> None:
    worker = Worker("x")
    assert worker.run(lambda: worker.run(lambda: 7)) == 7
    worker.close()


def test_an_error_reaches_whoever_waits_and_the_worker_goes_on() -> None:
    worker = Worker("x")
    failed: Future[float] = worker.later(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(5)
    assert worker.run(lambda: 3) == 3
    worker.close()


def test_listeners_are_called_after_every_command_that_ran_failed_or_not_until_they_end() -> None:
    worker = Worker("x")
    heard: list[str] = []
    end = worker.on_command(lambda: heard.append("first"))
    worker.on_command(lambda: heard.append("second"))
    worker.run(lambda: worker.run(lambda: heard.append("inside")))
    failed: Future[float] = worker.later(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(5)
    worker.run(end)
    worker.close()
    assert heard == ["inside", "first", "second", "first", "second", "second"]
