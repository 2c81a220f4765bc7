from __future__ import annotations

from pathlib import Path

import pytest

from devnet.errors import UsageError
from devnet.runtime.base import Endpoint, NodeLaunch, RunningNode, Runtime
from devnet.runtime.fake import FakeNode, FakeRuntime
from devnet.runtime.logs import early_exit

LAUNCH = NodeLaunch("origin-0", Path("genesis.json"), 60_000_000)


def test_the_fakes_fit_the_seam() -> None:
    runtime: Runtime = FakeRuntime()
    node: RunningNode = runtime.start(LAUNCH)
    assert node.name == "origin-0"
    assert node.endpoint == Endpoint(ipc_path=Path("origin-0.ipc"))


def test_a_killed_node_is_dead_until_restarted() -> None:
    node = FakeRuntime().start(LAUNCH)
    node.kill()
    assert (node.is_alive(), node.exit_code()) == (False, -9)
    node.restart()
    assert (node.is_alive(), node.exit_code(), node.starts) == (True, None, 2)


def test_a_node_that_ended_keeps_its_first_exit_code() -> None:
    node = FakeRuntime().start(LAUNCH)
    node.end(3)
    assert node.stop() == 3


def test_on_start_may_end_a_node_at_once_and_the_early_exit_shows_its_last_lines() -> None:
    def refuse(node: FakeNode) -> None:
        node.lines += [f"line {number}" for number in range(40)]
        node.end(1)

    node = FakeRuntime(on_start=refuse).start(LAUNCH)
    message = str(early_exit(node))
    assert message.startswith("node origin-0 ended early, exit code 1")
    assert "line 9\n" not in message
    assert message.endswith("line 39")
    assert message.count("line ") == 30


def test_a_name_cannot_be_started_twice_nor_after_close() -> None:
    runtime = FakeRuntime()
    node = runtime.start(LAUNCH)
    with pytest.raises(UsageError, match="it exists"):
        runtime.start(LAUNCH)
    runtime.close()
    assert not node.is_alive()
    with pytest.raises(UsageError, match="runtime is closed"):
        runtime.start(NodeLaunch("other", Path("genesis.json"), 60_000_000))
