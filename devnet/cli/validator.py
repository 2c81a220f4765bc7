"""``devnet validator``: validators that come and go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from devnet.cli.failing import asking
from devnet.cli.options import PlainInt, json_option, name_option
from devnet.cli.summary import tokens
from devnet.cli.table import table
from devnet.config.manifest import MAX_WEIGHT_WEI
from devnet.types import TOKEN
from devnet.world.down import connect

DEFAULT_WEIGHT = 40
"""Tokens; what the heaviest validator of the default network has."""


@click.group()
def validator() -> None:
    """Let validators join, leave and withdraw, and list them."""


@validator.command()
@click.argument("validator")
@click.option(
    "--weight",
    metavar="TOKENS",
    type=PlainInt(1, MAX_WEIGHT_WEI // TOKEN),
    default=DEFAULT_WEIGHT,
    show_default=True,
    help="Stake on every core, in whole tokens.",
)
@name_option
@json_option
def join(validator: str, weight: int, name: str | None, as_json: bool) -> None:
    """Start a new validator and deposit its stake on every core.

    Its keys derive from the network's seed and the name; what it stakes is sent to it first, which takes one
    block on every chain. It becomes a member with the next commit and votes once auxiliary has that kernel.
    """
    world = connect(name)
    with asking("devnet validator list"):
        found = world.join(validator, weight * TOKEN)
    said = f"{validator} ({found['validator']}) deposits {weight} tokens on every core: devnet validator list"
    click.echo(json.dumps(found, indent=2) if as_json else said)


@validator.command()
@click.argument("validator")
@name_option
@json_option
def leave(validator: str, name: str | None, as_json: bool) -> None:
    """Log a validator out of every core.

    It leaves with the next commit and votes until auxiliary has left its last kernel; a deposit that still
    waits is cancelled. Its stake stays locked for the withdrawal delay after that.
    """
    world = connect(name)
    with asking("devnet validator list"):
        found = world.leave(validator)
    said = f"{validator} logs out of every core: devnet validator list says from when it may withdraw"
    click.echo(json.dumps(found, indent=2) if as_json else said)


@validator.command()
@click.argument("validator")
@name_option
@json_option
def withdraw(validator: str, name: str | None, as_json: bool) -> None:
    """Pay a validator's stake back once its delay is over, and end it."""
    world = connect(name)
    with asking("devnet validator list"):
        found = world.withdraw(validator)
    said = f"{validator} withdraws its stake from every core"
    click.echo(json.dumps(found, indent=2) if as_json else said)


@validator.command("list")
@name_option
@json_option
def list_validators(name: str | None, as_json: bool) -> None:
    """List the validators of every core as the contracts know them.

    Entered and left are meta-block heights; withdrawable is an origin block.
    """
    found = connect(name).validators()
    click.echo(json.dumps(found, indent=2) if as_json else _shown(found))


def _shown(rows: Sequence[Mapping[str, Any]]) -> str:
    headers = ("core of", "validator", "weight", "state", "entered", "left", "withdrawable", "actor")
    cells = [
        [
            row["auxiliary"],
            row["name"],
            tokens(row["weight_wei"]),
            row["state"],
            row["entered"],
            row["left"],
            row["withdrawable_from"],
            row["actor"],
        ]
        for row in rows
    ]
    return table(headers, cells)
