"""web3 without a network between: calls go straight to the chain's front.

Importing web3 costs 0.8 s and 60 MB, so it is imported when a user first asks for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from devnet.errors import DevnetError, RpcError
from devnet.world.jsonrpc import SERVER_ERROR, Answering

if TYPE_CHECKING:
    from web3 import Web3


def make_web3(chain: Answering, secrets: Sequence[bytes]) -> Web3:
    """A web3 over a chain that signs for the given keys; the first is its default account."""
    from eth_account import Account
    from web3 import Web3
    from web3.middleware import SignAndSendRawMiddlewareBuilder
    from web3.providers.base import JSONBaseProvider

    class Provider(JSONBaseProvider):
        """Calls the front in this process."""

        numbers = itertools.count(1)

        def make_request(self, method: Any, params: Any) -> Any:
            """One call, answered as JSON-RPC would."""
            return {"jsonrpc": "2.0", "id": next(self.numbers)} | _answer(chain, method, list(params))

        def is_connected(self, show_traceback: bool = False) -> bool:
            """Whether the chain answers."""
            return "result" in self.make_request("eth_chainId", [])

    w3 = Web3(Provider())
    accounts = [Account.from_key(secret) for secret in secrets]
    if accounts:
        w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(accounts), layer=0)
        w3.eth.default_account = accounts[0].address
    return w3


def _answer(chain: Answering, method: str, params: list[Any]) -> dict[str, Any]:
    try:
        return {"result": chain.rpc(method, params)}
    except RpcError as error:
        found = {"code": error.code, "message": error.message}
        return {"error": found | ({} if error.data is None else {"data": error.data})}
    except DevnetError as error:
        return {"error": {"code": SERVER_ERROR, "message": str(error)}}
