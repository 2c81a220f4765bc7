"""Transfers as the command line asks a running World for them, through its control API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from devnet.chain.wait import pause
from devnet.errors import ManifestError, UsageError, WaitTimeout
from devnet.world.following import Following
from devnet.world.transfer_ends import Wish

LOOK_EVERY_S = 0.25
"""Pause between two looks at a transfer: a quarter of the shortest block time."""

SENT_WITHIN_S = 30.0
"""Time in which what was sent is in a block; seen: 1 s."""

SHORTEST_PREFIX = 4
"""Hexadecimal digits of a message by which it is found at least, as git wants of a commit."""

_MESSAGE = re.compile(r"(?:0x)?([0-9a-fA-F]{1,64})")


@dataclass(frozen=True, slots=True)
class TransferClient:
    """One World's transfers. Errors of the World are raised here under their own class."""

    request: Callable[..., dict[str, Any]]
    """Method, path and what is asked, to the World's answer."""

    def declare(self, wish: Wish) -> dict[str, Any]:
        """Declare a transfer: the ``message``, and ``warnings`` about what may keep it from ending."""
        asked = asdict(wish) | {"direction": wish.direction.value}
        numbers = {name: str(asked[name]) for name in ("amount", "gas_price", "gas_limit")}
        return self.request("POST", "/transfers/declare", asked | numbers)

    def all(self) -> list[dict[str, Any]]:
        """Every transfer, without its steps."""
        found: list[dict[str, Any]] = self.request("GET", "/transfers")["transfers"]
        return found

    def whole(self, beginning: str) -> str:
        """The one message that begins so; one that is whole already is passed through.

        Raises UsageError for what cannot be a message, and ManifestError if there is none, or more than one.
        """
        found = _MESSAGE.fullmatch(beginning)
        if found is None:
            raise UsageError(f"expected a message as 0x and up to 64 hexadecimal digits, found {beginning!r}")
        digits = found[1].lower()
        if len(digits) == 64:
            return f"0x{digits}"
        if len(digits) < SHORTEST_PREFIX:
            raise UsageError(f"expected at least {SHORTEST_PREFIX} digits of a message, found {beginning!r}")
        messages = [row["message"] for row in self.all() if row["message"].startswith(f"0x{digits}")]
        if not messages:
            raise ManifestError(f"no transfer begins with 0x{digits}: devnet transfer ls lists them")
        if len(messages) > 1:
            raise ManifestError(f"{len(messages)} transfers begin with 0x{digits}: choose one ({', '.join(messages)})")
        return str(messages[0])

    def find(self, message: str) -> dict[str, Any]:
        """One transfer with every step so far."""
        return self.request("POST", "/transfers/find", {"message": message})

    def reveal(self, message: str) -> None:
        """End a message at its source with its secret."""
        self.request("POST", "/transfers/reveal", {"message": message})

    def revert(self, message: str) -> None:
        """Begin to take a message back."""
        self.request("POST", "/transfers/revert", {"message": message})

    def exit(self, auxiliary: str, pair: str | None, sender: str | None) -> dict[str, Any]:
        """Leave a halted core with what an account held: what was sent, as ``Departure``."""
        return self.request("POST", "/transfers/exit", {"auxiliary": auxiliary, "pair": pair, "sender": sender})

    def claim(self, message: str, sender: str | None) -> dict[str, Any]:
        """End a message on a halted core: what was sent, as ``Departure``."""
        return self.request("POST", "/transfers/claim", {"message": message, "sender": sender})

    def await_steps(self, departure: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Wait until blocks have all that was sent to leave: the steps that it took. Raises WaitTimeout, ChainError."""
        asked, deadline = {"transactions": departure["transactions"]}, time.monotonic() + SENT_WITHIN_S
        steps: list[dict[str, Any]] = []
        while {step["transaction"] for step in steps} != set(asked["transactions"]):
            if time.monotonic() >= deadline:
                raise WaitTimeout(
                    f"expected what {departure['account']} sent to be in blocks of origin within {SENT_WITHIN_S:.0f} s,"
                    f" found {len(steps)} of {len(asked['transactions'])}: see devnet status"
                )
            pause(LOOK_EVERY_S)
            steps = self.request("POST", "/transfers/steps", asked)["steps"]
        return steps

    def await_declared(self, message: str) -> Mapping[str, Any]:
        """Wait until a block has the declaration. Raises WaitTimeout, and ChainError if the gateway refused it."""
        following, deadline = Following(self, message, acts=False), time.monotonic() + SENT_WITHIN_S
        following.look()
        while not following.is_declared:
            _await_next(following, deadline, SENT_WITHIN_S)
            following.look()
        return following.row

    def follow(self, message: str, *, revert: bool, timeout_s: float) -> Iterator[Mapping[str, Any]]:
        """Every step as it happens, until the transfer has ended on both sides; last the transfer itself.

        On the way it does what only the sender can do, as ``Transfers.finish``. Raises WaitTimeout, ChainError.
        """
        following, deadline = Following(self, message, revert), time.monotonic() + timeout_s
        yield from following.look()
        while not (following.is_declared and following.is_over):
            _await_next(following, deadline, timeout_s)
            yield from following.look()
        yield following.row


def _await_next(following: Following, deadline: float, timeout_s: float) -> None:
    if time.monotonic() >= deadline:
        row = following.row
        heads = ", ".join(f"{chain} at {height}" for chain, height in row["heads"].items())
        raise WaitTimeout(
            f"transfer {row['message']} is {row['outbox']} on {row['source']} and {row['inbox']} on {row['target']}"
            f" ({heads}): waited {timeout_s:g} s;"
            f" {'; '.join(row['warnings']) or 'it goes on'}, see devnet transfer watch {row['message']}"
        )
    pause(LOOK_EVERY_S)
