"""The contracts of one pair: a token and its gateway on origin, the utility token and its co-gateway on auxiliary.

Each gateway names the other and the utility token names its co-gateway, so all four addresses are computed from the
deployer's nonces before the first is created.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from devnet.config.network import Devnet, PairSpec
from devnet.contracts.creation import Creation, creation_gas
from devnet.contracts.deployment import CoreDeployment, PairDeployment
from devnet.contracts.handle import Read
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import contract_address
from devnet.types import TOKEN, Address

PAIR_ON_ORIGIN: Final = ("OriginToken", "Gateway")
"""Contracts of one pair on origin, in the order of their nonces: a gateway's token must have code."""

PAIR_ON_AUXILIARY: Final = ("UtilityToken", "CoGateway")
"""Contracts of one pair on its auxiliary chain, in the order of their nonces."""

HOLDING: Final = 1_000_000 * TOKEN
"""What every user account owns of every pair's token on origin."""

DECIMALS: Final = 18
"""Of both tokens of a pair: units correspond one to one (R70)."""


def place_pair(spec: PairSpec, deployer: Address, origin_nonce: int, auxiliary_nonce: int) -> PairDeployment:
    """Where a pair will be whose first contract on either chain is created with that nonce of the deployer's."""
    token, gateway = (contract_address(deployer, origin_nonce + index) for index in range(len(PAIR_ON_ORIGIN)))
    utility_token, co_gateway = (
        contract_address(deployer, auxiliary_nonce + index) for index in range(len(PAIR_ON_AUXILIARY))
    )
    return PairDeployment(spec.name, spec.auxiliary, token, gateway, co_gateway, utility_token, spec.bounty_wei)


def pair_on_origin(devnet: Devnet, core: CoreDeployment, pair: PairDeployment) -> list[Creation]:
    """Token and Gateway. The deployer alone may end new stakes (R72): a devnet has no other owner."""
    holders = tuple(account.address for account in devnet.accounts)
    chain_id = devnet.chain(pair.auxiliary).chain_id
    gateway = (
        core.core,
        chain_id,
        pair.token,
        pair.co_gateway,
        pair.utility_token,
        pair.bounty_wei,
        devnet.deployer.address,
    )
    return [
        Creation("OriginToken", ((f"Token {pair.name}", pair.name, holders, HOLDING),), creation_gas(len(holders))),
        Creation("Gateway", (gateway,), creation_gas(0)),
    ]


def pair_on_auxiliary(core: CoreDeployment, pair: PairDeployment) -> list[Creation]:
    """UtilityToken and CoGateway."""
    co_gateway = (core.core_id, core.observer, pair.gateway, pair.utility_token, pair.bounty_wei)
    return [
        Creation("UtilityToken", (f"Utility {pair.name}", f"u{pair.name}", DECIMALS, pair.co_gateway), creation_gas(0)),
        Creation("CoGateway", (co_gateway,), creation_gas(0)),
    ]


def expected_of_pair(core: CoreDeployment, pair: PairHandles) -> tuple[list[tuple[Read, object]], ...]:
    """What reads on origin and on the auxiliary must answer once a pair is there."""
    deployment = pair.deployment
    both = (("coreId", core.core_id), ("bounty", deployment.bounty_wei))
    return (
        [
            *_reads(pair, "gateway", both),
            (Read(pair.gateway, "token"), deployment.token),
            (Read(pair.gateway, "coGateway"), deployment.co_gateway),
            (Read(pair.gateway, "utilityToken"), deployment.utility_token),
            (Read(pair.gateway, "locked"), 0),
        ],
        [
            *_reads(pair, "co_gateway", both),
            (Read(pair.co_gateway, "stateRoots"), core.observer),
            (Read(pair.co_gateway, "gateway"), deployment.gateway),
            (Read(pair.co_gateway, "utilityToken"), deployment.utility_token),
            (Read(pair.utility_token, "coGateway"), deployment.co_gateway),
            (Read(pair.utility_token, "totalSupply"), 0),
        ],
    )


def _reads(pair: PairHandles, side: str, wanted: Sequence[tuple[str, object]]) -> list[tuple[Read, object]]:
    return [(Read(getattr(pair, side), function), answer) for function, answer in wanted]
