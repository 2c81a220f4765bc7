"""Worlds inside the calling process, for tests and attacks: names and ports of their own, apart from all others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devnet.artifacts.private_files import make_private
from devnet.artifacts.run_directory import devnet_home, new_run_id
from devnet.disk import check_disk
from devnet.errors import ManifestError
from devnet.runtime.toolchain import cache_directory, find_geth
from devnet.types import Mode, RuntimeKind
from devnet.world.opening import open_network
from devnet.world.serving import Serving
from devnet.world.world import World

KEPT_RUNS = 10
"""Directories of one kind that are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen of a network; None = as its manifest says."""

    manifest: str | None = None
    """Name of a network, or path of a manifest; None = the default network."""
    mode: Mode | None = None
    """Live or lockstep."""
    runtime: RuntimeKind | None = None
    """Where nodes run."""
    seed: int | None = None
    """Everything drawn derives from it."""
    geth: Path | None = None
    """A geth binary; None = found or built."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Contracts to deploy in another one's place, as ``plan_deployment`` takes them."""


def embed(choice: Choice, directory: Path, report: Callable[[str], None] = lambda line: None) -> Serving:
    """A network to be run in this process; everything of its run goes to ``directory``.

    Raises ManifestError or EnvironmentFailure; nothing is started yet.
    """
    devnet = open_network(choice.manifest, seed=choice.seed, runtime=choice.runtime, mode=choice.mode)
    geth = find_geth(report, choice.geth).path
    templates = cache_directory() / "datadirs"
    world = World(devnet, directory=directory, run=new_run_id(), geth=geth, templates=templates, report=report)
    world.variants = choice.variants
    return Serving(world)


def own_directory(kind: str) -> Path:
    """A new directory for one run that belongs to no network, in the user's state; the last ten of a kind stay.

    Raises EnvironmentFailure when the disk will not do.
    """
    directory = make_private(devnet_home() / kind)
    check_disk(directory)
    for old in sorted(directory.iterdir())[: -KEPT_RUNS + 1]:
        shutil.rmtree(old, ignore_errors=True)
    return make_private(directory / new_run_id())


def mode_of(word: str) -> Mode:
    """The mode of that name. Raises ManifestError."""
    if word not in [mode.value for mode in Mode]:
        raise ManifestError(f"mode must be live or lockstep, found {word!r}")
    return Mode(word)


def runtime_of(word: str) -> RuntimeKind:
    """The runtime of that name. Raises ManifestError."""
    if word not in [kind.value for kind in RuntimeKind]:
        raise ManifestError(f"runtime must be auto, process or docker, found {word!r}")
    return RuntimeKind(word)
