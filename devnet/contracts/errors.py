"""What a contract said when it reverted, in its own words: ``PollingPlace.castVote reverted: Name(operand=...)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NoReturn

from devnet.contracts.abi import SELECTOR_BYTES, AbiItem, decode_values, native, selector, type_name
from devnet.errors import ChainError, RpcError

_BUILT_IN: tuple[AbiItem, ...] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)
"""What Solidity itself reverts with."""

REVERT_CODE = 3
"""JSON-RPC error code by which geth says that a call reverted."""


class ContractReverted(ChainError):
    """A call of a contract of ours reverted."""

    def __init__(self, contract: str, function: str, reason: Reason, advice: str = "") -> None:
        super().__init__(f"{contract}.{function} reverted: {reason}" + (f": {advice}" if advice else ""))
        self.contract: Final = contract
        """Name of the contract that was called; the error may come from one that it called."""
        self.function: Final = function
        """Name of the function."""
        self.reason: Final = reason
        """The decoded error."""


class Reason:
    """A decoded revert: the error's name and its operands."""

    def __init__(self, name: str, operands: Mapping[str, Any], data: bytes) -> None:
        self.name: Final = name
        """Name of the custom error, ``Error``, ``Panic``, or empty if nobody knows it."""
        self.operands: Final = operands
        """Its operands by name."""
        self.data: Final = data
        """The revert data as it came."""

    def __str__(self) -> str:
        """The error as Solidity would write it: ``Name(operand=value)``."""
        if not self.name:
            return "unknown error 0x" + self.data.hex() if self.data else "without a reason"
        inner = ", ".join(f"{name}={_show(value)}" for name, value in self.operands.items())
        return f"{self.name}({inner})"


def decode_reason(data: bytes, abis: Iterable[Sequence[AbiItem]]) -> Reason:
    """The error that revert data holds, by the custom errors of these ABIs; never raises."""
    candidates = [*_BUILT_IN, *(item for abi in abis for item in abi if item["type"] == "error")]
    for item in candidates:
        if data[:SELECTOR_BYTES] == selector(item):
            operands = _operands(item, data[SELECTOR_BYTES:])
            if operands is not None:
                return Reason(str(item["name"]), operands, data)
    return Reason("", {}, data)


def revert_data(error: RpcError) -> bytes | None:
    """The revert data of an ``eth_call`` that reverted; None for any other error."""
    data = error.data
    if isinstance(data, Mapping):
        data = data.get("data")
    if isinstance(data, str) and data.startswith("0x"):
        try:
            return bytes.fromhex(data[2:])
        except ValueError:
            return None
    return b"" if error.code == REVERT_CODE or "execution reverted" in error.message else None


def raise_reverted(
    contract: str,
    function: str,
    error: RpcError,
    abis: Iterable[Sequence[AbiItem]],
    advice: Mapping[str, str] = MappingProxyType({}),
) -> NoReturn:
    """Raise ContractReverted if the error is a revert, else the error itself.

    ``advice`` says what to do, by the name of the contract's error.
    """
    data = revert_data(error)
    if data is None:
        raise error
    reason = decode_reason(data, abis)
    raise ContractReverted(contract, function, reason, advice.get(reason.name, "")) from error


def _operands(item: AbiItem, data: bytes) -> dict[str, Any] | None:
    try:
        values = decode_values(str(item["name"]), [type_name(parameter) for parameter in item["inputs"]], data)
    except ChainError:
        return None
    return {
        str(parameter["name"]) or str(position): native(parameter, value)
        for position, (parameter, value) in enumerate(zip(item["inputs"], values, strict=True))
    }


def _show(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_show(inner)}" for name, inner in value.items()) + "}"
    return str(value)
