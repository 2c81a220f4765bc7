"""A carrier between two fake chains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings
from devnet.actors.carrier import Carrier
from devnet.config.network import ActorSpec, Key
from devnet.contracts.deployment import Deployment, PairDeployment
from devnet.contracts.handles import Handles, PairHandles
from devnet.errors import ChainError
from devnet.mosaic.keccak import uint_word
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.transfers import Direction, Transfer
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.fakes import (
    CORE,
    any_transition,
    calls_in,
    committed,
    event,
    kernel_opened,
    make_view,
    proposed,
    seen_chain,
)
from tests.unit.actors.nodes import FakeLink, header
from tests.unit.actors.test_boxes import told
from tests.unit.actors.told import Told
from tests.unit.actors.tries import proof_of

PAIR = PairDeployment("TKN", "auxiliary-1", b"\x11" * 20, b"\x12" * 20, b"\x13" * 20, b"\x14" * 20, 7)
SECRET = b"\x5e" * 32
LENGTH = 41
SENDER, OTHER = b"\x77" * 20, b"\x78" * 20


def struct_of(transfer: Transfer) -> dict[str, Any]:
    names = ("amount", "beneficiary", "gasPrice", "gasLimit", "sender", "nonce", "hashLock")
    return dict(zip(names, transfer.fields(), strict=True))


@dataclass
class Scene:
    """One carrier between two fake chains of 41 blocks."""

    view: AuxiliaryView
    pair: PairHandles
    origin: FakeLink
    auxiliary: FakeLink
    told: Told
    trouble: list[tuple[str, ChainError]]
    count: int = 1

    @property
    def carrier(self) -> Carrier:
        """Made anew, as after a restart; what was tried is the view's."""
        keys = [Key(bytes(32), address) for address in (SENDER, OTHER)[: self.count]]
        specs = tuple(ActorSpec(f"facilitator-{number}", "facilitator", key, key) for number, key in enumerate(keys))
        surroundings = Surroundings(
            spec=specs[0],
            devnet=replace(self.view.devnet, actors=specs),
            contracts=Handles(Deployment((CORE,), (PAIR,)), FakeCompiled()),  # type: ignore[arg-type]
            links={"origin": self.origin, "auxiliary-1": self.auxiliary},
            directory=Path(),
            record=self.told,
        )

        def note(chain: str, error: ChainError) -> None:
            self.trouble.append((chain, error))

        return Carrier(self.view, self.pair, surroundings, note)

    def declare(
        self, nonce: int = 0, direction: Direction = Direction.STAKE, block: int = 5, facilitator: bytes = b"\x5e" * 20
    ) -> bytes:
        transfer = Transfer(10**18, b"\xbe" * 20, 1, 2, b"\x5e" * 20, nonce, b"\x10" * 32)
        message = transfer.hash(direction, PAIR.ends(self.view.devnet))
        name = "StakeDeclared" if direction is Direction.STAKE else "RedeemDeclared"
        one = told(name, block, message, transfer=struct_of(transfer), facilitator=facilitator)
        self.note(direction is Direction.STAKE, one)
        return message

    def note(self, on_origin: bool, one: Any) -> None:
        (self.view.origin.state if on_origin else self.view.state).apply_all([one])

    def observe(self, height: int = 8) -> None:
        """Auxiliary finalised that checkpoint of origin."""
        about, digest = self.view.contracts.deployment.origin_core_id, self.view.origin.seen.blocks[4 * height].hash
        args: dict[str, Any] = {"coreId": about, "height": height, "blockHash": digest, "dynasty": 1}
        self.view.state.apply(event("CheckpointFinalised", 30, **args))

    def commit(self, height: int = 8) -> None:
        """Origin committed that checkpoint of auxiliary."""
        digest = self.view.chain.seen.blocks[4 * height].hash
        transition = replace(any_transition(height), checkpoint=digest)
        self.view.core.apply(kernel_opened(1, b"\x4b" * 32))
        self.view.core.apply(proposed(transition.hash(), 1, transition))
        self.view.core.apply(committed(1, height, transition.hash()))

    def prove(self, on_origin: bool, message: bytes, box: int, status: MessageStatus, height: int = 8) -> None:
        """The node of that chain proves what its gateway stores in the block of that checkpoint."""
        gateway = PAIR.gateway if on_origin else PAIR.co_gateway
        answer, root = proof_of(gateway, mapping_slot(message, box), uint_word(status))
        follower: Any = self.view.origin if on_origin else self.view.chain
        before = follower.header
        proven = replace(before(4 * height), state_root=root)
        follower.header = lambda number: proven if number == 4 * height else before(number)
        link = self.origin if on_origin else self.auxiliary
        link.answers["eth_getProof"] = answer

    def grow(self, blocks: int) -> None:
        """Both chains go on."""
        for follower in (self.view.origin, self.view.chain):
            for _ in range(blocks):
                one = header(follower.seen.height + 1, follower.seen.head.hash)
                follower.seen.append(one, one.hash)

    def sent(self) -> list[str]:
        """Functions called on both chains, those on origin first."""
        calls = calls_in(self.origin, self.pair.gateway) + calls_in(self.auxiliary, self.pair.co_gateway)
        return [name for name, _ in calls]


def new_scene() -> Scene:
    """Nothing declared, nothing known of the other side."""
    view, auxiliary, origin = make_view(seen_chain(LENGTH), seen_chain(LENGTH))
    handles = Handles(Deployment((CORE,), (PAIR,)), FakeCompiled())  # type: ignore[arg-type]
    for link in (auxiliary, origin):
        link.answers |= {"devnet_pendingTransactions": [], "eth_call": "0x"}
    return Scene(view, handles.pair("TKN"), origin, auxiliary, Told(), [])


def confirmed_scene(scene: Scene) -> bytes:
    """A stake that origin shows Declared to auxiliary."""
    message = scene.declare()
    scene.observe()
    scene.prove(True, message, GATEWAY_OUTBOX, MessageStatus.DECLARED)
    return message
