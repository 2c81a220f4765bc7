"""What several modules of actors' tests run with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.actors.scene import Scene, new_scene
from tests.unit.actors.stores import STRATEGIES


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def scene() -> Scene:
    return new_scene()
