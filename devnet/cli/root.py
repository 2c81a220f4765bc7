"""The root of the command: its verbs, loaded when they are used, and how it fails.

Exit codes: 0 ok, 1 a check or an attack did not pass, 2 usage, 3 the machine, 4 timed out, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

import click

from devnet.cli.failing import INTERRUPTED, internal_error, sentence
from devnet.errors import DevnetError, EnvironmentFailure

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "up": "Start a network and leave it running.",
        "down": "End a network and all that belongs to it.",
        "status": "Show chains, finality, validators.",
        "logs": "Show what nodes, actors and the World wrote.",
        "env": "Print a network's addresses as shell variables.",
        "accounts": "List the funded accounts and their keys.",
        "mine": "Make blocks on a chain now.",
        "warp": "Move time ahead on every chain.",
        "reorg": "Replace the last blocks of a chain by others.",
        "revive": "Let an actor that died begin again.",
        "validator": "Let validators join, leave and withdraw, and list them.",
        "gateway": "Add pairs of gateways to a running network, and list them.",
        "transfer": "Move tokens between origin and an auxiliary chain.",
        "attack": "List attacks, and run them.",
        "doctor": "Check what the machine has and lacks, each with its fix.",
    }
)
"""Every verb with its line of help; module and function of a verb bear its name."""


class Verbs(click.Group):
    """Loads a verb's module only when that verb is used, so that none pays for another's imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order in which one needs them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, or None."""
        if cmd_name not in VERBS:
            return None
        command = getattr(import_module(f"devnet.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with the nearest verb for an unknown one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(VERBS)}"
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version() -> str:
    try:
        return version("mosaic-devnet")
    except PackageNotFoundError:
        return "unknown (not installed)"


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(_version(), prog_name="devnet", message="%(prog)s %(version)s")
def devnet() -> None:
    """Run a whole Mosaic network on this machine.

    \b
    devnet up                        start the demo network
    devnet status                    look at it
    eval "$(devnet env)"             its addresses for your shell
    devnet attack run double-vote    attack a network of its own
    devnet down                      end it

    Exit codes: 0 ok, 1 a check, an attack or a transaction did not pass, 2 usage, 3 the machine, 4 timed out,
    130 interrupted. Results are on stdout, all else on stderr.
    """


def _plain(error: click.ClickException) -> click.ClickException:
    """A negative number looks like an option to click: nobody meant one."""
    if isinstance(error, click.NoSuchOption) and error.option_name[1:].isdecimal():
        return click.UsageError(
            f"expected no negative number, found one that begins with {error.option_name}", error.ctx
        )
    return error


def run(arguments: Sequence[str], command: click.Command = devnet) -> int:
    """Run one command line and return its exit code; what goes wrong is one sentence on stderr."""
    try:
        result = command.main(args=list(arguments), prog_name="devnet", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        _plain(error).show()
        return EnvironmentFailure.exit_code if isinstance(error, click.FileError) else 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except DevnetError as error:
        click.echo(sentence(error), err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has left, as `devnet logs | head` does: no failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            return internal_error(error)
        click.echo(f"error: {error.strerror}: {error.filename or 'cannot write the output'}", err=True)
        return EnvironmentFailure.exit_code
    except Exception as error:
        return internal_error(error)
