"""Transfers for people: one line per step, and a table of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devnet.cli.table import table
from devnet.config.amounts import tokens_text

_STEP_WIDTH = 21
"""As wide as the longest word for a step."""

_BASE_COIN = {
    "locked_bounty_wei": "bounty of {} locked",
    "bounty_wei": "bounty of {} to the caller",
    "burned_wei": "{} burned",
}
"""Amounts of the base coin."""

_TOKENS = {"received_wei": "{} received", "reward_wei": "reward {}"}
"""Amounts of the token."""


def headline(row: Mapping[str, Any]) -> str:
    """What moves, from where to where, and the message by which it is found again."""
    amount = f"{tokens_text(int(row['amount_wei']))} {row['pair']}"
    return f"{row['direction']} {amount} from {row['source']} to {row['target']}\nmessage {row['message']}"


def step_line(row: Mapping[str, Any], step: Mapping[str, Any]) -> str:
    """What happened, where, in which block while the other chain stood where, what it cost and paid."""
    others = [f"{chain} at {number}" for chain, number in step["blocks"].items() if chain != step["chain"]]
    parts = [f"{step['chain']} block {step['block']} ({', '.join(others)})", f"gas {step['gas_used']:,}"]
    if step.get("proof_bytes") is not None:
        parts.append(f"proof {step['proof_bytes']:,} bytes")
    parts += [
        text.format(tokens_text(int(step[key])) + suffix)
        for texts, suffix in ((_TOKENS, f" {row.get('pair', '')}".rstrip()), (_BASE_COIN, ""))
        for key, text in texts.items()
        if key in step
    ]
    return f"{step['step'].ljust(_STEP_WIDTH)} {', '.join(parts)}, by {_short(step['by'])}"


def outcome(row: Mapping[str, Any]) -> str:
    """How it ended, or what happens next."""
    if row["settled"]:
        return "the core has halted: settled on origin by the last committed root"
    if row["over"]:
        taken_back = row["outbox"] == "revoked"
        return "taken back: revoked on both sides" if taken_back else "done: progressed on both sides"
    return (
        f"{row['target']} confirms it next; without its secret the facilitators finish it by proof after a while\n"
        f"follow it: devnet transfer watch {row['message']}"
    )


def transfers_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Every transfer with its status on both sides; empty if there is none."""
    headers = ("message", "direction", "amount", "pair", "from", "source", "outbox", "target", "inbox")
    cells = [
        [
            row["message"],
            row["direction"],
            tokens_text(int(row["amount_wei"])),
            row["pair"],
            _short(row["sender"]),
            row["source"],
            row["outbox"],
            row["target"],
            row["inbox"],
        ]
        for row in rows
    ]
    return table(headers, cells) if rows else ""


def _short(account: str) -> str:
    """An actor's name as it is, an address by its ends."""
    return f"{account[:8]}..{account[-4:]}" if account.startswith("0x") else account
