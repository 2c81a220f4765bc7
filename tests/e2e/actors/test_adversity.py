"""Actors under reorgs, restarts, rewinds and cut links: nobody honest is slashed, finality comes back (R24, R27)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.chain.link import LinkPolicy
from devnet.mosaic.offences import classify
from devnet.mosaic.votes import Vote
from tests.e2e.actors.conftest import HandNetwork, Recorded

pytestmark = pytest.mark.geth


def start(make_network: Callable[..., HandNetwork], manifest: str = "double-vote") -> tuple[HandNetwork, str]:
    network = make_network(manifest)
    for spec in network.devnet.actors:
        network.cast(spec.name)
    return network, network.devnet.auxiliaries[0].name


def finalised(network: HandNetwork, auxiliary: str) -> int:
    return int(network.read(auxiliary, "block_store", "lastFinalised")["height"])


def votes_of(network: HandNetwork) -> dict[tuple[str, str], list[Vote]]:
    """Every vote that was signed, by validator and core identifier."""
    votes: dict[tuple[str, str], list[Vote]] = {}
    for event in network.kinds("VoteSigned"):
        votes.setdefault((event.actor, str(event.payload["core_id"])), []).append(vote_in(event))
    return votes


def vote_in(event: Recorded) -> Vote:
    def raw(name: str) -> bytes:
        return bytes.fromhex(str(event.payload[name])[2:])

    source_height, target_height = event.payload["source_height"], event.payload["target_height"]
    assert isinstance(source_height, int)
    assert isinstance(target_height, int)
    return Vote(raw("core_id"), raw("transition"), raw("source"), raw("target"), source_height, target_height)


def assert_nobody_offended(network: HandNetwork) -> None:
    for votes in votes_of(network).values():
        assert all(classify(a, b) is None for a in votes for b in votes)
    assert not network.kinds("OffenceDetected")


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_reorgs_of_unfinalised_blocks_make_nobody_slashable(
    make_network: Callable[..., HandNetwork], depth: int
) -> None:
    """R24, R27."""
    network, auxiliary = start(make_network)
    network.run_until(lambda: finalised(network, auxiliary) > 0, 40)
    for _ in range(4):
        network.chains[auxiliary].reorg(depth, past_finality=True)
        for _ in range(7):
            network.tick()
    before = finalised(network, auxiliary)
    network.run_until(lambda: finalised(network, auxiliary) > before + 1, 40)
    assert_nobody_offended(network)


def test_a_rewound_network_does_exactly_the_same_again(make_network: Callable[..., HandNetwork]) -> None:
    network, auxiliary = start(make_network)
    network.run_until(lambda: finalised(network, auxiliary) > 0, 40)
    chains = {name: chain.mark() for name, chain in network.chains.items()}
    actors = {name: actor.mark() for name, actor in network.actors.items()}
    clock, before = network.clock.mark(), len(network.recorded)

    def go_on() -> tuple[list[Recorded], dict[str, bytes]]:
        for _ in range(30):
            network.tick()
        return network.recorded[before:], {name: chain.head.hash for name, chain in network.chains.items()}

    first = go_on()
    for _ in range(2):
        for name, chain in network.chains.items():
            chain.rewind(chains[name])
        for name, actor in network.actors.items():
            actor.rewind(actors[name])
        network.clock.rewind(clock)
        del network.recorded[before:]
        assert go_on() == first
    assert len(first[0]) > 10


def test_actors_made_again_from_their_directories_go_on(make_network: Callable[..., HandNetwork]) -> None:
    network, auxiliary = start(make_network)
    network.run_until(lambda: finalised(network, auxiliary) > 0, 40)
    for _ in range(6):
        for name, actor in list(network.actors.items()):
            actor.close()
            network.cast(name)
        for _ in range(3):
            network.tick()
    before = finalised(network, auxiliary)
    network.run_until(lambda: finalised(network, auxiliary) > before + 1, 40)
    assert_nobody_offended(network)


def test_a_cut_chain_is_no_error_and_the_rest_goes_on(make_network: Callable[..., HandNetwork]) -> None:
    network, auxiliary = start(make_network)
    network.run_until(lambda: network.read(auxiliary, "observer", "lastFinalised")["height"] > 0, 60)
    network.links["origin"].policy = LinkPolicy(cut=True)
    before = finalised(network, auxiliary)
    for _ in range(16):
        wakes = network.tick()
        assert not any(wake.idle for wake in wakes.values())
    assert {event.payload["reason"] for event in network.kinds("ActorHindered")} == {"no usable answer"}
    assert len(network.kinds("ActorHindered")) == len(network.actors)
    network.links["origin"].policy = LinkPolicy()
    assert finalised(network, auxiliary) >= before + 3
    network.run_until(lambda: network.read(auxiliary, "core", "committedMetaHeight") == 1, 60)


def test_when_the_first_in_turn_is_gone_the_others_step_in(make_network: Callable[..., HandNetwork]) -> None:
    """R83."""
    network, auxiliary = start(make_network)
    network.actors.pop("validator-4").close()
    network.run_until(lambda: network.read(auxiliary, "core", "committedMetaHeight") == 1, 120)
    assert_nobody_offended(network)


def test_silence_of_a_third_stops_finality_and_commits_until_it_returns(
    make_network: Callable[..., HandNetwork],
) -> None:
    """R84 and R22: nothing expires, and nothing is lost."""
    network, auxiliary = start(make_network)
    network.run_until(lambda: finalised(network, auxiliary) > 0, 40)
    silent = ("validator-1", "validator-2")
    for name in silent:
        network.actors.pop(name).close()
    for _ in range(8):
        network.tick()
    before = finalised(network, auxiliary)
    for _ in range(40):
        network.tick()
    assert finalised(network, auxiliary) == before
    assert network.read(auxiliary, "core", "committedMetaHeight") == 0
    for name in silent:
        network.cast(name)
    network.run_until(lambda: network.read(auxiliary, "core", "committedMetaHeight") == 1, 80)
    assert finalised(network, auxiliary) > before
    assert_nobody_offended(network)
