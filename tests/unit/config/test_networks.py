"""Shipped networks are found by name, files by path, and a wrong name gets the nearest one."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.config.networks import find_manifest, network_names, project_directory
from devnet.config.roles import role_defaults
from devnet.errors import ManifestError
from devnet.types import Role


def test_the_shipped_networks_are_known() -> None:
    assert {"ci", "demo", "double-vote", "minimal"} <= set(network_names())


def test_no_name_means_demo() -> None:
    assert find_manifest() == project_directory() / "chains" / "networks" / "demo.yaml"


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(ManifestError, match="unknown network 'dmeo': did you mean 'demo'"):
        find_manifest("dmeo")


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(ManifestError, match="known: ci, demo, double-vote"):
        find_manifest("zzzzzz")


@pytest.mark.parametrize("given", ["./mine.yaml", "mine.yml", "dir/mine"])
def test_a_path_is_taken_as_it_is(given: str) -> None:
    assert find_manifest(given) == Path(given)


def test_a_path_object_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_manifest(tmp_path / "demo") == tmp_path / "demo"


def test_both_roles_share_their_genesis_time_and_differ_in_finality() -> None:
    origin, auxiliary = role_defaults(Role.ORIGIN), role_defaults(Role.AUXILIARY)
    assert origin.genesis_time == auxiliary.genesis_time == 1_700_000_000
    assert (origin.finalised_after_epochs, auxiliary.finalised_after_epochs) == (2, 0)
