"""``devnet revive``."""

from __future__ import annotations

import click

from devnet.cli.failing import asking
from devnet.cli.options import name_option
from devnet.world.down import connect


@click.command()
@click.argument("actor")
@name_option
def revive(actor: str, name: str | None) -> None:
    """Let an actor that died begin again.

    ACTOR is a name in devnet status. It goes on from its own directory and from what the chains say.
    """
    world = connect(name)
    with asking("devnet status"):
        world.revive(actor)
    click.echo(f"{actor} runs again")
