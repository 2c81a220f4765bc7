"""``devnet down``."""

from __future__ import annotations

import click

from devnet.cli.progress import Progress
from devnet.world.down import end_network


@click.command()
@click.option("--name", metavar="NAME", help="Network to end (default: the only one that runs).")
def down(name: str | None) -> int:
    """End a network and all that belongs to it.

    That is processes, containers, volumes and ports. Its logs and its history stay. Nothing to end is no error.
    """
    with Progress() as progress:
        ended = end_network(name, progress)
    if ended is None:
        click.echo(f"network {name} is not running: nothing to end" if name else "no network is running")
    else:
        click.echo(f"network {ended} is down")
    return 0
