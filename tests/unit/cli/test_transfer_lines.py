"""Transfers as a user reads them."""

from __future__ import annotations

from typing import Any

from devnet.cli.transfer_lines import exit_headline, headline, outcome, step_line, transfers_table

ACCOUNT = "0x" + "ab" * 20


def row(**changes: Any) -> dict[str, Any]:
    return {
        "message": "0x" + "3e" * 32,
        "direction": "stake",
        "pair": "TKN",
        "amount_wei": str(15 * 10**17),
        "sender": ACCOUNT,
        "beneficiary": "0xbe",
        "source": "origin",
        "target": "auxiliary-1",
        "outbox": "progressed",
        "inbox": "progressed",
        "auxiliary": "auxiliary-1",
        "over": True,
        "settled": False,
        "halted": False,
        "bounty_owner": ACCOUNT,
        **changes,
    }


def step(**changes: Any) -> dict[str, Any]:
    return {
        "step": "confirmed",
        "chain": "auxiliary-1",
        "block": 27,
        "blocks": {"origin": 26, "auxiliary-1": 27},
        "gas_used": 363_354,
        "proof_bytes": 1_816,
        "by": "facilitator-2",
        **changes,
    }


def test_what_moves_is_said_once_with_the_message() -> None:
    assert headline(row()) == f"stake 1.5 TKN from origin to auxiliary-1\nmessage 0x{'3e' * 32}"


def test_a_step_says_both_chains_blocks_the_proof_the_gas_and_who_did_it() -> None:
    assert step_line(row(), step()) == (
        "confirmed             auxiliary-1 block 27 (origin at 26), gas 363,354, proof 1,816 bytes, by facilitator-2"
    )


def test_a_step_says_what_was_paid_in_which_coin() -> None:
    amounts = {"received_wei": str(10**18), "reward_wei": "1", "bounty_wei": str(10**17), "burned_wei": "2"}
    said = step_line(row(), step(proof_bytes=None, by=ACCOUNT, **amounts))
    assert "1 TKN received, reward 0.000000000000000001 TKN" in said
    assert "bounty of 0.1 to the caller, 0.000000000000000002 burned, by 0xababab..abab" in said
    assert "proof" not in said


def test_every_end_has_its_sentence() -> None:
    assert outcome(row()) == "done: progressed on both sides"
    assert outcome(row(outbox="revoked", inbox="revoked")) == "taken back: revoked on both sides"
    assert f"devnet transfer watch 0x{'3e' * 32}" in outcome(row(outbox="declared", over=False))


def test_the_table_has_a_line_per_transfer() -> None:
    assert transfers_table([]) == ""
    rows = [row(outbox="declared revocation"), row(bounty_owner="facilitator-1")]
    (head, own, carried) = transfers_table(rows).splitlines()
    assert head.split()[:4] == ["MESSAGE", "AMOUNT", "PAIR", "FROM"]
    assert head.endswith("BOUNTY OWNER")
    assert "declared revocation" in own
    assert (own.split()[-1], carried.split()[-1]) == ("0xababab..abab", "facilitator-1")


def test_the_table_fits_a_terminal_and_names_accounts_by_their_place() -> None:
    """Also with the longest words, and after a halt; the message is cut as git cuts a commit."""
    waiting = row(outbox="declared revocation", bounty_owner=None)
    head, line = transfers_table([waiting], ["0xcd", ACCOUNT.upper().replace("X", "x")]).splitlines()
    assert line.split()[:5] == ["0x3e3e3e3e", "1.5", "TKN", "account", "1"]
    assert line.endswith("-")
    after = transfers_table([halted("claimed", inbox="declared")], [ACCOUNT]).splitlines()
    assert after[1].endswith("claim by account 0")
    assert max(len(one) for one in (head, line, *after[:2])) <= 120


CLAIM = f"devnet transfer claim 0x{'3e' * 32}"


def halted(fate: str | None, **changes: Any) -> dict[str, Any]:
    return row(halted=True, ending=fate, owed_to=ACCOUNT, claimed=False, bounty_to=None, **{"left": False, **changes})


def test_on_a_halted_core_every_ending_says_what_to_do() -> None:
    """R74: who is owed what, and by which command it leaves."""
    assert f"{ACCOUNT} claims all of it: {CLAIM}" in outcome(halted("claimed"))
    assert outcome(halted("returned")).endswith(f"goes to {ACCOUNT}; the facilitators settle it, or {CLAIM}")
    assert "it was minted, its bounty returns" in outcome(halted("minted") | {"owed_to": None})
    assert outcome(halted("over") | {"bounty_to": ACCOUNT}).endswith(f"its bounty waits: {CLAIM}")
    assert outcome(halted("over") | {"claimed": True}).endswith(f"{ACCOUNT} claimed all of it")
    assert outcome(halted("over", outbox="revoked", settled=True)).endswith(
        "settled on origin by the last committed root"
    )
    assert outcome(halted("over", outbox="revoked")).endswith("it had ended before")
    held = "the core has halted: the balance of {} holds it: devnet transfer exit --chain auxiliary-1"
    assert outcome(halted("over")) == held.format("0xbe")
    assert outcome(halted("over", left=True)).endswith(
        "the balance of 0xbe held it, which has left with devnet transfer exit"
    )
    redeemed = halted("over", direction="redeem", outbox="revoked", inbox="declared revocation")
    assert outcome(redeemed) == held.format(ACCOUNT)
    assert "nothing can be proven" in outcome(halted(None))


def test_the_table_says_what_a_halt_means_for_each_transfer() -> None:
    ended = halted("over", direction="redeem")
    assert transfers_table([halted("over", left=True)]).splitlines()[1].rstrip().endswith("over")
    rows = [halted("claimed"), halted("paid"), halted("minted"), halted("over"), ended, halted(None), row()]
    head, *lines, note = transfers_table(rows).splitlines()
    assert head.endswith("BY THE LAST ROOT")
    endings = [
        "claim by 0xababab..abab",
        "claim for 0xababab..abab",
        "claim the bounty",
        "in the balance",
        "over",
        "unknown",
    ]
    assert [line.rstrip().endswith(word) for line, word in zip(lines, endings, strict=False)] == [True] * 6
    assert lines[-1].rstrip().endswith("0xababab..abab")
    assert note.startswith("note: the core of auxiliary-1 has halted")


def test_an_exit_says_by_which_root_the_balance_counts() -> None:
    departure = {"amount_wei": str(15 * 10**17), "pair": "TKN", "account": ACCOUNT, "root_block": 36}
    said = f"exit 1.5 TKN of {ACCOUNT}: its balance in block 36 of auxiliary-1, whose root was committed last"
    assert exit_headline(departure, "auxiliary-1") == said
