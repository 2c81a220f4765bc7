from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.chain.wait import wait_until
from devnet.errors import EnvironmentFailure
from devnet.runtime.leftovers import leftovers, processes_of
from devnet.runtime.nursery import Nursery

RUN = f"nursery-test-{os.getpid()}"
SLEEP = ("/bin/sleep", "600")

ENTRIES = """
import os, signal, sys

def echo(channel, config):
    channel.sendall(channel.recv(100) + config["suffix"].encode())

def fail(channel, config):
    raise RuntimeError("told to")

def leave(channel, config):
    sys.exit(7)

def describe(channel, config):
    descriptors = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    text = f"{os.getsid(0) == os.getpid()} {len([d for d in descriptors if os.path.exists(f'/proc/self/fd/{d}')])}"
    channel.sendall(f"{text} {os.environ['DEVNET_RUN']} {'json' in sys.modules}".encode())

def ignore(channel, config):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.sendall(b"up")
    while True:
        signal.pause()

def serve(channel, config):
    channel.sendall(b"up")
    channel.recv(1)
"""

OWNER = """
import sys
from pathlib import Path
from devnet.runtime.nursery import Nursery
log = Path(sys.argv[2])
nursery = Nursery.start(sys.argv[1], log)
children = [nursery.spawn(["/bin/sleep", "600"], log=log) for _ in range(3)]
print(nursery.pid, *(child.pid for child in children), nursery.scratch, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def nursery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    (tmp_path / "nursery_entries.py").write_text(ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)
    with Nursery.start(RUN, tmp_path / "nursery.log") as started:
        yield started
    assert leftovers(RUN) == []


def wait_for_end(pid: int, timeout_s: float = 10.0) -> None:
    """Return once a process that need not be our child has ended; fail if it does not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], timeout_s)[0], f"process {pid} still runs after {timeout_s} s"
    finally:
        os.close(descriptor)


def test_a_child_runs_with_its_output_in_the_log_and_its_code_reported(nursery: Nursery, tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = nursery.spawn(["/bin/sh", "-c", "echo $WHO in $PWD; exit 3"], log=log, env={"WHO": "child"}, cwd=tmp_path)
    assert child.wait() == 3
    assert child.poll() == 3
    assert log.read_text() == f"child in {tmp_path}\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_child_carries_the_run_marker_and_leads_a_session_of_its_own(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(SLEEP, log=tmp_path / "log")
    # A program that was only just executed may not show its environment yet.
    wait_until(lambda: child.pid in {found.pid for found in processes_of(RUN)}, 10, "child is not marked")
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    assert os.getsid(nursery.pid) == nursery.pid


def test_the_nursery_has_one_thread_even_after_preloading(nursery: Nursery, tmp_path: Path) -> None:
    nursery.preload()
    nursery.spawn(["/bin/true"], log=tmp_path / "log").wait()
    assert len(os.listdir(f"/proc/{nursery.pid}/task")) == 1


def test_a_program_that_does_not_exist_is_an_environment_failure_that_names_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentFailure, match="/no/such/geth"):
        nursery.spawn(["/no/such/geth"], log=tmp_path / "log")
    assert nursery.spawn(["/bin/true"], log=tmp_path / "log").wait() == 0


def test_kill_ends_what_ignores_sigterm(nursery: Nursery, tmp_path: Path) -> None:
    actor = nursery.fork_actor("a", "nursery_entries:ignore", {}, tmp_path / "log")
    with actor.channel:
        assert actor.channel.recv(2) == b"up"
        actor.signal(signal.SIGTERM)
        assert actor.wait(0.1) is None
        actor.kill()
        assert actor.poll() == -signal.SIGKILL


def test_what_a_child_bore_ends_with_it(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(["/bin/sh", "-c", "/bin/sleep 600 & /bin/sleep 601"], log=tmp_path / "log")
    wait_until(lambda: len(processes_of(RUN)) >= 3, 10, "grandchildren are not there")
    child.kill()
    for left in processes_of(RUN):
        if "sleep" in left.command:
            wait_for_end(left.pid)


def test_signals_to_an_ended_child_reach_nobody(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(["/bin/true"], log=tmp_path / "log")
    assert child.wait() == 0
    child.signal(signal.SIGKILL)
    child.kill()
    assert child.poll() == 0


def test_a_waiting_caller_is_told_none_while_the_child_runs(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(SLEEP, log=tmp_path / "log")
    assert child.wait(0.01) is None
    assert child.poll() is None


def test_an_actor_talks_over_its_channel_and_gets_its_configuration(nursery: Nursery, tmp_path: Path) -> None:
    # Larger than any socket buffer: a configuration may carry every ABI.
    config = {"suffix": "!", "ballast": "x" * 3_000_000}
    actor = nursery.fork_actor("validator-1", "nursery_entries:echo", config, tmp_path / "log")
    with actor.channel:
        actor.channel.sendall(b"hello")
        assert actor.channel.recv(100) == b"hello!"
    assert actor.wait() == 0
    assert actor.name == "validator-1"


def test_an_actor_that_raises_exits_with_one_and_leaves_its_traceback(nursery: Nursery, tmp_path: Path) -> None:
    actor = nursery.fork_actor("a", "nursery_entries:fail", {}, tmp_path / "actor.log")
    with actor.channel:
        assert actor.wait() == 1
        assert actor.channel.recv(1) == b""
    assert "RuntimeError: told to" in (tmp_path / "actor.log").read_text()


def test_an_actor_may_choose_its_exit_code(nursery: Nursery, tmp_path: Path) -> None:
    actor = nursery.fork_actor("a", "nursery_entries:leave", {}, tmp_path / "log")
    actor.channel.close()
    assert actor.wait() == 7


def test_an_actor_whose_entry_cannot_be_imported_exits_with_one(nursery: Nursery, tmp_path: Path) -> None:
    actor = nursery.fork_actor("a", "no_such_module:main", {}, tmp_path / "actor.log")
    actor.channel.close()
    assert actor.wait() == 1
    assert "no_such_module" in (tmp_path / "actor.log").read_text()


def test_what_an_entry_imports_is_imported_once_for_all_actors(nursery: Nursery, tmp_path: Path) -> None:
    (tmp_path / "counted_entries.py").write_text(
        "import os\nfrom pathlib import Path\n"
        "with Path(__file__).with_name('imports').open('a') as file: print(os.getpid(), file=file)\n"
        "def main(channel, config): pass\n"
    )
    for number in range(3):
        actor = nursery.fork_actor(f"a{number}", "counted_entries:main", {}, tmp_path / "log")
        actor.channel.close()
        assert actor.wait() == 0
    assert (tmp_path / "imports").read_text().split() == [str(nursery.pid)]


def test_an_actor_holds_no_descriptor_but_its_own(nursery: Nursery, tmp_path: Path) -> None:
    others = [nursery.fork_actor(f"o{n}", "nursery_entries:serve", {}, tmp_path / "log") for n in range(3)]
    actor = nursery.fork_actor("a", "nursery_entries:describe", {}, tmp_path / "log")
    with actor.channel:
        # Standard input, output, error and the channel; leading its own session; marked; sharing the preloaded code.
        assert actor.channel.recv(100).decode() == f"True 4 {RUN} True"
    for other in others:
        # Were the channel open in a later sibling, this would not end the actor.
        assert other.channel.recv(2) == b"up"
        other.channel.close()
        assert other.wait() == 0


def test_an_actor_ends_when_the_nursery_closes(nursery: Nursery, tmp_path: Path) -> None:
    actor = nursery.fork_actor("a", "nursery_entries:serve", {}, tmp_path / "log")
    with actor.channel:
        assert actor.channel.recv(2) == b"up"
        nursery.close()
        assert actor.poll() == -signal.SIGKILL


def test_close_ends_children_and_grandchildren_and_the_scratch_directory(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(["/bin/sh", "-c", "/bin/sleep 600 & /bin/sleep 600"], log=tmp_path / "log")
    (nursery.scratch / "0.ipc").write_text("")
    nursery.close()
    nursery.close()
    assert child.poll() == -signal.SIGKILL
    assert not nursery.scratch.exists()
    assert leftovers(RUN) == []


def test_requests_from_many_threads_all_get_their_own_answer(nursery: Nursery, tmp_path: Path) -> None:
    codes: dict[int, int | None] = {}

    def spawn(code: int) -> None:
        codes[code] = nursery.spawn(["/bin/sh", "-c", f"exit {code}"], log=tmp_path / "log").wait()

    threads = [threading.Thread(target=spawn, args=(code,)) for code in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {code: code for code in range(20)}


def test_death_of_the_nursery_ends_its_children_and_is_told(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.spawn(SLEEP, log=tmp_path / "log")
    actor = nursery.fork_actor("a", "nursery_entries:serve", {}, tmp_path / "log")
    with actor.channel:
        assert actor.channel.recv(2) == b"up"
        os.kill(nursery.pid, signal.SIGKILL)
        wait_for_end(child.pid)
        wait_for_end(actor.pid)
    assert child.wait() == actor.wait() == -signal.SIGKILL
    with pytest.raises(EnvironmentFailure, match=r"nursery \d+ of run .* has ended"):
        nursery.spawn(SLEEP, log=tmp_path / "log")


def test_the_nursery_ignores_interrupt_and_hangup(nursery: Nursery, tmp_path: Path) -> None:
    nursery.spawn(["/bin/true"], log=tmp_path / "log").wait()
    os.kill(nursery.pid, signal.SIGINT)
    os.kill(nursery.pid, signal.SIGHUP)
    assert nursery.spawn(["/bin/sh", "-c", "exit 4"], log=tmp_path / "log").wait() == 4


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["sigkill", "sigterm"])
def test_death_of_the_owner_ends_everything(tmp_path: Path, end: signal.Signals) -> None:
    run = f"{RUN}-owner"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, run, str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as owner:
        assert owner.stdout is not None
        *pids, scratch = owner.stdout.readline().decode().split()
        assert len(pids) == 4
        owner.send_signal(end)
        owner.wait()
        # The nursery goes last: when it is gone, all is.
        wait_for_end(int(pids[0]))
    assert not Path(scratch).exists()
    assert leftovers(run) == []


def test_the_owners_death_is_noticed_although_a_fork_of_it_holds_the_socket(tmp_path: Path) -> None:
    run = f"{RUN}-forked"
    script = OWNER.replace("sys.stdin.read()", "import os\nif os.fork(): sys.stdin.read()\nelse: os.read(0, 1)")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, run, str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as owner:
        assert owner.stdout is not None
        pids = owner.stdout.readline().split()
        owner.kill()
        wait_for_end(int(pids[0]))
    assert leftovers(run) == []
