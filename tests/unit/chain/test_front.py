"""What users see as a chain's RPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.encoding import to_data
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.chain.transaction import decode_transaction
from devnet.errors import RpcError, TransportError

MakeRig = Callable[..., Any]
Sign = Callable[..., bytes]


@pytest.mark.parametrize(
    "method",
    [
        "engine_newPayloadV4",
        "testing_buildBlockV1",
        "miner_setGasPrice",
        "admin_addPeer",
        "debug_setHead",
        "eth_sendUserOperation",
        "txpool_unknown",
        "devnet_unknown",
    ],
)
def test_methods_that_could_move_the_chain_are_refused(make_rig: MakeRig, method: str) -> None:
    rig = make_rig()
    rig.geths[0].calls.clear()
    with pytest.raises(RpcError) as caught:
        rig.chain.rpc(method)
    assert caught.value.code == -32601
    assert rig.geths[0].calls == []


@pytest.mark.parametrize("method", ["eth_sendTransaction", "eth_sign", "eth_signTransaction"])
def test_there_are_no_unlocked_accounts(make_rig: MakeRig, method: str) -> None:
    with pytest.raises(RpcError, match="no account is unlocked"):
        make_rig().chain.rpc(method, [{}])


def test_everything_else_reaches_geth_as_it_is(make_rig: MakeRig) -> None:
    assert make_rig().chain.rpc("debug_traceTransaction", ["0x12", {"tracer": "callTracer"}]) == [
        "debug_traceTransaction",
        "0x12",
        {"tracer": "callTracer"},
    ]


def test_the_tag_pending_means_latest(make_rig: MakeRig) -> None:
    rig = make_rig()
    assert rig.chain.rpc("eth_call", [{"to": "0x"}, "pending"]) == ["eth_call", {"to": "0x"}, "latest"]
    wanted = {"fromBlock": "0x1", "toBlock": "pending"}
    assert rig.chain.rpc("eth_getLogs", [wanted]) == ["eth_getLogs", {"fromBlock": "0x1", "toBlock": "latest"}]
    assert wanted["toBlock"] == "pending"


def test_the_pending_nonce_counts_what_waits_without_a_gap(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    sender = to_data(decode_transaction(sign(0, 0), 4242).sender)
    for nonce in (0, 1, 3):
        rig.chain.submit(sign(0, nonce))
    assert rig.chain.rpc("eth_getTransactionCount", [sender, "pending"]) == "0x2"
    assert rig.chain.rpc("eth_getTransactionCount", [sender, "latest"]) == "0x0"
    rig.chain.mine()
    assert rig.chain.rpc("eth_getTransactionCount", [sender, "pending"]) == "0x2"


def test_sending_gives_the_hash_and_the_transaction_is_found(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    raw = sign(0, 0, accessList=[{"address": "0x" + "22" * 20, "storageKeys": []}], gas=50_000)
    sent = rig.chain.rpc("eth_sendRawTransaction", [to_data(raw)])
    found = rig.chain.rpc("eth_getTransactionByHash", [sent])
    assert (found["hash"], found["blockHash"], found["nonce"], found["type"]) == (sent, None, "0x0", "0x2")
    assert found["maxFeePerGas"] == found["gasPrice"] == hex(10**12)
    assert found["accessList"] == [{"address": "0x" + "22" * 20, "storageKeys": []}]
    assert rig.chain.rpc("eth_getRawTransactionByHash", [sent]) == to_data(raw)
    assert [item["hash"] for item in rig.chain.rpc("devnet_pendingTransactions")] == [sent]


@pytest.mark.parametrize("params", [[], ["rubbish"], [7], [None]], ids=str)
def test_bad_parameters_are_refused(make_rig: MakeRig, params: list[Any]) -> None:
    with pytest.raises(RpcError) as caught:
        make_rig().chain.rpc("eth_sendRawTransaction", params)
    assert caught.value.code == -32602


def test_the_pool_shows_what_is_pending_and_what_is_queued(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    for user, nonce in ((0, 0), (0, 1), (1, 5)):
        rig.chain.submit(sign(user, nonce))
    senders = [to_data(decode_transaction(sign(user, 0), 4242).sender) for user in (0, 1)]
    assert rig.chain.rpc("txpool_status") == {"pending": "0x2", "queued": "0x1"}
    content = rig.chain.rpc("txpool_content")
    assert list(content["pending"][senders[0]]) == ["0", "1"]
    assert list(content["queued"][senders[1]]) == ["5"]
    assert rig.chain.rpc("txpool_contentFrom", [senders[1]])["pending"] == {}
    line = rig.chain.rpc("txpool_inspect")["pending"][senders[0]]["0"]
    assert line == f"0x{'11' * 20}: 1 wei + 21000 gas x {10**12} wei"


def test_a_filter_gives_each_new_transaction_once(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    hashes, full = (rig.chain.rpc("eth_newPendingTransactionFilter", params) for params in ([], [True]))
    sent = to_data(rig.chain.submit(sign(0, 0)))
    assert rig.chain.rpc("eth_getFilterChanges", [hashes]) == [sent]
    assert rig.chain.rpc("eth_getFilterChanges", [hashes]) == []
    assert rig.chain.rpc("eth_getFilterChanges", [full])[0]["hash"] == sent
    assert rig.chain.rpc("eth_uninstallFilter", [hashes]) is True
    assert rig.chain.rpc("eth_getFilterChanges", [hashes]) == ["eth_getFilterChanges", hashes]


def test_sending_and_waiting_gives_up_in_time(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    with pytest.raises(RpcError, match=r"wasn't processed in 0\.02s") as caught:
        rig.chain.rpc("eth_sendRawTransactionSync", [to_data(sign(0, 0)), 20])
    assert (caught.value.code, len(rig.chain.pending())) == (4, 1)


def test_a_direct_link_follows_its_policy(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=2)
    policy = LinkPolicy()
    link = DirectLink(rig.chain, policy)
    view = rig.chain.branch(1)
    there = rig.chain.mine(view=view)
    assert link.chain == "auxiliary"
    assert link.batch([("eth_chainId", ()), ("eth_chainId", ())]) == ["0x1092"] * 2
    assert policy.affected == 0
    policy.view = view
    assert link.call("devnet_heads")[0]["hash"] == to_data(there.hash)
    policy.cut = True
    with pytest.raises(TransportError, match="link is cut"):
        link.call("eth_chainId")
    assert policy.affected == 2


def test_a_reader_brings_back_a_dead_node(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.geths[0].die()
    assert rig.chain.rpc("eth_chainId") == "0x1092"
    assert rig.kinds() == ["NodeDied", "NodeRestarted"]


def test_a_chain_without_a_living_node_does_not_answer(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.chain.hold_node(0)
    rig.geths[0].die()
    with pytest.raises(TransportError, match="no node of view main is up"):
        rig.chain.rpc("eth_chainId")
    rig.chain.release_node(0)
    assert rig.chain.rpc("eth_chainId") == "0x1092"


def test_a_reader_of_a_node_that_fails_for_good_gets_no_answer(make_rig: MakeRig) -> None:
    rig = make_rig()
    for _ in range(2):
        rig.geths[0].die()
        rig.chain.revive()
    rig.geths[0].die()
    with pytest.raises(TransportError, match="died 3 times"):
        rig.chain.rpc("eth_chainId")
