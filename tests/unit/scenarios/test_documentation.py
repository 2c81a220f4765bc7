"""docs/scenarios.md says of every card what the catalogue says."""

from __future__ import annotations

from devnet.config.networks import find_manifest, project_directory
from devnet.scenarios.catalogue import SCENARIOS

PAGE = (project_directory() / "docs" / "scenarios.md").read_text()


def rows(columns: int) -> list[list[str]]:
    """The rows of the tables with that many columns, without heads and rules."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if len(row) == columns and row[0] != "card"]


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "-"


def test_every_card_has_one_row_that_is_filled_in() -> None:
    table = rows(4)
    assert [row[0] for row in table] == list(SCENARIOS)
    assert all(all(row) for row in table)


def test_every_arm_has_one_row_with_what_must_come_out_of_it() -> None:
    expected = [
        [card.name, arm.name, listed(arm.absent), listed(arm.slashed), listed(arm.fails)]
        for card in SCENARIOS.values()
        for arm in card.arms
    ]
    assert rows(5) == expected


def test_the_network_of_every_card_is_shipped() -> None:
    for card in SCENARIOS.values():
        assert find_manifest(card.manifest).is_file()
