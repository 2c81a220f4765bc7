from __future__ import annotations

from pathlib import Path

import pytest

from devnet.errors import EnvironmentFailure, ManifestError
from devnet.types import Mode, RuntimeKind
from devnet.world.opening import doubts_about, open_network

MANIFEST = """\
name: mine
chains:
  - role: origin
  - role: auxiliary
validators:
  - weight: 40
    behaviour: {behaviour}
  - weight: 40
"""


def write(directory: Path, behaviour: str) -> str:
    path = directory / "mine.yaml"
    path.write_text(MANIFEST.format(behaviour=behaviour))
    return str(path)


def test_what_is_chosen_beside_the_manifest_wins() -> None:
    devnet = open_network("minimal", name="other", seed=9, runtime=RuntimeKind.PROCESS, mode=Mode.LIVE)
    assert (devnet.name, devnet.seed, devnet.runtime, devnet.mode) == ("other", 9, RuntimeKind.PROCESS, Mode.LIVE)


def test_a_docker_that_is_not_there_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(EnvironmentFailure, match=r"no Docker socket at /nowhere.sock"):
        open_network("minimal", runtime=RuntimeKind.DOCKER)
    assert open_network("minimal", runtime=RuntimeKind.AUTO).runtime is RuntimeKind.AUTO


def test_a_known_behaviour_is_taken(tmp_path: Path) -> None:
    assert open_network(write(tmp_path, "double-vote")).validators[0].behaviour == "double-vote"


def test_an_unknown_behaviour_is_refused_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    path = write(tmp_path, "dubble-vote")
    with pytest.raises(ManifestError) as refused:
        open_network(path)
    assert str(refused.value) == (
        f"{path}:7: validators[0].behaviour: unknown behaviour 'dubble-vote': did you mean 'double-vote'?"
    )


@pytest.mark.parametrize(
    ("more", "is_doubtful"),
    [
        ("", False),
        ("gateways: [{}]\n", True),
        ("gateways: [{}]\nfacilitators: 1\n", False),
        ("facilitators: 1\n", False),
    ],
)
def test_gateways_without_anybody_who_carries_are_doubted(tmp_path: Path, more: str, is_doubtful: bool) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MANIFEST.format(behaviour="honest") + more)
    said = doubts_about(open_network(str(path)))
    assert [sentence.endswith("start the network with facilitators: 1 in its manifest") for sentence in said] == [
        True
    ] * is_doubtful
