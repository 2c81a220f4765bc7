from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.chain.wait import wait_until
from devnet.errors import EnvironmentFailure, UsageError
from devnet.runtime.base import NodeLaunch
from devnet.runtime.datadir import TEMPLATES_KEPT
from devnet.runtime.logs import early_exit
from devnet.runtime.nursery import Nursery
from devnet.runtime.process import ProcessRuntime

SLEEPER = "exec /bin/sleep 600\n"


def fake_geth(path: Path, body: str, version: str = "1.17.8-stable") -> Path:
    """A program that says it is geth and initialises, and whose run is ``body``."""
    path.write_text(
        "#!/bin/sh\n"
        f'case "$1" in --version) echo "geth version {version}"; exit;; '
        'init) mkdir -p "$3"; touch "$3/initialised"; exit;; esac\n' + body
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with Nursery.start(f"process-test-{os.getpid()}") as started:
        yield started


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run directory with a genesis in it."""
    (tmp_path / "genesis.json").write_text('{"config": {"chainId": 1}}')
    return tmp_path


@pytest.fixture
def geth(run: Path) -> Path:
    return fake_geth(run / "geth", SLEEPER)


def launch(run: Path, name: str = "node-0") -> NodeLaunch:
    return NodeLaunch(name, run / "genesis.json", 60_000_000)


def test_a_node_is_started_on_a_copy_of_the_initialised_datadir(geth: Path, run: Path, nursery: Nursery) -> None:
    runtime = ProcessRuntime(run, geth, nursery)
    node = runtime.start(launch(run))
    assert node.is_alive()
    assert (run / "nodes" / "node-0" / "datadir" / "initialised").exists()
    arguments = Path(f"/proc/{node.pid}/cwd").resolve()
    assert arguments == run / "nodes" / "node-0"
    runtime.close()
    assert node.exit_code() == -signal.SIGTERM


def test_the_genesis_is_initialised_once_however_it_is_laid_out(geth: Path, run: Path, nursery: Nursery) -> None:
    runtime = ProcessRuntime(run, geth, nursery)
    runtime.start(launch(run, "node-0"))
    document = json.loads((run / "genesis.json").read_text())
    (run / "genesis.json").write_text(json.dumps(document, indent=4))
    runtime.start(launch(run, "node-1"))
    assert len(list((run / "templates").iterdir())) == 1


def test_templates_unused_for_long_go_when_there_are_too_many(geth: Path, run: Path, nursery: Nursery) -> None:
    templates = run / "kept"
    for number in range(TEMPLATES_KEPT + 4):
        (templates / str(number)).mkdir(parents=True)
        # The last two were used a minute ago: somebody may be copying them.
        used = time.time() - (60 if number >= TEMPLATES_KEPT + 2 else 1e6 - number)
        os.utime(templates / str(number), (used, used))
    ProcessRuntime(run, geth, nursery, templates).start(launch(run))
    left = {found.name for found in templates.iterdir()}
    assert len(left) == TEMPLATES_KEPT
    assert not left & {"0", "1", "2", "3", "4"}
    assert {str(TEMPLATES_KEPT + 2), str(TEMPLATES_KEPT + 3)} < left


def test_nodes_of_two_runtimes_on_one_nursery_do_not_share_a_socket(geth: Path, run: Path, nursery: Nursery) -> None:
    (run / "other").mkdir()
    first = ProcessRuntime(run, geth, nursery).start(launch(run))
    second = ProcessRuntime(run / "other", geth, nursery).start(launch(run))
    assert first.endpoint.ipc_path != second.endpoint.ipc_path


def test_a_datadir_of_another_genesis_is_not_opened(geth: Path, run: Path, nursery: Nursery) -> None:
    ProcessRuntime(run, geth, nursery).start(launch(run)).stop()
    (run / "genesis.json").write_text('{"config": {"chainId": 2}}')
    with pytest.raises(EnvironmentFailure, match=r"node-0 has genesis .* belongs to another network"):
        ProcessRuntime(run, geth, nursery).start(launch(run))


@pytest.mark.parametrize(
    "record", [None, "", "{}", "[]", '{"geth": "1"}'], ids=["none", "empty", "bare", "list", "half"]
)
def test_a_datadir_without_a_readable_record_is_not_opened(
    geth: Path, run: Path, nursery: Nursery, record: str | None
) -> None:
    ProcessRuntime(run, geth, nursery).start(launch(run)).stop()
    path = run / "nodes" / "node-0" / "datadir.json"
    path.unlink()
    if record is not None:
        path.write_text(record)
    with pytest.raises(EnvironmentFailure, match=r"no readable record .*remove it"):
        ProcessRuntime(run, geth, nursery).start(launch(run))


def test_a_failed_initialisation_shows_geths_words_and_leaves_no_template(run: Path, nursery: Nursery) -> None:
    (run / "geth").write_text(
        '#!/bin/sh\ncase "$1" in --version) echo geth version 1.17.8-stable; exit;; esac\necho Fatal: bad >&2; exit 1\n'
    )
    (run / "geth").chmod(0o755)
    with pytest.raises(EnvironmentFailure, match=r"geth init failed with exit code 1:\nFatal: bad"):
        ProcessRuntime(run, run / "geth", nursery).start(launch(run))
    assert list((run / "templates").iterdir()) == []


def test_a_name_cannot_be_started_twice_nor_after_close(geth: Path, run: Path, nursery: Nursery) -> None:
    runtime = ProcessRuntime(run, geth, nursery)
    runtime.start(launch(run))
    with pytest.raises(UsageError, match="node-0: it exists"):
        runtime.start(launch(run))
    runtime.close()
    with pytest.raises(UsageError, match="runtime is closed"):
        runtime.start(launch(run, "node-1"))


def test_close_after_the_nursery_died_is_quiet(geth: Path, run: Path, nursery: Nursery) -> None:
    runtime = ProcessRuntime(run, geth, nursery)
    node = runtime.start(launch(run))
    os.kill(nursery.pid, signal.SIGKILL)
    wait_until(lambda: not node.is_alive(), 10, "death of the nursery not noticed")
    runtime.close()


def test_a_datadir_of_another_geth_is_not_opened(geth: Path, run: Path, nursery: Nursery) -> None:
    ProcessRuntime(run, geth, nursery).start(launch(run)).stop()
    older = fake_geth(run / "older", "exit 0", version="1.16.0-stable")
    with pytest.raises(EnvironmentFailure, match=r"made by geth 1\.17\.8-stable, not 1\.16\.0-stable"):
        ProcessRuntime(run, older, nursery).start(launch(run))


def test_a_geth_that_exits_at_once_is_told_with_its_last_thirty_lines(run: Path, nursery: Nursery) -> None:
    quitter = fake_geth(run / "geth", "for n in $(seq 1 100); do echo line $n; done; exit 9\n")
    node = ProcessRuntime(run, quitter, nursery).start(launch(run))
    wait_until(lambda: not node.is_alive(), 10, "it runs")
    message = str(early_exit(node))
    assert message.startswith("node node-0 ended early, exit code 9; its last log lines:\n  line 71\n")
    assert message.endswith("line 100")


@pytest.mark.parametrize("body", ["no program", "", "#!/bin/sh\necho something else\n"], ids=["text", "empty", "other"])
def test_what_is_no_geth_is_refused_before_anything_starts(run: Path, nursery: Nursery, body: str) -> None:
    (run / "geth").write_text(body)
    (run / "geth").chmod(0o755)
    with pytest.raises(EnvironmentFailure, match=r"geth"):
        ProcessRuntime(run, run / "geth", nursery)


def test_a_missing_geth_is_named(run: Path, nursery: Nursery) -> None:
    with pytest.raises(EnvironmentFailure, match=r"cannot run geth .*/none"):
        ProcessRuntime(run, run / "none", nursery)


def test_a_stubborn_node_is_ended_with_sigkill(run: Path, nursery: Nursery) -> None:
    stubborn = fake_geth(run / "geth", "trap '' TERM\necho ready\nwhile :; do sleep 1; done\n")
    node = ProcessRuntime(run, stubborn, nursery).start(launch(run))
    wait_until(lambda: node.log_tail() == ("ready",), 10, "trap not set")
    assert node.stop(timeout_s=0.2) == -signal.SIGKILL
