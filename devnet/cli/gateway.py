"""``devnet gateway``: pairs of gateways."""

from __future__ import annotations

import json

import click

from devnet.cli.failing import asking
from devnet.cli.options import TokensType, json_option, name_option
from devnet.cli.summary import pairs_table
from devnet.config.manifest import MAX_WEIGHT_WEI
from devnet.types import Wei
from devnet.world.down import connect


@click.group()
def gateway() -> None:
    """Add pairs of gateways to a running network, and list them."""


@gateway.command()
@click.option("--chain", "auxiliary", metavar="CHAIN", help="Auxiliary chain of the pair (default: the first one).")
@click.option("--symbol", metavar="SYMBOL", help="Symbol of its token (default: the first of TKN1, TKN2, ... free).")
@click.option(
    "--bounty",
    "bounty_wei",
    metavar="TOKENS",
    type=TokensType(MAX_WEIGHT_WEI),
    default="0.1",
    show_default=True,
    help="Base coin locked with every message, in tokens.",
)
@name_option
@json_option
def add(auxiliary: str | None, symbol: str | None, bounty_wei: Wei, name: str | None, as_json: bool) -> None:
    """Create a token, the token that stands for it on an auxiliary, and the gateways between them.

    Every user account holds 1,000,000 of the new token on origin. At least one block is made on both chains,
    and the facilitators begin again, so that they serve the new pair too; how many there are the manifest says.
    """
    world = connect(name)
    with asking("devnet gateway ls"):
        found = world.add_gateway(auxiliary, symbol, bounty_wei)
    click.echo(json.dumps(found, indent=2) if as_json else pairs_table([found]))


@gateway.command("ls")
@name_option
@json_option
def list_gateways(name: str | None, as_json: bool) -> None:
    """List the pairs of gateways.

    Locked is what Gateway holds on origin, minted the supply of the utility token on auxiliary, both in tokens.
    """
    found = connect(name).gateways()
    said = pairs_table(found) or "no pair of gateways; add one: devnet gateway add"
    click.echo(json.dumps(found, indent=2) if as_json else said)
