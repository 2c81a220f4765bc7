"""Writes gateway_proofs.json: a stake as a real node proves it, for the co-gateway to confirm (R69).

A throw-away node gets a gateway, a few dozen accounts and as many stakes, each carried with its sender's signature, so
that both tries are some levels deep. Build the contracts and their tests first.
Run: geth --dev --http & python chains/contracts/test/vectors/generate_gateway_proofs.py http://127.0.0.1:8545
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak
from web3 import Web3

from devnet.mosaic.messages import Intent, Message, hash_lock
from devnet.mosaic.signatures import sign_digest
from devnet.mosaic.slots import GATEWAY_OUTBOX, mapping_slot
from devnet.mosaic.votes import Domain

CONTRACTS = Path(__file__).parents[2]
CO_GATEWAY = Web3.to_checksum_address("0x" + "c0" * 20)
UTILITY_TOKEN = Web3.to_checksum_address("0x" + "70" * 20)
AUXILIARY_CHAIN = 2001
BOUNTY = 10**17
STAKES = 40


class Node:
    """A development node whose own account pays for everything."""

    def __init__(self, url: str) -> None:
        self.web3 = Web3(Web3.HTTPProvider(url))
        self.payer = self.web3.eth.accounts[0]

    def deploy(self, source: str, name: str, *arguments: Any) -> Any:
        """Deploy a compiled contract."""
        artifact = json.loads((CONTRACTS / f"out/{source}.sol/{name}.json").read_text())
        factory = self.web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"]["object"])
        receipt = self.wait(factory.constructor(*arguments).transact({"from": self.payer}))
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])

    def send(self, call: Any, value: int = 0) -> None:
        """Send a call as the node's own account."""
        self.wait(call.transact({"from": self.payer, "value": value}))

    def wait(self, transaction: Any) -> Any:
        """Receipt of a transaction that succeeded."""
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction)
        if receipt["status"] != 1:
            raise RuntimeError(f"transaction 0x{bytes(transaction).hex()} failed")
        return receipt


def stake(node: Node, core: Any, token: Any, gateway: Any, index: int) -> tuple[dict[str, Any], bytes]:
    """Lock tokens of a fresh account; return the transfer and its message hash."""
    account = Account.from_key(keccak(text=f"staker {index}"))
    chain_id = node.web3.eth.chain_id
    node.wait(node.web3.eth.send_transaction({"from": node.payer, "to": account.address, "value": 10**18}))
    node.send(token.functions.mint(account.address, 1000))
    approval = token.functions.approve(gateway.address, 1000).build_transaction({"from": account.address, "nonce": 0})
    node.wait(node.web3.eth.send_raw_transaction(account.sign_transaction(approval).raw_transaction))
    beneficiary = keccak(text=f"beneficiary {index}")[12:]
    addresses = (bytes.fromhex(gateway.address[2:]), bytes.fromhex(CO_GATEWAY[2:]))
    intent = Intent(1000 - index, beneficiary, chain_id, addresses[0], AUXILIARY_CHAIN, addresses[1])
    lock = hash_lock(keccak(text=f"secret {index}"))
    message = Message(intent.stake_hash(), 0, 1, index, bytes.fromhex(account.address[2:]), lock)
    digest = message.digest(Domain(chain_id, bytes.fromhex(core.address[2:])))
    words = (intent.amount, beneficiary, 1, index, account.address, 0, lock)
    node.send(gateway.functions.stake(words, sign_digest(digest, bytes(account.key))), BOUNTY)
    names = ("amount", "beneficiary", "gasPrice", "gasLimit", "sender", "nonce", "hashLock")
    values = dict(zip(names, words, strict=True)) | {"beneficiary": Web3.to_checksum_address(beneficiary)}
    return values, message.hash()


def main(url: str) -> None:
    """Write the file beside this one."""
    node = Node(url)
    core, token = node.deploy("GatewayFakes", "Roots"), node.deploy("GatewayFakes", "TestToken")
    nobody = "0x" + "00" * 20
    parameters = (core.address, AUXILIARY_CHAIN, token.address, CO_GATEWAY, UTILITY_TOKEN, BOUNTY, nobody)
    gateway = node.deploy("Gateway", "Gateway", parameters)
    transfers = [stake(node, core, token, gateway, index) for index in range(1, STAKES + 1)]
    transfer, message_hash = transfers[STAKES // 2]
    slot = int.from_bytes(mapping_slot(message_hash, GATEWAY_OUTBOX), "big")
    block = node.web3.eth.get_block("latest")
    proof = node.web3.eth.get_proof(gateway.address, [slot], block["number"])
    vector = {
        "stateRoot": Web3.to_hex(block["stateRoot"]),
        "chainId": node.web3.eth.chain_id,
        "core": core.address,
        "gateway": gateway.address,
        "auxiliaryChainId": AUXILIARY_CHAIN,
        "coGateway": CO_GATEWAY,
        "utilityToken": UTILITY_TOKEN,
        "transfer": {
            name: Web3.to_hex(value) if isinstance(value, bytes) else value for name, value in transfer.items()
        },
        "messageHash": Web3.to_hex(message_hash),
        "accountProof": [Web3.to_hex(item) for item in proof["accountProof"]],
        "storageProof": [Web3.to_hex(item) for item in proof["storageProof"][0]["proof"]],
    }
    path = Path(__file__).with_name("gateway_proofs.json")
    path.write_text(json.dumps(vector, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
