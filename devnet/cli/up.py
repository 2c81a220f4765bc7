"""``devnet up``."""

from __future__ import annotations

import json
from typing import Any

import click

from devnet.cli.failing import report_defect, sentence
from devnet.cli.options import json_option
from devnet.cli.progress import Progress
from devnet.cli.summary import next_commands, summary
from devnet.world.daemon import Request
from devnet.world.up import StartFailed, StartInterrupted, start_network


@click.command()
@click.option("-f", "--file", "manifest", metavar="MANIFEST", help="Manifest: a path, or a network's name [demo].")
@click.option("--name", metavar="NAME", help="Name to run it under, for several side by side [the manifest's].")
@click.option("--runtime", type=click.Choice(["auto", "process", "docker"]), help="Where nodes run [the manifest's].")
@click.option("--geth", metavar="PATH", envvar="DEVNET_GETH", help="geth binary [found, or built once].")
@click.option("--foreground/--detach", default=False, help="Stay until Ctrl-C, or return when it is ready [--detach].")
@json_option
def up(
    manifest: str | None, name: str | None, runtime: str | None, geth: str | None, foreground: bool, as_json: bool
) -> int:
    """Start a network and leave it running.

    Returns when the network is ready: contracts deployed, validators registered, the first checkpoint of
    every auxiliary chain finalised. Ctrl-C before that takes everything down again.
    """
    request = Request(manifest=manifest, name=name, runtime=runtime, geth=geth, foreground=foreground)
    progress = Progress()

    def ready(status: dict[str, Any]) -> None:
        progress.finish()
        click.echo(json.dumps(status, indent=2) if as_json else f"{summary(status)}\n\n{next_commands(status)}")
        for warning in status.get("warnings", ()):
            click.echo(f"warning: {warning}", err=True)
        if foreground:
            click.echo("running until Ctrl-C", err=True)

    try:
        with progress:
            start_network(request, progress, ready)
    except StartFailed as error:
        if error.details:
            return report_defect(str(error), error.details)
        click.echo(sentence(error), err=True)
        for command in error.hint:
            click.echo(f"  {command}", err=True)
        return error.exit_code
    except StartInterrupted as error:
        click.echo(error, err=True)
        return error.exit_code
    return 0
