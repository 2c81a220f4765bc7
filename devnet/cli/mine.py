"""``devnet mine``."""

from __future__ import annotations

import json

import click

from devnet.cli.options import json_option, name_option
from devnet.world.down import connect


@click.command()
@click.argument("chain")
@click.option("-n", "--blocks", type=click.IntRange(1), default=1, show_default=True, help="How many blocks.")
@name_option
@json_option
def mine(chain: str, blocks: int, name: str | None, as_json: bool) -> None:
    """Make blocks on a chain now.

    They come besides those that its timer makes.
    """
    height = connect(name).mine(chain, blocks)
    click.echo(json.dumps({"chain": chain, "height": height}) if as_json else f"{chain} is at height {height}")
