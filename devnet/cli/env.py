"""``devnet env``."""

from __future__ import annotations

import json
import shlex

import click

from devnet.cli.options import json_option, name_option
from devnet.world.down import connect


@click.command()
@name_option
@json_option
def env(name: str | None, as_json: bool) -> None:
    """Print a network's addresses as shell variables.

    \b
    eval "$(devnet env)"
    cast block-number --rpc-url "$DEVNET_AUXILIARY_1_RPC"
    """
    variables = connect(name).env()
    if as_json:
        click.echo(json.dumps(variables, indent=2))
        return
    for variable, value in variables.items():
        click.echo(f"export {variable}={shlex.quote(value)}")
