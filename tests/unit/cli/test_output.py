"""Tables, summaries and progress: what a user reads."""

import io
from typing import Any

import pytest

from devnet.cli.progress import Progress, is_lively
from devnet.cli.summary import next_commands, summary
from devnet.cli.table import table


def status() -> dict[str, Any]:
    return {
        "network": "demo",
        "runtime": "process",
        "mode": "live",
        "seed": 7,
        "world": {"pid": 42, "api": "http://127.0.0.1:10090"},
        "run_directory": "/state/runs/1",
        "chains": [
            {
                "name": name,
                "role": role,
                "chain_id": 1000 + index,
                "rpc": f"http://127.0.0.1:1000{index}",
                "height": 40 + index,
                "justified": 8,
                "finalised": 4,
                "committed": None if role == "origin" else 1,
                "committed_block": None if role == "origin" else 12,
                "halted": False,
                "nodes": [{"name": f"{name}-0", "state": "running"}],
            }
            for index, (name, role) in enumerate([("origin", "origin"), ("auxiliary-1", "auxiliary")])
        ],
        "actors": [
            {
                "name": "validator-1",
                "kind": "validator",
                "pid": 50,
                "state": "running",
                "behaviour": "honest",
                "weight_wei": str(40 * 10**18),
            },
            {"name": "fisherman", "kind": "fisherman", "pid": 51, "state": "running", "weight_wei": "0"},
        ],
        "failures": [],
        "notes": [],
    }


def test_a_table_is_as_wide_as_its_widest_entries() -> None:
    assert table(("a", "number", "c"), [["long entry", 1, "x"], ["b", 22, None]]) == (
        "A           NUMBER  C\nlong entry       1  x\nb               22  -"
    )


def test_pairs_of_gateways_are_told_in_tokens_and_unknown_amounts_as_a_dash() -> None:
    pair = {
        "name": "GOLD",
        "auxiliary": "auxiliary-1",
        "token": "0xaa",
        "utility_token": "0xbb",
        "bounty_wei": str(10**17),
        "locked_wei": str(5 * 10**18 + 1),
        "minted_wei": None,
    }
    last = summary(status() | {"pairs": [pair]}).split("\n\n")[-1]
    assert last.splitlines()[1].split() == [
        "GOLD",
        "auxiliary-1",
        "0xaa",
        "0xbb",
        "0.1",
        "5.000000000000000001",
        "-",
    ]
    assert "PAIR" not in summary(status() | {"pairs": []})


def test_a_table_without_rows_is_its_headers() -> None:
    assert table(("a", "b"), []) == "A  B"


def test_the_summary_shows_chains_validators_and_the_fisherman() -> None:
    lines = [line.split() for line in summary(status()).splitlines()]
    assert ["CHAIN", "ID", "RPC", "HEIGHT", "JUSTIFIED", "FINALISED", "COMMITTED"] in lines
    assert ["auxiliary-1", "1001", "http://127.0.0.1:10001", "41", "8", "4", "1", "(block", "12)"] in lines
    assert ["validator-1", "40", "50", "running"] in lines
    assert ["fisherman", "51", "running"] in lines


def test_an_actor_without_a_process_has_no_pid() -> None:
    found = status()
    found["actors"][0] |= {"pid": 0, "state": "died (exit code -9)"}
    assert ["validator-1", "40", "-", "died", "(exit", "code", "-9)"] in [
        line.split() for line in summary(found).splitlines()
    ]


def test_the_summary_says_what_is_wrong() -> None:
    found = status()
    found["chains"][0]["halted"] = True
    found["chains"][1]["nodes"][0]["state"] = "down"
    found["actors"][0] |= {
        "state": "ended",
        "behaviour": "double-vote",
        "weight_wei": str(10**18 + 5),
        "slashed_on": ["auxiliary-1", "origin"],
    }
    found["failures"] = ["auxiliary-1: node died"] * 3
    found["notes"] = ["not everything exists"]
    said = summary(found)
    for part in (
        "origin is halted",
        "node auxiliary-1-0 is down",
        "ended (double-vote), slashed on auxiliary-1, origin",
        "1.000000000000000005",
        "failure: auxiliary-1: node died",
        "note: not everything exists",
    ):
        assert said.count(part) == 1


def test_a_network_that_is_still_starting_has_a_summary() -> None:
    found = status() | {"actors": []}
    found["chains"] = [{"name": "origin", "chain_id": 1}]
    assert "origin" in summary(found)


def test_the_next_commands_name_the_network() -> None:
    assert "devnet down --name demo" in next_commands(status())


def test_progress_into_a_pipe_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress("one [step]")
        progress("another")
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split("  ")[-1] for line in said.err.splitlines()] == ["one [step]", "another"]
    assert "\x1b" not in said.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variable", "value", "lively"), [("TERM", "xterm", True), ("TERM", "dumb", False), ("CI", "1", False)]
)
def test_lines_move_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, lively: bool
) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv(variable, value)
    assert is_lively() is lively


def test_progress_on_a_terminal_keeps_every_finished_step(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("CI", raising=False)
    with Progress() as progress:
        progress("first [step]")
        progress("second")
    assert "first [step]" in terminal.getvalue()
    assert "second" in terminal.getvalue()
