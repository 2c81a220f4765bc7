"""What every test of the project shares: which group it belongs to, and what happens where there is no Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from devnet.pytest_plugin import FIXTURES, key_of
from devnet.runtime.select import docker_trouble

E2E = Path(__file__).parent / "e2e"

# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=False)
# To look for new ones: HYPOTHESIS_PROFILE=explore
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark end-to-end tests by what they run on, so that `-m` picks groups without anybody writing it twice."""
    for item in items:
        if not item.path.is_relative_to(E2E):
            continue
        item.add_marker(pytest.mark.geth)
        if item.get_closest_marker("devnet") or FIXTURES & set(getattr(item, "fixturenames", ())):
            key = key_of(item)
            if key.mode == "live":
                item.add_marker(pytest.mark.live)
            if key.runtime == "docker":
                item.add_marker(pytest.mark.docker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a Docker test where no daemon answers, or fail it where the machine is meant to have one."""
    if item.get_closest_marker("docker") is None or (trouble := docker_trouble()) is None:
        return
    if os.environ.get("DEVNET_REQUIRE_DOCKER") == "1":
        pytest.fail(f"DEVNET_REQUIRE_DOCKER=1, but {trouble}", pytrace=False)
    pytest.skip(trouble)
