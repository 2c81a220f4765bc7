"""The signing store: nothing slashable leaves, nothing is forgotten, a bad file is refused (R24)."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from devnet.actors.protection import InterchangeRefused, ProtectionStore, StoreRefused, WouldBeSlashable
from devnet.errors import UsageError
from devnet.mosaic.identity import core_identifier, origin_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Domain, Vote

ADDRESS = b"\xc0" * 20
CORE, ORIGIN = core_identifier(1337, ADDRESS), origin_identifier(1337)
DOMAIN = Domain(1337, ADDRESS)
ALICE, BOB = b"\xaa" * 20, b"\xbb" * 20
STRATEGIES: tuple[Literal["complete"], Literal["minimal"]] = ("complete", "minimal")


def word(name: str) -> bytes:
    return keccak(name.encode())


def vote(source: int, target: int, *, at: str = "", to: str = "", transition: str = "", core: bytes = CORE) -> Vote:
    return Vote(
        core, word(transition or f"t{source}"), word(at or f"c{source}"), word(to or f"c{target}"), source, target
    )


def may_sign(store: ProtectionStore, vote: Vote, validator: bytes = ALICE) -> bool:
    try:
        store.check_and_record(validator, vote)
    except WouldBeSlashable:
        return False
    return True


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_an_honest_history_is_signed(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        for one in (vote(0, 1), vote(1, 2), vote(1, 3), vote(3, 4), vote(4, 9)):
            store.check_and_record(ALICE, one)


@pytest.mark.parametrize(
    ("first", "second", "offence"),
    [
        (vote(1, 2), vote(1, 2, to="x"), Offence.DOUBLE_VOTE),
        (vote(1, 2), vote(1, 2, at="x"), Offence.DOUBLE_VOTE),
        (vote(1, 2), vote(1, 2, transition="x"), Offence.DOUBLE_VOTE),
        (vote(1, 3), vote(2, 3), Offence.DOUBLE_VOTE),
        (vote(1, 4), vote(2, 3), Offence.SURROUND_VOTE),
        (vote(2, 3), vote(1, 4), Offence.SURROUND_VOTE),
        (vote(1, 2), vote(1, 3, transition="x"), Offence.TRANSITION_CONFLICT),
        (vote(1, 3, at="x"), vote(2, 4, at="x", transition="other"), Offence.TRANSITION_CONFLICT),
    ],
    ids=["target", "source", "transition", "height", "surrounded", "surrounds", "conflict", "conflict-lied-height"],
)
def test_an_offence_is_never_signed(tmp_path: Path, strategy: Any, first: Vote, second: Vote, offence: Offence) -> None:
    """R24."""
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        store.check_and_record(ALICE, first)
        with pytest.raises(WouldBeSlashable) as caught:
            store.check_and_record(ALICE, second)
        assert (caught.value.validator, caught.value.vote) == (ALICE, second)
        assert caught.value.offence is offence or strategy == "minimal"
        assert not may_sign(store, second)
        assert may_sign(store, second, BOB)


def test_the_same_vote_may_be_signed_again(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        for _ in range(3):
            store.check_and_record(ALICE, vote(1, 2))


def test_complete_signs_late_votes_that_are_no_offence_and_minimal_does_not(tmp_path: Path) -> None:
    late = [vote(2, 5), vote(2, 4), vote(1, 2)]
    with ProtectionStore(tmp_path / "c", CORE) as complete, ProtectionStore(tmp_path / "m", CORE, "minimal") as minimal:
        assert [may_sign(complete, one) for one in late] == [True, True, True]
        assert [may_sign(minimal, one) for one in late] == [True, False, False]


def test_a_source_above_its_target_is_refused(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(WouldBeSlashable, match="above"):
        store.check_and_record(ALICE, vote(3, 2))


def test_a_vote_of_another_core_is_misuse(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(UsageError, match="under core"):
        store.check_and_record(ALICE, vote(1, 2, core=ORIGIN))


@pytest.mark.parametrize("heights", [(-1, 2), (1, 2**63)], ids=["negative", "too-large"])
def test_a_height_that_cannot_be_kept_is_misuse(tmp_path: Path, strategy: Any, heights: tuple[int, int]) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(UsageError, match="heights must be"):
        store.check_and_record(ALICE, vote(*heights))


def test_votes_about_origin_are_kept_under_the_domain_of_the_core(tmp_path: Path, strategy: Any) -> None:
    one = vote(1, 2, core=ORIGIN, transition="zero")
    with ProtectionStore(tmp_path / "s", ORIGIN, strategy, domain=DOMAIN) as store:
        store.check_and_record(ALICE, one)
        exported: Any = store.export_interchange()
    [root] = [entry["signing_root"] for entry in exported["data"][0]["signed_attestations"]]
    assert root == f"0x{one.digest(DOMAIN).hex()}"


def random_vote(rng: random.Random) -> Vote:
    source = rng.randrange(6)
    at, to, transition = (rng.choice(("", "", "", "x", "y")) for _ in range(3))
    return vote(source, source + rng.randrange(0, 6), at=at, to=to, transition=transition)


@pytest.mark.parametrize("seed", range(12))
def test_complete_refuses_exactly_the_offences_and_minimal_at_least_those(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    with ProtectionStore(tmp_path / "c", CORE) as complete, ProtectionStore(tmp_path / "m", CORE, "minimal") as minimal:
        kept: dict[str, list[Vote]] = {"complete": [], "minimal": []}
        for _ in range(25):
            one = random_vote(rng)
            for name, store in (("complete", complete), ("minimal", minimal)):
                offends = any(classify(one, other) for other in kept[name])
                signed = may_sign(store, one)
                assert not (signed and offends)
                assert signed or offends or name == "minimal"
                kept[name] += [one] if signed else []
        assert kept["minimal"]


def test_everything_is_remembered_after_a_restart(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        store.check_and_record(ALICE, vote(1, 2))
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        assert may_sign(store, vote(1, 2))
        assert not may_sign(store, vote(1, 2, to="x"))
        assert not may_sign(store, vote(1, 5, transition="x"))
        assert may_sign(store, vote(2, 3))


def in_child(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root}
    return subprocess.run([sys.executable, "-c", code, *arguments], text=True, capture_output=True, env=environment)


def test_a_vote_is_on_disk_when_the_process_dies_before_it_signs(tmp_path: Path, strategy: Any) -> None:
    """R24."""
    code = (
        "import os, sys; from devnet.actors.protection import ProtectionStore; from devnet.mosaic.votes import Vote\n"
        "core = bytes.fromhex(sys.argv[2]); h = bytes(32)\n"
        "store = ProtectionStore(sys.argv[1], core, sys.argv[3])\n"
        "store.check_and_record(b'\\xaa' * 20, Vote(core, h, h, h, 1, 2)); os.kill(os.getpid(), 9)"
    )
    assert in_child(code, str(tmp_path / "s"), CORE.hex(), strategy).returncode == -9
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        assert not may_sign(store, vote(1, 2))
        assert may_sign(store, Vote(CORE, bytes(32), bytes(32), bytes(32), 1, 2))


def test_another_process_cannot_open_it(tmp_path: Path) -> None:
    code = (
        "import sys; from devnet.actors.protection import ProtectionStore, StoreRefused\n"
        "try: ProtectionStore(sys.argv[1], bytes.fromhex(sys.argv[2]))\n"
        "except StoreRefused as error: print(error.reason)"
    )
    with ProtectionStore(tmp_path / "s", CORE):
        assert "open elsewhere" in in_child(code, str(tmp_path / "s"), CORE.hex()).stdout
    assert in_child(code, str(tmp_path / "s"), CORE.hex()).stdout == ""


def test_the_same_process_cannot_open_it_twice_and_the_first_stays_locked(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "s", CORE) as store:
        for _ in range(2):
            with pytest.raises(StoreRefused, match="open elsewhere"):
                ProtectionStore(tmp_path / "s", CORE)
        assert may_sign(store, vote(1, 2))


def signed_store(path: Path, strategy: Any, count: int = 5) -> None:
    with ProtectionStore(path, CORE, strategy) as store:
        for height in range(count):
            store.check_and_record(ALICE, vote(height, height + 1))


def test_an_older_copy_is_refused(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    shutil.copy(path, tmp_path / "copy")
    with ProtectionStore(path, CORE, strategy) as store:
        store.check_and_record(ALICE, vote(5, 6))
    shutil.copy(tmp_path / "copy", path)
    with pytest.raises(StoreRefused, match="older copy: it knows 5 of 6 transactions"):
        ProtectionStore(path, CORE, strategy)


def remove_database(path: Path) -> None:
    path.unlink()


def empty_database(path: Path) -> None:
    path.write_bytes(b"")


def remove_counter(path: Path) -> None:
    path.with_name("s.lock").unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192])


def overwrite_header(path: Path) -> None:
    path.write_bytes(b"not a database!!" + path.read_bytes()[16:])


def change_a_digest(path: Path) -> None:
    # One bit of one stored byte: SQLite's own check does not see it.
    content = bytearray(path.read_bytes())
    content[content.index(vote(4, 5).digest(DOMAIN))] ^= 1
    path.write_bytes(content)


def delete_a_row(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM transitions WHERE source = ?", (word("c4"),))
    connection.close()


def drop_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE bounds")
    connection.close()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (remove_database, "missing or empty"),
        (empty_database, "missing or empty"),
        (remove_counter, "counter file is missing"),
        (cut_off, "damaged"),
        (overwrite_header, "damaged"),
        (change_a_digest, "damaged"),
        (delete_a_row, "damaged"),
        (drop_a_table, "damaged"),
    ],
)
def test_a_damaged_store_is_refused(tmp_path: Path, strategy: Any, damage: Callable[[Path], None], reason: str) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    damage(path)
    with pytest.raises(StoreRefused, match=reason) as caught:
        ProtectionStore(path, CORE, strategy)
    assert str(path) in str(caught.value)


def test_a_store_of_another_core_domain_or_strategy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    signed_store(path, "complete")
    for open_wrongly in (
        lambda: ProtectionStore(path, ORIGIN),
        lambda: ProtectionStore(path, CORE, "minimal"),
        lambda: ProtectionStore(path, CORE, domain=Domain(1, ADDRESS)),
    ):
        with pytest.raises(StoreRefused, match="belongs to complete protection of core"):
            open_wrongly()
    ProtectionStore(path, CORE).close()


def test_a_directory_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="cannot be opened"):
        ProtectionStore(tmp_path / "nowhere" / "s", CORE)


def test_an_unknown_strategy_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found 'clever'"):
        ProtectionStore(tmp_path / "s", CORE, "clever")  # type: ignore[arg-type]


def test_a_closed_store_signs_nothing(tmp_path: Path) -> None:
    store = ProtectionStore(tmp_path / "s", CORE)
    store.close()
    store.close()
    with pytest.raises(UsageError, match="is closed"):
        store.check_and_record(ALICE, vote(1, 2))


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    signed_store(tmp_path / "s", "complete")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_rewound_store_forgets_what_came_after_the_snapshot(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    with ProtectionStore(path, CORE, strategy) as store:
        store.check_and_record(ALICE, vote(0, 1))
        snapshot = store.snapshot()
        for other in ("", "x", "y"):
            store.check_and_record(ALICE, vote(1, 2, to=other))
            store.restore(snapshot)
        assert not may_sign(store, vote(0, 1, to="x"))
        store.check_and_record(ALICE, vote(1, 3))
    with ProtectionStore(path, CORE, strategy) as store:
        assert not may_sign(store, vote(1, 3, to="x"))
        store.restore(snapshot)
        assert may_sign(store, vote(1, 3, to="x"))


def test_a_file_from_before_a_rewind_is_older(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "s"
    signed_store(path, strategy)
    shutil.copy(path, tmp_path / "copy")
    with ProtectionStore(path, CORE, strategy) as store:
        store.restore(store.snapshot())
    shutil.copy(tmp_path / "copy", path)
    with pytest.raises(StoreRefused, match="older copy"):
        ProtectionStore(path, CORE, strategy)


def test_a_snapshot_of_another_store_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "a", CORE) as store, ProtectionStore(tmp_path / "b", CORE, "minimal") as other:
        store.check_and_record(ALICE, vote(1, 2))
        for snapshot, reason in ((other.snapshot(), "snapshot must be of"), (b"x" * 4096, "snapshot is damaged")):
            with pytest.raises(StoreRefused, match=reason):
                store.restore(snapshot)
        assert not may_sign(store, vote(1, 2, to="x"))


# Interchange.


def attestation(source: int, target: int, root: bytes | None = None) -> dict[str, str]:
    result = {"source_epoch": str(source), "target_epoch": str(target)}
    return result | ({"signing_root": f"0x{root.hex()}"} if root else {})


def document(*attestations: dict[str, str], validator: bytes = ALICE, core: bytes = CORE) -> dict[str, Any]:
    return {
        "metadata": {"interchange_format_version": "5", "genesis_validators_root": f"0x{core.hex()}"},
        "data": [{"pubkey": f"0x{validator.hex()}", "signed_blocks": [], "signed_attestations": list(attestations)}],
    }


def test_an_export_has_the_shape_of_the_standard(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "s", CORE) as store:
        store.check_and_record(BOB, vote(3, 4))
        store.check_and_record(ALICE, vote(1, 2))
        exported: Any = store.export_interchange()
    assert exported["metadata"] == document()["metadata"]
    assert [entry["pubkey"] for entry in exported["data"]] == [f"0x{ALICE.hex()}", f"0x{BOB.hex()}"]
    [first] = exported["data"][0]["signed_attestations"]
    assert first == attestation(1, 2, vote(1, 2).digest(DOMAIN))


def test_what_is_exported_protects_where_it_is_imported(tmp_path: Path, strategy: Any) -> None:
    signed_store(tmp_path / "a", strategy)
    with ProtectionStore(tmp_path / "a", CORE, strategy) as store:
        exported = store.export_interchange()
    for into in STRATEGIES:
        with ProtectionStore(tmp_path / f"b-{into}", CORE, into) as store:
            store.import_interchange(exported)
            for height in range(5):
                assert not may_sign(store, vote(height, height + 1, to="x"))
            assert not may_sign(store, vote(0, 9))
            assert not may_sign(store, vote(4, 9, transition="x"))
            assert may_sign(store, vote(5, 6))
            store.import_interchange(exported)


def test_the_transition_index_travels_with_the_export(tmp_path: Path, strategy: Any) -> None:
    signed_store(tmp_path / "a", strategy)
    with ProtectionStore(tmp_path / "a", CORE, strategy) as one, ProtectionStore(tmp_path / "b", CORE) as two:
        two.import_interchange(one.export_interchange())
        with pytest.raises(WouldBeSlashable) as caught:
            two.check_and_record(ALICE, vote(4, 9, transition="x"))
        assert caught.value.offence is Offence.TRANSITION_CONFLICT


def test_a_bound_survives_a_second_import_and_an_export(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "a", CORE) as one, ProtectionStore(tmp_path / "b", CORE) as two:
        one.import_interchange(document(attestation(5, 6)))
        one.import_interchange(document(attestation(2, 3)))
        assert not may_sign(one, vote(3, 4))
        two.import_interchange(one.export_interchange())
        assert not may_sign(two, vote(3, 4))
        assert may_sign(two, vote(5, 7))


@pytest.mark.parametrize(
    "attestations",
    [
        [attestation(1, 2, word("a")), attestation(1, 2, word("b"))],
        [attestation(1, 2, word("a")), attestation(1, 2)],
        [attestation(1, 4), attestation(2, 3)],
        [attestation(2, 3), attestation(1, 4)],
        [attestation(4, 3)],
    ],
    ids=["double", "double-without-root", "surrounded", "surrounds", "backwards"],
)
def test_an_offence_in_a_document_is_refused_whole_by_complete_and_survived_by_minimal(
    tmp_path: Path, attestations: list[dict[str, str]]
) -> None:
    offending = document(*attestations)
    offending["data"].insert(0, document(attestation(7, 8), validator=BOB)["data"][0])
    with ProtectionStore(tmp_path / "c", CORE) as complete, ProtectionStore(tmp_path / "m", CORE, "minimal") as minimal:
        with pytest.raises(InterchangeRefused, match=ALICE.hex()):
            complete.import_interchange(offending)
        assert may_sign(complete, vote(1, 2), BOB)
        minimal.import_interchange(offending)
        assert not may_sign(minimal, vote(1, 2), BOB)
        assert not may_sign(minimal, vote(1, 2))


def test_a_document_that_conflicts_with_what_was_signed_is_refused(tmp_path: Path) -> None:
    with ProtectionStore(tmp_path / "s", CORE) as store:
        store.check_and_record(ALICE, vote(1, 2))
        with pytest.raises(InterchangeRefused, match="offence"):
            store.import_interchange(document(attestation(0, 1), attestation(1, 2, word("other"))))
        assert may_sign(store, vote(0, 1))


def without(key: str) -> dict[str, Any]:
    result = document(attestation(1, 2))
    del result[key]
    return result


MALFORMED: dict[str, Any] = {
    "other-core": document(attestation(1, 2), core=ORIGIN),
    "no-metadata": without("metadata"),
    "no-data": without("data"),
    "version-4": document() | {"metadata": document()["metadata"] | {"interchange_format_version": "4"}},
    "no-version": document() | {"metadata": {"genesis_validators_root": f"0x{CORE.hex()}"}},
    "no-root": document() | {"metadata": {"interchange_format_version": "5"}},
    "root-not-hex": document() | {"metadata": {"interchange_format_version": "5", "genesis_validators_root": "0xzz"}},
    "entry-not-an-object": document() | {"data": ["x"]},
    "no-pubkey": document() | {"data": [{"signed_attestations": []}]},
    "empty-pubkey": document() | {"data": [{"pubkey": "0x", "signed_attestations": []}]},
    "no-attestations": document() | {"data": [{"pubkey": "0x01"}]},
    "height-a-number": document({"source_epoch": 1, "target_epoch": "2"}),  # type: ignore[dict-item]
    "height-negative": document({"source_epoch": "-1", "target_epoch": "2"}),
    "height-hex": document({"source_epoch": "0x1", "target_epoch": "2"}),
    "height-too-large": document({"source_epoch": "1", "target_epoch": str(2**63)}),
    "no-target": document({"source_epoch": "1"}),
    "short-signing-root": document({"source_epoch": "1", "target_epoch": "2", "signing_root": "0x00"}),
    "transitions-an-object": document() | {"data": [document()["data"][0] | {"signed_transitions": {}}]},
    "transition-without-source": document()
    | {"data": [document()["data"][0] | {"signed_transitions": [{"transition": f"0x{CORE.hex()}"}]}]},
    "a-list": [],
}


@pytest.mark.parametrize("name", list(MALFORMED))
def test_a_malformed_document_is_refused(tmp_path: Path, strategy: Any, name: str) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        with pytest.raises(InterchangeRefused):
            store.import_interchange(MALFORMED[name])
        assert store.export_interchange()["data"] == []


def test_two_transitions_for_one_source_are_refused(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        store.check_and_record(ALICE, vote(1, 2))
        exported: Any = store.export_interchange()
        exported["data"][0]["signed_transitions"][0]["transition"] = f"0x{word('x').hex()}"
        with pytest.raises(InterchangeRefused, match="another transition"):
            store.import_interchange(exported)


def test_a_refused_import_leaves_the_store_sound(tmp_path: Path) -> None:
    path = tmp_path / "s"
    signed_store(path, "complete")
    with ProtectionStore(path, CORE) as store:
        with pytest.raises(InterchangeRefused):
            store.import_interchange(document(attestation(10, 11), attestation(9, 12)))
        store.check_and_record(ALICE, vote(9, 10))
    with ProtectionStore(path, CORE) as store:
        assert not may_sign(store, vote(9, 10, to="x"))
