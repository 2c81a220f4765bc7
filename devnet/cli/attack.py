"""``devnet attack``: what can be run against a network of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from devnet.cli.options import json_option
from devnet.cli.progress import Progress
from devnet.cli.table import table
from devnet.errors import DevnetError
from devnet.scenarios.catalogue import SCENARIOS, find_scenario
from devnet.world.attack import run_attack
from devnet.world.embedded import mode_of, own_directory, runtime_of


@click.group()
def attack() -> None:
    """List attacks, and run one."""


@attack.command("ls")
@json_option
def list_attacks(as_json: bool) -> None:
    """List the attacks."""
    cards = SCENARIOS.values()
    if as_json:
        found = [{"name": card.name, "summary": card.summary, "source": card.source} for card in cards]
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(table(("attack", "what happens"), [[card.name, card.summary] for card in cards]))


@attack.command("run")
@click.argument("name")
@click.option(
    "--mode", type=click.Choice(["lockstep", "live"]), default="lockstep", show_default=True, help="Who moves."
)
@click.option("--runtime", type=click.Choice(["auto", "process", "docker"]), help="Where nodes run [the manifest's].")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="What is drawn derives from it [the manifest's].")
@click.option("--geth", metavar="PATH", envvar="DEVNET_GETH", help="geth binary [found, or built once].")
@json_option
def run(name: str, mode: str, runtime: str | None, seed: int | None, geth: str | None, as_json: bool) -> int:
    """Run an attack with all its arms and judge it.

    It gets a network of its own and touches none that runs. Exit code 0 only if the verdict is passed:
    the attack was answered, it succeeded with the defence off, and nobody honest was hurt.
    """
    find_scenario(name)
    with Progress() as progress:
        report = run_attack(
            name,
            own_directory("attacks"),
            mode=mode_of(mode),
            runtime=runtime_of(runtime) if runtime else None,
            seed=seed,
            geth=Path(geth) if geth else None,
            report=progress,
        ).as_json()
    click.echo(json.dumps(report, indent=2) if as_json else _shown(report))
    return 0 if report["verdict"] == "passed" else DevnetError.exit_code


def _shown(report: Any) -> str:
    rows = []
    for arm in report["arms"]:
        checks = " ".join(f"{check['check']}:{check['verdict']}" for check in arm["checks"])
        rows.append([arm["arm"], arm["verdict"], ", ".join(arm["slashed"]) or "nobody", checks])
    reasons = [f"{arm['arm']}: {reason}" for arm in report["arms"] for reason in arm.get("reasons", ())]
    facts = f"mode {report['mode']}, runtime {report['runtime']}, seed {report['seed']}"
    lines = [
        f"attack {report['attack']}: {report['verdict']} ({facts})",
        "",
        table(("arm", "verdict", "slashed on origin", "checks"), rows),
        *reasons,
        "",
        f"history {report['history']}",
        f"digest  {report['history_digest']}",
    ]
    return "\n".join(lines)
