"""``devnet logs``."""

from __future__ import annotations

from collections.abc import Collection

import click

from devnet.cli.options import name_option
from devnet.world.logs import follow, last_lines, logs_of


@click.command()
@click.argument("who", metavar="[NAME]", required=False)
@click.option(
    "-f",
    "--follow",
    "is_following",
    is_flag=True,
    help="Go on with what is written from now on, until the network ends.",
)
@click.option("-n", "--lines", type=click.IntRange(0), default=30, show_default=True, help="Lines of each log.")
@name_option
def logs(who: str | None, is_following: bool, lines: int, name: str | None) -> None:
    """Show what nodes, actors and the World wrote.

    NAME is a chain, a node, an actor or world; without it every log is shown. The logs of a network that
    has ended are still there.
    """
    found = logs_of(name, who)
    files = found.files()
    columns = _Columns(files)
    shown = [columns.shown(writer, line) for writer, line in last_lines(files, lines)]
    for line in shown:
        click.echo(line)
    if lines and not shown:
        click.echo(f"nothing written yet by {', '.join(files)}", err=True)
    if is_following:
        for writer, line in follow(found.files, found.is_growing):
            click.echo(columns.shown(writer, line))
        click.echo(f"network {found.network.name} has ended", err=True)


class _Columns:
    """Puts the writer before each line where there are several; a longer name that comes later widens its column."""

    def __init__(self, writers: Collection[str]) -> None:
        self._are_several = len(writers) > 1
        self._width = max(map(len, writers))

    def shown(self, writer: str, line: str) -> str:
        self._width = max(self._width, len(writer))
        return f"{writer.ljust(self._width)} | {line}" if self._are_several else line
