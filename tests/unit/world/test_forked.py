"""An actor in a process of its own, asked and stepped over one channel: here a thread plays the process."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.errors import ChainError, EnvironmentFailure, UsageError
from devnet.world.forked import ForkedActor

Answer = Callable[[Mapping[str, Any]], list[dict[str, Any]] | None]
"""What the process says to a request; None ends it."""

WAKE = {"wake": {"idle": True, "heads": {}}}


class PlayedProcess:
    """Answers requests until it is to end."""

    pid = 7

    def __init__(self, answer: Answer) -> None:
        self.channel, self._end = socket.socketpair()
        self.requests: list[Mapping[str, Any]] = []
        self.code: int | None = None
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout_s: float | None = None) -> int | None:
        self._thread.join()
        return self.code

    def kill(self) -> None:
        self.channel.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with self._end, self._end.makefile("rb") as lines:
            for line in lines:
                self.requests.append(json.loads(line))
                said = self._answer(self.requests[-1])
                if said is None:
                    break
                for one in said:
                    self._end.sendall(json.dumps(one).encode() + b"\n")
            self.code = -9


@pytest.fixture
def played(tmp_path: Path) -> Iterator[SimpleNamespace]:
    scene = SimpleNamespace(answer=lambda request: [{"answer": {}}], events=[])

    def fork(*_: object) -> PlayedProcess:
        scene.process = PlayedProcess(lambda request: scene.answer(request))
        return scene.process  # type: ignore[no-any-return]

    def record(kind: str, chain: str | None = None, block: int | None = None, **payload: Any) -> None:
        scene.events.append((kind, payload))

    launch: Any = SimpleNamespace(
        spec=SimpleNamespace(name="facilitator-1"), directory=tmp_path / "home", as_config=lambda: {}
    )
    nursery: Any = SimpleNamespace(fork_actor=fork)
    scene.actor = ForkedActor(launch, nursery, tmp_path / "log", record)
    yield scene
    scene.actor.end()


def test_what_it_is_asked_reaches_it_and_what_it_tells_on_the_way_is_recorded(played: SimpleNamespace) -> None:
    event = {"kind": "OfferTaken", "chain": "origin", "block": None, "payload": {"pair": "TKN"}}
    played.answer = lambda request: [{"event": event}, {"answer": {"transaction": "0x7a"}}]
    assert played.actor.ask({"pair": "TKN"}) == {"transaction": "0x7a"}
    assert played.process.requests == [{"ask": {"pair": "TKN"}}]
    assert played.events == [("OfferTaken", {"pair": "TKN"})]


@pytest.mark.parametrize("kind", [UsageError, ChainError])
def test_what_it_raises_is_raised_here_and_it_goes_on(played: SimpleNamespace, kind: type[Exception]) -> None:
    played.answer = lambda request: [{"error": "it does not pay", "kind": kind.__name__}]
    with pytest.raises(kind, match="it does not pay"):
        played.actor.ask({})
    assert (played.actor.state, played.events) == ("running", [])


def test_one_that_ends_while_it_is_asked_leaves_it_open_what_it_did(played: SimpleNamespace) -> None:
    played.answer = lambda request: None
    with pytest.raises(
        EnvironmentFailure, match=r"facilitator-1 ended while it was asked, .* devnet revive facilitator-1"
    ):
        played.actor.ask({})
    assert played.events == [("ActorDied", {"code": -9})]
    with pytest.raises(UsageError, match=r"facilitator-1 is not running \(died \(exit code -9\)\)"):
        played.actor.ask({})
    assert played.actor.step(0) is None


def test_a_question_waits_for_the_step_to_end(played: SimpleNamespace) -> None:
    """Answers would reach the wrong one otherwise."""
    stepping, may_end = threading.Event(), threading.Event()

    def answer(request: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "step" not in request:
            return [{"answer": {"of": "the question"}}]
        stepping.set()
        assert may_end.wait(10)
        return [WAKE]

    played.answer = answer
    wakes: list[Any] = []
    step = threading.Thread(target=lambda: wakes.append(played.actor.step(5)))
    step.start()
    assert stepping.wait(10)
    threading.Timer(0.05, may_end.set).start()
    assert played.actor.ask({}) == {"of": "the question"}
    step.join()
    assert wakes[0].idle
    assert [next(iter(request)) for request in played.process.requests] == ["step", "ask"]
