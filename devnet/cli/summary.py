"""A network's status for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devnet.cli.table import table
from devnet.config.amounts import tokens_text


def summary(status: Mapping[str, Any]) -> str:
    """Network, chains, validators, other actors, pairs of gateways, and what else there is to know."""
    if status.get("state") == "starting":
        return f"{_headline(status)}\nstarting: devnet logs --name {status['network']}"
    parts = [_headline(status), _chains(status["chains"]), *_actors(status["actors"])]
    parts.append(pairs_table(status.get("pairs", ())))
    parts += [f"failure: {failure}" for failure in dict.fromkeys(status.get("failures", ()))]
    parts += [f"note: {note}" for note in status.get("notes", ())]
    return "\n\n".join(part for part in parts if part)


def next_commands(status: Mapping[str, Any]) -> str:
    """What to type next."""
    name = f" --name {status['network']}"
    return "\n".join(
        (
            "next:",
            f"  devnet status{name}",
            f"  devnet logs -f{name}",
            f'  eval "$(devnet env{name})"',
            "  devnet attack run double-vote",
            f"  devnet down{name}",
        )
    )


def _headline(status: Mapping[str, Any]) -> str:
    world = status.get("world") or {}
    pid = f", World pid {world['pid']}" if "pid" in world else ""
    line = f"network {status['network']}: {status['mode']}, runtime {status['runtime']}, seed {status['seed']}{pid}"
    return f"{line}\nrun directory {status['run_directory']}"


def _chains(chains: Sequence[Mapping[str, Any]]) -> str:
    columns = ("name", "chain_id", "rpc", "height", "justified", "finalised")
    headers = ("chain", "id", "RPC", *columns[3:], "committed")
    rows = [[*(chain.get(column) for column in columns), _committed(chain)] for chain in chains]
    lines = [table(headers, rows)]
    lines += [f"{chain['name']} is halted" for chain in chains if chain.get("halted")]
    lines += [
        f"node {node['name']} is {node['state']}"
        for chain in chains
        for node in chain.get("nodes", ())
        if node["state"] != "running"
    ]
    return "\n".join(lines)


def _committed(chain: Mapping[str, Any]) -> str | None:
    """How many meta-blocks, and by which block's state root everything would end after a halt."""
    count, block = chain.get("committed"), chain.get("committed_block")
    return None if count is None else f"{count} (block {block})" if count else "0"


def pairs_table(pairs: Sequence[Mapping[str, Any]]) -> str:
    """Every pair of gateways with what it holds, in tokens; empty if there is none."""
    headers = ("pair", "auxiliary", "token", "utility token", "bounty", "locked", "minted")
    rows = [
        [
            pair["name"],
            pair["auxiliary"],
            pair["token"],
            pair["utility_token"],
            *(tokens(pair[key]) for key in ("bounty_wei", "locked_wei", "minted_wei")),
        ]
        for pair in pairs
    ]
    return table(headers, rows) if rows else ""


def _actors(actors: Sequence[Mapping[str, Any]]) -> list[str]:
    validators = [actor for actor in actors if actor["kind"] == "validator"]
    others = [actor for actor in actors if actor["kind"] != "validator"]
    tables = []
    if validators:
        rows = [[actor["name"], tokens(actor.get("weight_wei")), _pid(actor), _state(actor)] for actor in validators]
        tables.append(table(("validator", "weight", "pid", "state"), rows))
    if others:
        rows = [[actor["name"], _pid(actor), _state(actor)] for actor in others]
        tables.append(table(("other actor", "pid", "state"), rows))
    return tables


def _pid(actor: Mapping[str, Any]) -> int | None:
    """None where there is no process, because it died or steps inside the World."""
    return int(actor["pid"]) or None


def _state(actor: Mapping[str, Any]) -> str:
    behaviour, slashed_on = actor.get("behaviour", "honest"), actor.get("slashed_on", ())
    state = str(actor["state"]) if behaviour == "honest" else f"{actor['state']} ({behaviour})"
    return f"{state}, slashed on {', '.join(slashed_on)}" if slashed_on else state


def tokens(amount_wei: str | int | None) -> str | None:
    """Whole tokens where it is whole, else exact to the wei."""
    return None if amount_wei is None else tokens_text(int(amount_wei))
