"""Networks that several modules of tests run, each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.world.embedded import Choice, embed
from devnet.world.serving import Serving
from tests.e2e.world.meta_blocks import MANIFEST


@pytest.fixture
def serving(tmp_path: Path, own_runs: set[str]) -> Iterator[Serving]:
    manifest = tmp_path / "meta-blocks.yaml"
    manifest.write_text(MANIFEST)
    with embed(Choice(manifest=str(manifest)), tmp_path / "run") as serving:
        own_runs.add(serving.world.run_id)
        yield serving
