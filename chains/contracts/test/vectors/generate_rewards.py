"""Writes rewards.json: what validators earn and are paid, that Solidity and Python must both arrive at (R75, R76).

The values come from exact fractions, floored where the rules say so, and share no code with either side.
Run: python chains/contracts/test/vectors/generate_rewards.py
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

STAYS = 2**32 - 1
TOKEN = 10**18
PAID_AT_ONCE = Fraction(49, 100)

Member = tuple[int, int, int]
"""Weight, first and last but one height."""


def weight(member: Member, kernel: int) -> int:
    """What a member weighs in the sets of a kernel, which are F_kernel and F_(kernel-1)."""
    stake, entered, left = member
    return stake if any(entered <= height < left for height in (kernel, kernel - 1)) else 0


def row(name: str, members: list[Member], links: list[tuple[int, int, int]], withdraws: int) -> dict[str, Any]:
    """One life of a contract: links are income, kernel and voters (a bit each); everybody claims each link alone."""
    totals = [sum(weight(one, kernel) for one in members) for _, kernel, _ in links]
    shares, paid = [], []
    for index, member in enumerate(members):
        own = [
            floor(Fraction(income * weight(member, kernel), total)) if voters >> index & 1 else 0
            for (income, kernel, voters), total in zip(links, totals, strict=True)
        ]
        shares.append([str(one) for one in own])
        paid.append(str(floor(sum(own) * PAID_AT_ONCE)))
    return {
        "name": name,
        "weights": [str(one[0]) for one in members],
        "entered": [one[1] for one in members],
        "left": [one[2] for one in members],
        "incomes": [str(income) for income, _, _ in links],
        "kernelHeights": [kernel for _, kernel, _ in links],
        "jointTotals": [str(total) for total in totals],
        "voters": [voters for _, _, voters in links],
        "withdraws": withdraws,
        "shares": shares,
        "paid": paid,
    }


def chosen() -> list[dict[str, Any]]:
    """Rows at the edges."""
    four: list[Member] = [(one * TOKEN, 0, STAYS) for one in (40, 38, 36, 34)]
    seven: list[Member] = [(one, 0, STAYS) for one in (1, 1, 1, 1, 1, 1, 1)]
    return [
        row("four voters, one link", four, [(1_000_003, 1, 0b1111)], 0),
        row("three voters, one link", four, [(1_000_003, 1, 0b0111)], 0b1),
        row("nothing received", four, [(0, 1, 0b1111)], 0b1111),
        row("one wei for seven", seven, [(1, 1, 0b1111111)], 0b1111111),
        row("six wei for seven", seven, [(6, 1, 0b1111111)], 0),
        row("seven wei for seven", seven, [(7, 1, 0b1111111)], 0b1),
        row("rounded per link, not over links", seven, [(13, 1, 127), (13, 1, 127), (13, 1, 127)], 0b10),
        row("49 percent of the sum, not of each", seven, [(7, 1, 127)] * 5, 0b100),
        row("alone", [(32 * TOKEN, 0, STAYS)], [(10**18 + 1, 1, 1), (1, 1, 1)], 1),
        row("a leaver in the rear set", [*four[:3], (34 * TOKEN, 0, 2)], [(10**9 + 7, 2, 0b1111)], 0b1000),
        row("an entrant in the forward set", [*four, (50 * TOKEN, 3, STAYS)], [(10**9 + 7, 3, 0b11111)], 0),
        row("one leaves as one enters", [(9, 0, 5), (7, 5, STAYS), (3, 0, STAYS)], [(100, 5, 7), (100, 6, 6)], 0b1),
        row("the largest income and weights", [(2**96 - 1, 0, STAYS)] * 3, [(2**100 - 1, 1, 7)], 0b111),
    ]


def drawn(seed: int) -> dict[str, Any]:
    """A row with members that come and go, and voters among those who weigh something."""
    generator = random.Random(seed)
    members: list[Member] = [(generator.randint(1, 60) * TOKEN + generator.randint(0, 9), 0, STAYS) for _ in range(3)]
    for _ in range(generator.randint(1, 5)):
        entered = generator.choice([0, 2, 3, 4, 5])
        left = generator.choice([STAYS, entered + generator.randint(2, 4)])
        members.append((generator.randint(1, 60) * TOKEN, entered, left))
    links = []
    for kernel in sorted(generator.randint(1, 7) for _ in range(generator.randint(1, 5))):
        able = [index for index, member in enumerate(members) if weight(member, kernel)]
        voters = sum(1 << index for index in able if generator.random() < 0.8)
        links.append((generator.choice([0, generator.randint(1, 10**6), generator.randint(1, 10**20)]), kernel, voters))
    return row(f"drawn {seed}", members, links, generator.getrandbits(len(members)))


def main() -> None:
    """Write the file beside this one."""
    rows = chosen() + [drawn(seed) for seed in range(32)]
    Path(__file__).with_name("rewards.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
