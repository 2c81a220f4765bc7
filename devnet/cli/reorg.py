"""``devnet reorg``."""

from __future__ import annotations

import click

from devnet.cli.failing import asking
from devnet.cli.options import name_option
from devnet.world.down import connect


@click.command()
@click.argument("chain")
@click.argument("depth", type=click.IntRange(1))
@click.option("--past-finality", is_flag=True, help="Replace finalised blocks, too.")
@name_option
def reorg(chain: str, depth: int, past_finality: bool, name: str | None) -> None:
    """Replace the last blocks of a chain by others.

    CHAIN gives up its last DEPTH blocks; their transactions are pending again. Finalised blocks are
    kept unless you insist. A justified checkpoint that goes may stop finality for good: honest validators
    have signed votes from it, and never sign what these forbid. Finalised blocks of origin that go halt every
    core whose validators signed them, for ever; its users then leave with devnet transfer exit and claim.
    """
    world = connect(name)
    before = {entry["name"]: entry for entry in world.status()["chains"]}
    with asking("devnet status"):
        world.reorg(chain, depth, past_finality)
    click.echo(f"{chain}: replaced the last {depth} blocks")
    kept = before[chain]["height"] - depth
    if before[chain]["role"] == "origin" and kept < before[chain]["finalised"]:
        click.echo(
            "note: finalised blocks of origin are gone; a core whose validators signed one of them halts for ever once"
            " that is proven: devnet status",
            err=True,
        )
    elif kept < before[chain]["justified"]:
        click.echo(f"note: justified block {before[chain]['justified']} is gone; finality may have stopped", err=True)
