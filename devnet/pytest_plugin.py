"""The pytest plugin: a Mosaic network as a fixture.

It is loaded by every pytest run of an environment in which the devnet is installed, so nothing heavy is
imported before a test asks for a world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devnet.world.cast import ActorHandle
    from devnet.world.user_chain import UserChain
    from devnet.world.world import World
    from devnet.world.worlds import Worlds

MARKER = "devnet(manifest='minimal', runtime='process', mode='lockstep', seed=None): the network a test runs on"

DEFAULTS: dict[str, Any] = {"manifest": "minimal", "runtime": "process", "mode": "lockstep", "seed": None}
"""What the marker says where it says nothing: quick and repeatable, the same on every machine."""

FIXTURES = frozenset({"devnet_world", "world", "origin", "auxiliaries", "validators", "fisherman"})

WORLDS = pytest.StashKey["Worlds"]()
"""The worlds of this pytest process, once a test has asked for one."""

_SHARED = pytest.StashKey[Any]()
_FAILED = pytest.StashKey[bool]()


@dataclass(frozen=True, slots=True)
class Key:
    """Tests with equal keys share a world."""

    manifest: str
    """Name of a network, or absolute path of a manifest."""
    runtime: str
    """``process`` or ``docker``; ``auto`` only where a test asks for it."""
    mode: str
    """``lockstep`` or ``live``."""
    seed: int | None
    """None = the manifest's."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the devnet."""
    group = parser.getgroup("devnet", "Mosaic networks")
    group.addoption("--devnet-keep", action="store_true", help="keep the run directories of passed tests, too")
    group.addoption("--devnet-geth", metavar="PATH", help="geth binary to use (default: found or built)")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the last world, whatever became of the session."""
    if (worlds := config.stash.get(WORLDS, None)) is not None:
        worlds.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests of one key together, so that each world is started once; the order is otherwise kept."""
    keys = {item: key_of(item) for item in items if FIXTURES & set(getattr(item, "fixturenames", ()))}
    if len(set(keys.values())) < 2:
        return
    place: dict[Key, int] = {}
    for index, item in enumerate(items):
        if item in keys:
            place.setdefault(keys[item], index)
    numbered = list(enumerate(items))
    numbered.sort(key=lambda entry: (place[keys[entry[1]]] if entry[1] in keys else entry[0], entry[0]))
    items[:] = [item for _, item in numbered]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Remember a failure until the fixtures end, and say in the report where the run can be looked at."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.failed:
        item.stash[_FAILED] = True
        if (shared := item.stash.get(_SHARED, None)) is not None:
            report.sections.append(("devnet", shared.describe()))
    return report  # type: ignore[return-value]


def key_of(item: pytest.Item) -> Key:
    """The key of a test, from its closest marker. Raises UsageError for arguments that the marker has not."""
    marker = item.get_closest_marker("devnet")
    given = dict(marker.kwargs) if marker else {}
    if marker and (marker.args or not given.keys() <= DEFAULTS.keys()):
        raise pytest.UsageError(f"{item.nodeid}: expected {MARKER.partition(':')[0]}, found {marker}")
    values = DEFAULTS | given
    beside = item.path.parent / str(values["manifest"])
    values["manifest"] = str(beside if beside.is_file() else values["manifest"])
    return Key(**values)


@pytest.fixture
def devnet_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running network that all tests of this key share, as the test before left it."""
    shared = _shared_world(request, tmp_path_factory)
    request.node.stash[_SHARED] = shared
    shared.is_touched = shared.is_touched or "world" not in request.fixturenames
    yield shared.world
    if request.node.stash.get(_FAILED, False):
        shared.give_up()


@pytest.fixture
def world(request: pytest.FixtureRequest, devnet_world: World) -> Iterator[World]:
    """The running network, ready and as it was then; after the test it is taken back there."""
    shared = request.node.stash[_SHARED]
    if shared.is_touched:
        shared.rewind()
    shared.is_touched = True
    yield devnet_world
    if not request.node.stash.get(_FAILED, False):
        shared.rewind()


@pytest.fixture
def origin(request: pytest.FixtureRequest, world: World) -> UserChain:
    """The origin chain: ``rpc``, ``w3``, ``contract(name)``, ``mine()``."""
    chain: UserChain = request.node.stash[_SHARED].chains[world.devnet.origin.name]
    return chain


@pytest.fixture
def auxiliaries(request: pytest.FixtureRequest, world: World) -> tuple[UserChain, ...]:
    """The auxiliary chains, in the order of the manifest."""
    chains = request.node.stash[_SHARED].chains
    return tuple(chains[spec.name] for spec in world.devnet.auxiliaries)


@pytest.fixture
def validators(world: World) -> tuple[ActorHandle, ...]:
    """The validators, in the order of the manifest."""
    return tuple(world.actors[spec.name] for spec in world.devnet.validators)


@pytest.fixture
def fisherman(world: World) -> ActorHandle:
    """The first fisherman."""
    return world.actors[world.devnet.fishermen[0].name]


def _shared_world(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Any:
    """The world of a test; why there is none is told in a sentence, a traceback through us would not help."""
    from devnet.errors import DevnetError

    try:
        return _worlds(request.config, factory).get(key_of(request.node))
    except DevnetError as error:
        pytest.fail("\n".join((f"no network: {error}", *getattr(error, "__notes__", ()))), pytrace=False)


def _worlds(config: pytest.Config, factory: pytest.TempPathFactory) -> Worlds:
    """The worlds of this process, made when the first test needs one."""
    if WORLDS not in config.stash:
        from devnet.world.worlds import Worlds

        geth = config.getoption("--devnet-geth")
        config.stash[WORLDS] = Worlds(
            make_directory=lambda: factory.mktemp("devnet"),
            geth=Path(geth) if geth else None,
            keep=bool(config.getoption("--devnet-keep")),
        )
    return config.stash[WORLDS]
