"""Every error that the devnet raises on purpose, as one tree.

DevnetError
├── ManifestError        yours: the manifest, a flag or a name is wrong            (exit 2)
├── EnvironmentFailure   the machine: Docker, geth, a port, the disk               (exit 3)
│   └── NetworkEnded     the network ended while something was asked of it
├── ChainError           a node or a transaction did not do what was asked         (exit 1)
│   ├── RpcError         a node or the front answered with a JSON-RPC error
│   └── TransportError   a node could not be reached, or its answer was malformed
├── ProtocolViolation    the system under test broke a rule of the protocol        (exit 1)
├── WaitTimeout          a condition did not come true before its deadline         (exit 4)
└── UsageError           you misused the Python API (also a RuntimeError)          (exit 2)

A message names the subject, what was expected and what was found, then what to do. The command line
prints it as one sentence, without a traceback, and leaves with ``exit_code``.
"""

from __future__ import annotations

from typing import ClassVar, Final


class DevnetError(Exception):
    """Root of all expected errors; ``exit_code`` is what the command line leaves with."""

    exit_code: ClassVar[int] = 1


class ManifestError(DevnetError):
    """What the user wrote cannot be used: manifest, flag, name or value."""

    exit_code = 2


class EnvironmentFailure(DevnetError):
    """The machine cannot do what was asked: no Docker, wrong geth, port taken, disk full."""

    exit_code = 3


class NetworkEnded(EnvironmentFailure):
    """The network was ended by somebody else while something was asked of it."""


class ChainError(DevnetError):
    """A node, a block or a transaction did not do what was asked of it."""


class RpcError(ChainError):
    """A JSON-RPC error object, as a node or the RPC front answered it."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code: Final = code
        """The JSON-RPC error code."""
        self.message: Final = message
        """The node's own words, unchanged."""
        self.data: Final = data
        """The ``data`` member; for a revert the ABI-encoded error as a 0x string."""


class TransportError(ChainError):
    """A node did not answer in time, closed the connection or answered with something malformed."""


class ProtocolViolation(DevnetError):
    """A rule of the protocol was broken by the system under test."""


class WaitTimeout(DevnetError):
    """A condition did not come true before its deadline; the message says what was last seen."""

    exit_code = 4


class UsageError(DevnetError, RuntimeError):
    """The Python API was used in a way that cannot work, such as stepping a world that is stopped."""

    exit_code = 2


def error_named(kind: str, sentence: str) -> DevnetError:
    """An error as another process told of it, under its own class where that takes no more than a sentence."""
    found = globals().get(kind)
    if isinstance(found, type) and issubclass(found, DevnetError) and found is not RpcError:
        return found(sentence)
    return DevnetError(sentence)
