from __future__ import annotations

from pathlib import Path, PurePosixPath

from devnet.runtime.launch import (
    CONFIG,
    DRIVEN,
    SERVED,
    container_arguments,
    init_arguments,
    ipc_arguments,
    node_arguments,
    port_arguments,
)

ARGUMENTS = node_arguments(Path("/d"), Path("/c"), 60_000_000)


def option(arguments: tuple[str, ...], name: str) -> str:
    """The value after a flag."""
    return arguments[arguments.index(name) + 1]


def test_every_state_is_kept_and_any_depth_may_be_rewound() -> None:
    assert option(ARGUMENTS, "--state.scheme") == option(init_arguments(Path("/d"), Path("/g")), "--state.scheme")
    assert option(ARGUMENTS, "--state.scheme") == "hash"
    assert option(ARGUMENTS, "--gcmode") == "archive"
    assert option(ARGUMENTS, "--engine.maxreorgdepth") == "0"


def test_the_gas_limit_is_pulled_nowhere() -> None:
    assert option(ARGUMENTS, "--miner.gaslimit") == "60000000"


def test_nothing_listens_to_peers() -> None:
    assert 'ListenAddr = ""' in CONFIG
    assert "--nodiscover" in ARGUMENTS
    assert "--port" not in ARGUMENTS


def test_over_ipc_no_port_is_fixed() -> None:
    arguments = ipc_arguments(Path("/s/0.ipc"))
    assert option(arguments, "--ipcpath") == "/s/0.ipc"
    assert option(arguments, "--authrpc.port") == "0"
    assert "--http" not in arguments


def test_a_users_port_is_on_loopback_and_makes_no_blocks() -> None:
    arguments = port_arguments(12_020)
    assert option(arguments, "--http.port") == option(arguments, "--ws.port") == "12020"
    assert option(arguments, "--http.addr") == option(arguments, "--ws.addr") == "127.0.0.1"
    assert option(arguments, "--http.api") == SERVED
    assert not {"testing", "miner", "admin", "engine"} & set(SERVED.split(","))


def test_in_a_container_only_the_producers_port_builds_blocks() -> None:
    arguments = container_arguments(PurePosixPath("/data/jwt"))
    assert option(arguments, "--http.api") == DRIVEN
    assert "testing" in DRIVEN
    assert option(arguments, "--ws.api") == SERVED
    ports = {option(arguments, name) for name in ("--http.port", "--ws.port", "--authrpc.port")}
    assert len(ports) == 3
    assert option(arguments, "--authrpc.jwtsecret") == "/data/jwt"
