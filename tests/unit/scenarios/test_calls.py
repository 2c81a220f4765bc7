"""How a contract refuses a call: an error is never mistaken for being taken, known or not."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from devnet.contracts.handle import ContractHandle
from devnet.errors import RpcError
from devnet.scenarios.calls import refusal


class Answering:
    """A chain whose every call ends in the same way."""

    def __init__(self, error: RpcError | None) -> None:
        self.spec = SimpleNamespace(name="origin")
        self.error = error

    def rpc_batch(self, calls: list[Any], view: str) -> list[Any]:
        if self.error is not None:
            raise self.error
        return ["0x"]


def contract(error: str) -> ContractHandle:
    abi: Mapping[str, Any] = {"type": "error", "name": error, "inputs": []}
    return ContractHandle("Contract", bytes(20), [abi])


def said(error: RpcError | None, chain: str | None = None) -> str:
    chains = {"origin": Answering(error), "auxiliary-1": Answering(None)}
    world: Any = SimpleNamespace(devnet=SimpleNamespace(origin=SimpleNamespace(name="origin")), chains=chains)
    return refusal(world, contract("Own"), b"", chain, [contract("Passed")])


def revert(name: str) -> RpcError:
    return RpcError(3, "execution reverted", "0x" + keccak(text=f"{name}()")[:4].hex())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Own", "Own"), ("Passed", "Passed"), ("Unknown", f"revert 0x{keccak(text='Unknown()')[:4].hex()}")],
    ids=["own error", "a callee's", "nobody's"],
)
def test_a_refusal_has_a_name_whoever_knows_it(name: str, expected: str) -> None:
    assert said(revert(name)) == expected


def test_a_call_that_is_taken_is_refused_with_nothing() -> None:
    assert said(None) == ""


def test_the_chain_that_is_named_is_asked() -> None:
    assert said(revert("Own"), "auxiliary-1") == ""


def test_a_node_that_fails_is_no_refusal() -> None:
    with pytest.raises(RpcError, match="header not found"):
        said(RpcError(-32000, "header not found"))
