"""Who is missed when a transfer does not end."""

from __future__ import annotations

import pytest

from devnet.config.keys import derive_key
from devnet.config.network import ActorSpec
from devnet.world.missing import missing_actors

NOBODY_CARRIES = "no facilitator is running"
NOBODY_FINALISES = "validators of less than two thirds"


def actor(kind: str, weight: int = 0) -> ActorSpec:
    key = derive_key(1, kind)
    return ActorSpec(kind, kind, key, key, weight_wei=weight)


def test_what_to_do_about_a_missing_facilitator_depends_on_whether_there_is_one() -> None:
    (without,) = missing_actors([])
    assert without.endswith("; start the network with facilitators: 1 in its manifest")
    (died,) = missing_actors([(actor("facilitator"), "died (exit code -9)")])
    assert died.endswith("nobody carries messages to the other chain; devnet revive facilitator")


@pytest.mark.parametrize(
    ("facilitator", "validators", "missed"),
    [
        ("running", ("running", "running", "running"), []),
        ("died (exit code -9)", ("running", "running", "running"), [NOBODY_CARRIES]),
        ("running", ("running", "running", "died (exit code 1)"), []),
        ("running", ("running", "died (exit code 1)", "died (exit code 1)"), [NOBODY_FINALISES]),
        ("stopped", ("died (exit code 1)",) * 3, [NOBODY_CARRIES, NOBODY_FINALISES]),
        ("running", ("running", "stopped", "stopped"), []),
    ],
    ids=["all run", "no facilitator", "two thirds", "one third", "nobody", "others withdrew"],
)
def test_the_dead_are_missed_and_who_withdrew_is_not(
    facilitator: str, validators: tuple[str, ...], missed: list[str]
) -> None:
    states = [(actor("facilitator"), facilitator), *((actor("validator", 30), state) for state in validators)]
    found = missing_actors(states)
    assert [sentence.startswith(begin) for sentence, begin in zip(found, missed, strict=True)] == [True] * len(missed)
