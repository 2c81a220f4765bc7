"""``devnet accounts``."""

from __future__ import annotations

import json

import click

from devnet.cli.options import json_option, name_option
from devnet.cli.table import table
from devnet.world.down import connect


@click.command()
@name_option
@json_option
def accounts(name: str | None, as_json: bool) -> None:
    """List the funded accounts and their keys.

    They are the same on every chain. The place is what devnet transfer takes with --from.
    """
    found = connect(name).accounts()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"warning: {found['warning']}", err=True)
    rows = [[place, a["address"], a["private_key"]] for place, a in enumerate(found["accounts"])]
    click.echo(table(("place", "address", "private key"), rows))
    click.echo(f"\nmnemonic  {found['mnemonic']}\nfunded on {', '.join(found['chains'])}")
