"""What a run left behind, found by its id alone: processes, sockets, directories, containers."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devnet.listeners import listening_ports
from devnet.runtime.nursery import RUN_MARKER
from devnet.runtime.scratch import SUFFIX, scratch_bases, scratch_prefix
from devnet.runtime.select import docker_trouble

_END_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class LeftProcess:
    """A process that carries the run's marker in its environment."""

    pid: int
    """Process id."""
    command: str
    """Its command line, shortened."""


def leftovers(run_id: str) -> list[str]:
    """Everything of a run that still exists, one line each; empty after a clean end.

    The calling process does not count, nor do zombies, which hold nothing.
    """
    left = []
    for process in processes_of(run_id):
        ports = "".join(f", listens on {port}" for port in listening_ports(process.pid))
        left.append(f"process {process.pid}: {process.command}{ports}")
    left += [f"directory {directory}" for directory in _scratch_of(run_id)]
    if docker_trouble() is None:
        from devnet.runtime.docker_daemon import find_run

        left += find_run(run_id)
    return left


def sweep(run_id: str) -> list[str]:
    """End and remove everything of a run whose World is gone; returns what there was, when all of it is gone."""
    processes, directories = processes_of(run_id), _scratch_of(run_id)
    for process in processes:
        _end(process.pid)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    left = [f"process {process.pid}: {process.command}" for process in processes]
    left += [f"directory {directory}" for directory in directories]
    if docker_trouble() is None:
        from devnet.runtime.docker_daemon import remove_run

        left += remove_run(run_id)
    return left


def _end(pid: int) -> None:
    """SIGKILL a process and wait until it has let go of its ports and files."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, signal.SIGKILL)
            return
        descriptor = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], _END_TIMEOUT_S)
        finally:
            os.close(descriptor)


def processes_of(run_id: str) -> tuple[LeftProcess, ...]:
    """Living processes of a run, the caller left out. Empty where there is no /proc."""
    marker = f"{RUN_MARKER}={run_id}".encode()
    return tuple(found for found in _processes() if marker in _read(found.pid, "environ").split(b"\0"))


def _processes() -> Iterator[LeftProcess]:
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if pid != os.getpid():
            command = _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
            yield LeftProcess(pid, command[:120])


def _read(pid: int, name: str) -> bytes:
    """A file of /proc; empty when the process is gone, a zombie, or somebody else's."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _scratch_of(run_id: str) -> list[Path]:
    return [found for base in scratch_bases() for found in base.glob(f"{scratch_prefix(run_id)}-{SUFFIX}")]
