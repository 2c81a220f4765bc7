from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from devnet.artifacts.ports import PortBlock, claim_block, ensure_free
from devnet.errors import EnvironmentFailure, ManifestError


def test_a_name_keeps_its_block(tmp_path: Path) -> None:
    block = claim_block("demo", tmp_path)
    claim_block("other", tmp_path)
    assert claim_block("demo", tmp_path) == block
    assert block.base % 100 == 0
    assert 10_000 <= block.base <= 31_900


def test_the_block_of_a_name_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    assert claim_block("demo", tmp_path / "a") == claim_block("demo", tmp_path / "b")


def test_a_second_name_with_the_same_block_takes_the_next(tmp_path: Path) -> None:
    first = claim_block("demo", tmp_path).base
    following = 10_000 + (first - 10_000 + 100) % 22_000
    (tmp_path / "ports.json").write_text(json.dumps({"other": first}))
    assert claim_block("demo", tmp_path).base == following


def test_the_last_block_is_followed_by_the_first(tmp_path: Path) -> None:
    free = 10_000
    taken = {f"n{base}": base for base in range(10_100, 32_000, 100)}
    (tmp_path / "ports.json").write_text(json.dumps(taken))
    assert claim_block("demo", tmp_path).base == free


def test_no_block_left_is_an_environment_failure(tmp_path: Path) -> None:
    taken = {f"n{base}": base for base in range(10_000, 32_000, 100)}
    (tmp_path / "ports.json").write_text(json.dumps(taken))
    with pytest.raises(EnvironmentFailure, match="all 220 port blocks are claimed"):
        claim_block("demo", tmp_path)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"demo": "x"}', b"\xff"])
def test_an_unreadable_record_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ports.json").write_bytes(content)
    with pytest.raises(EnvironmentFailure, match=r"ports\.json .*remove it"):
        claim_block("demo", tmp_path)


def test_names_claimed_at_once_never_share_a_block(tmp_path: Path) -> None:
    claimed: list[PortBlock] = []
    threads = [
        threading.Thread(target=lambda n=n: claimed.append(claim_block(f"net-{n}", tmp_path))) for n in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({block.base for block in claimed}) == 30


def test_fronts_node_ports_and_api_lie_apart_in_the_block() -> None:
    block = PortBlock(12_000)
    assert (block.front(0), block.front(19), block.node(0), block.node(69), block.api) == (
        12_000,
        12_019,
        12_020,
        12_089,
        12_090,
    )


@pytest.mark.parametrize("index", [-1, 20])
def test_more_chains_than_ports_are_refused(index: int) -> None:
    with pytest.raises(ManifestError, match="ports for 20 chains"):
        PortBlock(12_000).front(index)


def test_a_taken_port_is_named_with_its_purpose_and_its_holder() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(
            EnvironmentFailure, match=rf"port {port} \(RPC of origin\) is taken by .*\(pid {os.getpid()}\)"
        ):
            ensure_free({"RPC of origin": port})
    ensure_free({"RPC of origin": port})


def test_a_port_listened_on_at_all_addresses_is_taken_too() -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        with pytest.raises(EnvironmentFailure, match="is taken"):
            ensure_free({"World": listener.getsockname()[1]})
