"""The plugin with worlds that only pretend: grouping, rewinding, replacing, and its price for others."""

import subprocess
import sys
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
from types import SimpleNamespace

import pytest

from devnet.errors import ManifestError
from devnet.pytest_plugin import WORLDS

LOG = open("log", "a")


def log(*words):
    print(*words, file=LOG, flush=True)


class Shared:
    def __init__(self, key):
        self.key, self.is_touched, self.is_given_up = key, False, False
        chain = SimpleNamespace(name="origin")
        spec = SimpleNamespace(name="validator-1")
        self.world = SimpleNamespace(
            devnet=SimpleNamespace(origin=chain, auxiliaries=[chain], validators=[spec], fishermen=[spec]),
            actors={"validator-1": "actor"},
            key=key,
        )
        self.chains = {"origin": "chain"}

    def rewind(self):
        log("rewind")
        self.is_touched = False

    def give_up(self):
        log("give up")
        self.is_given_up = True

    def describe(self):
        return "run directory: /some/where"


class Worlds:
    shared = None

    def get(self, key):
        if key.manifest == "nowhere":
            raise ManifestError("unknown network 'nowhere'")
        if self.shared is None or self.shared.key != key or self.shared.is_given_up:
            log("start", key.manifest, key.runtime, key.mode, key.seed)
            self.shared = Shared(key)
        return self.shared

    def close(self):
        log("close")


def pytest_configure(config):
    config.stash[WORLDS] = Worlds()
"""

Run = Callable[[str], tuple[pytest.RunResult, list[str]]]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    # Loaded by name, so that it makes no difference whether the package is installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(test: str) -> tuple[pytest.RunResult, list[str]]:
        pytester.makeconftest(CONFTEST)
        pytester.makepyfile(test_it="import pytest\n\n" + test)
        result = pytester.runpytest_subprocess("-p", "devnet.pytest_plugin", "-p", "no:cacheprovider")
        log = pytester.path / "log"
        return result, log.read_text().splitlines() if log.exists() else []

    return run


def test_defaults_are_minimal_process_and_lockstep(run: Run) -> None:
    result, log = run("def test_a(world): pass")
    result.assert_outcomes(passed=1)
    assert log == ["start minimal process lockstep None", "rewind", "close"]


def test_the_marker_chooses_the_network(run: Run) -> None:
    _, log = run(
        "@pytest.mark.devnet(manifest='demo', runtime='docker', mode='live', seed=7)\ndef test_a(devnet_world): pass"
    )
    assert log[0] == "start demo docker live 7"


def test_an_unknown_argument_of_the_marker_is_refused(run: Run) -> None:
    result, _ = run("@pytest.mark.devnet(manifst='demo')\ndef test_a(world): pass")
    assert result.ret != 0
    assert "manifst" in result.stdout.str() + result.stderr.str()


def test_a_network_that_cannot_be_had_is_told_in_a_sentence(run: Run) -> None:
    result, _ = run("@pytest.mark.devnet(manifest='nowhere')\ndef test_a(world): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no network: unknown network 'nowhere'"])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_a_manifest_beside_the_test_is_found(run: Run, pytester: pytest.Pytester) -> None:
    own = pytester.path / "own.yaml"
    own.write_text("")
    _, log = run("@pytest.mark.devnet(manifest='own.yaml')\ndef test_a(world): pass")
    assert log[0] == f"start {own} process lockstep None"


def test_tests_of_one_key_are_put_together_and_share_a_world(run: Run) -> None:
    result, log = run(
        """
seven = pytest.mark.devnet(seed=7)
def test_a(world): pass
@seven
def test_b(world): pass
def test_c(): pass
def test_d(world): pass
@seven
def test_e(world): pass
"""
    )
    result.assert_outcomes(passed=5)
    assert [line for line in log if line.startswith("start")] == [
        "start minimal process lockstep None",
        "start minimal process lockstep 7",
    ]


def test_a_passed_test_is_rewound_and_a_failed_one_replaced(run: Run) -> None:
    result, log = run(
        """
def test_a(world): pass
def test_b(world): assert False
def test_c(world): pass
"""
    )
    result.assert_outcomes(passed=2, failed=1)
    start = "start minimal process lockstep None"
    assert log == [start, "rewind", "give up", start, "rewind", "close"]


def test_a_failure_says_where_the_run_is(run: Run) -> None:
    result, _ = run("def test_a(world): assert False")
    result.stdout.fnmatch_lines(["*devnet*", "run directory: /some/where"])


def test_what_the_shared_world_went_through_is_undone_before_the_next_test_of_world(run: Run) -> None:
    _, log = run("def test_a(devnet_world): pass\ndef test_b(world): pass")
    assert log == ["start minimal process lockstep None", "rewind", "rewind", "close"]


def test_the_shared_world_alone_is_never_rewound(run: Run) -> None:
    _, log = run("def test_a(devnet_world): pass\ndef test_b(devnet_world): pass")
    assert log == ["start minimal process lockstep None", "close"]


def test_chains_and_actors_are_fixtures(run: Run) -> None:
    result, _ = run(
        """
def test_a(origin, auxiliaries, validators, fisherman):
    assert (origin, auxiliaries, validators, fisherman) == ("chain", ("chain",), ("actor",), "actor")
"""
    )
    result.assert_outcomes(passed=1)


def test_runs_without_a_network_start_none(run: Run) -> None:
    result, log = run("def test_a(): pass")
    result.assert_outcomes(passed=1)
    assert log == ["close"]


def test_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import devnet.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["devnet", "devnet.pytest_plugin"]
