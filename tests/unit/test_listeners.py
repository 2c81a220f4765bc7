from __future__ import annotations

import os
import socket

import pytest

from devnet.listeners import listener_of, listening_ports


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_who_listens_is_named_until_it_stops(family: socket.AddressFamily, address: str) -> None:
    if family is socket.AF_INET6 and not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 here")
    with socket.socket(family) as listener:
        listener.bind((address, 0))
        port = listener.getsockname()[1]
        assert port not in listening_ports(os.getpid())
        listener.listen()
        assert port in listening_ports(os.getpid())
        assert (listener_of(port) or "").endswith(f"(pid {os.getpid()})")
    assert listener_of(port) is None


def test_a_process_that_is_gone_listens_on_nothing() -> None:
    assert listening_ports(2**22 + 1) == ()
