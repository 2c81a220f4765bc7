"""The command line of geth, the same in every runtime but for where it listens.

Hash scheme and archive mode keep every state, side branches included, over a kill; a reorg depth of 0
means no limit; log indexing is off because a node that ends while it indexes loses its last block;
the pool is neither used nor kept, since the Producer holds what is pending.
"""

from __future__ import annotations

from pathlib import Path, PurePath

SERVED = "eth,net,web3,txpool,debug"
"""What a node's own port offers to users: nothing that makes blocks."""

DRIVEN = "eth,net,web3,debug,txpool,testing"
"""What the Producer needs over HTTP, where it has no IPC socket; ``engine`` is on the authenticated port."""

CONFIG = '[Node.P2P]\nListenAddr = ""\nNoDiscovery = true\nMaxPeers = 0\n'
"""Configuration file that keeps geth off the network: no flag says "do not listen"."""

CONTAINER_HTTP_PORT = 8545
"""HTTP inside a container: the Producer's."""

CONTAINER_WS_PORT = 8546
"""WebSocket inside a container: the users', since ``testing`` must not be served to them."""

CONTAINER_ENGINE_PORT = 8551
"""Engine API inside a container."""


def init_arguments(datadir: PurePath, genesis: PurePath) -> tuple[str, ...]:
    """Arguments that write the genesis block; the state scheme must be that of the later run."""
    return ("init", "--datadir", str(datadir), "--state.scheme", "hash", str(genesis))


def node_arguments(datadir: PurePath, config: PurePath, gas_limit: int) -> tuple[str, ...]:
    """What every node gets, in every runtime."""
    return (
        *("--config", str(config), "--datadir", str(datadir)),
        *("--state.scheme", "hash", "--gcmode", "archive", "--syncmode", "full"),
        *("--engine.maxreorgdepth", "0", "--history.logs.disable"),
        *("--nodiscover", "--maxpeers", "0", "--nat", "none"),
        *("--txpool.nolocals", "--txpool.journal", "", "--rpc.txfeecap", "0"),
        *("--miner.gaslimit", str(gas_limit), "--miner.recommit", "10s"),
        *("--cache", "16", "--verbosity", "3"),
    )


def ipc_arguments(ipc_path: Path) -> tuple[str, ...]:
    """Serve everything on a Unix socket; the Engine port cannot be switched off, so it takes any port."""
    return ("--ipcpath", str(ipc_path), "--authrpc.addr", "127.0.0.1", "--authrpc.port", "0")


def port_arguments(port: int) -> tuple[str, ...]:
    """Serve users on one loopback port, HTTP and WebSocket."""
    return (
        *("--http", "--http.addr", "127.0.0.1", "--http.port", str(port), "--http.api", SERVED),
        *("--ws", "--ws.addr", "127.0.0.1", "--ws.port", str(port), "--ws.api", SERVED),
    )


def container_arguments(jwt_secret: PurePath) -> tuple[str, ...]:
    """Serve on the container's own addresses; they are published on loopback only."""
    http, ws, engine = str(CONTAINER_HTTP_PORT), str(CONTAINER_WS_PORT), str(CONTAINER_ENGINE_PORT)
    return (
        "--ipcdisable",
        *("--http", "--http.addr", "0.0.0.0", "--http.port", http, "--http.vhosts", "*", "--http.api", DRIVEN),
        *("--ws", "--ws.addr", "0.0.0.0", "--ws.port", ws, "--ws.origins", "*", "--ws.api", SERVED),
        *("--authrpc.addr", "0.0.0.0", "--authrpc.port", engine, "--authrpc.vhosts", "*"),
        *("--authrpc.jwtsecret", str(jwt_secret)),
    )
