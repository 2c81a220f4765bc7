"""Ends networks, and finds the one that is meant."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from devnet.artifacts.run_directory import NetworkDirectory, list_networks, running_networks
from devnet.artifacts.state import NetworkState, process_start
from devnet.chain.wait import wait_until
from devnet.errors import ManifestError, WaitTimeout
from devnet.runtime.leftovers import processes_of, sweep
from devnet.world.control_client import ControlClient

ORDERLY_S = 30.0
"""Time in which a World ends in order; seen: 2 s with containers. After it the World is killed."""

KILLED_S = 15.0
"""Time in which the nursery ends all that is left after its World was killed."""


def find_running(name: str | None) -> NetworkDirectory:
    """The running network of that name, or the only one. Raises ManifestError if there is none, or more than one."""
    running = running_networks()
    names = [network.name for network in running]
    if name is None and len(running) == 1:
        return running[0]
    dead = [network.name for network in list_networks() if network.is_stale() and name in (None, network.name)]
    if dead and not (running and name is None):
        raise ManifestError(f"the World of network {dead[0]} has died: {_after_death(dead[0])}")
    if name is None:
        if not running:
            raise ManifestError("no network is running: start one with devnet up")
        raise ManifestError(f"several networks are running: choose one with --name ({', '.join(names)})")
    if name in names:
        return running[names.index(name)]
    near = get_close_matches(name, names, n=1)
    hint = f": did you mean {near[0]!r}?" if near else f" (running: {', '.join(names) or 'none'}): devnet up starts one"
    raise ManifestError(f"network {name!r} is not running{hint}")


def _after_death(name: str) -> str:
    return f"devnet logs --name {name} world tells why, devnet down --name {name} clears it away"


def find_known(name: str | None) -> NetworkDirectory:
    """As ``find_running``, but a network that has ended will do: its logs are still there."""
    known = list_networks()
    if name is None and not running_networks() and len(known) == 1:
        return known[0]
    if name is not None and name in [network.name for network in known]:
        return NetworkDirectory(name)
    return find_running(name)


def connect(name: str | None) -> ControlClient:
    """The control API of a running network. Raises ManifestError if it is not running or still starting."""
    network = find_running(name)
    state = network.state()
    if state is None or not state.api:
        raise ManifestError(f"network {network.name} is still starting: try again in a moment")
    return ControlClient(state.api, state.token)


def end_network(name: str | None, report: Callable[[str], None]) -> str | None:
    """End a network and wait until all of it is gone; the name of what was ended, None if there was nothing.

    Without a name the only one is meant. One whose World died without cleaning up counts, and is swept.
    Raises ManifestError if there are several and none is named, WaitTimeout if something does not end.
    """
    known = list_networks() if name is None else (NetworkDirectory(name),)
    there = [network for network in known if network.is_running() or network.is_stale()]
    if not there:
        return None
    if len(there) > 1:
        names = ", ".join(f"{network.name}{'' if network.is_running() else ' (died)'}" for network in there)
        raise ManifestError(f"there are several networks: choose one with --name ({names})")
    network, state = there[0], there[0].state()
    if state is not None and network.is_running():
        report(f"network {network.name}: ending")
        _end(network, state, report)
    if state is not None:
        _sweep(network, state, report)
    return network.name


def _end(network: NetworkDirectory, state: NetworkState, report: Callable[[str], None]) -> None:
    _signal(state, signal.SIGTERM)
    try:
        wait_until(lambda: not network.is_running(), ORDERLY_S, lambda: f"network {network.name} is still ending")
    except WaitTimeout:
        report(f"network {network.name}: did not end within {ORDERLY_S:.0f} s, killing its World (pid {state.pid})")
        _signal(state, signal.SIGKILL)
        wait_until(lambda: not network.is_running(), KILLED_S, lambda: f"World {state.pid} survives SIGKILL")


def _sweep(network: NetworkDirectory, state: NetworkState, report: Callable[[str], None]) -> None:
    """Let World and nursery finish what they do at their end, and remove what is left after them, if anything."""
    with suppress(WaitTimeout):
        wait_until(lambda: not _is_alive(state) and not processes_of(state.run), KILLED_S, "its processes are there")
    if network.sweep_if_stale(sweep, report):
        return
    left = sweep(state.run)
    if left:
        report(f"network {network.name}: swept {', '.join(left)}")


def _is_alive(state: NetworkState) -> bool:
    """Whether the World's process still does something; one that nobody has waited for yet does not."""
    try:
        stat = Path(f"/proc/{state.pid}/stat").read_text()
    except OSError:
        return False
    return process_start(state.pid) == state.process_start and stat.rpartition(")")[2].split()[0] != "Z"


def _signal(state: NetworkState, number: int) -> None:
    """Signal a World, and never a process that got its pid after it."""
    if process_start(state.pid) == state.process_start:
        with suppress(ProcessLookupError):
            os.kill(state.pid, number)
