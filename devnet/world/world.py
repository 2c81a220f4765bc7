"""A Mosaic network that runs.

Stages, each one function, each idempotent, each leaving something to look at when it fails::

    prepare   genesis files, compiled contracts, the runtime
    start     nodes and chains
    deploy    the contracts, verified on both sides
    run       actors, until the network is ready by what the protocol says; in live mode timers from then on
    stop      everything ends, nothing is left running
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

from devnet.actors.registry import check_behaviour
from devnet.artifacts.contracts import CompiledContracts, load_contracts
from devnet.artifacts.genesis import write_genesis
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.contracts.deploy import NOTHING_ELSE
from devnet.contracts.deployment import Deployment
from devnet.contracts.handles import Handles
from devnet.errors import UsageError, WaitTimeout
from devnet.history import History
from devnet.runtime.base import RunningNode, Runtime
from devnet.runtime.nursery import Nursery
from devnet.runtime.toolchain import find_geth
from devnet.types import Json, Mode, RuntimeKind
from devnet.world import deploying, nodes, status
from devnet.world.cast import ActorHandle
from devnet.world.casting import Casting, LinksAt
from devnet.world.clock import WorldClock
from devnet.world.finality import Finality
from devnet.world.live import STEP_ENDS_S, Live
from devnet.world.lockstep import Lockstep
from devnet.world.membership import Membership
from devnet.world.running import Running
from devnet.world.snapshot import Mark, rewind_to, take_mark
from devnet.world.surroundings import Links, view_of
from devnet.world.watcher import Watcher

HISTORY = "history.sqlite"
"""Name of the History in a run's directory."""

NURSERY_LOG = "nursery.log"
"""Name of what the nursery has to say in a run's directory: beside the logs of those that it bears."""

READY_WITHIN_BLOCKS = 120
"""Origin blocks in which a healthy network is ready; seen: 12. Ten times that."""

FAILURES_KEPT = 20
"""Sentences about failures that a status shows; the World's log has all."""

_log = logging.getLogger(__name__)


class World:
    """One running network; also a context manager that runs it on entry and stops it on exit.

    ``templates`` keeps initialised data directories from run to run; without it the run has its own. ``report``
    hears one line per step. Errors are those of ``devnet.errors``; whatever happens, ``stop`` ends everything.
    """

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
        self.clock = WorldClock(devnet.origin.genesis_time, wall)
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
        self._history: History | None = None
        self._compiled: CompiledContracts | None = None
        self._runtime: Runtime | None = None
        self._nursery: Nursery | None = None
        self._nodes: dict[str, tuple[RunningNode, ...]] = {}
        self._deployment: Deployment | None = None
        self._handles: Handles | None = None
        self._running: Running | None = None
        self._driver: Driver | None = None
        self._casting: Casting | None = None
        self._membership: Membership | None = None
        self._stage = ""
        self.failures: list[str] = []
        """What went wrong in the background since the network was ready, one sentence each."""

    # ---------------------------------------------------------------------------------------- stages

    def prepare(self) -> None:
        """Write genesis files, load the contracts, make the runtime."""
        if self._stage:
            return
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._history = History(self.directory / HISTORY, self.run_id)
        self._compiled = load_contracts(self.report)
        self._nursery = Nursery.start(self.run_id, self.directory / NURSERY_LOG)
        self._runtime, self.runtime_kind, self.runtime_reason = nodes.make_runtime(
            self.devnet, self.directory, self._geth or find_geth(self.report).path, self._nursery, self._templates
        )
        for chain in self.devnet.chains:
            write_genesis(self.devnet, chain, nodes.genesis_path(self.directory, chain))
        self._reach("prepared")

    def start(self) -> None:
        """Start every node, and every chain on its nodes."""
        self.prepare()
        if self._stage != "prepared":
            return
        assert self._runtime is not None
        self._nodes = nodes.start_nodes(self.devnet, self._runtime, self.directory, self._node_ports)
        if self.devnet.mode is Mode.LIVE:
            # While geth starts: actors are forked from what is imported now.
            self.nursery.preload()
        watcher = Watcher(self.devnet, self.history, self.clock.now)
        finality = Finality(self.devnet, self.chains, self.history)
        nodes.start_chains(self.devnet, self._nodes, self.clock, watcher, finality, self.chains)
        self._running = Running(self.devnet, self.chains, self.history, watcher, self.clock, finality)
        self._reach("started")

    def deploy(self) -> None:
        """Deploy the contracts on every chain and verify them."""
        self.start()
        if self._stage != "started":
            return
        self._deployment = deploying.deploy(self.devnet, self.chains, self.clock, self.compiled, self.variants)
        self._handles = Handles(self._deployment, self.compiled)
        self.running.watcher.know(self._handles)
        self.running.finality.know(self._handles)
        self.running.take_over()
        self.history.append("Deployed", time=self.clock.now(), payload=status.addresses(self._deployment))
        self._reach("deployed")

    def run(self, links_at: LinksAt = lambda actor: "") -> None:
        """Cast the actors and run until the network is ready; in live mode start the timers.

        ``links_at(actor)`` is the URL under which an actor's process finds its links by key; only live mode needs it.
        Raises WaitTimeout if the network does not become ready.
        """
        self.deploy()
        if self._stage != "deployed":
            return
        self._cast_actors(links_at)
        self._driver = Lockstep(self.running) if self.devnet.mode is Mode.LOCKSTEP else Live(self.running, self._failed)
        hurry = self._driver.run_until if isinstance(self._driver, Lockstep) else self._driver.hurry_until
        if not hurry(self.is_ready, READY_WITHIN_BLOCKS):
            raise WaitTimeout(f"the network is not ready after {READY_WITHIN_BLOCKS} blocks: {self._unready()}")
        self.history.append("Ready", time=self.clock.now())
        self._reach("running")
        if isinstance(self._driver, Live):
            self.clock.go_live()
            self._driver.start()

    def stop(self) -> None:
        """End actors, chains and nodes, and close the History; idempotent, never raises for what has ended already."""
        if isinstance(self._driver, Live):
            self._driver.stop(STEP_ENDS_S)
        if self._running is not None:
            for handle in self._running.cast.values():
                handle.end()
        for chain in self.chains.values():
            chain.close()
        if self._runtime is not None:
            self._runtime.close()
        if self._nursery is not None:
            self._nursery.close()
        if self._history is not None:
            if self._running is not None:
                self._running.watcher.flush()
            self._history.close()
        self._stage = "stopped"

    def __enter__(self) -> World:
        """Run."""
        try:
            self.run()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    # ---------------------------------------------------------------------------------------- parts

    @property
    def history(self) -> History:
        """What happened so far. Raises UsageError before ``prepare``."""
        return _there(self._history, "prepare")

    @property
    def compiled(self) -> CompiledContracts:
        """The contracts' ABIs and bytecode. Raises UsageError before ``prepare``."""
        return _there(self._compiled, "prepare")

    @property
    def running(self) -> Running:
        """The moving parts. Raises UsageError before ``start``."""
        return _there(self._running, "start")

    @property
    def deployment(self) -> Deployment:
        """Where the contracts are. Raises UsageError before ``deploy``."""
        return _there(self._deployment, "deploy")

    @property
    def handles(self) -> Handles:
        """The contracts, ready to be called. Raises UsageError before ``deploy``."""
        return _there(self._handles, "deploy")

    @property
    def membership(self) -> Membership:
        """Lets validators join and leave. Raises UsageError before ``run``."""
        return _there(self._membership, "run")

    @property
    def nursery(self) -> Nursery:
        """The parent of every process. Raises UsageError before ``prepare``."""
        return _there(self._nursery, "prepare")

    def link(self, actor: str, key: str) -> DirectLink:
        """The link of an actor by its key, as its process calls it. Raises KeyError if there is none."""
        return _there(self.running.links, "run").find(actor, key)

    @property
    def actors(self) -> Mapping[str, ActorHandle]:
        """The actors by name, in manifest order."""
        return self.running.cast

    @property
    def nodes(self) -> Mapping[str, tuple[RunningNode, ...]]:
        """The nodes of every chain."""
        return self._nodes

    # ---------------------------------------------------------------------------------------- running

    def is_ready(self) -> bool:
        """Whether every auxiliary has finalised its first checkpoint."""
        return all(reached.finalised > 0 for reached in self.running.finality.reached.values())

    def step(self, ticks: int = 1) -> None:
        """Lockstep: that many seconds of virtual time. Raises UsageError in live mode."""
        for _ in range(ticks):
            self._lockstep().tick()

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Run until the condition holds; False if it did not within that many origin blocks."""
        return self._moving().run_until(condition, blocks)

    def mine(self, chain: str, count: int = 1) -> int:
        """Make blocks on one chain at once; returns the new height."""
        block = self.chains[chain].mine(count)
        self._moved()
        return block.number

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain; the next block of each carries it."""
        self.clock.advance(seconds)
        self.history.append("Warped", time=self.clock.now(), payload={"seconds": seconds})

    def reorg(self, chain: str, depth: int, past_finality: bool = False) -> None:
        """Replace the last blocks of a chain by others. Raises ChainError past finality, unless that is wanted."""
        self.chains[chain].reorg(depth, past_finality=past_finality)
        self._moved()

    def branch(self, chain: str, node: int) -> str:
        """Give a node its own branch from the head on, and return the view's name."""
        return self.chains[chain].branch(node, name=view_of(node))

    def heal(self, chain: str) -> None:
        """Join the branches of a chain again; fork choice picks the one that stays."""
        self.running.take_over()
        self.chains[chain].heal()
        self._moved()

    def twin(self, actor: str, chain: str, view: str) -> None:
        """A second instance of an actor, with the same keys and a store of its own, that sees another view.

        Both are honest in what they see; together they are not, which the History says by ``BehaviourTook``.
        """
        running, name = self.running, f"{actor}~{view}"
        casting, links = _there(self._casting, "run"), _there(running.links, "run")
        with self._paused():
            # A twin of an earlier arm may have left its store, which remembers votes of another history.
            shutil.rmtree(self.directory / "actors" / name, ignore_errors=True)
            links.add(name)
            links.find(name, chain).policy.view = view
            running.cast[name] = casting.make(running.cast[actor].spec, name)
            payload: dict[str, Json] = {"behaviour": "twin", "auxiliary": chain, "view": view, "votes": [], "views": []}
            self.history.append("BehaviourTook", time=self.clock.now(), chain=chain, actor=actor, payload=payload)

    def recast(self, actor: str, behaviour: str) -> None:
        """Let an actor go on with another behaviour, from where it is. Raises ManifestError for an unknown one."""
        check_behaviour(self.running.cast[actor].spec.kind, behaviour)
        with self._paused():
            self.running.cast[actor].recast(behaviour)

    def dismiss(self, actor: str) -> None:
        """End an actor; a later rewind to an older mark brings it back."""
        with self._paused():
            self.running.cast[actor].end()

    def mark(self) -> Mark:
        """All of the world at this moment."""
        with self._paused():
            return take_mark(self.running, self._driver)

    def rewind(self, mark: Mark) -> None:
        """Take chains, actors, signing stores and clock back to a mark, together."""
        with self._paused():
            rewind_to(mark, self.running, self._driver)

    def status(self) -> dict[str, Any]:
        """The network as ``devnet status --json`` shows it, without the World's own process."""
        return status.status(self)

    # ---------------------------------------------------------------------------------------- private

    def _cast_actors(self, links_at: LinksAt) -> None:
        links = self.running.links = Links(self.devnet, self.chains)
        casting = Casting(self.devnet, self.running, self.deployment, self.nursery, self.directory, links, links_at)
        self._casting = casting
        self._membership = Membership(self.running, self.handles, casting, links, self._paused, self._grow)
        for spec in self.devnet.actors:
            self.running.cast[spec.name] = casting.make(spec)

    def _grow(self, devnet: Devnet) -> None:
        self.devnet = devnet

    @contextmanager
    def _paused(self) -> Iterator[None]:
        """Nothing moves inside: live timers and actors stand still and go on afterwards."""
        driver = self._moving()
        if isinstance(driver, Live):
            driver.stop()
        try:
            yield
        finally:
            if isinstance(driver, Live):
                driver.start()

    def _reach(self, stage: str) -> None:
        self._stage = stage
        self.history.note("stage", stage)

    def _moving(self) -> Driver:
        if self._driver is None:
            raise UsageError("the world does not run: call run() first, or use it as a context manager")
        return self._driver

    def _moved(self) -> None:
        self.running.take_over()
        if isinstance(self._driver, Live):
            self._driver.notice()

    def _lockstep(self) -> Lockstep:
        if not isinstance(self._driver, Lockstep):
            raise UsageError("step: expected a lockstep world that runs; a live one moves by itself (use run_until)")
        return self._driver

    def _failed(self, what: str, error: Exception) -> None:
        sentence = str(error) if str(error).startswith(what) else f"{what}: {error}"
        _log.warning("%s", sentence)
        self.failures = [*self.failures[-FAILURES_KEPT + 1 :], sentence]

    def _unready(self) -> str:
        heads = ", ".join(f"{name} at height {chain.head.number}" for name, chain in self.chains.items())
        reached = ", ".join(
            f"{name} justified {r.justified} finalised {r.finalised}"
            for name, r in self.running.finality.reached.items()
        )
        return f"expected a finalised checkpoint on every auxiliary, found {reached} ({heads})"


T = TypeVar("T")

Driver: TypeAlias = Lockstep | Live


def _there(part: T | None, stage: str) -> T:
    if part is None:
        raise UsageError(f"the world has not come that far: call {stage}() first, or use it as a context manager")
    return part
