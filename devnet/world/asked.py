"""What a request to the control API asks for: numbers in their bounds, words, or a sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.errors import UsageError


def number(asked: Mapping[str, Any], name: str, least: int, most: int = 2**63, default: int | None = None) -> int:
    """A whole number, also as a decimal string. Raises UsageError for anything else, or one that is out of bounds."""
    given = asked.get(name, default)
    try:
        found = int(given) if isinstance(given, str | int) and not isinstance(given, bool) else None
    except ValueError:
        found = None
    if found is None or not least <= found <= most:
        raise UsageError(f"{name} must be a whole number from {least} to {most}, found {given!r}")
    return found


def word(asked: Mapping[str, Any], name: str) -> str | None:
    """A word that may be missing. Raises UsageError for anything else."""
    given = asked.get(name)
    if given is not None and not isinstance(given, str):
        raise UsageError(f"{name} must be a string, found {given!r}")
    return given
