"""Real geth accepts the genesis as it was meant, and hashes it the same every time."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from devnet.artifacts.genesis import genesis, write_genesis
from devnet.config.load import load_manifest
from devnet.config.network import ChainSpec, Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.runtime.toolchain import find_geth

pytestmark = pytest.mark.geth


@pytest.fixture(name="geth", scope="module")
def geth_path() -> Path:
    return find_geth(print).path


@pytest.fixture(name="demo")
def demo_devnet() -> Devnet:
    return resolve(load_manifest(find_manifest("demo")))


def init(geth: Path, devnet: Devnet, chain: ChainSpec, directory: Path) -> str:
    """Initialise a data directory and return the genesis hash as geth shortens it."""
    directory.mkdir()
    document = write_genesis(devnet, chain, directory / "genesis.json")
    command = [str(geth), "init", "--datadir", str(directory / "data"), "--state.scheme", "hash", str(document)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"Successfully wrote genesis state.*hash=(\S+)", done.stderr)
    assert found, done.stderr
    return found[1]


def test_geth_keeps_the_genesis_as_written(geth: Path, demo: Devnet, tmp_path: Path) -> None:
    init(geth, demo, demo.origin, tmp_path / "origin")
    command = [str(geth), "--datadir", str(tmp_path / "origin" / "data"), "dumpgenesis"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    kept, written = json.loads(done.stdout), genesis(demo, demo.origin)
    assert {key: value for key, value in kept["config"].items() if value is not None} == written["config"]
    assert kept["extraData"] == written["extraData"]
    assert len(kept["alloc"]) == len(written["alloc"])  # type: ignore[arg-type]


def test_equal_documents_hash_equally_and_chains_differ(geth: Path, demo: Devnet, tmp_path: Path) -> None:
    hashes = [init(geth, demo, chain, tmp_path / chain.name) for chain in demo.chains]
    assert len(set(hashes)) == 3
    assert init(geth, demo, demo.origin, tmp_path / "again") == hashes[0]
