"""``devnet transfer``: tokens from one chain to the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from devnet.cli.failing import INTERRUPTED, asking
from devnet.cli.options import TOKENS, PlainInt, json_option, name_option
from devnet.cli.transfer_lines import exit_headline, headline, outcome, step_line, transfers_table
from devnet.errors import DevnetError, NetworkEnded
from devnet.mosaic.transfers import Direction
from devnet.types import Wei
from devnet.world.control_client import WentAway
from devnet.world.down import connect
from devnet.world.transfer_client import TransferClient
from devnet.world.transfer_ends import GAS_LIMIT, GAS_PRICE, Wish

F = TypeVar("F", bound=Callable[..., Any])

_chain_option = click.option(
    "--chain", "auxiliary", metavar="CHAIN", required=True, help="Auxiliary chain on the other side."
)

_pair_option = click.option("--pair", metavar="SYMBOL", help="Pair of gateways (default: the only one of that chain).")

_halted_option = click.option(
    "--chain", "auxiliary", metavar="CHAIN", required=True, help="Auxiliary chain whose core has halted."
)

_from_option = click.option("--from", "sender", metavar="ACCOUNT", help="Place in devnet accounts, or address [0].")

_timeout_option = click.option(
    "--timeout",
    "timeout_s",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=600.0,
    show_default=True,
    help="Longest time to watch; the transfer goes on after it.",
)

_revert_option = click.option(
    "--revert", is_flag=True, help="Take it back once the other side has confirmed, and watch that."
)

_BOTH_WAYS = (
    click.argument("amount", type=TOKENS),
    _chain_option,
    _pair_option,
    _from_option,
    click.option(
        "--to",
        "beneficiary",
        metavar="ACCOUNT",
        help="Receiver on the other side: place in devnet accounts, or any address [the sender].",
    ),
    click.option(
        "--gas-price",
        metavar="WEI",
        type=PlainInt(0, 2**63 - 1),
        default=GAS_PRICE,
        show_default=True,
        help="Facilitator's reward per unit of gas, out of the amount.",
    ),
    click.option(
        "--gas-limit",
        metavar="GAS",
        type=PlainInt(0, 2**63 - 1),
        default=GAS_LIMIT,
        show_default=True,
        help="Most gas that is rewarded.",
    ),
    click.option(
        "--through",
        metavar="FACILITATOR",
        help="Facilitator that declares it, by your signature and with its own bounty [you do, with yours].",
    ),
    click.option("--watch", is_flag=True, help="Stay until it has ended, and say every step."),
    _revert_option,
    _timeout_option,
    name_option,
    json_option,
)
"""What both directions take."""


@click.group()
def transfer() -> None:
    """Move tokens between origin and an auxiliary chain."""


def _options(command: F) -> F:
    """Let a command take them."""
    for decorate in reversed(_BOTH_WAYS):
        command = decorate(command)
    return command


@transfer.command()
@_options
def stake(**given: Any) -> int:
    """Lock AMOUNT tokens on origin and mint them on an auxiliary chain.

    Whoever brings the message across is paid out of the amount. Without --watch the facilitators finish it by proof
    after a while.
    """
    return _move(Direction.STAKE, **given)


@transfer.command()
@_options
def redeem(**given: Any) -> int:
    """Burn AMOUNT utility tokens on an auxiliary chain and release the tokens on origin.

    It waits for the next meta-block, so it takes longer than a stake.
    """
    return _move(Direction.REDEEM, **given)


@transfer.command()
@click.argument("message")
@_revert_option
@_timeout_option
@name_option
@json_option
def watch(message: str, revert: bool, timeout_s: float, name: str | None, as_json: bool) -> int:
    """Follow a transfer from its first step to its end.

    MESSAGE is its hash, or as much of its beginning as no other has. If a devnet account sent it, its secret is
    revealed when it is time. Exit code 1 if a halt kept it from arriving.
    """
    transfers = connect(name).transfers
    message = transfers.whole(message)
    found = transfers.find(message)
    if not found["over"]:
        _warn(found)
    _say_headline(found, as_json)
    return _follow(transfers, message, revert, timeout_s, as_json)


@transfer.command("exit")
@_halted_option
@_pair_option
@_from_option
@name_option
@json_option
def exit_core(auxiliary: str, pair: str | None, sender: str | None, name: str | None, as_json: bool) -> None:
    """Leave a halted core: take on origin what an account held on an auxiliary chain.

    The balance under the last committed root is proven and paid in full, once per token and without a time limit.
    What came later does not count; what was in flight is not in it: devnet transfer claim.
    """
    transfers = connect(name).transfers
    with asking("a second devnet transfer exit"):
        departure = transfers.exit(auxiliary, pair, sender)
    _warn(departure)
    if not as_json:
        click.echo(exit_headline(departure, auxiliary))
    _say_departure(departure, transfers.await_steps(departure), as_json)


@transfer.command()
@click.argument("message")
@click.option("--from", "sender", metavar="ACCOUNT", help="Place in devnet accounts, or address [who is paid].")
@name_option
@json_option
def claim(message: str, sender: str | None, name: str | None, as_json: bool) -> None:
    """End a transfer that a halted core left in flight.

    MESSAGE is its hash, or as much of its beginning as no other has.
    By the last committed root its full amount goes to whoever is owed it, and the bounty back to who locked it. What
    anybody may settle the facilitators settle, too; what neither chain has paid only its owner can claim.
    """
    transfers = connect(name).transfers
    message = transfers.whole(message)
    with asking("devnet transfer ls"):
        departure = transfers.claim(message, sender)
    _say_departure(departure, transfers.await_steps(departure), as_json)
    if not as_json:
        click.echo(outcome(transfers.find(message)))


@transfer.command("ls")
@name_option
@json_option
def list_transfers(name: str | None, as_json: bool) -> None:
    """List every transfer with its status on both sides.

    Messages are cut to their beginning, which watch and claim take; --json has all of them.
    """
    client = connect(name)
    found = client.transfers.all()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    accounts = [account["address"] for account in client.accounts()["accounts"]]
    said = transfers_table(found, accounts) or "no transfer yet: devnet transfer stake 5 --chain CHAIN"
    click.echo(said)


def _move(
    direction: Direction,
    amount: Wei,
    watch: bool,
    revert: bool,
    timeout_s: float,
    name: str | None,
    as_json: bool,
    **wished: Any,
) -> int:
    transfers = connect(name).transfers
    with asking("devnet transfer ls"):
        declared = transfers.declare(Wish(direction=direction, amount=amount, **wished))
    _warn(declared)
    message = str(declared["message"])
    try:
        with _left_by_the_end_of(message):
            row = transfers.await_declared(message)
    except KeyboardInterrupt:
        return _leave(message)
    _say_headline(row, as_json)
    if watch or revert:
        return _follow(transfers, message, revert, timeout_s, as_json)
    click.echo(json.dumps(row) if as_json else f"{step_line(row, row['steps'][0])}\n{outcome(row)}")
    return 0


def _follow(transfers: TransferClient, message: str, revert: bool, timeout_s: float, as_json: bool) -> int:
    """Say every step; exit code 0 only if it ended as it was meant to."""
    try:
        with _left_by_the_end_of(message):
            row: Mapping[str, Any] = transfers.find(message)
            for told in transfers.follow(message, revert=revert, timeout_s=timeout_s):
                is_last = "step" not in told
                row = told if is_last else row
                text = outcome(told) if is_last else step_line(row, told)
                click.echo(json.dumps(_ending(told) if is_last else {"message": message, **told}) if as_json else text)
    except KeyboardInterrupt:
        return _leave(message)
    if revert and row["outbox"] != "revoked" and not row["halted"]:
        raise DevnetError(
            f"expected transfer {message} to be taken back, found it {row['outbox']} on {row['source']}:"
            " only one whose secret nobody has revealed can be"
        )
    has_ended_well = row["outbox"] == "revoked" if revert else row["inbox"] == "progressed" or not row["halted"]
    return 0 if has_ended_well else DevnetError.exit_code


def _say_departure(departure: Mapping[str, Any], steps: list[dict[str, Any]], as_json: bool) -> None:
    lines = [step_line(departure, step) for step in steps]
    click.echo(json.dumps({**departure, "steps": steps}) if as_json else "\n".join(lines))


@contextmanager
def _left_by_the_end_of(message: str) -> Iterator[None]:
    """Whoever ends the network while a transfer is watched leaves it where it is; the World may be gone already."""
    try:
        yield
    except (NetworkEnded, WentAway) as error:
        raise NetworkEnded(f"the network has ended: transfer {message} is left as it was") from error


def _ending(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("steps", "warnings")} | {"result": row["outbox"]}


def _say_headline(row: Mapping[str, Any], as_json: bool) -> None:
    if not as_json:
        click.echo(headline(row))


def _warn(told: Mapping[str, Any]) -> None:
    for warning in told["warnings"]:
        click.echo(f"warning: {warning}", err=True)


def _leave(message: str) -> int:
    click.echo(f"the transfer goes on: devnet transfer watch {message}", err=True)
    return INTERRUPTED
