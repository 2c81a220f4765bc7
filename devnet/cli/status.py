"""``devnet status``."""

from __future__ import annotations

import json

import click

from devnet.cli.options import json_option, name_option
from devnet.cli.summary import summary
from devnet.world.down import connect


@click.command()
@name_option
@json_option
def status(name: str | None, as_json: bool) -> None:
    """Show chains, finality, validators.

    Heights are block numbers; committed counts meta-blocks that a chain's core committed on origin.
    """
    found = connect(name).status()
    click.echo(json.dumps(found, indent=2) if as_json else summary(found))
