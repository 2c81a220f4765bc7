"""How a network is started, interrupted and left alone, with a real daemon process that runs a pretended network."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.chain.wait import wait_until
from devnet.world.daemon import Request
from devnet.world.up import StartFailed, StartInterrupted, start_network

DAEMON = """
import os
import sys
import threading
from pathlib import Path

from devnet.errors import EnvironmentFailure
from devnet.world.daemon import run


class Host:
    def __init__(self, request, report):
        self.request, self.report, self.home = request, report, Path(request.manifest)

    def start(self):
        self.home.joinpath("pid").write_text(str(os.getpid()))
        self.report(f"starting {self.request.name}")
        how = self.request.name
        if how == "taken":
            raise EnvironmentFailure("port 1 is taken")
        if how == "defect":
            raise ZeroDivisionError("nought")
        if how == "dies":
            os._exit(7)
        if how == "slow":
            threading.Event().wait()
        # As the real one does: whoever reads the output of up must not have to wait for the network's end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        return {"network": how}

    def wait(self):
        threading.Event().wait()

    def stop(self):
        if self.request.runtime == "hangs":
            self.home.joinpath("stopping").write_text("")
            threading.Event().wait()
        if self.request.name == "takes its time":
            self.home.joinpath("stopping").write_text("")
            while not self.home.joinpath("may stop").exists():
                threading.Event().wait(0.01)
        self.home.joinpath("stopped").write_text("")

    def hint(self):
        return ["devnet logs"]


run(Host)
"""

DEADLINE_S = 10


class Started:
    """One ``up`` with a pretended network."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.script = home / "daemon.py"
        self.script.write_text(DAEMON)
        self.reports: list[str] = []
        self.ready: list[dict[str, Any]] = []

    def up(self, how: str, foreground: bool = False) -> None:
        request = Request(manifest=str(self.home), name=how, foreground=foreground)
        start_network(request, self.reports.append, self.ready.append, (str(self.script),))

    def up_beside(self, how: str, runtime: str = "") -> subprocess.Popen[bytes]:
        """The same in a process of its own, which can be signalled."""
        code = (
            "import sys; from devnet.world.daemon import Request; from devnet.world.up import start_network;"
            f"start_network(Request({str(self.home)!r}, {how!r}, {runtime!r}), print, print, ({str(self.script)!r},))"
        )
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def pid(self) -> int:
        path = self.home / "pid"
        return int(wait_until(lambda: path.exists() and path.read_text(), DEADLINE_S, "no daemon"))

    def has_ended(self) -> bool:
        try:
            return Path(f"/proc/{self.pid()}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def is_torn_down(self) -> bool:
        return (self.home / "stopped").exists()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    one = Started(tmp_path)
    yield one
    if (tmp_path / "pid").exists() and not one.has_ended():
        os.kill(one.pid(), signal.SIGKILL)


def test_up_returns_when_the_network_is_ready_and_leaves_it_running(started: Started) -> None:
    started.up("demo")
    assert started.reports == ["starting demo"]
    assert started.ready == [{"network": "demo"}]
    assert os.getsid(started.pid()) == started.pid()
    with pytest.raises(AssertionError):
        wait_until_ended(started, 0.5)
    os.kill(started.pid(), signal.SIGTERM)
    wait_until_ended(started)
    assert started.is_torn_down()


def test_a_network_that_is_asked_twice_to_end_still_ends_in_order(started: Started) -> None:
    started.up("takes its time")
    os.kill(started.pid(), signal.SIGTERM)
    wait_until(lambda: (started.home / "stopping").exists(), DEADLINE_S, "not stopping")
    os.kill(started.pid(), signal.SIGTERM)
    (started.home / "may stop").write_text("")
    wait_until_ended(started)
    assert started.is_torn_down()


def wait_until_ended(started: Started, deadline_s: float = DEADLINE_S) -> None:
    try:
        wait_until(started.has_ended, deadline_s, "the daemon still runs")
    except Exception as error:
        raise AssertionError(str(error)) from error


def test_a_failure_is_told_after_everything_is_torn_down(started: Started) -> None:
    with pytest.raises(StartFailed, match=r"^port 1 is taken$") as caught:
        started.up("taken")
    assert (caught.value.exit_code, caught.value.hint) == (3, ("devnet logs",))
    assert started.is_torn_down()
    assert started.has_ended()


def test_a_defect_is_told_in_one_sentence_with_its_details_apart(
    started: Started, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StartFailed, match=r"^ZeroDivisionError: nought$") as caught:
        started.up("defect")
    assert caught.value.exit_code == 1
    assert caught.value.details.startswith("Traceback")
    assert capfd.readouterr().err == ""
    assert started.is_torn_down()


def test_a_daemon_that_dies_is_no_success(started: Started) -> None:
    with pytest.raises(StartFailed, match=r"ended unexpectedly \(exit code 7\)"):
        started.up("dies")
    assert started.ready == []


def test_ctrl_c_is_passed_on_and_tears_down(started: Started) -> None:
    up = started.up_beside("slow")
    started.pid()
    up.send_signal(signal.SIGINT)
    _, said = up.communicate(timeout=DEADLINE_S)
    assert b"StartInterrupted" in said
    assert started.is_torn_down()


def test_ctrl_c_twice_ends_a_daemon_that_hangs_in_its_tear_down(started: Started) -> None:
    up = started.up_beside("slow", runtime="hangs")
    started.pid()
    up.send_signal(signal.SIGINT)
    wait_until((started.home / "stopping").exists, DEADLINE_S, "the daemon does not stop")
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=DEADLINE_S)
    wait_until_ended(started)


def test_the_death_of_up_before_readiness_tears_down(started: Started) -> None:
    up = started.up_beside("slow")
    started.pid()
    up.kill()
    up.communicate()
    wait_until_ended(started)
    assert started.is_torn_down()


def test_the_death_of_up_after_readiness_changes_nothing(started: Started) -> None:
    up = started.up_beside("demo")
    up.communicate(timeout=DEADLINE_S)
    with pytest.raises(AssertionError):
        wait_until_ended(started, 0.5)


def test_in_the_foreground_the_network_ends_with_ctrl_c(started: Started) -> None:
    def interrupt() -> None:
        wait_until(lambda: started.ready, DEADLINE_S, "not ready")
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(StartInterrupted):
        started.up("demo", foreground=True)
    assert started.is_torn_down()


def test_in_the_foreground_the_network_may_end_by_itself(started: Started) -> None:
    def end() -> None:
        wait_until(lambda: started.ready, DEADLINE_S, "not ready")
        os.kill(started.pid(), signal.SIGTERM)

    threading.Thread(target=end).start()
    started.up("demo", foreground=True)
    assert started.is_torn_down()
