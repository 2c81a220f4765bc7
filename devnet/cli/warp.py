"""``devnet warp``."""

from __future__ import annotations

import click

from devnet.cli.options import name_option
from devnet.world.down import connect


@click.command()
@click.argument("seconds", type=click.IntRange(1))
@name_option
def warp(seconds: int, name: str | None) -> None:
    """Move time ahead on every chain by SECONDS; the next block of each carries it."""
    connect(name).warp(seconds)
    click.echo(f"time moved ahead by {seconds} s")
