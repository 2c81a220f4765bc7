"""``devnet logs``."""

from __future__ import annotations

import click

from devnet.cli.options import name_option
from devnet.world.logs import follow, last_lines, logs_of


@click.command()
@click.argument("who", metavar="[NAME]", required=False)
@click.option(
    "-f", "--follow", "is_following", is_flag=True, help="Go on with what is written from now on, until Ctrl-C."
)
@click.option("-n", "--lines", type=click.IntRange(0), default=30, show_default=True, help="Lines of each log.")
@name_option
def logs(who: str | None, is_following: bool, lines: int, name: str | None) -> None:
    """Show what nodes, actors and the World wrote.

    NAME is a chain, a node, an actor or world; without it every log is shown. The logs of a network that
    has ended are still there.
    """
    found = logs_of(name, who)
    width = max(len(writer) for writer in found)
    shown = [_shown(writer, line, width, len(found)) for writer, line in last_lines(found, lines)]
    for line in shown:
        click.echo(line)
    if lines and not shown:
        click.echo(f"nothing written yet by {', '.join(found)}", err=True)
    if is_following:
        for writer, line in follow(found):
            click.echo(_shown(writer, line, width, len(found)))


def _shown(writer: str, line: str, width: int, count: int) -> str:
    return line if count == 1 else f"{writer.ljust(width)} | {line}"
