"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def name_option(command: F) -> F:
    """``--name``: which network is meant."""
    return click.option("--name", metavar="NAME", help="Network to use (default: the only one that runs).")(command)


def json_option(command: F) -> F:
    """``--json``: the result for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)
