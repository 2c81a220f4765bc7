"""What a signing store tells another: in the shape of EIP-3076, taken whole or not at all (R24)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devnet.actors.protection import InterchangeRefused, ProtectionStore, WouldBeSlashable
from devnet.mosaic.offences import Offence
from tests.unit.actors.stores import ALICE, BOB, CORE, DOMAIN, ORIGIN, STRATEGIES, may_sign, signed_store, vote, word


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
