"""Which network is meant, whose logs they are, and what is said when there is none or more than one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.chain.wait import wait_until
from devnet.errors import ManifestError
from devnet.world.down import connect, end_network, find_running
from devnet.world.logs import follow, last_lines, logs_of
from devnet.world.serving import shell_name

HOLDER = """
import signal, sys
from devnet.artifacts.run_directory import NetworkDirectory
held = NetworkDirectory(sys.argv[1]).hold(lambda run: [], lambda line: None)
for name in ("origin-0", "auxiliary-1-0", "auxiliary-1-1", "validator-1", "world"):
    held.run.logs.joinpath(f"{name}.log").write_text(f"first of {name}\\nlast of {name}\\n")
if sys.argv[2] == "serving":
    held.publish("http://127.0.0.1:9", "token")
print("held", flush=True)
signal.pause()
"""

Hold = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVNET_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts a process that holds a network as a World does."""
    started: list[subprocess.Popen[str]] = []

    def hold(name: str, how: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLDER, name, how], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def no_report(line: str) -> None:
    pass


def test_the_only_running_network_needs_no_name(hold: Hold) -> None:
    hold("one")
    assert find_running(None).name == "one"


def test_several_running_networks_are_listed(hold: Hold) -> None:
    hold("one")
    hold("two")
    with pytest.raises(ManifestError, match=r"several networks are running: choose one with --name \(one, two\)"):
        find_running(None)
    assert find_running("two").name == "two"


def test_a_wrong_name_is_answered_with_the_nearest(hold: Hold) -> None:
    hold("demo")
    with pytest.raises(ManifestError, match="'dmeo' is not running: did you mean 'demo'"):
        find_running("dmeo")
    with pytest.raises(ManifestError, match=r"'zzz' is not running \(running: demo\): devnet up starts one"):
        find_running("zzz")


def test_a_dead_network_says_what_helps(hold: Hold) -> None:
    dead = hold("one")
    dead.kill()
    dead.wait()
    for name in ("one", None):
        with pytest.raises(ManifestError, match=r"World of network one has died: .* devnet down --name one clears it"):
            find_running(name)
    hold("two")
    assert find_running(None).name == "two"


def test_a_network_that_is_not_serving_yet_says_so(hold: Hold) -> None:
    hold("one")
    with pytest.raises(ManifestError, match="still starting"):
        connect("one")


def test_a_serving_network_is_connected_to_by_its_state(hold: Hold) -> None:
    hold("one", "serving")
    assert connect(None).url == "http://127.0.0.1:9"


def test_down_ends_the_world_and_waits_for_it(hold: Hold) -> None:
    world = hold("one")
    assert end_network(None, no_report) == "one"
    assert world.wait(5) == -signal.SIGTERM
    assert end_network(None, no_report) is None


def test_down_lists_where_there_are_several_the_dead_included(hold: Hold) -> None:
    hold("one")
    dead = hold("two")
    dead.kill()
    dead.wait()
    with pytest.raises(ManifestError, match=r"several networks: choose one with --name \(one, two \(died\)\)"):
        end_network(None, no_report)


def test_down_sweeps_what_a_dead_world_left(hold: Hold) -> None:
    dead = hold("one")
    dead.kill()
    dead.wait()
    said: list[str] = []
    assert end_network("one", said.append) == "one"
    assert any("had died" in line for line in said)
    assert not NetworkDirectory("one").is_stale()


def test_down_never_signals_a_process_that_got_the_pid_later(hold: Hold, home: Path) -> None:
    hold("one")
    state = home / "networks" / "one" / "state.json"
    innocent = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        text = state.read_text()
        before = NetworkDirectory("one").state()
        assert before is not None
        state.write_text(text.replace(str(before.pid), str(innocent.pid)))
        os.kill(before.pid, signal.SIGKILL)
        wait_until(lambda: not NetworkDirectory("one").is_running(), 5, "still held")
        assert end_network("one", no_report) == "one"
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_logs_are_found_for_a_chain_a_node_an_actor_and_the_world(hold: Hold) -> None:
    hold("one")
    assert list(logs_of(None, "auxiliary-1").files()) == ["auxiliary-1-0", "auxiliary-1-1"]
    assert list(logs_of(None, "auxiliary-1-1").files()) == ["auxiliary-1-1"]
    assert list(logs_of(None, "validator-1").files()) == ["validator-1"]
    assert list(logs_of("one", "world").files()) == ["world"]
    assert len(logs_of(None, None).files()) == 5


def test_logs_of_an_unknown_name_are_refused_with_the_nearest(hold: Hold) -> None:
    hold("one")
    with pytest.raises(ManifestError, match=r"no log of 'orgin'; did you mean 'origin"):
        logs_of(None, "orgin")


def test_logs_of_a_network_that_has_ended_are_still_there(hold: Hold) -> None:
    hold("one")
    end_network(None, no_report)
    assert list(last_lines(logs_of(None, "world").files(), 1)) == [("world", "last of world")]


def test_the_last_lines_are_those_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\x1b[31m\xff\nthree")
    assert [line for _, line in last_lines({"a": path}, 2)] == ["two[31m\ufffd", "three"]
    assert list(last_lines({"a": path}, 0)) == []


def test_following_shows_whole_lines_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    seen: list[str] = []

    def read() -> None:
        for _, line in follow(lambda: {"a": path}, lambda: True):
            seen.append(line)
            if line == "end":
                return

    def write(text: str) -> None:
        with path.open("a") as file:
            file.write(text)

    def heard() -> list[str]:
        write("begin\n")
        return seen

    reader = threading.Thread(target=read)
    reader.start()
    # Where following begins is up to the reader's thread: write until it is heard.
    wait_until(heard, 5, "nothing seen")
    write("ha")
    write("lf\nend\n")
    reader.join(5)
    assert seen[-2:] == ["half", "end"]
    assert "old" not in seen


def test_following_ends_with_the_run_and_hears_who_came_later(hold: Hold) -> None:
    hold("one")
    logs = logs_of(None, None)
    growing = iter([True, True, False])

    def is_growing() -> bool:
        """Between two looks one more line is written, and one more file."""
        with (logs.directory / "world.log").open("a") as file:
            file.write("heard\n")
        if (goes_on := next(growing)) is False:
            (logs.directory / "carol.log").write_text("from the beginning\n")
        return goes_on

    assert list(follow(logs.files, is_growing)) == [
        ("world", "heard"),
        ("carol", "from the beginning"),
        ("world", "heard"),
    ]
    end_network("one", no_report)
    assert not logs.is_growing()
    assert list(follow(logs.files, logs.is_growing)) == []


def test_a_run_that_another_has_followed_no_longer_writes(hold: Hold) -> None:
    hold("one")
    before = logs_of(None, "world")
    end_network("one", no_report)
    hold("one")
    (now,) = {path for path in before.directory.parents[1].glob("*/logs")} - {before.directory}
    assert [before.is_growing(), replace(before, directory=now).is_growing()] == [False, True]


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("auxiliary-1", "AUXILIARY_1"),
        ("PollingPlace", "POLLING_PLACE"),
        ("auxiliary-1:Core", "AUXILIARY_1_CORE"),
        ("AuxiliaryBlockStore", "AUXILIARY_BLOCK_STORE"),
    ],
)
def test_names_become_shell_variables(name: str, variable: str) -> None:
    assert shell_name(name) == variable
