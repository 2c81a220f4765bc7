"""Blocks made on real geth: what they contain, and that they repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.encoding import to_data
from devnet.errors import ChainError, RpcError, UsageError

pytestmark = pytest.mark.geth


def block_of(run: Any, tag: str) -> Any:
    return run.chain.rpc("eth_getBlockByNumber", [tag, False])


def test_two_fresh_nodes_give_identical_hashes(make_run: Callable[..., Any]) -> None:
    heads = []
    for _ in range(2):
        run = make_run()
        for nonce in range(3):
            for user in range(4):
                run.chain.submit(run.transfer(user, nonce))
            run.tick()
        run.tick(3)
        heads.append(run.chain.head.hash)
    assert heads[0] == heads[1]


def test_transactions_are_included_in_order_of_arrival(make_run: Callable[..., Any]) -> None:
    run = make_run()
    sent = [run.chain.submit(run.transfer(user, nonce)) for nonce in range(3) for user in (3, 1, 2)]
    assert list(run.tick().transactions) == sent
    assert [seen.transactions for seen in run.seen] == [9]
    assert run.chain.pending() == ()


def test_timestamps_follow_the_clock_and_always_grow(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.clock.advance(1_000)
    first = run.chain.mine(3)
    assert first.timestamp == run.chain.spec.genesis_time + 1_002
    assert run.chain.mine(timestamp=first.timestamp + 50).timestamp == first.timestamp + 50
    with pytest.raises(UsageError, match="timestamp must be >="):
        run.chain.mine(timestamp=first.timestamp)


def test_safe_and_finalized_are_genesis_from_the_start(make_run: Callable[..., Any]) -> None:
    run = make_run()
    assert [block_of(run, tag)["number"] for tag in ("latest", "safe", "finalized")] == ["0x0"] * 3
    run.tick(20)
    assert [block_of(run, tag)["number"] for tag in ("latest", "safe", "finalized")] == ["0x14", "0x0", "0x0"]


def test_origin_finality_follows_the_head_at_epoch_boundaries(make_run: Callable[..., Any]) -> None:
    run = make_run("origin")
    run.tick(14)
    assert [int(block_of(run, tag)["number"], 16) for tag in ("safe", "finalized")] == [8, 4]
    run.tick(2)
    assert [int(block_of(run, tag)["number"], 16) for tag in ("safe", "finalized")] == [12, 8]


def test_auxiliary_finality_is_what_the_world_says(make_run: Callable[..., Any]) -> None:
    run = make_run()
    blocks = [run.tick() for _ in range(9)]
    run.chain.set_finality(blocks[7].hash, blocks[3].hash)
    run.tick()
    assert [int(block_of(run, tag)["number"], 16) for tag in ("safe", "finalized")] == [8, 4]
    with pytest.raises(ChainError, match="not on one branch"):
        run.chain.set_finality(blocks[3].hash, blocks[7].hash)


def test_a_transaction_that_cannot_be_built_is_dropped_and_the_rest_goes_on(make_run: Callable[..., Any]) -> None:
    run = make_run()
    balance = int(run.chain.rpc("eth_getBalance", [to_data(run.devnet.accounts[1].address), "latest"]), 16)
    fee = {"maxFeePerGas": 10**10}
    # Each is affordable alone, but not both: only building the block can tell.
    rich = run.transfer(1, 0, value=balance - 10**18, **fee)
    broke = run.transfer(1, 1, value=10**18 - 21_000 * 10**10, **fee)
    after = run.transfer(1, 2, **fee)
    good = [run.chain.submit(raw) for raw in (run.transfer(0, 0), rich)]
    bad = run.chain.submit(broke)
    waiting = run.chain.submit(after)
    good.append(run.chain.submit(run.transfer(2, 0)))
    assert list(run.tick().transactions) == good
    (refused,) = [event for event in run.events if event.kind == "TransactionRefused"]
    assert refused.payload["hash"] == to_data(bad)
    assert refused.payload["nonce"] == 1
    assert "insufficient funds" in str(refused.payload["error"])
    assert [transaction.hash for transaction in run.chain.pending()] == [waiting]


def test_logs_and_receipts_come_with_the_block(make_run: Callable[..., Any]) -> None:
    run = make_run()
    # Init code that emits one log without topics and deploys nothing.
    run.chain.submit(run.transfer(0, 0, to=b"", value=0, gas=100_000, data="0x60006000a000"))
    block = run.tick()
    (seen,) = run.seen
    assert [log["blockHash"] for log in seen.logs] == [to_data(block.hash)]
    assert seen.receipts[0]["status"] == "0x1"


def test_a_censored_transaction_stays_pending(make_run: Callable[..., Any]) -> None:
    run = make_run()
    victim = run.devnet.accounts[1].address
    run.chain.censor(lambda transaction: transaction.sender == victim)
    sent = [run.chain.submit(run.transfer(user, 0)) for user in range(3)]
    assert list(run.tick().transactions) == [sent[0], sent[2]]
    assert [transaction.hash for transaction in run.chain.pending()] == [sent[1]]
    run.chain.censor(None)
    assert list(run.tick().transactions) == [sent[1]]


def test_a_halted_chain_makes_no_block(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.chain.halt()
    with pytest.raises(ChainError, match="halted"):
        run.chain.mine()
    run.chain.resume()
    assert run.chain.mine().number == 1
    assert run.kinds() == ["ChainHalted", "ChainResumed"]


def test_refusals_use_the_words_of_geth(make_run: Callable[..., Any]) -> None:
    run = make_run()
    run.chain.submit(run.transfer(0, 0))
    run.tick()
    cases = {
        "nonce too low: next nonce 1, tx nonce 0": run.transfer(0, 0),
        "insufficient funds for gas * price + value": run.transfer(1, 0, value=10**30),
        "invalid chain id for signer: have 1 want": run.transfer(1, 0, chainId=1),
        "intrinsic gas too low: gas 20999, minimum needed 21000": run.transfer(1, 0, gas=20_999),
        "transaction gas limit too high (cap: 16777216, tx: 16777217)": run.transfer(1, 0, gas=2**24 + 1),
        "rlp": b"\xc3\x01\x02\x03",
    }
    for words, raw in cases.items():
        with pytest.raises(RpcError) as caught:
            run.chain.submit(raw)
        assert words in caught.value.message
