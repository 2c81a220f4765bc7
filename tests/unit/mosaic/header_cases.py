"""A header written out by hand: what a devnet block looks like."""

from __future__ import annotations

from devnet.mosaic.headers import Header
from devnet.mosaic.keccak import keccak

EMPTY_TRIE = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
EMPTY_UNCLES = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
EMPTY_REQUESTS = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

HEADER = Header(
    parent_hash=keccak(b"parent"),
    uncles_hash=EMPTY_UNCLES,
    fee_recipient=b"\xfe" * 20,
    state_root=keccak(b"state"),
    transactions_root=EMPTY_TRIE,
    receipts_root=EMPTY_TRIE,
    logs_bloom=bytes(256),
    difficulty=0,
    number=5,
    gas_limit=60_000_000,
    gas_used=0,
    timestamp=1_700_000_005,
    extra_data=b"",
    prev_randao=keccak(b"seed"),
    nonce=bytes(8),
    base_fee_per_gas=7,
    withdrawals_root=EMPTY_TRIE,
    blob_gas_used=0,
    excess_blob_gas=0,
    parent_beacon_block_root=bytes(32),
    requests_hash=EMPTY_REQUESTS,
)
