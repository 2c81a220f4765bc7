"""Transactions as a node tells of them, before anybody looks into one: a lying link may send anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.errors import TransportError


def objects_in(answer: object) -> list[Mapping[str, Any]]:
    """The objects of a node's answer that has to be a list of them: transactions, or heads.

    Raises TransportError for anything else.
    """
    if not isinstance(answer, list) or not all(isinstance(one, Mapping) for one in answer):
        raise TransportError(f"expected a list of objects, found {answer!r}"[:200])
    return answer
