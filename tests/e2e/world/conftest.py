"""Networks that several modules of tests run, each test its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.world.serving import Serving
from tests.e2e.world.meta_blocks import MANIFEST


@pytest.fixture
def serving(run_network: Callable[[str], Serving]) -> Serving:
    return run_network(MANIFEST)
