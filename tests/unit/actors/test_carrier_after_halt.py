"""A carrier settles what was in flight when the core halted (R74)."""

from __future__ import annotations

import pytest

from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.slots import GATEWAY_INBOX
from tests.unit.actors.fakes import calls_in, event
from tests.unit.actors.scene import Scene, confirmed_scene
from tests.unit.actors.test_boxes import told


@pytest.mark.parametrize("confirmed", [False, True])
def test_after_a_halt_a_stake_is_settled_by_the_last_committed_root(scene: Scene, confirmed: bool) -> None:
    """R74; what auxiliary would still take is left alone."""
    message = confirmed_scene(scene)
    scene.commit()
    if confirmed:
        scene.note(False, told("StakeConfirmed", 20, message))
        scene.prove(False, message, GATEWAY_INBOX, MessageStatus.DECLARED)
    else:
        # A trie with one other entry shows that this one is absent.
        scene.prove(False, b"\x99" * 32, GATEWAY_INBOX, MessageStatus.DECLARED)
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    ((name, arguments),) = calls_in(scene.origin, scene.pair.gateway)
    assert name == "settleStake"
    assert [len(nodes) for nodes in arguments[1]] == [1, 1]
    assert not calls_in(scene.auxiliary, scene.pair.co_gateway)


def test_after_a_halt_without_any_commit_a_stake_is_settled_by_the_genesis(scene: Scene) -> None:
    """R74: the last committed root is then the one that the core began with."""
    confirmed_scene(scene)
    scene.prove(False, b"\x99" * 32, GATEWAY_INBOX, MessageStatus.DECLARED, height=0)
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    assert scene.sent() == ["settleStake"]
    assert [item["height"] for _, item in scene.told.events] == [0]
    assert not scene.trouble


def test_after_a_halt_nothing_is_settled_by_a_root_that_is_not_the_last(scene: Scene) -> None:
    confirmed_scene(scene)
    scene.commit()
    scene.view.core.committed_height = 9
    scene.view.core.apply(event("Halted"))
    scene.carrier.act()
    assert scene.sent() == []
