"""A world with addresses: every chain's front, the actors' links, and what is told to those outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from eth_utils.address import to_checksum_address

from devnet.types import Role
from devnet.world.front import front
from devnet.world.link_server import links
from devnet.world.server import Server
from devnet.world.user_chain import UserChain
from devnet.world.world import World

ALL_ACCOUNTS_NOTE = "public test keys, the same in every devnet: never send anything of value to them"
"""Goes with the mnemonic wherever it is shown."""


class Serving:
    """Runs a world and serves it; also a context manager that runs it on entry and ends it on exit.

    ``ports`` gives the port of a chain's front by the chain's name; any free port where it gives none.
    """

    def __init__(self, world: World, ports: Mapping[str, int] | None = None) -> None:
        self.world = world
        """The world that is served."""
        self.chains: dict[str, UserChain] = {}
        """The chains as users handle them, the origin first; filled by ``run``."""
        self._ports = dict(ports or {})
        self._server = Server()

    def run(self) -> None:
        """Start, deploy and run the world until it is ready; its fronts answer as soon as its chains do."""
        world, report = self.world, self.world.report
        self._server.start()
        world.prepare()
        report(f"runtime: {world.runtime_kind.value} ({world.runtime_reason})")
        report(f"nodes: starting {sum(len(chain.nodes) for chain in world.devnet.chains)} geth nodes")
        world.start()
        for name, chain in world.chains.items():
            url = self._server.serve(front(chain), self._ports.get(name, 0), f"RPC of {name}")
            self.chains[name] = UserChain(self.world, name, url)
        links_url = self._server.serve(links(world.link))
        report("contracts: deploying and verifying them on every chain")
        world.deploy()
        report("actors: starting, until every auxiliary has finalised its first checkpoint")
        world.run(lambda actor: f"{links_url}/link/{actor}")

    def stop(self) -> None:
        """End the world, then its server; idempotent."""
        self.world.stop()
        self._server.stop()

    def __enter__(self) -> Serving:
        """Run."""
        try:
            self.run()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def chain_names(self) -> tuple[str, ...]:
        """Every chain, the origin first."""
        return tuple(chain.name for chain in self.world.devnet.chains)

    def status(self) -> dict[str, Any]:
        """As ``devnet status --json``, without the World's own process."""
        status = self.world.status()
        for entry in status["chains"]:
            address = self.chains.get(entry["name"])
            entry |= {"rpc": address.rpc, "ws": address.ws} if address else {"rpc": None, "ws": None}
        return status | {"notes": self._notes()}

    def _notes(self) -> list[str]:
        halted = {str(event.payload["auxiliary"]) for event in self.world.history.effective_events("Halted")}
        paired = {pair.auxiliary for pair in self.world.deployment.pairs} if halted else set()
        return [f"the core of {name} has halted for ever: {_meaning(name, name in paired)}" for name in sorted(halted)]

    def env(self) -> dict[str, str]:
        """As ``devnet env``: every address a program needs."""
        devnet = self.world.devnet
        variables = {"DEVNET_NAME": devnet.name, "DEVNET_RUN_DIRECTORY": str(self.world.directory)}
        for spec in devnet.chains:
            prefix, address = f"DEVNET_{shell_name(spec.name)}", self.chains[spec.name]
            variables |= {f"{prefix}_RPC": address.rpc, f"{prefix}_WS": address.ws}
            variables[f"{prefix}_CHAIN_ID"] = str(spec.chain_id)
            for contract, place in address.addresses.items():
                variables[f"{prefix}_{shell_name(contract)}"] = place
            if spec.role is Role.ORIGIN:
                variables["ETH_RPC_URL"] = address.rpc
        return variables

    def accounts(self) -> dict[str, Any]:
        """The users' accounts: the same keys on every chain."""
        devnet = self.world.devnet
        accounts = [
            {"address": to_checksum_address(account.address), "private_key": "0x" + account.secret.hex()}
            for account in devnet.accounts
        ]
        return {
            "warning": ALL_ACCOUNTS_NOTE,
            "mnemonic": devnet.mnemonic,
            "chains": list(self.chain_names()),
            "accounts": accounts,
        }

    def logs(self) -> dict[str, str]:
        """Path of every log, by the name of who writes it."""
        directory = self.world.directory / "logs"
        return {path.stem: str(path) for path in sorted(directory.glob("*.log"))}


def _meaning(auxiliary: str, has_gateways: bool) -> str:
    """What it means that a core has halted (R40, R73, R74)."""
    leave = (
        f"; balances leave with devnet transfer exit --chain {auxiliary}, transfers in flight end with devnet transfer"
        " claim: devnet transfer ls"
    )
    return f"nothing more is committed, and stakes can be withdrawn{leave if has_gateways else ''}"


def shell_name(name: str) -> str:
    """A name as part of a shell variable: ``auxiliary-1`` is ``AUXILIARY_1``, ``PollingPlace`` is ``POLLING_PLACE``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Z0-9]", "_", words.upper())
