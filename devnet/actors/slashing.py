"""Shows evidence to the contracts that slash: Stake on origin, PollingPlace on auxiliary (R53, R54)."""

from __future__ import annotations

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Record
from devnet.actors.evidence import Evidence
from devnet.contracts.gas import gas_limit


def slash_on_origin(view: AuxiliaryView, evidence: Evidence, record: Record) -> None:
    """Send it, unless that is done or on its way. Raises ChainError."""
    if evidence.validator not in view.core.slashed:
        _slash(view, evidence, record, on_origin=True)


def slash_on_auxiliary(view: AuxiliaryView, evidence: Evidence, record: Record) -> None:
    """Send it, unless that is done or on its way. Raises ChainError."""
    if evidence.validator not in view.state.slashed:
        _slash(view, evidence, record, on_origin=False)


def _slash(view: AuxiliaryView, evidence: Evidence, record: Record, on_origin: bool) -> None:
    chain, height = (view.origin.chain, view.origin.seen.height) if on_origin else (view.name, view.chain.seen.height)
    attempts = view.origin_attempts if on_origin else view.attempts
    what = ("slash", evidence.validator)
    if not attempts.may_send(what, height):
        return
    contract = view.contracts.stake if on_origin else view.contracts.polling_place
    sender = view.origin_sender if on_origin else view.sender
    data = contract.calldata("slash", *evidence.arguments())
    digest = sender.send(contract.address, data, gas_limit(contract.name, "slash"))
    attempts.sent(what, height)
    record(
        "EvidenceSent",
        chain=chain,
        block=height,
        auxiliary=view.name,
        hash="0x" + digest.hex(),
        validator="0x" + evidence.validator.hex(),
    )
