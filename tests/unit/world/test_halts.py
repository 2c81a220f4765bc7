"""What a halted core's last root makes of transfers, wherever its block is, and where it is nowhere (R73, R74, R81)."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from eth_abi.abi import encode

from devnet.chain.block import MAIN
from devnet.chain.link import DirectLink
from devnet.config.network import ChainSpec
from devnet.contracts.deployment import PairDeployment
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.errors import ChainError
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.settlements import Ending
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import Role
from devnet.world.halts import Halted, Halts

AUXILIARY, BRANCH = "auxiliary-1", "branch-1"
LAST, ROOT = b"\x1a" * 32, b"\x4e" * 32
SENDER, BENEFICIARY = b"\x5e" * 20, b"\xbe" * 20
MESSAGE = b"\x3e" * 32
DECLARED, PROGRESSED = MessageStatus.DECLARED, MessageStatus.PROGRESSED
REVOKING, REVOKED = MessageStatus.DECLARED_REVOCATION, MessageStatus.REVOKED


def handle(name: str, **functions: tuple[str, list[dict[str, str]]]) -> ContractHandle:
    abi = [
        {
            "type": "function",
            "name": function,
            "inputs": [{"name": "", "type": argument}] if argument else [],
            "outputs": outputs,
        }
        for function, (argument, outputs) in functions.items()
    ]
    return ContractHandle(name, name.encode().ljust(20, b"."), abi)


def word(kind: str, name: str = "") -> dict[str, str]:
    return {"name": name, "type": kind}


COMMITTED: Any = {
    "name": "",
    "type": "tuple",
    "components": [word("uint64", "height"), word("bytes32", "checkpoint")],
}
CORE = handle(
    "Core",
    isHalted=("", [word("bool")]),
    lastCommitted=("", [COMMITTED]),
    stateRoot=("uint64", [word("bytes32")]),
)
GATEWAY = handle(
    "Gateway",
    isClaimed=("bytes32", [word("bool")]),
    isExited=("address", [word("bool")]),
    returnedBounties=("address", [word("uint256")]),
)
PAIR = PairHandles(
    PairDeployment("TKN", AUXILIARY, bytes(20), GATEWAY.address, bytes(20), bytes(20), 1),
    token=handle("OriginToken"),
    gateway=GATEWAY,
    co_gateway=handle("CoGateway"),
    utility_token=handle("UtilityToken"),
)


class FakeChain:
    """Origin, or an auxiliary with one branch, as far as halts are read."""

    def __init__(self, name: str) -> None:
        role = Role.ORIGIN if name == "origin" else Role.AUXILIARY
        self.spec = ChainSpec(name, role, 1337, 12, 4, 60_000_000, 0, ())
        self.views = (MAIN, BRANCH)
        self.halted = True
        self.has_block: set[str] = {MAIN}
        self.status = DECLARED
        self.codes: dict[bytes, str] = {}
        self.claimed = False
        self.bounty = 0
        self.exited: bytes | None = None

    def rpc(self, method: str, params: Sequence[Any] = (), view: str = MAIN) -> Any:
        return self._answer(method, params, view)

    def rpc_batch(self, calls: Sequence[tuple[str, Sequence[Any]]], view: str = MAIN) -> list[Any]:
        return [self._answer(method, params, view) for method, params in calls]

    def _answer(self, method: str, params: Sequence[Any], view: str) -> Any:
        if method == "eth_getBlockByHash":
            return {} if view in self.has_block and params[0] == "0x" + LAST.hex() else None
        if method == "eth_call":
            return "0x" + self._call(bytes.fromhex(params[0]["data"][2:])).hex()
        assert params[-1] == {"blockHash": "0x" + LAST.hex()}
        assert view in self.has_block
        if method == "eth_getStorageAt":
            return f"0x{self.status:064x}"
        return self.codes.get(bytes.fromhex(params[0][2:]), "0x")

    def _call(self, data: bytes) -> bytes:
        call = CORE.decode_calldata(data) or GATEWAY.decode_calldata(data)
        assert call is not None
        answers: dict[str, tuple[list[str], list[Any]]] = {
            "isHalted": (["bool"], [self.halted]),
            "lastCommitted": (["uint64", "bytes32"], [9, LAST]),
            "stateRoot": (["bytes32"], [ROOT]),
            "isClaimed": (["bool"], [self.claimed]),
            "isExited": (["bool"], [call[1] == (f"0x{self.exited.hex()}" if self.exited else None,)]),
            "returnedBounties": (["uint256"], [self.bounty]),
        }
        return encode(*answers[call[0]])


@pytest.fixture
def origin() -> FakeChain:
    return FakeChain("origin")


@pytest.fixture
def auxiliary() -> FakeChain:
    return FakeChain(AUXILIARY)


@pytest.fixture
def halts(origin: FakeChain, auxiliary: FakeChain) -> Halts:
    devnet = SimpleNamespace(origin=origin.spec, chain=lambda name: SimpleNamespace(epoch_length=4))
    contracts = SimpleNamespace(core_of=lambda name: SimpleNamespace(core=CORE))
    chains = {"origin": origin, AUXILIARY: auxiliary}
    running: Any = SimpleNamespace(devnet=devnet, contracts=contracts, chains=chains)
    running.to_origin = DirectLink(chains["origin"])
    return Halts(running)


def message(direction: Direction, here: MessageStatus) -> Halted:
    return Halted(MESSAGE, direction, Transfer(5, BENEFICIARY, 0, 0, SENDER, 0, bytes(32)), here)


def test_its_status_on_auxiliary_is_in_the_box_of_the_other_end() -> None:
    """R63, R35d: what origin sent is in the co-gateway's inbox, slot 1, what it receives in its outbox, slot 0."""
    sent, received = (message(direction, DECLARED).slot for direction in (Direction.STAKE, Direction.REDEEM))
    assert (sent, received) == (keccak(MESSAGE + bytes(31) + b"\x01"), keccak(MESSAGE + bytes(32)))


def test_while_a_core_runs_there_is_nothing_to_tell(halts: Halts, origin: FakeChain) -> None:
    origin.halted = False
    assert halts.last_root(AUXILIARY) is None
    assert halts.rows(PAIR, [message(Direction.STAKE, DECLARED)], {}) == {}


@pytest.mark.parametrize("view", [MAIN, BRANCH])
def test_the_block_of_the_last_root_is_found_on_whichever_branch_it_is(
    halts: Halts, auxiliary: FakeChain, view: str
) -> None:
    auxiliary.has_block = {view}
    root = halts.last_root(AUXILIARY)
    assert root is not None
    assert (root.block, root.hash, root.state_root, root.auxiliary.view) == (36, LAST, ROOT, view)


def test_under_a_root_that_nobody_has_the_block_of_nothing_is_known(halts: Halts, auxiliary: FakeChain) -> None:
    """R81: a forged root; transfers are listed all the same."""
    auxiliary.has_block = set()
    with pytest.raises(ChainError, match=r"no node of auxiliary-1 has block 0x1a.*: nothing can be proven under it"):
        halts.last_root(AUXILIARY)
    rows = halts.rows(PAIR, [message(Direction.STAKE, DECLARED)], {})
    assert rows == {MESSAGE: {"halted": True, "ending": None}}


@pytest.mark.parametrize(
    ("direction", "here", "there", "left", "owed_to"),
    [
        (Direction.STAKE, DECLARED, DECLARED, Ending.RETURNED, SENDER),
        (Direction.STAKE, DECLARED, PROGRESSED, Ending.MINTED, None),
        (Direction.STAKE, PROGRESSED, DECLARED, Ending.CLAIMED, BENEFICIARY),
        (Direction.STAKE, REVOKED, REVOKED, Ending.OVER, None),
        (Direction.REDEEM, DECLARED, PROGRESSED, Ending.PAID, BENEFICIARY),
        (Direction.REDEEM, REVOKED, REVOKING, Ending.CLAIMED, SENDER),
        (Direction.REDEEM, PROGRESSED, PROGRESSED, Ending.OVER, None),
    ],
)
def test_what_is_owed_to_whom(
    halts: Halts,
    auxiliary: FakeChain,
    direction: Direction,
    here: MessageStatus,
    there: MessageStatus,
    left: Ending,
    owed_to: bytes | None,
) -> None:
    """R74: origin as it is, auxiliary as the root has it."""
    auxiliary.status = there
    row = halts.rows(PAIR, [message(direction, here)], {})[MESSAGE]
    assert (row["ending"], row["owed_to"]) == (left.value, None if owed_to is None else "0x" + owed_to.hex())
    assert row["over"] == (left in (Ending.OVER, Ending.CLAIMED))


@pytest.mark.parametrize(
    ("code", "claimant"), [("0x", BENEFICIARY), ("0xef0100" + "11" * 20, BENEFICIARY), ("0x60", SENDER)]
)
def test_a_beneficiary_that_runs_code_of_its_own_leaves_the_claim_to_the_sender(
    halts: Halts, auxiliary: FakeChain, code: str, claimant: bytes
) -> None:
    auxiliary.codes[BENEFICIARY] = code
    row = halts.rows(PAIR, [message(Direction.STAKE, PROGRESSED)], {})[MESSAGE]
    assert row["owed_to"] == "0x" + claimant.hex()


@pytest.mark.parametrize(
    ("direction", "holder"), [(Direction.STAKE, BENEFICIARY), (Direction.REDEEM, SENDER)], ids=["stake", "redeem"]
)
def test_whether_the_holder_of_the_balance_has_left_is_told(
    halts: Halts, origin: FakeChain, direction: Direction, holder: bytes
) -> None:
    """R73: a stake is in its beneficiary's balance, a redemption in its sender's."""
    for exited, has_left in ((None, False), (holder, True), (b"\x0f" * 20, False)):
        origin.exited = exited
        assert halts.rows(PAIR, [message(direction, PROGRESSED)], {})[MESSAGE]["left"] is has_left


def test_what_was_claimed_is_over_and_a_bounty_is_told_while_it_waits(halts: Halts, origin: FakeChain) -> None:
    origin.claimed, origin.bounty = True, 1
    rows = halts.rows(PAIR, [message(Direction.STAKE, PROGRESSED)], {MESSAGE: SENDER})
    assert [rows[MESSAGE][key] for key in ("ending", "claimed", "bounty_to")] == ["over", True, "0x" + SENDER.hex()]
    origin.bounty = 0
    assert halts.rows(PAIR, [message(Direction.STAKE, PROGRESSED)], {MESSAGE: SENDER})[MESSAGE]["bounty_to"] is None
