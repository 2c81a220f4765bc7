"""The process that ``up`` starts: it runs one network until it is told to stop.

Progress goes to ``up`` through a pipe, one JSON object a line::

    {"report": "..."}                                    a step begins
    {"ready": {...}}                                     the network's status; the pipe is closed afterwards
    {"error": "...", "exit_code": 3, "hint": [...]}      it could not be started, everything is torn down again;
                                                         "details" holds the traceback of a defect of ours

If the reader of the pipe goes away before that, nobody wants the network any more, and it is torn down.
SIGTERM and SIGINT end it: once in order, twice at once (the nursery then ends all that is left).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any, Protocol

from devnet.errors import DevnetError

INTERRUPTED = 130
"""Exit code after a signal."""


@dataclass(frozen=True, slots=True)
class Request:
    """What ``up`` was asked for."""

    manifest: str | None = None
    """Name or path; None = the default network."""
    name: str | None = None
    """Name to run it under; None = the manifest's."""
    runtime: str | None = None
    """``auto``, ``process`` or ``docker``; None = the manifest's."""
    geth: str | None = None
    """Path of a geth binary; None = found or built."""
    foreground: bool = False
    """Whether the network ends with ``up``."""

    def as_argument(self) -> str:
        """As the daemon's command line carries it."""
        return json.dumps(asdict(self))


class Interrupted(BaseException):
    """A signal, or a closed pipe, ends the network; no error, so nothing that handles errors may hold it up."""


class Host(Protocol):
    """What runs the network; all of it in the main thread, which a signal may interrupt anywhere."""

    def start(self) -> dict[str, Any]:
        """Everything until the network is ready; returns its status, and ``warnings``. Raises DevnetError."""

    def wait(self) -> None:
        """Serve until interrupted."""

    def stop(self) -> None:
        """End everything; idempotent, and safe at any point of ``start``."""

    def hint(self) -> list[str]:
        """Commands that help after a failure."""


MakeHost = Callable[[Request, Callable[[str], None]], Host]
"""Makes the host; it is told where progress goes."""


class Pipe:
    """The way back to ``up``; writing into it never fails."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message; ignored when nobody reads any more."""
        with self._lock:
            if self._descriptor < 0:
                return
            line = json.dumps(message).encode() + b"\n"
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                self._close()

    def close(self) -> None:
        """Tell ``up`` that nothing more comes; idempotent."""
        with self._lock:
            self._close()

    def watch(self, gone: Callable[[], None], is_wanted: Callable[[], bool]) -> None:
        """From now on call ``gone`` once the reader goes away while it is still wanted."""
        descriptor = os.dup(self._descriptor)

        def run() -> None:
            poller = select.poll()
            # A pipe's writing end reports POLLERR, and only that, when its reading end is closed.
            poller.register(descriptor, 0)
            while is_wanted():
                # Asked again after the wait: ``up`` may have left because the network is ready.
                if poller.poll(200) and is_wanted():
                    gone()
                    break
            os.close(descriptor)

        threading.Thread(target=run, name="pipe", daemon=True).start()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Signals:
    """SIGINT, SIGTERM, SIGHUP: the first interrupts the main thread; a second SIGINT ends the process at once.

    Only who presses Ctrl-C twice is in a hurry: ``down`` may be asked from two terminals, and kills by itself
    what does not end.
    """

    def __init__(self) -> None:
        self._count = 0
        self._may_interrupt = True

    def install(self) -> None:
        """Take the signals over; call it in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def tearing_down(self) -> None:
        """From now on a first signal no longer interrupts, what it asks for is under way."""
        self._may_interrupt = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1 and number == signal.SIGINT:
            # The nursery sees its lifeline break and ends every node and actor.
            os._exit(INTERRUPTED)
        if self._may_interrupt:
            self._may_interrupt = False
            raise Interrupted


def main(request: Request, pipe: Pipe, make_host: MakeHost) -> int:
    """Run the network that was asked for; returns the exit code once it has ended."""
    signals = Signals()
    signals.install()
    starting = threading.Event()
    starting.set()
    pipe.watch(lambda: os.kill(os.getpid(), signal.SIGTERM), lambda: starting.is_set() or request.foreground)
    host: Host | None = None
    try:
        host = make_host(request, lambda line: pipe.send({"report": line}))
        status = host.start()
        starting.clear()
        pipe.send({"ready": status})
        if not request.foreground:
            pipe.close()
        host.wait()
        return 0
    except Interrupted:
        return INTERRUPTED if starting.is_set() else 0
    except Exception as error:
        signals.tearing_down()
        _stop(host)
        pipe.send(_failure(error, host))
        return error.exit_code if isinstance(error, DevnetError) else 1
    finally:
        signals.tearing_down()
        _stop(host)
        starting.clear()
        pipe.close()


def _stop(host: Host | None) -> None:
    if host is not None:
        host.stop()


def _failure(error: Exception, host: Host | None) -> dict[str, Any]:
    """Why it could not be started, as ``up`` is told when nothing is left any more."""
    hint = host.hint() if host is not None else []
    if isinstance(error, DevnetError):
        return {"error": str(error), "exit_code": error.exit_code, "hint": hint}
    details = "".join(traceback.format_exception(error))
    return {"error": f"{type(error).__name__}: {error}", "exit_code": 1, "hint": hint, "details": details}


def run(make_host: MakeHost) -> None:
    """The whole process: arguments from the command line, and an end that waits for no thread."""
    pipe = Pipe(int(sys.argv[2]))
    try:
        code = main(Request(**json.loads(sys.argv[1])), pipe, make_host)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _make_host(request: Request, report: Callable[[str], None]) -> Host:
    # Imported late: the signals and the watch on the pipe must stand before the slow imports.
    from devnet.world.hosting import NetworkHost

    return NetworkHost(request, report)


if __name__ == "__main__":
    run(_make_host)
