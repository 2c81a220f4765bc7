"""Keys are the same on every machine and agree with the standards."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.hdaccount import ETHEREUM_DEFAULT_PATH

from devnet.config.keys import TEST_MNEMONIC, derive_key, key_of, mnemonic_accounts


def test_mnemonic_accounts_are_those_of_bip_44() -> None:
    Account.enable_unaudited_hdwallet_features()
    base = ETHEREUM_DEFAULT_PATH.rsplit("/", 1)[0]
    for index, account in enumerate(mnemonic_accounts(TEST_MNEMONIC, 3)):
        expected = Account.from_mnemonic(TEST_MNEMONIC, account_path=f"{base}/{index}")
        assert (account.secret, account.address) == (bytes(expected.key), bytes.fromhex(expected.address[2:]))


def test_the_first_account_is_the_one_wallets_know() -> None:
    first = mnemonic_accounts(TEST_MNEMONIC, 1)[0]
    assert first.address.hex() == "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"


def test_a_derived_key_never_changes_between_releases() -> None:
    assert derive_key(1, "deployer").address.hex() == "b59f983f91fc053f1f8b33b977356e9cb7f626ef"


@pytest.mark.parametrize("other", [(2, "a"), (1, "b"), (1, "a/origin"), (1, "")])
def test_seed_and_name_each_change_the_key(other: tuple[int, str]) -> None:
    assert derive_key(*other) != derive_key(1, "a")


def test_the_address_is_that_of_the_secret() -> None:
    secret = (1).to_bytes(32, "big")
    assert key_of(secret).address.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
