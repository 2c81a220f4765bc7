"""Where a network keeps everything it owns: ``$DEVNET_HOME/networks/NAME/{lock,state.json,templates,runs/ID}``."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from platformdirs import user_state_path

from devnet.artifacts.network_lock import NetworkLock, lock_holder
from devnet.artifacts.private_files import make_private
from devnet.artifacts.state import NetworkState, process_start, read_state, write_state
from devnet.config.validate import name_problem
from devnet.disk import check_disk
from devnet.errors import ManifestError

Sweep = Callable[[str], Sequence[str]]
"""Ends what a run with that id left behind and says what it was; it is the runtimes' to know."""

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

_KEPT_RUNS = 10


def devnet_home() -> Path:
    """``$DEVNET_HOME``, by default the user's state directory of that name."""
    chosen = os.environ.get("DEVNET_HOME")
    return Path(chosen).expanduser().absolute() if chosen else user_state_path("mosaic-devnet")


def new_run_id() -> str:
    """A short name that no other run on this machine has; sorts by time."""
    return f"{datetime.now(UTC):%y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """What one run of a network writes; stays after it ended, to be looked at."""

    path: Path
    """The directory, private to its owner."""
    run: str
    """Its run id."""

    @property
    def logs(self) -> Path:
        """One ``NAME.log`` for each node and actor, and for the World."""
        return self.path / "logs"

    @property
    def actors(self) -> Path:
        """One directory for each actor's durable state."""
        return self.path / "actors"

    @property
    def history(self) -> Path:
        """The run's History."""
        return self.path / "history.sqlite"


class NetworkDirectory:
    """A network's place on this machine, whether it runs or not."""

    def __init__(self, name: str, home: Path | None = None) -> None:
        problem = name_problem(name)
        if problem is not None:
            raise ManifestError(f"network name {problem}")
        self.name = name
        """What ``--name`` addresses."""
        self.home = home or devnet_home()
        """The directory above all networks."""
        self.path = self.home / "networks" / name
        """The network's own directory."""

    @property
    def templates(self) -> Path:
        """Initialised data directories, kept from run to run."""
        return self.path / "templates"

    def state(self) -> NetworkState | None:
        """What it says about itself; stale unless ``is_running``."""
        return read_state(self.path / "state.json")

    def is_running(self) -> bool:
        """Whether a process holds its lock, this one included."""
        state = self.state()
        return (state is not None and state.is_own()) or lock_holder(self.path / "lock") is not None

    def is_stale(self) -> bool:
        """Whether its World went without cleaning up."""
        return self.state() is not None and not self.is_running()

    def hold(self, sweep: Sweep, report: Report) -> HeldNetwork:
        """Take the network for this process and begin a run, after sweeping what a dead World left.

        Raises ManifestError when it is running already, EnvironmentFailure when the disk will not do.
        """
        make_private(self.path)
        check_disk(self.path)
        lock = NetworkLock(self.path / "lock")
        if self.is_running() or not lock.acquire():
            raise ManifestError(self._running_already())
        try:
            self._sweep_stale(sweep, report)
            return HeldNetwork(self, lock, self._new_run())
        except BaseException:
            lock.release()
            raise

    def sweep_if_stale(self, sweep: Sweep, report: Report) -> bool:
        """Clear what a dead World left; whether there was anything."""
        lock = NetworkLock(self.path / "lock")
        if not self.is_stale() or not lock.acquire():
            return False
        try:
            self._sweep_stale(sweep, report)
        finally:
            lock.release()
        return True

    def _running_already(self) -> str:
        state = self.state()
        pid = state.pid if state else lock_holder(self.path / "lock")
        return (
            f"network {self.name} is already running (pid {pid}): "
            f"end it with devnet down --name {self.name}, or take another --name"
        )

    def _sweep_stale(self, sweep: Sweep, report: Report) -> None:
        state = self.state()
        if state is not None:
            left = sweep(state.run)
            report(f"network {self.name}: its World (pid {state.pid}) had died; swept {', '.join(left) or 'its state'}")
            (self.path / "state.json").unlink(missing_ok=True)

    def _new_run(self) -> RunDirectory:
        runs = make_private(self.path / "runs")
        for old in sorted(runs.iterdir())[: -_KEPT_RUNS + 1]:
            shutil.rmtree(old, ignore_errors=True)
        run = new_run_id()
        directory = RunDirectory(make_private(runs / run), run)
        make_private(directory.logs)
        make_private(directory.actors)
        return directory


class HeldNetwork:
    """A network that this process runs, until ``release`` or its end. Use ``with``, or release it."""

    def __init__(self, network: NetworkDirectory, lock: NetworkLock, run: RunDirectory) -> None:
        self.network = network
        """Whose it is."""
        self.run = run
        """Where this run writes."""
        self._lock = lock
        pid = os.getpid()
        self._state = NetworkState(pid, process_start(pid), run.run, str(run.path))
        write_state(network.path / "state.json", self._state)

    def publish(self, api: str, token: str) -> None:
        """Tell other processes how to reach the control API."""
        self._state = replace(self._state, api=api, token=token)
        write_state(self.network.path / "state.json", self._state)

    def release(self, remove: bool = False) -> None:
        """Say that it no longer runs; with ``remove`` its directory goes too (test worlds). Idempotent."""
        if self._lock.is_held():
            (self.network.path / "state.json").unlink(missing_ok=True)
            if remove:
                shutil.rmtree(self.network.path, ignore_errors=True)
            self._lock.release()

    def __enter__(self) -> HeldNetwork:
        """The held network itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Release it, whatever happened."""
        self.release()


def list_networks(home: Path | None = None) -> tuple[NetworkDirectory, ...]:
    """Every network that was ever started here, by name."""
    networks = (home or devnet_home()) / "networks"
    if not networks.is_dir():
        return ()
    names = sorted(entry.name for entry in networks.iterdir() if entry.is_dir() and name_problem(entry.name) is None)
    return tuple(NetworkDirectory(name, home) for name in names)


def running_networks(home: Path | None = None) -> tuple[NetworkDirectory, ...]:
    """The networks that run now, by name."""
    return tuple(network for network in list_networks(home) if network.is_running())
