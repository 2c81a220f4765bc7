"""A Mosaic network that runs.

Stages, each one function, each idempotent, each leaving something to look at when it fails::

    prepare   genesis files, compiled contracts, the runtime
    start     nodes and chains
    deploy    the contracts, verified on both sides
    run       actors, until the network is ready by what the protocol says; in live mode timers from then on
    stop      everything ends, nothing is left running
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from devnet.artifacts.contracts import CompiledContracts, load_contracts
from devnet.artifacts.genesis import write_genesis
from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.contracts.creation import NOTHING_ELSE
from devnet.contracts.deployment import Deployment
from devnet.contracts.handles import Handles
from devnet.errors import WaitTimeout
from devnet.faults.base import Depth
from devnet.history import History
from devnet.runtime.base import RunningNode, Runtime
from devnet.runtime.nursery import Nursery
from devnet.runtime.toolchain import find_geth
from devnet.types import Mode, RuntimeKind
from devnet.world import deploying, nodes, status
from devnet.world.cast import ActorHandle
from devnet.world.casting import Casting, LinksAt
from devnet.world.commands import Commands
from devnet.world.failures import Failures
from devnet.world.finality import Finality
from devnet.world.gateways import Gateways
from devnet.world.live import STEP_ENDS_S, Live
from devnet.world.lockstep import Lockstep
from devnet.world.membership import Membership
from devnet.world.part import Part
from devnet.world.running import Running
from devnet.world.snapshot import Mark
from devnet.world.surroundings import Links
from devnet.world.transfers import Transfers
from devnet.world.watcher import Watcher

HISTORY = "history.sqlite"
"""Name of the History in a run's directory."""

NURSERY_LOG = "nursery.log"
"""Name of what the nursery has to say in a run's directory: beside the logs of those that it bears."""

READY_WITHIN_BLOCKS = 120
"""Origin blocks in which a healthy network is ready; seen: 12. Ten times that."""


class World:
    """One running network, stage by stage; ``Serving`` runs it as a context manager.

    ``templates`` keeps initialised data directories from run to run; without it the run has its own. ``report``
    hears one line per step. Errors are those of ``devnet.errors``; after whatever happened, ``stop`` ends everything.
    """

    history = Part[History]("prepare")
    """What happened so far."""
    compiled = Part[CompiledContracts]("prepare")
    """The contracts' ABIs and bytecode."""
    nursery = Part[Nursery]("prepare")
    """The parent of every process."""
    nodes = Part[Mapping[str, tuple[RunningNode, ...]]]("start")
    """The nodes of every chain."""
    running = Part[Running]("start")
    """The moving parts."""
    membership = Part[Membership]("run")
    """Lets validators join and leave."""
    transfers = Part[Transfers]("run")
    """Moves tokens between the chains."""
    gateways = Part[Gateways]("run")
    """Adds pairs of gateways."""
    _runtime = Part[Runtime]("prepare")
    _commands = Part[Commands]("run")

    def __init__(
        self,
        devnet: Devnet,
        *,
        directory: Path,
        run: str = "run",
        geth: Path | None = None,
        node_ports: Mapping[str, int] | None = None,
        templates: Path | None = None,
        report: Callable[[str], None] = lambda line: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.devnet = devnet
        """The network's description."""
        self.directory = directory
        """Everything of this run: History, logs, genesis files, actors' directories."""
        self.run_id = run
        """Marks every process and container of this run."""
        self.report = report
        """Hears one line per step."""
        self.clock = Clock(devnet.origin.genesis_time, wall)
        """The one clock."""
        self.variants = NOTHING_ELSE
        """Contracts to deploy in another one's place, as ``plan_deployment`` takes them; set before ``deploy``."""
        self.chains: dict[str, Chain] = {}
        """Running chains by name, the origin first."""
        self.runtime_kind: RuntimeKind = devnet.runtime
        """Where nodes run, once prepared never AUTO."""
        self.runtime_reason = ""
        """Why it is that runtime."""
        self._geth = geth
        self._node_ports = dict(node_ports or {})
        self._templates = templates
        self._stage = ""
        self._ends = ExitStack()
        self.failures = Failures()
        """What went wrong in the background since the network was ready, one sentence each."""

    # ---------------------------------------------------------------------------------------- stages

    def prepare(self) -> None:
        """Write genesis files, load the contracts, make the runtime."""
        if self._stage:
            return
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.history = self._ends.enter_context(closing(History(self.directory / HISTORY, self.run_id)))
        self.compiled = load_contracts(self.report)
        self.nursery = self._ends.enter_context(closing(Nursery.start(self.run_id, self.directory / NURSERY_LOG)))
        geth = self._geth or find_geth(self.report).path
        self._runtime, self.runtime_kind, self.runtime_reason = nodes.make_runtime(
            self.devnet, self.directory, geth, self.nursery, self._templates
        )
        self._ends.callback(self._runtime.close)
        for chain in self.devnet.chains:
            write_genesis(self.devnet, chain, nodes.genesis_path(self.directory, chain))
        self._reach("prepared")

    def start(self) -> None:
        """Start every node, and every chain on its nodes."""
        self.prepare()
        if self._stage != "prepared":
            return
        self.nodes = nodes.start_nodes(self.devnet, self._runtime, self.directory, self._node_ports)
        if self.devnet.mode is Mode.LIVE:
            # While geth starts: actors are forked from what is imported now.
            self.nursery.preload()
        watcher = Watcher(self.devnet, self.history, self.clock.now)
        finality = Finality(self.devnet, self.chains, self.history)
        self._ends.callback(watcher.flush)
        self._ends.callback(nodes.close_chains, self.chains)
        nodes.start_chains(self.devnet, self.nodes, self.clock, watcher, finality, self.chains, self.directory)
        self.running = Running(self.devnet, self.chains, self.history, watcher, self.clock, finality)
        self._reach("started")

    def deploy(self) -> None:
        """Deploy the contracts on every chain and verify them."""
        self.start()
        if self._stage != "started":
            return
        deployment = deploying.deploy(self.devnet, self.chains, self.clock, self.compiled, self.variants)
        self.running.know(Handles(deployment, self.compiled))
        self.running.take_over()
        deploying.record(deployment, self.history, self.clock.now())
        self._reach("deployed")

    def run(self, links_at: LinksAt = lambda actor: "") -> None:
        """Cast the actors and run until the network is ready; in live mode start the timers.

        ``links_at(actor)`` is the URL under which an actor's process finds its links by key; only live mode needs it.
        Raises WaitTimeout if the network does not become ready.
        """
        self.deploy()
        if self._stage != "deployed":
            return
        links = self.running.links = Links(self.devnet, self.chains)
        casting = Casting(self.devnet, self.running, self.nursery, self.directory, links, links_at)
        self._ends.callback(self.running.end_actors)
        for spec in self.devnet.actors:
            self.running.cast[spec.name] = casting.make(spec)
        driver = Lockstep(self.running) if self.devnet.mode is Mode.LOCKSTEP else Live(self.running, self.failures.tell)
        self._commands = commands = Commands(self.running, driver, casting, links, self.directory)
        self.membership = Membership(self.running, self.handles, casting, links, commands.paused, self._grow)
        self.transfers = Transfers(self.running, self.directory, driver.run_until)
        self.gateways = Gateways(self.running, self.compiled, commands.paused)
        hurry = driver.run_until if isinstance(driver, Lockstep) else driver.hurry_until
        if not hurry(self.is_ready, READY_WITHIN_BLOCKS):
            raise WaitTimeout(f"the network is not ready after {READY_WITHIN_BLOCKS} blocks: {status.unready(self)}")
        self.history.append("Ready", time=self.clock.now())
        self._reach("running")
        if isinstance(driver, Live):
            self._ends.callback(driver.stop, STEP_ENDS_S)
            self.clock.go_live()
            driver.start()

    def stop(self) -> None:
        """End actors, chains and nodes, and close the History; idempotent, never raises for what has ended already."""
        self._ends.close()
        self._stage = "stopped"

    # ---------------------------------------------------------------------------------------- running

    @property
    def handles(self) -> Handles:
        """The contracts, ready to be called. Raises UsageError before ``deploy``."""
        return self.running.contracts

    @property
    def deployment(self) -> Deployment:
        """Where the contracts are. Raises UsageError before ``deploy``."""
        return self.running.contracts.deployment

    @property
    def actors(self) -> Mapping[str, ActorHandle]:
        """The actors by name, in manifest order."""
        return self.running.cast

    def link(self, actor: str, key: str) -> DirectLink:
        """The link of an actor by its key, as its process calls it. Raises KeyError if there is none."""
        return self._commands.link(actor, key)

    def is_ready(self) -> bool:
        """Whether every auxiliary has finalised its first checkpoint."""
        return all(reached.finalised > 0 for reached in self.running.finality.reached.values())

    def step(self, ticks: int = 1) -> None:
        """Lockstep: that many seconds of virtual time. Raises UsageError in live mode."""
        self._commands.step(ticks)

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Run until the condition holds; False if it did not within that many origin blocks."""
        return self._commands.run_until(condition, blocks)

    def mine(self, chain: str, count: int = 1) -> int:
        """Make blocks on one chain at once; returns the new height."""
        return self._commands.mine(chain, count)

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain; the next block of each carries it."""
        self._commands.warp(seconds)

    def reorg(self, chain: str, depth: Depth, past_finality: bool = False) -> None:
        """Replace the last blocks of a chain by others. Raises ChainError past finality, unless that is wanted."""
        self._commands.reorg(chain, depth, past_finality)

    def branch(self, chain: str, node: int) -> str:
        """Give a node its own branch from the head on, and return the view's name."""
        return self._commands.branch(chain, node)

    def heal(self, chain: str) -> None:
        """Join the branches of a chain again; fork choice picks the one that stays."""
        self._commands.heal(chain)

    def twin(self, actor: str, chain: str, view: str) -> None:
        """A second instance of an actor, with the same keys and a store of its own, that sees another view."""
        self._commands.twin(actor, chain, view)

    def recast(self, actor: str, behaviour: str) -> None:
        """Let an actor go on with another behaviour, from where it is. Raises ManifestError for an unknown one."""
        self._commands.recast(actor, behaviour)

    def dismiss(self, actor: str) -> None:
        """End an actor; a later rewind to an older mark brings it back."""
        self._commands.dismiss(actor)

    def revive(self, actor: str) -> None:
        """Let an actor that has ended begin again from its directory. Raises UsageError for one that runs."""
        self._commands.revive(actor)

    def mark(self) -> Mark:
        """All of the world at this moment."""
        return self._commands.mark()

    def rewind(self, mark: Mark) -> None:
        """Take chains, actors, signing stores and clock back to a mark, together."""
        self._commands.rewind(mark)

    def status(self) -> dict[str, Any]:
        """The network as ``devnet status --json`` shows it, without the World's own process."""
        return status.status(self)

    # ---------------------------------------------------------------------------------------- private

    def _grow(self, devnet: Devnet) -> None:
        self.devnet = devnet

    def _reach(self, stage: str) -> None:
        self._stage = stage
        self.history.note("stage", stage)
