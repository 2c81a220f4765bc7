"""The genesis of a chain: the same bytes, and so the same hash, for the same Devnet everywhere.

Every fork through Osaka is active at block 0 and none after it: later ones change the header and the Engine API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from devnet.artifacts.system_contracts import SYSTEM_CONTRACTS
from devnet.config.network import ChainSpec, Devnet
from devnet.types import TOKEN, Address, Json, Role, Wei

ACCOUNT_BALANCE_WEI = 10_000 * TOKEN
"""What every user account owns on every chain."""
ACTOR_BALANCE_WEI = 1_000_000 * TOKEN
"""What every actor owns for fees; on origin its stake on every core comes on top."""
DEPLOYER_BALANCE_WEI = 1_000_000_000 * TOKEN
"""What the deployer owns for fees; on origin the initial stakes of all cores come on top."""
INITIAL_BASE_FEE_WEI = 10**9
"""Base fee of block 0, 1 gwei, as on every public chain since London (EIP-1559)."""

_BLOCK_FORKS = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "muirGlacierBlock",
    "berlinBlock",
    "londonBlock",
    "arrowGlacierBlock",
    "grayGlacierBlock",
    "mergeNetsplitBlock",
)
_TIME_FORKS = ("shanghaiTime", "cancunTime", "pragueTime", "osakaTime")
_BLOB_SCHEDULE = {
    # EIP-4844, EIP-7691; Osaka keeps Prague's. geth does not start without an entry for each of the two.
    "cancun": (3, 6, 3338477),
    "prague": (6, 9, 5007716),
}


def genesis(devnet: Devnet, chain: ChainSpec) -> dict[str, Json]:
    """The genesis document of one chain, as ``geth init`` reads it."""
    return {
        "config": _fork_config(chain),
        "nonce": "0x0",
        "timestamp": hex(chain.genesis_time),
        # The chain id is in no header: without this two auxiliaries would share their genesis hash.
        "extraData": _hex(b"mosaic-devnet %d" % chain.chain_id),
        "gasLimit": hex(chain.gas_limit),
        "difficulty": "0x0",
        "mixHash": "0x" + "00" * 32,
        "coinbase": "0x" + "00" * 20,
        "baseFeePerGas": hex(INITIAL_BASE_FEE_WEI),
        "alloc": _alloc(devnet, chain),
    }


def genesis_json(devnet: Devnet, chain: ChainSpec) -> str:
    """The genesis document as text, with sorted keys."""
    return json.dumps(genesis(devnet, chain), indent=1, sort_keys=True) + "\n"


def write_genesis(devnet: Devnet, chain: ChainSpec, path: Path) -> Path:
    """Write the genesis document to ``path`` and return it."""
    path.write_text(genesis_json(devnet, chain), encoding="ascii")
    return path


def funded(devnet: Devnet, chain: ChainSpec) -> dict[Address, Wei]:
    """Every funded address of a chain with its balance."""
    balances: dict[Address, Wei] = {}
    for address, amount in _balances(devnet, chain):
        balances[address] = balances.get(address, 0) + amount
    return balances


def _balances(devnet: Devnet, chain: ChainSpec) -> Iterator[tuple[Address, Wei]]:
    on_origin = chain.role is Role.ORIGIN
    stakes = len(devnet.auxiliaries) if on_origin else 0
    yield devnet.deployer.address, DEPLOYER_BALANCE_WEI + stakes * sum(actor.weight_wei for actor in devnet.actors)
    for account in devnet.accounts:
        yield account.address, ACCOUNT_BALANCE_WEI
    for actor in devnet.actors:
        key = actor.origin_key if on_origin else actor.auxiliary_key
        yield key.address, ACTOR_BALANCE_WEI + stakes * actor.weight_wei


def _fork_config(chain: ChainSpec) -> dict[str, Json]:
    blobs: dict[str, Json] = {
        fork: {"target": target, "max": most, "baseFeeUpdateFraction": fraction}
        for fork, (target, most, fraction) in _BLOB_SCHEDULE.items()
    }
    forks: dict[str, Json] = {name: 0 for name in (*_BLOCK_FORKS, *_TIME_FORKS)}
    return {
        "chainId": chain.chain_id,
        **forks,
        "terminalTotalDifficulty": 0,
        # No deposit contract: no log of any contract is read as a validator deposit (EIP-6110).
        "depositContractAddress": "0x" + "00" * 20,
        "blobSchedule": blobs,
    }


def _alloc(devnet: Devnet, chain: ChainSpec) -> dict[str, Json]:
    alloc: dict[str, Json] = {
        _hex(address): {"balance": hex(amount)} for address, amount in funded(devnet, chain).items()
    }
    for contract in SYSTEM_CONTRACTS:
        alloc[_hex(contract.address)] = {"balance": "0x0", "nonce": "0x1", "code": _hex(contract.code)}
    return dict(sorted(alloc.items()))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
