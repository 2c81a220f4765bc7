"""Where the public test vectors are: they are not part of the project, so the tests skip without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--vectors", default=None, metavar="DIRECTORY", help="directory with the public test vectors")


@pytest.fixture(scope="session")
def vectors(request: pytest.FixtureRequest) -> Path:
    """The vectors' directory, by ``--vectors`` or ``DEVNET_VECTORS``."""
    named = request.config.getoption("--vectors", default=None) or os.environ.get("DEVNET_VECTORS")
    if not named:
        pytest.skip("needs public test vectors: set DEVNET_VECTORS or pass --vectors (the files are not shipped)")
    directory = Path(named)
    if not directory.is_dir():
        pytest.skip(f"needs public test vectors: there is no directory {directory}")
    return directory
