"""The genesis document: same Devnet, same bytes; every fork through Osaka; everybody funded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devnet.artifacts.genesis import (
    ACCOUNT_BALANCE_WEI,
    ACTOR_BALANCE_WEI,
    DEPLOYER_BALANCE_WEI,
    funded,
    genesis,
    genesis_json,
    write_genesis,
)
from devnet.artifacts.system_contracts import SYSTEM_CONTRACTS
from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.types import TOKEN


@pytest.fixture(name="demo")
def demo_devnet() -> Devnet:
    return resolve(load_manifest(find_manifest("demo")))


def document(devnet: Devnet, chain: str) -> dict[str, Any]:
    return genesis(devnet, devnet.chain(chain))


def test_every_fork_through_osaka_is_active_and_none_after(demo: Devnet) -> None:
    config = document(demo, "origin")["config"]
    assert config["chainId"] == 1515
    times = {key: value for key, value in config.items() if key.endswith("Time")}
    assert times == {"shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0, "osakaTime": 0}
    assert all(value == 0 for key, value in config.items() if key.endswith("Block"))
    assert set(config["blobSchedule"]) == {"cancun", "prague"}


def test_time_and_gas_limit_are_those_of_the_chain(demo: Devnet) -> None:
    found = document(demo, "auxiliary-1")
    assert (int(found["timestamp"], 16), int(found["gasLimit"], 16)) == (1_700_000_000, 60_000_000)


def test_every_chain_has_the_system_contracts(demo: Devnet) -> None:
    for chain in demo.chains:
        alloc = document(demo, chain.name)["alloc"]
        for contract in SYSTEM_CONTRACTS:
            assert alloc["0x" + contract.address.hex()]["code"] == "0x" + contract.code.hex()


def test_accounts_are_funded_everywhere(demo: Devnet) -> None:
    for chain in demo.chains:
        balances = funded(demo, chain)
        assert all(balances[account.address] == ACCOUNT_BALANCE_WEI for account in demo.accounts)


def test_on_origin_stakes_come_on_top_for_every_core(demo: Devnet) -> None:
    balances = funded(demo, demo.origin)
    first = demo.validators[0]
    assert balances[first.origin_key.address] == ACTOR_BALANCE_WEI + 2 * 40 * TOKEN
    assert balances[demo.deployer.address] == DEPLOYER_BALANCE_WEI + 2 * 148 * TOKEN
    assert first.auxiliary_key.address not in balances


def test_on_auxiliary_actors_pay_with_their_auxiliary_key(demo: Devnet) -> None:
    balances = funded(demo, demo.auxiliaries[0])
    for actor in demo.actors:
        assert balances[actor.auxiliary_key.address] == ACTOR_BALANCE_WEI
        assert actor.origin_key.address not in balances


def test_the_same_devnet_gives_the_same_bytes(demo: Devnet, tmp_path: Path) -> None:
    again = resolve(load_manifest(find_manifest("demo")))
    for chain in demo.chains:
        path = write_genesis(demo, chain, tmp_path / "genesis.json")
        assert path.read_text() == genesis_json(again, again.chain(chain.name))
        assert json.loads(path.read_text()) == genesis(demo, chain)


def test_name_runtime_and_ports_do_not_change_the_genesis(demo: Devnet) -> None:
    other = resolve(load_manifest(find_manifest("demo")), name="other")
    assert genesis_json(other, other.origin) == genesis_json(demo, demo.origin)


def test_two_auxiliaries_differ_in_what_is_hashed(demo: Devnet) -> None:
    one, two = (document(demo, chain.name) for chain in demo.auxiliaries)
    assert one["extraData"] != two["extraData"]
    assert one["alloc"] == two["alloc"]
    assert len(bytes.fromhex(one["extraData"][2:])) <= 32
