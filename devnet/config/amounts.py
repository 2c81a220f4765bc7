"""Amounts as people write them, in tokens, and as everything else counts them, in wei: exact both ways."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from devnet.types import TOKEN, Wei

# Decimal itself takes underscores and the digits of every script.
_AMOUNT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def tokens_text(amount_wei: Wei) -> str:
    """An amount in tokens, exactly, without an exponent."""
    whole, rest = divmod(abs(amount_wei), TOKEN)
    sign = "-" if amount_wei < 0 else ""
    return f"{sign}{whole}" + (f".{rest:018d}".rstrip("0") if rest else "")


def parse_tokens(text: str) -> Wei:
    """The wei of an amount written in tokens. Raises ValueError saying what was expected."""
    try:
        amount = Decimal(text if _AMOUNT.fullmatch(text) else "NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount.adjusted() > 60 or len(amount.as_tuple().digits) > 100:
        raise ValueError("expected an amount in tokens such as 40 or 40.5, in plain digits")
    # From the digits: Decimal's own arithmetic would round to its context's precision.
    sign, digits, exponent = amount.as_tuple()
    places = int(exponent) + 18
    if places < -100:
        raise ValueError("expected at most 18 decimals (1 wei)")
    units = int("".join(map(str, digits)))
    wei, rest = divmod(units * 10 ** max(places, 0), 10 ** max(-places, 0))
    if rest:
        raise ValueError("expected at most 18 decimals (1 wei)")
    return int(-wei if sign else wei)
