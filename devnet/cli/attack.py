"""``devnet attack``: what can be run against a network of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from devnet.cli.options import json_option
from devnet.cli.progress import Progress
from devnet.cli.summary import tokens
from devnet.cli.table import table
from devnet.scenarios.catalogue import SCENARIOS, find_scenarios
from devnet.world.attack import Series, run_card, run_series
from devnet.world.embedded import Choice, mode_of, own_directory, runtime_of


@click.group()
def attack() -> None:
    """List attacks, and run them."""


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
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--mode", type=click.Choice(["lockstep", "live"]), default="lockstep", show_default=True, help="Who moves."
)
@click.option("--runtime", type=click.Choice(["auto", "process", "docker"]), help="Where nodes run [the manifest's].")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="What is drawn derives from it [the manifest's].")
@click.option("--geth", metavar="PATH", envvar="DEVNET_GETH", help="geth binary [found, or built once].")
@json_option
def run(
    names: tuple[str, ...], mode: str, runtime: str | None, seed: int | None, geth: str | None, as_json: bool
) -> int:
    """Run attacks with all their arms and judge them; NAME may be all.

    Each gets a network of its own and touches none that runs; several run one after the other. Exit code 0
    only if every verdict is passed: the attack was answered, it succeeded with the defence off, and nobody
    honest was hurt. With --json one name gives an object, several give a list.
    """
    cards = find_scenarios(names)
    choice = Choice(
        mode=mode_of(mode),
        runtime=runtime_of(runtime) if runtime else None,
        seed=seed,
        geth=Path(geth) if geth else None,
    )
    directory = own_directory("attacks")
    with Progress() as progress:
        if len(cards) == 1:
            series = Series((run_card(cards[0], directory, choice, progress),), {})
        else:
            series = run_series(cards, directory, choice, progress)
    reports = [report.as_json() for report in series.reports]
    if as_json:
        click.echo(json.dumps(reports if len(cards) > 1 else reports[0], indent=2))
    else:
        click.echo(_shown(reports[0]) if len(cards) == 1 else _summary(series, directory))
    return series.exit_code


def _summary(series: Series, directory: Path) -> str:
    """One line per attack; those that did not pass are shown in full first."""
    reports = [report.as_json() for report in series.reports]
    rows = [[report.attack, report.verdict, report.history_digest] for report in series.reports]
    rows += [[name, "broke off", str(error)] for name, error in series.errors.items()]
    passed = sum(report.verdict == "passed" for report in series.reports)
    return "\n".join(
        [
            *(_shown(report) + "\n" for report in reports if report["verdict"] != "passed"),
            table(("attack", "verdict", "digest"), rows),
            "",
            f"{passed} of {len(rows)} attacks passed; histories are in {directory}",
        ]
    )


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
        *_exhibits(report["findings"]),
        f"history {report['history']}",
        f"digest  {report['history_digest']}",
    ]
    return "\n".join(lines)


def _exhibits(findings: Any) -> list[str]:
    """The museum's table, and below it the errors of our contracts with their operands."""
    if not findings:
        return []
    rows = [
        [
            row["exhibit"],
            row["mechanism"],
            row["incident"] or "-",
            f"lost {tokens(int(row['lost']))} tokens" if row["lost"] else "not seen",
            f"refused: {row['refusal']}" if row["refusal"] else "not refused",
        ]
        for row in findings
    ]
    said = [f"{row['exhibit']}: {row['message']}" for row in findings if row["message"]]
    return [table(("exhibit", "mechanism", "incident", "vulnerable", "ours"), rows), "", *said, ""]
