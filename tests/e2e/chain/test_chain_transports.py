"""The same chain over HTTP with a token as over the socket, and what users send to a node's own port."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devnet.artifacts.genesis import write_genesis
from devnet.chain.chain import Chain
from devnet.chain.client import HttpTransport
from devnet.chain.clock import Clock
from devnet.config.network import NodeSpec
from devnet.runtime.base import Endpoint
from devnet.runtime.launch import CONFIG, DRIVEN, init_arguments, node_arguments
from devnet.runtime.nursery import Nursery
from devnet.runtime.reservation import Reservations
from devnet.runtime.toolchain import find_geth

pytestmark = pytest.mark.geth

SECRET = b"\x2a" * 32


class HttpNode:
    """A geth driven as in a container: HTTP, and the Engine API with a token."""

    def __init__(self, nursery: Nursery, genesis: Path, gas_limit: int, directory: Path) -> None:
        self.name = "auxiliary-1-0"
        geth = str(find_geth(print).path)
        (directory / "geth.toml").write_text(CONFIG)
        (directory / "jwt").write_text(SECRET.hex())
        data = directory / "data"
        nursery.spawn((geth, *init_arguments(data, genesis)), log=directory / "init.log", cwd=directory).wait(30)
        ports = Reservations()
        http, engine = ports.reserve(), ports.reserve()
        ports.close()
        listen = ("--http", "--http.port", str(http), "--http.api", DRIVEN, "--authrpc.port", str(engine))
        rest = ("--authrpc.jwtsecret", str(directory / "jwt"), "--ipcdisable")
        argv = (geth, *node_arguments(data, directory / "geth.toml", gas_limit), *listen, *rest)
        self.child = nursery.spawn(argv, log=directory / "geth.log", cwd=directory)
        url = f"http://127.0.0.1:{http}"
        self.endpoint = Endpoint(http_url=url, engine_url=f"http://127.0.0.1:{engine}", jwt_secret=SECRET)

    def is_alive(self) -> bool:
        return bool(self.child.poll() is None)

    def log_tail(self, lines: int = 30) -> tuple[str, ...]:
        return ()


def test_http_and_ipc_give_the_same_blocks(make_run: Callable[..., Any], tmp_path: Path) -> None:
    run = make_run()
    demo = run.devnet
    spec = dataclasses.replace(demo.chain("auxiliary-1"), nodes=(NodeSpec("auxiliary-1-0", "auxiliary-1", 0),))
    with Nursery.start("chain-http-e2e") as nursery:
        node = HttpNode(nursery, write_genesis(demo, spec, tmp_path / "genesis.json"), spec.gas_limit, tmp_path)
        clock = Clock(spec.genesis_time)
        chain = Chain(spec, [node], clock, demo.seed)  # type: ignore[list-item]
        chain.start()
        try:
            for nonce in range(4):
                raw = run.transfer(0, nonce)
                assert chain.submit(raw) == run.chain.submit(raw)
                clock.advance(1)
                assert chain.mine().hash == run.tick().hash
            mark = chain.mark()
            chain.mine(3)
            chain.rewind(mark)
            assert chain.rpc("eth_getBlockByNumber", ["latest", False])["number"] == "0x4"
        finally:
            chain.close()


def test_what_is_sent_to_a_node_port_gets_into_a_block(make_run: Callable[..., Any]) -> None:
    run = make_run(serve_port=True)
    run.tick()
    port = HttpTransport(run.nodes[0].endpoint.node_port_url)
    sent = port.call("eth_sendRawTransaction", ["0x" + run.transfer(0, 0).hex()])
    assert ["0x" + transaction.hex() for transaction in run.tick().transactions] == [sent]
    assert run.tick().transactions == ()
    assert port.call("eth_getTransactionReceipt", [sent])["status"] == "0x1"
    port.close()
