"""``devnet warp``."""

from __future__ import annotations

import click

from devnet.cli.failing import asking
from devnet.cli.options import name_option
from devnet.world.down import connect


@click.command()
@click.argument("seconds", type=click.IntRange(1))
@name_option
def warp(seconds: int, name: str | None) -> None:
    """Move time ahead on every chain.

    The next block of each is SECONDS later than it would have been.
    """
    world = connect(name)
    with asking("devnet status"):
        world.warp(seconds)
    click.echo(f"time moved ahead by {seconds} s")
