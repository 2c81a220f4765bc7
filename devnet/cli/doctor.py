"""``devnet doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from devnet.cli.options import json_option
from devnet.cli.table import table
from devnet.errors import EnvironmentFailure
from devnet.world.condition import check_condition


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check what the machine has and lacks, each with its fix.

    Exit code 3 if something that is needed is missing.
    """
    found = check_condition()
    if as_json:
        click.echo(json.dumps([asdict(requirement) for requirement in found], indent=2))
    else:
        rows = [[_word(r.ok, r.optional), r.name, r.found] for r in found]
        click.echo(table(("", "what", "found"), rows))
        for requirement in found:
            if not requirement.ok and requirement.fix:
                click.echo(f"{requirement.name}: {requirement.fix}")
    return 0 if all(r.ok or r.optional for r in found) else EnvironmentFailure.exit_code


def _word(is_ok: bool, is_optional: bool) -> str:
    return "ok" if is_ok else "optional" if is_optional else "missing"
