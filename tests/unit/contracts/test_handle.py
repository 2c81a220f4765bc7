"""Calls, results, logs and reverts, against a small ABI with structs and arrays of structs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from devnet.contracts.errors import ContractReverted, decode_reason
from devnet.contracts.handle import ContractHandle, Read, as_json, block_parameter, read_many
from devnet.errors import ChainError, RpcError, TransportError, UsageError

POINT = {
    "name": "point",
    "type": "tuple",
    "components": [{"name": "x", "type": "uint64"}, {"name": "y", "type": "bytes32"}],
}
ABI: list[dict[str, Any]] = [
    {"type": "function", "name": "put", "inputs": [POINT, {"name": "note", "type": "bytes"}], "outputs": []},
    {"type": "function", "name": "one", "inputs": [], "outputs": [{"name": "", "type": "uint256"}]},
    {"type": "function", "name": "none", "inputs": [], "outputs": []},
    {
        "type": "function",
        "name": "all",
        "inputs": [],
        "outputs": [{**POINT, "name": "points", "type": "tuple[]"}, {"name": "n", "type": "uint8"}],
    },
    {
        "type": "event",
        "name": "Moved",
        "inputs": [
            {"name": "from", "type": "address", "indexed": True},
            {**POINT, "indexed": False},
            {"name": "by", "type": "uint64", "indexed": True},
        ],
    },
    {
        "type": "error",
        "name": "TooFar",
        "inputs": [{"name": "x", "type": "uint64"}, {"name": "most", "type": "uint64"}],
    },
]
HERE = b"\x22" * 20
HANDLE = ContractHandle("Map", HERE, ABI, "auxiliary-1")
TOO_FAR = bytes(keccak(b"TooFar(uint64,uint64)")[:4]) + encode(["uint64", "uint64"], [7, 5])


class FakeLink:
    chain = "origin"

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Sequence[object]]] = []

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        self.asked.append((method, params))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]


def log(**changes: Any) -> dict[str, Any]:
    valid = {
        "address": "0x" + HERE.hex(),
        "topics": [
            "0x" + keccak(b"Moved(address,(uint64,bytes32),uint64)").hex(),
            "0x" + (bytes(12) + b"\x33" * 20).hex(),
            "0x" + (9).to_bytes(32).hex(),
        ],
        "data": "0x" + encode(["(uint64,bytes32)"], [(4, b"\x05" * 32)]).hex(),
        "blockNumber": "0x10",
        "blockHash": "0x" + "aa" * 32,
        "logIndex": "0x2",
        "transactionHash": "0x" + "bb" * 32,
    }
    return valid | changes


def test_calldata_is_the_selector_and_the_encoded_arguments_and_reads_back() -> None:
    data = HANDLE.calldata("put", (4, b"\x05" * 32), b"hello")
    assert data[:4] == keccak(b"put((uint64,bytes32),bytes)")[:4]
    assert HANDLE.decode_calldata(data) == ("put", ((4, b"\x05" * 32), b"hello"))


@pytest.mark.parametrize("data", [b"", b"\x00" * 4, HANDLE.calldata("put", (4, bytes(32)), b"hello")[:40]])
def test_calldata_of_others_decodes_to_nothing(data: bytes) -> None:
    assert HANDLE.decode_calldata(data) is None


def test_unfit_arguments_and_unknown_functions_name_what_would_fit() -> None:
    with pytest.raises(UsageError, match=r"put\(\(uint64,bytes32\),bytes\)"):
        HANDLE.calldata("put", 4)
    with pytest.raises(UsageError, match="Map has no function 'puut'; it has all, none, one, put"):
        HANDLE.calldata("puut")


def test_results_are_nothing_one_value_or_a_tuple_with_structs_by_name() -> None:
    assert HANDLE.decode_result("none", "0x") is None
    assert HANDLE.decode_result("one", "0x" + (7).to_bytes(32).hex()) == 7
    data = encode(["(uint64,bytes32)[]", "uint8"], [[(1, bytes(32))], 3])
    assert HANDLE.decode_result("all", "0x" + data.hex()) == (({"x": 1, "y": bytes(32)},), 3)


@pytest.mark.parametrize("answer", ["0x", "0x12"])
def test_a_result_that_does_not_decode_is_a_chain_error(answer: str) -> None:
    with pytest.raises(ChainError, match="one"):
        HANDLE.decode_result("one", answer)


@pytest.mark.parametrize("answer", [None, 7, "12", "0xzz"])
def test_a_result_that_is_no_hex_string_is_a_transport_error(answer: object) -> None:
    with pytest.raises(TransportError, match="expected a 0x string"):
        HANDLE.decode_result("one", answer)


def test_a_read_says_where_and_at_which_block() -> None:
    link = FakeLink("0x" + (7).to_bytes(32).hex())
    assert HANDLE.read(link, "one", block=b"\x01" * 32) == 7
    method, (call, block) = link.asked[0]
    assert isinstance(call, dict)
    assert method == "eth_call"
    assert call["to"] == "0x" + HERE.hex()
    assert block == {"blockHash": "0x" + "01" * 32}
    assert read_many(link, [Read(HANDLE, "one"), Read(HANDLE, "one")]) == [7, 7]
    assert read_many(link, []) == []


@pytest.mark.parametrize(
    ("block", "parameter"),
    [("latest", "latest"), (16, "0x10"), ("0x" + "ab" * 32, {"blockHash": "0x" + "ab" * 32})],
)
def test_blocks_are_tags_numbers_or_hashes(block: str | int, parameter: object) -> None:
    assert block_parameter(block) == parameter


def test_a_log_is_decoded_with_indexed_and_plain_parameters_in_declared_order() -> None:
    event = HANDLE.decode_log(log())
    assert event is not None
    assert list(event.args) == ["from", "point", "by"]
    assert event.args == {"from": b"\x33" * 20, "point": {"x": 4, "y": b"\x05" * 32}, "by": 9}
    assert (event.contract, event.auxiliary, event.name) == ("Map", "auxiliary-1", "Moved")
    assert (event.block_number, event.log_index) == (16, 2)
    assert event.payload() == {"from": "0x" + "33" * 20, "point": {"x": "4", "y": "0x" + "05" * 32}, "by": "9"}


def test_a_log_read_again_is_decoded_once_and_nobody_can_change_what_others_are_told() -> None:
    handle = ContractHandle("Map", HERE, ABI)
    first, again = handle.decode_log(log()), handle.decode_log(log(logIndex="0x3"))
    assert first is not None
    assert again is not None
    assert again.args is first.args
    assert (first.log_index, again.log_index) == (2, 3)
    with pytest.raises(TypeError):
        again.args["by"] = 0  # type: ignore[index]
    other = handle.decode_log(log(topics=[*log()["topics"][:2], "0x" + "00" * 31 + "08"]))
    assert other is not None
    assert other.args["by"] == 8


@pytest.mark.parametrize(
    "changes",
    [{"address": "0x" + "44" * 20}, {"topics": []}, {"topics": ["0x" + "00" * 32]}],
    ids=["another contract", "anonymous", "unknown event"],
)
def test_logs_of_others_decode_to_nothing(changes: dict[str, Any]) -> None:
    assert HANDLE.decode_log(log(**changes)) is None


def test_a_log_with_missing_topics_or_short_data_is_a_chain_error() -> None:
    with pytest.raises(ChainError, match="expected 3 topics, found 2"):
        HANDLE.decode_log(log(topics=log()["topics"][:2]))
    with pytest.raises(ChainError, match="Moved"):
        HANDLE.decode_log(log(data="0x12"))


def test_a_revert_names_contract_function_error_and_operands() -> None:
    link = FakeLink(RpcError(3, "execution reverted", "0x" + TOO_FAR.hex()))
    with pytest.raises(ContractReverted) as caught:
        HANDLE.read(link, "one")
    assert str(caught.value) == "Map.one reverted: TooFar(x=7, most=5)"
    assert caught.value.reason.name == "TooFar"
    assert caught.value.reason.operands == {"x": 7, "most": 5}


def test_an_error_that_is_no_revert_stays_what_it_is() -> None:
    with pytest.raises(RpcError, match="header not found"):
        HANDLE.read(FakeLink(RpcError(-32000, "header not found")), "one")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (TOO_FAR, "TooFar(x=7, most=5)"),
        (TOO_FAR[:10], "unknown error 0x" + TOO_FAR[:10].hex()),
        (bytes(keccak(b"Error(string)")[:4]) + encode(["string"], ["no"]), "Error(message=no)"),
        (bytes(keccak(b"Panic(uint256)")[:4]) + encode(["uint256"], [17]), "Panic(code=17)"),
        (b"\x01\x02\x03\x04", "unknown error 0x01020304"),
        (b"", "without a reason"),
    ],
    ids=["custom", "cut short", "string", "panic", "unknown", "empty"],
)
def test_revert_data_is_told_in_words(data: bytes, text: str) -> None:
    assert str(decode_reason(data, [ABI])) == text


def test_values_become_json_with_exact_integers() -> None:
    value = {"a": b"\x01", "b": 2**70, "c": (True, None, "x"), "d": {"e": 0}}
    assert as_json(value) == {"a": "0x01", "b": str(2**70), "c": [True, None, "x"], "d": {"e": "0"}}
