"""The museum's parts that need no chain: what attackers find by trying, and how a tour is judged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trie.hexary import HexaryTrie

from devnet.faults import mangle
from devnet.history import History
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.messages import MessageStatus, hash_lock
from devnet.mosaic.proofs import InvalidProof, verify_inclusion
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot, variable_slot
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.scenarios.base import judge
from devnet.scenarios.museum import card, search
from devnet.scenarios.museum.tour import BROKEN, OURS, SHOWN, Exhibit, findings, objections
from devnet.world.opening import open_network

VULNERABLE = Path(__file__).parents[3] / "chains/contracts/src/vulnerable"
ENDS = Ends(1337, b"\x0a" * 20, 2001, b"\x0b" * 20)
STAKED = Transfer(1, b"\x0c" * 20, 0, 0, b"\x0c" * 20, 0, hash_lock(keccak(b"secret")))


def trie_of(sent: Transfer) -> HexaryTrie:
    """The storage of a gateway after one stake, written down independently of the search."""
    message = sent.hash(Direction.STAKE, ENDS)
    words = {
        mapping_slot(message, GATEWAY_OUTBOX): b"\x01",
        mapping_slot(sent.sender, 2): b"\x01",
        mapping_slot(sent.sender, 3): message,
        mapping_slot(message, 4): sent.sender,
        variable_slot(6): b"\x01",
    }
    trie = HexaryTrie({})
    for slot, word in words.items():
        trie[keccak(slot)] = rlp.encode(word.lstrip(b"\0"))
    return trie


def test_a_message_is_found_behind_an_extension_that_was_made_for_it() -> None:
    """J05: the extension's child ends in the byte of Declared, and the forged message's path leads there."""
    crossing = search.find_crossing(ENDS, STAKED)
    forged = search.find_behind(ENDS, STAKED, crossing.prefix)
    assert forged != crossing.staked
    key = search.outbox_key(forged.hash(Direction.STAKE, ENDS))
    trie = trie_of(crossing.staked)
    assert trie.get(key) == b""
    nodes = tuple(rlp.encode(node) for node in trie.get_proof(key) if node != b"")
    cut = mangle.cut_at_extension(nodes)
    assert cut is not None
    extension = rlp.decode(cut[-1])
    assert isinstance(extension, list)
    _, child = extension
    assert isinstance(child, bytes)
    assert child[-1] == MessageStatus.DECLARED
    with pytest.raises(InvalidProof, match="lacks node"):
        verify_inclusion(trie.root_hash, key, b"\x01", cut)


def test_the_hash_of_the_colliding_leaf_reads_like_a_short_leaf() -> None:
    """J08: it is 31 bytes of canonical RLP and a zero; a strict verifier refuses the short node."""
    branch, leaf = search.colliding_trie(10**21)
    short = mangle.short_node((branch, leaf), 1)[1]
    assert keccak(leaf) == short.ljust(32, b"\0")
    decoded = rlp.decode(short)
    assert isinstance(decoded, list)
    path, value = decoded
    assert isinstance(value, bytes)
    assert path == bytes([0x30 | search.ATTACKED[0] & 15])
    assert int.from_bytes(value) > 2**200
    balance = search.COLLIDING_BALANCE.to_bytes(32)
    verify_inclusion(keccak(branch), search.ATTACKED, balance, (branch, leaf))
    with pytest.raises(InvalidProof, match="must hash to"):
        verify_inclusion(keccak(branch), search.ATTACKED, value, (branch, short))


# ------------------------------------------------------------------------------------------------- judging


def nothing(hall: object) -> object:
    raise AssertionError("not played")


SHOWCASE = Exhibit("a flaw", "how", "somewhere 2020", "Refused", nothing)  # type: ignore[arg-type]
CONTROL = Exhibit("honest", "how", "", "", nothing)  # type: ignore[arg-type]


def shown(history: History, contracts: str, lost: int, refusal: str, name: str = "a flaw") -> None:
    message = f"Gateway.stake reverted: {refusal}()" if refusal else ""
    payload = {
        "exhibit": name,
        "contracts": contracts,
        "lost": str(lost),
        "refusal": refusal,
        "message": message,
    }
    history.append(SHOWN, time=1, payload=payload)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("contracts", "lost", "refusal", "expected"),
    [
        (BROKEN, 5, "", ()),
        (BROKEN, 0, "", ("a flaw: expected a loss, found a loss of 0",)),
        (BROKEN, 0, "Refused", ("a flaw: expected a loss, found Gateway.stake reverted: Refused()",)),
        (OURS, 0, "Refused", ()),
        (OURS, 0, "Other", ("a flaw: expected Refused, found Gateway.stake reverted: Other()",)),
        (OURS, 5, "", ("a flaw: expected Refused, found a loss of 5",)),
    ],
    ids=["robbed", "nothing lost", "broken refuses", "refused", "refused otherwise", "ours robbed"],
)
def test_an_exhibit_ends_as_it_must_or_is_objected_to(
    contracts: str, lost: int, refusal: str, expected: tuple[str, ...]
) -> None:
    devnet = open_network("museum")
    with History(None, "run") as history:
        shown(history, contracts, lost, refusal)
        assert objections((SHOWCASE,), contracts)(devnet, history) == expected


def test_an_exhibit_that_was_not_played_is_objected_to() -> None:
    devnet = open_network("museum")
    with History(None, "run") as history:
        assert objections((SHOWCASE,), OURS)(devnet, history) == ("a flaw: expected Refused, found nothing",)


@pytest.mark.parametrize(("lost", "refusal"), [(1, ""), (0, "Refused")], ids=["loses", "is refused"])
def test_the_honest_transfer_neither_loses_nor_is_refused(lost: int, refusal: str) -> None:
    devnet = open_network("museum")
    with History(None, "run") as history:
        shown(history, OURS, 0, "", "honest")
        assert objections((CONTROL,), OURS)(devnet, history) == ()
        shown(history, OURS, lost, refusal, "honest")
        assert len(objections((CONTROL,), OURS)(devnet, history)) == 1


def test_the_table_has_both_sides_of_every_exhibit() -> None:
    with History(None, "run") as history:
        shown(history, OURS, 0, "Refused")
        shown(history, BROKEN, 7, "")
        (row,) = findings((SHOWCASE,))(history)
    assert (row["lost"], row["refusal"], row["incident"]) == ("7", "Refused", "somewhere 2020")
    assert row["message"] == "Gateway.stake reverted: Refused()"


def test_an_objection_fails_the_arm() -> None:
    arm = card.SCENARIO.arms[0]
    report = judge(arm, (), (), (), True, ("a flaw: expected Refused, found nothing",))
    assert (report.verdict, report.reasons) == ("failed", ("a flaw: expected Refused, found nothing",))


# ------------------------------------------------------------------------------------------------- the collection


def test_the_museum_has_every_exhibit_once() -> None:
    assert [exhibit.name for exhibit in card.EXHIBITS] == [
        "zero root accepted",
        "forged root",
        "malleable proof",
        "trailing bytes",
        "leaf/extension confusion",
        "short/long node collision",
        "exclusion taken for inclusion",
        "replay on another gateway",
        "replay on another chain",
        "signature check bypassed",
        "re-entrant token",
        "fee-on-transfer token",
        "over-large reward",
    ]
    assert all(exhibit.refusal and exhibit.mechanism for exhibit in card.EXHIBITS)


def test_every_incident_is_told_in_a_broken_contract() -> None:
    told = " ".join(re.sub(r"\s*///\s*", " ", path.read_text()) for path in VULNERABLE.glob("*.sol"))
    for exhibit in card.EXHIBITS:
        for incident in filter(None, exhibit.incident.split(", ")):
            name, year = re.match(r"(\w+).*? (20\d\d)", incident).groups()  # type: ignore[union-attr]
            assert name in told, incident
            assert year in told, incident
