"""Transfers for people: one line per step, and a table of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devnet.cli.table import table
from devnet.config.amounts import tokens_text

_STEP_WIDTH = 21
"""As wide as the longest word for a step."""

_MESSAGE_WIDTH = 10
"""Characters of a message in the table: 0x and eight digits, of which watch and claim find it."""

_BASE_COIN = {
    "locked_bounty_wei": "bounty of {} locked",
    "bounty_wei": "bounty of {} to the caller",
    "burned_wei": "{} burned",
    "returned_wei": "bounty of {} returned",
}
"""Amounts of the base coin."""

_TOKENS = {"received_wei": "{} received", "reward_wei": "reward {}"}
"""Amounts of the token."""


def headline(row: Mapping[str, Any]) -> str:
    """What moves, from where to where, and the message by which it is found again."""
    amount = f"{tokens_text(int(row['amount_wei']))} {row['pair']}"
    return f"{row['direction']} {amount} from {row['source']} to {row['target']}\nmessage {row['message']}"


def exit_headline(departure: Mapping[str, Any], auxiliary: str) -> str:
    """What leaves a halted core, and by which block's root."""
    amount = f"{tokens_text(int(departure['amount_wei']))} {departure['pair']}"
    root = f"block {departure['root_block']} of {auxiliary}, whose root was committed last"
    return f"exit {amount} of {departure['account']}: its balance in {root}"


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
    if row["halted"]:
        return f"the core has halted: {_after_a_halt(row)}"
    if row["over"]:
        taken_back = row["outbox"] == "revoked"
        return "taken back: revoked on both sides" if taken_back else "done: progressed on both sides"
    return (
        f"{row['target']} confirms it next; without its secret the facilitators finish it by proof after a while\n"
        f"follow it: devnet transfer watch {row['message']}"
    )


def _after_a_halt(row: Mapping[str, Any]) -> str:
    """What the last committed root makes of it, and what to do (R74)."""
    claim = f"devnet transfer claim {row['message']}"
    if row["ending"] is None:
        return "no node has the block of its last committed root, so that nothing can be proven"
    if row["ending"] == "claimed":
        return f"neither chain paid, {row['owed_to']} claims all of it: {claim}"
    if row["ending"] != "over":
        whom = f"all of it goes to {row['owed_to']}" if row["owed_to"] else "it was minted, its bounty returns"
        return f"by the last committed root {whom}; the facilitators settle it, or {claim}"
    if row["bounty_to"]:
        return f"settled by the last committed root; its bounty waits: {claim}"
    if row["claimed"]:
        return f"{row['owed_to']} claimed all of it"
    if _is_held(row):
        holder = row["beneficiary"] if row["direction"] == "stake" else row["sender"]
        if row["left"]:
            return f"the balance of {holder} held it, which has left with devnet transfer exit"
        return f"the balance of {holder} holds it: devnet transfer exit --chain {row['auxiliary']}"
    return "settled on origin by the last committed root" if row["settled"] else "it had ended before"


def _is_held(row: Mapping[str, Any]) -> bool:
    """Whether the amount is in a balance under the last root: minted by then, or not taken by then."""
    return bool(row["outbox"] == "progressed" if row["direction"] == "stake" else row["inbox"] != "progressed")


def _short_ending(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The same in a column; empty where the core runs."""
    left = row.get("ending")
    if left in ("returned", "paid", "claimed"):
        return f"claim {'by' if left == 'claimed' else 'for'} {_named(row['owed_to'], names)}"
    if left == "minted" or row.get("bounty_to"):
        return "claim the bounty"
    if left == "over":
        return "in the balance" if _is_held(row) and not row["claimed"] and not row["left"] else "over"
    return "unknown" if row["halted"] else ""


def transfers_table(rows: Sequence[Mapping[str, Any]], accounts: Sequence[str] = ()) -> str:
    """Every transfer with its status on both sides, in about 120 columns; empty if there is none.

    A message is cut to what tells it from others, an account is its place in devnet accounts, and the direction is
    seen from the source. Where a core has halted also what its last committed root makes of each, and how to leave.
    """
    names = {account.lower(): f"account {place}" for place, account in enumerate(accounts)}
    headers: tuple[str, ...] = ("message", "amount", "pair", "from", "source", "outbox", "target", "inbox")
    headers = (*headers, "bounty owner")
    cells = [
        [
            row["message"][:_MESSAGE_WIDTH],
            tokens_text(int(row["amount_wei"])),
            row["pair"],
            _named(row["sender"], names),
            row["source"],
            row["outbox"],
            row["target"],
            row["inbox"],
            _named(row["bounty_owner"], names),
        ]
        for row in rows
    ]
    halted = sorted({row["auxiliary"] for row in rows if row["halted"]})
    if halted:
        headers = (*headers, "by the last root")
        cells = [[*cell, _short_ending(row, names)] for cell, row in zip(cells, rows, strict=True)]
    notes = [
        f"note: the core of {name} has halted: what is not over ends with devnet transfer claim MESSAGE,"
        f" balances leave with devnet transfer exit --chain {name}"
        for name in halted
    ]
    return "\n".join((table(headers, cells), *notes)) if rows else ""


def _named(account: str | None, names: Mapping[str, str]) -> str | None:
    """A devnet account by its place, any other as ``_short``."""
    return None if account is None else names.get(account.lower(), _short(account))


def _short(account: str) -> str:
    """An actor's name as it is, an address by its ends."""
    return f"{account[:8]}..{account[-4:]}" if account.startswith("0x") else account
