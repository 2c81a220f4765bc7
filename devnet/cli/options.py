"""Options that several verbs share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from devnet.config.amounts import parse_tokens, tokens_text
from devnet.types import Wei

_PLAIN = re.compile(r"[+-]?[0-9]+")

F = TypeVar("F", bound=Callable[..., Any])


def name_option(command: F) -> F:
    """``--name``: which network is meant."""
    return click.option("--name", metavar="NAME", help="Network to use (default: the only one that runs).")(command)


def json_option(command: F) -> F:
    """``--json``: the result for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


class TokensType(click.ParamType[Wei]):
    """An amount written in tokens, such as 40 or 0.1, and taken in wei; not negative."""

    name = "tokens"

    def __init__(self, most: Wei | None = None) -> None:
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Wei:
        """The wei; a usage error for anything else."""
        if isinstance(value, int):
            return value
        try:
            amount = parse_tokens(value)
        except ValueError as error:
            self.fail(f"{error}, found {value!r}", param, ctx)
        if amount < 0:
            self.fail(f"expected no negative amount, found {value!r}", param, ctx)
        if self._most is not None and amount > self._most:
            self.fail(f"expected at most {tokens_text(self._most)} tokens, found {value!r}", param, ctx)
        return amount


class PlainInt(click.IntRange):
    """A whole number in plain digits; Python's own would take underscores and the digits of every script."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; a usage error for anything else."""
        if isinstance(value, str) and not _PLAIN.fullmatch(value):
            self.fail(f"expected a whole number in plain digits, found {value!r}", param, ctx)
        return super().convert(value, param, ctx)


TOKENS: Final = TokensType()
"""For arguments and options that hold an amount."""
