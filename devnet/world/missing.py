"""Who has to run for a transfer to end, and does not."""

from __future__ import annotations

from collections.abc import Iterable

from devnet.config.network import ActorSpec


def missing_actors(actors: Iterable[tuple[ActorSpec, str]]) -> list[str]:
    """A sentence for each lack, from every actor with its state; who left of its own accord is not missed."""
    states = list(actors)
    running = [spec for spec, state in states if state == "running"]
    found = []
    if not any(spec.kind == "facilitator" for spec in running):
        fallen = [f"devnet revive {spec.name}" for spec, _ in states if spec.kind == "facilitator"]
        advice = " or ".join(fallen) or "start the network with facilitators: 1 in its manifest"
        found.append(f"no facilitator is running: nobody carries messages to the other chain; {advice}")
    voting = sum(spec.weight_wei for spec in running if spec.kind == "validator")
    dead = sum(spec.weight_wei for spec, state in states if spec.kind == "validator" and state.startswith("died"))
    if 3 * voting < 2 * (voting + dead):
        found.append(
            "validators of less than two thirds of the weight are running: nothing is finalised until enough of them"
            " begin again with devnet revive, see devnet status"
        )
    return found
