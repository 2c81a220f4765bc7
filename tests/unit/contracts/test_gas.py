"""The gas table grows with the items of a call, never asks for more than a transaction may have, and leaves room."""

from __future__ import annotations

import json

import pytest

from devnet.config.networks import project_directory
from devnet.contracts.gas import GAS, MAX_HEADERS, MAX_SIGNATURES, MAX_VOTES, TRANSACTION_GAS_CAP, gas_limit


def test_a_limit_grows_with_its_items() -> None:
    one = gas_limit("PollingPlace", "castVotes", votes=1)
    assert gas_limit("PollingPlace", "castVotes", votes=3) - one == 2 * 95_000


def test_no_limit_exceeds_what_one_transaction_may_have() -> None:
    assert gas_limit("PollingPlace", "castVotes", votes=10_000) == TRANSACTION_GAS_CAP


def test_the_largest_batches_stay_below_the_cap() -> None:
    assert gas_limit("PollingPlace", "castVotes", votes=MAX_VOTES) < TRANSACTION_GAS_CAP
    assert gas_limit("Core", "verifyVotes", signatures=MAX_SIGNATURES) < TRANSACTION_GAS_CAP
    blocks = gas_limit("AuxiliaryBlockStore", "reportBlocks", headers=MAX_HEADERS, checkpoints=MAX_HEADERS // 2)
    assert blocks < TRANSACTION_GAS_CAP


def test_the_longest_proof_stays_below_the_cap() -> None:
    """A path has 64 nibbles; no trie of a devnet comes near."""
    assert gas_limit("CoGateway", "confirmStake", nodes=2 * 64) < TRANSACTION_GAS_CAP
    assert gas_limit("Gateway", "exit", nodes=2 * 32, code_bytes=24_576) < TRANSACTION_GAS_CAP


def test_a_call_or_item_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError, match="unknown"):
        gas_limit("Core", "unknown")
    with pytest.raises(KeyError, match="votes"):
        gas_limit("Core", "propose", votes=1)


def test_every_limit_is_well_above_the_bare_transaction() -> None:
    assert min(limit.base for limit in GAS.values()) >= 100_000


COSTS = json.loads((project_directory() / "chains" / "contracts" / "gas-snapshot.json").read_text())
"""What forge measured (test/gas), each call as a transaction of its own; the name says how many items it had."""

MOST_OF_LIMIT = 0.8


@pytest.mark.parametrize("call", COSTS)
def test_every_call_leaves_a_fifth_of_its_limit(call: str) -> None:
    name, *items = call.split()
    counts = {item: int(count) for item, count in (one.split("=") for one in items)}
    contract, function = name.split(".")
    limit = gas_limit(contract, function, **counts)
    assert limit < TRANSACTION_GAS_CAP
    assert int(COSTS[call]) <= MOST_OF_LIMIT * limit


def test_every_limit_was_compared_with_a_cost() -> None:
    assert sorted({call.split()[0] for call in COSTS}) == sorted(GAS)
