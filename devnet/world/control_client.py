"""The client of the control API: what the command line uses to speak to a running World."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from devnet.errors import DevnetError, EnvironmentFailure, WaitTimeout, error_named
from devnet.world.transfer_client import TransferClient

TIMEOUT_S = 60.0
"""Longest wait for one answer."""

MINE_PART: Final = 200
"""Most blocks that one request makes; seen: 2 s on a busy machine."""


class NotAnswering(EnvironmentFailure):
    """No World answers at that address, or it answers with nonsense."""


class WentAway(NotAnswering):
    """Nobody listens at that address, or does so no longer."""


@dataclass(frozen=True, slots=True)
class ControlClient:
    """One World's control API. Errors of the World are raised here under their own class."""

    url: str
    """``http://127.0.0.1:<port>``."""
    token: str = field(repr=False)
    """The bearer token of its state file."""
    timeout_s: float = TIMEOUT_S
    """Longest wait for one answer."""

    def status(self) -> dict[str, Any]:
        """The network as ``devnet status --json``."""
        return self._call("GET", "/status")

    def env(self) -> dict[str, str]:
        """The variables of ``devnet env``."""
        return self._call("GET", "/env")

    def accounts(self) -> dict[str, Any]:
        """The users' accounts and their mnemonic."""
        return self._call("GET", "/accounts")

    def logs(self) -> dict[str, str]:
        """Path of every log, by the name of who writes it."""
        return self._call("GET", "/logs")

    def events(self, after: int = 0, kind: str | None = None) -> list[dict[str, Any]]:
        """Events of the History after a sequence number, at most a thousand."""
        query = {"after": str(after)} | ({"kind": kind} if kind else {})
        found: list[dict[str, Any]] = self._call("GET", f"/events?{urlencode(query)}")["events"]
        return found

    def mine(self, chain: str, blocks: int = 1) -> int:
        """Make blocks on a chain and return its new height.

        Many are asked for in parts, so that others have their turn between two, and whoever interrupts it ends it.
        """
        height = 0
        for made in range(0, max(blocks, 1), MINE_PART):
            asked = {"chain": chain, "blocks": min(MINE_PART, blocks - made)}
            height = int(self._call("POST", "/mine", asked)["height"])
        return height

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain."""
        self._call("POST", "/warp", {"seconds": seconds})

    def reorg(self, chain: str, depth: int, past_finality: bool = False) -> None:
        """Replace the last blocks of a chain."""
        self._call("POST", "/reorg", {"chain": chain, "depth": depth, "past_finality": past_finality})

    def revive(self, actor: str) -> None:
        """Let an actor that has ended begin again from its directory."""
        self._call("POST", "/revive", {"actor": actor})

    def validators(self) -> list[dict[str, Any]]:
        """Every validator of every core, as the contracts know it."""
        found: list[dict[str, Any]] = self._call("GET", "/validators")["validators"]
        return found

    def join(self, validator: str, weight_wei: int) -> dict[str, Any]:
        """Start a new validator and deposit its stake on every core."""
        return self._call("POST", "/validators/join", {"validator": validator, "weight_wei": str(weight_wei)})

    def leave(self, validator: str) -> dict[str, Any]:
        """Log a validator out of every core."""
        return self._call("POST", "/validators/leave", {"validator": validator})

    def withdraw(self, validator: str) -> dict[str, Any]:
        """Pay a validator's stakes back."""
        return self._call("POST", "/validators/withdraw", {"validator": validator})

    def gateways(self) -> list[dict[str, Any]]:
        """Every pair of gateways, and what it holds."""
        found: list[dict[str, Any]] = self._call("GET", "/gateways")["gateways"]
        return found

    def add_gateway(self, auxiliary: str | None, symbol: str | None, bounty_wei: int) -> dict[str, Any]:
        """Create a pair of gateways; None takes the World's choice."""
        asked = {"auxiliary": auxiliary, "symbol": symbol, "bounty_wei": str(bounty_wei)}
        return self._call("POST", "/gateways/add", asked)

    @property
    def transfers(self) -> TransferClient:
        """Moves tokens between the chains."""
        return TransferClient(self._call)

    def stop(self) -> None:
        """Ask the World to end; returns before it has."""
        self._call("POST", "/stop", {})

    def _call(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.timeout_s)
        try:
            body = None if asked is None else json.dumps(asked)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except TimeoutError as error:
            raise WaitTimeout(
                f"the World at {self.url} did not answer within {self.timeout_s:g} s: a long command may keep it busy,"
                " see devnet status and devnet logs world"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise WentAway(f"the World at {self.url} does not answer: {error}") from error
        except ValueError as error:
            raise NotAnswering(f"the World at {self.url} does not answer: {error}") from error
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise NotAnswering(f"the World at {self.url} answered with something else than an object")
        if response.status != http.HTTPStatus.OK:
            raise _error_of(answer)
        return answer


def _error_of(answer: Mapping[str, Any]) -> DevnetError:
    """The error that the World raised, as far as it can be made again from its class and sentence."""
    return error_named(str(answer.get("kind")), str(answer.get("error", "the World refused without a reason")))
