"""The requests of the control API, by path: what each asks for, and what it is answered.

``asked`` is the query of a GET, or the JSON object of a POST.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from devnet.config.manifest import DEFAULT_BOUNTY_WEI, MAX_WEIGHT_WEI
from devnet.errors import ManifestError
from devnet.world.asked import number, word
from devnet.world.controlled import ControlledNetwork
from devnet.world.transfer_requests import TRANSFER_REQUESTS
from devnet.world.transfer_requests import Answer as TransferAnswer

EVENTS_LIMIT = 1000
"""Most events in one answer of ``GET /events``; ask again after the last one's sequence."""

MINE_LIMIT = 100_000
"""Most blocks that one ``POST /mine`` makes."""

Asked: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = Callable[[ControlledNetwork, Asked], Mapping[str, Any]]
"""What is done about a request, on a thread of its own."""


def _events(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    after, limit = number(asked, "after", 0, default=0), number(asked, "limit", 1, EVENTS_LIMIT, EVENTS_LIMIT)
    events = network.world.history.events(kind=word(asked, "kind"), after=after)[:limit]
    names = ("sequence", "time", "chain", "block", "actor", "kind", "payload")
    return {"events": [{name: getattr(event, name) for name in names} for event in events]}


def _mine(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    chain = _chain(network, asked)
    return {"chain": chain, "height": network.world.mine(chain, number(asked, "blocks", 1, MINE_LIMIT, 1))}


def _warp(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    seconds = number(asked, "seconds", 1, 2**40)
    network.world.warp(seconds)
    return {"seconds": seconds}


def _reorg(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    chain, depth = _chain(network, asked), number(asked, "depth", 1)
    network.world.reorg(chain, depth, past_finality=asked.get("past_finality") is True)
    return {"chain": chain, "depth": depth}


def _revive(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    actor = word(asked, "actor") or ""
    network.world.revive(actor)
    return {"actor": actor}


def _validators(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return {"validators": list(network.world.membership.validators())}


def _join(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return network.world.membership.join(_validator(asked), number(asked, "weight_wei", 1, 2**96 - 1))


def _leave(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return network.world.membership.leave(_validator(asked))


def _withdraw(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return network.world.membership.withdraw(_validator(asked))


def _gateways(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return {"gateways": list(network.world.gateways.pairs())}


def _add_gateway(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    bounty = number(asked, "bounty_wei", 0, MAX_WEIGHT_WEI, DEFAULT_BOUNTY_WEI)
    return network.world.gateways.add(word(asked, "auxiliary"), word(asked, "symbol"), bounty)


def _transfers(network: ControlledNetwork, asked: Asked) -> Mapping[str, Any]:
    return {"transfers": list(network.world.transfers.all())}


def _about_transfers(answer: TransferAnswer) -> Answer:
    return lambda network, asked: answer(network.world.transfers, asked)


def _chain(network: ControlledNetwork, asked: Asked) -> str:
    name, known = str(asked.get("chain", "")), network.chain_names()
    if name in known:
        return name
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ManifestError(f"no chain {name!r} in this network{hint} (there are: {', '.join(known)})")


def _validator(asked: Asked) -> str:
    return str(asked.get("validator", ""))


READS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "/status": lambda network, asked: network.status(),
        "/env": lambda network, asked: network.env(),
        "/accounts": lambda network, asked: network.accounts(),
        "/logs": lambda network, asked: network.logs(),
        "/events": _events,
        "/validators": _validators,
        "/gateways": _gateways,
        "/transfers": _transfers,
    }
)
"""Each is a ``GET`` that changes nothing."""

COMMANDS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "/validators/join": _join,
        "/validators/leave": _leave,
        "/validators/withdraw": _withdraw,
        "/gateways/add": _add_gateway,
        "/mine": _mine,
        "/warp": _warp,
        "/reorg": _reorg,
        "/revive": _revive,
        **{f"/transfers/{verb}": _about_transfers(answer) for verb, answer in TRANSFER_REQUESTS.items()},
    }
)
"""Each is a ``POST``."""
