"""When honest-reorg takes blocks back, and how it knows what was taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from devnet.config.load import load_manifest
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.history import History
from devnet.scenarios.honest_reorg import SCENARIO, _is_fresh, _taken_back

EPOCH = 4


def chain(finalised: int, safe: int, head: int) -> Any:
    """A chain whose block hashes are its numbers."""
    view = SimpleNamespace(finalised=finalised, safe=safe)
    return SimpleNamespace(
        tree=SimpleNamespace(block=lambda number: SimpleNamespace(number=number)),
        view=lambda: view,
        head=SimpleNamespace(number=head),
        spec=SimpleNamespace(epoch_length=EPOCH),
    )


@pytest.mark.parametrize(
    ("finalised", "safe", "head", "expected"),
    [(4, 8, 10, True), (4, 8, 11, True), (4, 8, 12, False), (8, 8, 10, False), (0, 4, 6, False)],
    ids=["just justified", "last block before the next", "the next one is there", "final already", "an old one"],
)
def test_a_checkpoint_is_taken_back_only_before_anybody_votes_from_it(
    finalised: int, safe: int, head: int, expected: bool
) -> None:
    assert _is_fresh(chain(finalised, safe, head), floor=7) is expected


def test_taken_back_is_what_lies_in_a_block_above_a_later_fork() -> None:
    devnet = resolve(load_manifest(find_manifest(SCENARIO.manifest)))
    name, history = devnet.auxiliaries[0].name, History(None, "run")

    def append(kind: str, block: int, **payload: Any) -> int:
        return history.append(kind, time=0, chain=name, block=block, payload=payload).sequence

    append("KernelStored", 10, contract="KernelGateway", view="main")
    gone = append("KernelStored", 12, contract="KernelGateway", view="main")
    append("Reorged", 10, view="main")
    append("KernelStored", 12, contract="KernelGateway", view="main")
    chains = {name: SimpleNamespace(spec=devnet.auxiliaries[0])}
    world: Any = SimpleNamespace(devnet=devnet, history=history, chains=chains)
    assert [event.sequence for event in _taken_back(world, "KernelStored")] == [gone]
    assert _taken_back(world, "KernelStored", "OriginObserver") == []
