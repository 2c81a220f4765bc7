"""The bridge museum: famous losses of bridges, and flaws that could have been, on a running network.

Goal of every exhibit: tokens that nobody staked, or somebody else's. Defence: our gateways, as they are. Defence off:
for each exhibit a contract with that one flaw (``chains/contracts/src/vulnerable``), on the same core and observer;
there the same calls must succeed, and what was lost is read from balances. Honest control: a plain transfer.
"""

from __future__ import annotations

from functools import partial

from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.museum import messages, proofs
from devnet.scenarios.museum.tour import BROKEN, OURS, Exhibit, findings, objections, tour

EXHIBITS = (
    Exhibit(
        "zero root accepted",
        "what was never proven has root zero, and zero was made an accepted root",
        "Nomad 2022",
        "ZeroRoot",
        proofs.zero_root,
    ),
    Exhibit(
        "forged root",
        "who has the keys writes what the other chain is believed to say",
        "Ronin 2022, Harmony 2022",
        "WrongNode",
        proofs.forged_root,
    ),
    Exhibit(
        "malleable proof",
        "one fact has many encodings of its proof, and each is paid",
        "Polygon Plasma 2021 (found in time)",
        "InboxStatus",
        proofs.malleable_proof,
    ),
    Exhibit(
        "trailing bytes",
        "part of a node is read and not hashed",
        "BNB bridge 2022",
        "WrongNode",
        proofs.trailing_bytes,
    ),
    Exhibit(
        "leaf/extension confusion",
        "a proof cut off at an extension has a hash for a value",
        "",
        "MissingNode",
        proofs.leaf_and_extension,
    ),
    Exhibit(
        "short/long node collision",
        "a short node reads like the hash of a long one",
        "",
        "WrongNode",
        proofs.short_and_long_node,
    ),
    Exhibit(
        "exclusion taken for inclusion",
        "a proof that leads to nothing contradicts nothing",
        "",
        "StatusNotProven",
        proofs.exclusion,
    ),
    Exhibit(
        "replay on another gateway",
        "the message does not say between which gateways",
        "",
        "StatusNotProven",
        messages.replay_on_another_gateway,
    ),
    Exhibit(
        "replay on another chain",
        "the message does not say between which chains",
        "Omni bridge on ETHPoW 2022",
        "StatusNotProven",
        messages.replay_on_another_chain,
    ),
    Exhibit(
        "signature check bypassed",
        "the caller says who checks the signature",
        "Wormhole 2022",
        "NotSignedBySender",
        messages.signature_bypassed,
    ),
    Exhibit(
        "re-entrant token",
        "what arrives inside a call is counted inside and outside",
        "Uniswap imBTC 2020, Lendf.Me 2020",
        "ReentrancyGuardReentrantCall",
        messages.reentrant_token,
    ),
    Exhibit(
        "fee-on-transfer token",
        "what was asked for is credited, not what arrived",
        "Balancer STA pool 2020",
        "WrongAmount",
        messages.fee_on_transfer,
    ),
    Exhibit(
        "over-large reward",
        "a product of the caller's numbers wraps round to zero",
        "BEC token 2018",
        "RewardNotBelowAmount",
        messages.over_large_reward,
    ),
)
"""Every exhibit, in the order of the table."""

CONTROL = (Exhibit("honest transfer", "a stake is minted once, to whom it names", "", "", messages.honest_transfer),)
"""What must go on working."""

SCENARIO = Scenario(
    name="museum",
    summary="bridges are robbed as they were: thirteen flaws, each on a contract that has it and on ours",
    source="protocol R61-R71; catalogue J02-J05, J07-J12, J19",
    manifest="museum",
    checks=("S1", "S3", "L1"),
    arms=(
        Arm(
            name="attack",
            play=partial(tour, exhibits=EXHIBITS, is_broken=False),
            objections=objections(EXHIBITS, OURS),
            blocks=1,
        ),
        Arm(
            name="defence off",
            play=partial(tour, exhibits=EXHIBITS, is_broken=True),
            objections=objections(EXHIBITS, BROKEN),
            blocks=1,
        ),
        Arm(
            name="honest control",
            play=partial(tour, exhibits=CONTROL, is_broken=False),
            objections=objections(CONTROL, OURS),
            blocks=1,
        ),
    ),
    findings=findings(EXHIBITS),
)
"""The card."""
