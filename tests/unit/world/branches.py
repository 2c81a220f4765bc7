"""A branch of an auxiliary chain whose contracts say what a test tells them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from devnet.chain.block import Block
from devnet.chain.joining import Tip
from devnet.chain.tree import BlockTree, Entry
from devnet.contracts.deployment import Deployment
from devnet.contracts.handles import CoreHandles, Handles
from devnet.mosaic.finality import Checkpoint
from devnet.world.branch import Branch
from tests.unit.actors.abis import FakeCompiled
from tests.unit.actors.fakes import CORE, EPOCH

VALIDATORS = tuple(bytes([index]) * 20 for index in range(1, 5))
ROOT = Checkpoint(bytes(32), 0)


def checkpoint(height: int, branch: int = 0) -> Checkpoint:
    return ROOT if height == 0 else Checkpoint(_hash(EPOCH * height, branch), height)


def _hash(number: int, branch: int = 0) -> bytes:
    return bytes(32) if number == 0 else bytes([number, branch]) * 16


def transition(height: int) -> bytes:
    """What the branch's store calls T at that height."""
    return bytes([0x70 + height]) * 32


@dataclass
class Told:
    """What the contracts of the branch know."""

    justified: int = 0
    finalised: int = 0
    reported: int = 9
    kernels: dict[int, int] = field(default_factory=dict)
    """Kernel height by height of the source; 1 if not given."""
    sets: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    """Who weighs one under a kernel; everybody if not given."""
    slashed: tuple[bytes, ...] = ()
    address: bytes = bytes(20)
    """Where nobody sends anything."""

    def read(self, link: object, function: str, *arguments: Any, block: object = None) -> Any:
        match function:
            case "lastJustified":
                return {"height": self.justified}
            case "lastFinalised":
                return {"height": self.finalised}
            case "checkpoint":
                return self._checkpoint(arguments[0][0] // EPOCH)
            case "totals":
                return len(self._set(arguments[0])), len(self._set(arguments[0] - 1))
            case "weightAt":
                return int(arguments[1] in self._set(arguments[0]))
            case "isSlashed":
                return arguments[0] in self.slashed
        raise AssertionError(function)

    def _set(self, kernel: int) -> tuple[bytes, ...]:
        return self.sets.get(kernel, VALIDATORS)

    def _checkpoint(self, height: int) -> dict[str, Any]:
        known = height <= self.reported
        return {
            "justified": known and height <= self.justified,
            "kernelHeight": self.kernels.get(height, 1) if known else 0,
            "transitionHash": transition(height) if known else bytes(32),
        }


def contracts(told: Told) -> CoreHandles:
    core = Handles(Deployment((CORE,)), FakeCompiled()).core_of("auxiliary-1")  # type: ignore[arg-type]
    return replace(core, block_store=told, kernel_gateway=told, polling_place=told)  # type: ignore[arg-type]


def grow(tree: BlockTree, last: int, fork: int = 0, branch: int = 0) -> Block:
    """Let a branch grow up to a block, which it returns; up to block ``fork`` it is the main one."""
    parent = _hash(fork)
    for number in range(fork + 1, last + 1):
        tree.add(Entry(Block(number, _hash(number, branch), parent, number, "main"), None), (0,))
        parent = _hash(number, branch)
    return tree.block(parent)


def new_tree() -> BlockTree:
    return BlockTree(Block(0, bytes(32), b"", 0, "main"), (0,))


def branch_of(told: Told, last: int = 4 * EPOCH + 1) -> Branch:
    """The main branch, with that newest block."""
    tree = new_tree()
    tip = Tip(grow(tree, last), "main")
    return Branch(contracts(told), None, tip, tree, EPOCH)  # type: ignore[arg-type]
