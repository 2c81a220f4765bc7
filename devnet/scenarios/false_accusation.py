"""A reporter accuses honest validators, with their own votes recombined and altered.

Goal: to have honest stake burned and be paid for it. Defence: Stake judges every pair itself: two distinct
messages of one core and one signer that are an offence, under strict signatures (R4, R55). Defence off: the same
reports to ``GullibleStake``, which takes its reporters' word.
"""

from __future__ import annotations

from typing import Any

from devnet.actors.accuser import BEHAVIOUR
from devnet.artifacts.contracts import load_contracts
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.contracts.handle import ContractHandle, parse_bytes
from devnet.contracts.send import Transaction, contract_address
from devnet.faults.base import World
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario

ACCUSER = "fisherman"
BLOCKS = 12
CASES = 6
"""Kinds of false reports; fewer would mean that one was not tried."""

GAS = 2_000_000


def _reports(history: History) -> list[dict[str, Any]]:
    """What the accuser reported, with the answers it got."""
    found: list[dict[str, Any]] = []
    for event in history.effective_events("BehaviourTook"):
        told: Any = event.payload.get("accusations", [])
        found += told
    return found


def _all_refused(world: World) -> tuple[str, ...]:
    """Every kind of report was tried, refused by name, mined and reverted."""
    world.run_until(lambda: bool(_reports(world.history)), BLOCKS)
    world.run_until(lambda: False, 2)
    reports = _reports(world.history)
    missing = [f"expected {CASES} kinds of false reports, found {len(reports)}"] if len(reports) < CASES else []
    missing += [f"{report['case']}: was believed" for report in reports if report["answer"] == "believed"]
    for report in reports:
        receipt = world.chains[world.devnet.origin.name].rpc("eth_getTransactionReceipt", [report["hash"]])
        if receipt is None or int(receipt["status"], 16) != 0:
            missing.append(f"{report['case']}: expected a reverted transaction, found {receipt and receipt['status']}")
    return tuple(missing)


def _gullible(world: World) -> tuple[str, ...]:
    """The same reports to a stake that does not judge: everybody accused is slashed there."""
    missing = _all_refused(world)
    chain, devnet = world.chains[world.devnet.origin.name], world.devnet
    compiled = load_contracts().get("GullibleStake")
    sender = devnet.accounts[0]
    nonce = int(chain.rpc("eth_getTransactionCount", ["0x" + sender.address.hex(), "pending"]), 16)
    core_id = next(
        str(event.payload["coreId"])
        for event in world.history.effective_events("CheckpointFinalised")
        if event.payload["contract"] == "AuxiliaryBlockStore"
    )
    gullible = ContractHandle("GullibleStake", contract_address(sender.address, nonce), compiled.abi)
    init = compiled.bytecode + parse_bytes(core_id)
    calls = [(None, init), *((gullible.address, parse_bytes(report["data"])) for report in _reports(world.history))]
    for index, (to, data) in enumerate(calls):
        chain.submit(Transaction(chain.spec.chain_id, nonce + index, to, data, GAS).sign(sender))
    world.run_until(lambda: not chain.pending(), BLOCKS)
    link = DirectLink(chain)
    lost = [v.name for v in devnet.validators if gullible.read(link, "isSlashed", v.auxiliary_key.address)]
    return missing if lost else (*missing, "expected GullibleStake to slash an honest validator, it slashed nobody")


def _card() -> Scenario:
    def done(devnet: Devnet, history: History) -> bool:
        return len(_reports(history)) >= CASES

    return Scenario(
        name="false-accusation",
        summary="a reporter shows origin honest votes, recombined and altered, as if they were offences",
        source="protocol R4, R55; catalogue K01, B13",
        manifest="double-vote",
        checks=("S1", "S3", "S7", "L1"),
        arms=(
            Arm(name="attack", behaviours={ACCUSER: BEHAVIOUR}, play=_all_refused, done=done, blocks=BLOCKS),
            Arm(name="defence off", behaviours={ACCUSER: BEHAVIOUR}, play=_gullible, done=done, blocks=BLOCKS),
            Arm(name="honest control", blocks=2 * BLOCKS),
        ),
    )


SCENARIO = _card()
"""The card."""
