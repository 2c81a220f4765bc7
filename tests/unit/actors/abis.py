"""The part of the contracts' ABIs that actors call and read, so that unit tests need no compiler.

That they are the real ones is shown by tests on real chains, where a wrong selector does nothing.
"""

from __future__ import annotations

from typing import Any

from devnet.artifacts.contracts import CompiledContract

VOTE = {
    "coreId": "bytes32",
    "transition": "bytes32",
    "source": "bytes32",
    "target": "bytes32",
    "sourceHeight": "uint64",
    "targetHeight": "uint64",
}
TRANSITION = {
    "coreId": "bytes32",
    "kernelHash": "bytes32",
    "height": "uint64",
    "dynasty": "uint64",
    "checkpoint": "bytes32",
    "accumulatedGas": "uint256",
    "accumulatedTransactionRoot": "bytes32",
    "originDynasty": "uint64",
    "originCheckpoint": "bytes32",
}

KERNEL = {
    "height": "uint64",
    "parent": "bytes32",
    "validators": "address[]",
    "weights": "uint256[]",
    "gasTarget": "uint256",
}

SKIPPED_CHECKPOINT: dict[str, Any] = {
    "metaHeight": "uint64",
    "transition": TRANSITION,
    "originNumber": "uint256",
    "target": "bytes32",
    "signatures": "bytes[]",
    "blockNumber": "uint256",
    "provenBy": "uint64",
    "accountProof": "bytes[]",
    "storageProofs": "bytes[][]",
}

TRANSFER = {
    "amount": "uint256",
    "beneficiary": "address",
    "gasPrice": "uint256",
    "gasLimit": "uint256",
    "sender": "address",
    "nonce": "uint256",
    "hashLock": "bytes32",
}

REMOTE_PROOF = {"height": "uint64", "accountProof": "bytes[]", "storageProof": "bytes[]"}

LAST_PROOF = {"accountProof": "bytes[]", "storageProof": "bytes[]"}

Shape = str | dict[str, Any] | list[dict[str, str]]


def _parameter(name: str, shape: Shape, **more: Any) -> dict[str, Any]:
    if isinstance(shape, str):
        return {"name": name, "type": shape, **more}
    members = shape[0] if isinstance(shape, list) else shape
    components = [_parameter(member, kind) for member, kind in members.items()]
    return {"name": name, "type": "tuple[]" if isinstance(shape, list) else "tuple", "components": components, **more}


def _function(name: str, *inputs: Shape) -> dict[str, Any]:
    parameters = [_parameter(f"a{position}", shape) for position, shape in enumerate(inputs)]
    return {"type": "function", "name": name, "inputs": parameters, "outputs": []}


def _view(name: str, output: str, *inputs: Shape) -> dict[str, Any]:
    return _function(name, *inputs) | {"outputs": [{"name": "", "type": output}]}


def _event(name: str, indexed: dict[str, Shape], plain: dict[str, Shape]) -> dict[str, Any]:
    inputs = [_parameter(one, shape, indexed=True) for one, shape in indexed.items()]
    inputs += [_parameter(one, shape, indexed=False) for one, shape in plain.items()]
    return {"type": "event", "name": name, "inputs": inputs}


_SLASH = _function("slash", VOTE, "bytes", VOTE, "bytes")

_MESSAGE_BOX = [
    _view("nextNonce", "uint256", "address"),
    _view("lastMessage", "bytes32", "address"),
    _view("outbox", "uint8", "bytes32"),
]

_TOKEN = [_view("balanceOf", "uint256", "address"), _view("allowance", "uint256", "address", "address")]

_GATEWAY = [
    *_MESSAGE_BOX,
    _view("isDeactivated", "bool"),
    _view("returnedBounties", "uint256", "address"),
    _function("withdrawBounties", "address"),
    _function("stake", TRANSFER, "bytes"),
    _function("progressStake", TRANSFER, "bytes32"),
    _function("progressStakeWithProof", TRANSFER, "uint8", REMOTE_PROOF),
    _function("progressRevertStake", TRANSFER, REMOTE_PROOF),
    _function("confirmRedeem", TRANSFER, REMOTE_PROOF),
    _function("progressUnstake", TRANSFER, "bytes32"),
    _function("progressUnstakeWithProof", TRANSFER, "uint8", REMOTE_PROOF),
    _function("confirmRevertRedeem", TRANSFER, REMOTE_PROOF),
    _function("settleStake", TRANSFER, LAST_PROOF),
    _function("settleRedeem", TRANSFER, LAST_PROOF),
    _function("revertStake", TRANSFER),
    _function("deactivate"),
]

_CO_GATEWAY = [
    *_MESSAGE_BOX,
    _function("redeem", TRANSFER, "bytes"),
    _function("confirmStake", TRANSFER, REMOTE_PROOF),
    _function("progressMint", TRANSFER, "bytes32"),
    _function("progressMintWithProof", TRANSFER, "uint8", REMOTE_PROOF),
    _function("confirmRevertStake", TRANSFER, REMOTE_PROOF),
    _function("progressRedeem", TRANSFER, "bytes32"),
    _function("progressRedeemWithProof", TRANSFER, "uint8", REMOTE_PROOF),
    _function("progressRevertRedeem", TRANSFER, REMOTE_PROOF),
]

ABIS: dict[str, list[dict[str, Any]]] = {
    "Core": [
        _view("isHalted", "bool"),
        _function("propose", TRANSITION, "bytes", "uint256"),
        _function("pinOrigin", "uint256"),
        _function("verifyVotes", "bytes32", "bytes32", "bytes[]"),
        _function("commit"),
        _function("returnBond", "bytes32"),
    ],
    "Stake": [_SLASH],
    "Evidence": [
        _function("reportSkippedCheckpoint", SKIPPED_CHECKPOINT),
        _function("reportReversal", VOTE, "bytes[]", "bytes", "uint64"),
    ],
    "AuxiliaryBlockStore": [_function("reportBlocks", "bytes[]"), _function("backfill", "bytes[]")],
    "OriginObserver": [_function("reportCheckpoint", "bytes")],
    "KernelGateway": [_function("proveKernel", KERNEL, TRANSITION, "uint64", "bytes[]", "bytes[]")],
    "Rewards": [
        _function("claim", "address", "uint64[]"),
        _function("proveWithdrawal", "address", "uint64", "bytes[]", "bytes[]"),
    ],
    "Gateway": _GATEWAY,
    "CoGateway": _CO_GATEWAY,
    "OriginToken": _TOKEN,
    "UtilityToken": _TOKEN,
    "PollingPlace": [
        _function("castVote", VOTE, "bytes"),
        _function("castVotes", [VOTE], "bytes[]"),
        _SLASH,
        _event(
            "VoteCast",
            {"coreId": "bytes32", "validator": "address", "digest": "bytes32"},
            {"vote": VOTE, "signature": "bytes", "kernelHeight": "uint64", "forward": "uint256", "rear": "uint256"},
        ),
    ],
}


class FakeCompiled:
    """Stands for the compiled contracts."""

    def get(self, name: str) -> CompiledContract:
        return CompiledContract(name, ABIS[name], b"", b"")
